"""What a forked child can be told to do. Each job gets an environment of its own connection and says what it did."""

from __future__ import annotations

import contextlib
import functools
import io
import time
from decimal import Decimal

from odoo import fields
from odoo.service.model import retrying
from odoo.tools import config

from tests.faults import business, changes, kills
from tests.faults.clerks import debit, edit, is_kept  # noqa: F401 jobs as well


def run_script(env, script):
    """Run a script that knows `env`, commit, and return what it printed."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(script, "script", "exec"), {"env": env})  # noqa: S102 the tests' own
    env.cr.commit()
    env.registry.signal_changes()  # what it changed of views and settings, others have kept
    return printed.getvalue().rstrip("\n")


def _retrying(env, function):
    """Call as a request would: again after a lost race, then commit."""
    answer = retrying(function, env)
    env.cr.commit()
    return answer


def build_monthly(env, count, start):
    """Make `count` accounts with a monthly subscription of two lines in advance and one in arrears."""
    company = business.make_company_ready(env)
    codes = business.make_codes(env)
    lines = [(codes["NET"], "advance", 1), (codes["VOICE"], "advance", 3), (codes["TRAFFIC"], "arrears", 2)]
    plan = business.make_plan(env, "Monthly", lines, alignment="calendar")
    accounts = business.make_accounts(env, count)
    business.subscribe(env, accounts, plan, start)
    business.make_code(env, "INSTALL", 15.0, kind="one_time")
    # what waits only for this file's processes must not start by itself
    env["ir.cron"].search([]).active = False
    env.cr.commit()
    return {"company_id": company.id, "accounts": accounts.mapped("name"), "account_ids": accounts.ids}


def start_run(env, target, account_ids=(), charges=()):
    """Record one-time charges for the run to pick up, and start a run that waits for its workers."""
    recorded = env["billing.charge"].record(list(charges)) if charges else []
    if refused := [one for one in recorded if one["status"] != "created"]:
        raise ValueError(refused)
    run = env["billing.run"].create({"target_date": target, "account_ids": [(6, 0, list(account_ids))]})
    env["billing.run.work"].start(run, background=False)
    env.cr.commit()
    return run.id


def start_and_work(env, batch_size=20, **scope):
    """Start a run and work on it in the same process."""
    return work(env, start_run(env, **scope), batch_size)


def hold(env, account_id, run_id, others):
    """Hold the row of an account, as a hung process would, until the run has done all others and looked again."""
    env.cr.execute("SELECT id FROM billing_account WHERE id = %s FOR UPDATE", [account_id])
    for _look in range(600):
        with env.registry.cursor() as cr:
            cr.execute("SELECT count(*) FROM billing_run_outcome WHERE run_id = %s", [run_id])
            if cr.fetchone()[0] >= others:
                break
        time.sleep(0.1)
    time.sleep(2)
    return True


def work(env, run_id, batch_size=20, delay=0):
    """Work on one run as its button does.

    :param delay: seconds to let others begin first
    """
    time.sleep(delay)
    _set_batch_size(env, batch_size)
    run = env["billing.run"].browse(run_id)
    run.action_process_now()
    return run.state


def work_all(env, batch_size=20):
    """Work on whatever is running, as the lane crons do."""
    _set_batch_size(env, batch_size)
    env["billing.run"]._cron_process_runs()
    return env["billing.run"].search_count([("state", "=", "running")])


def daily_run(env, as_of, batch_size=20):
    """Start the daily runs of an instant and work on them, as the two crons do one after the other."""
    _set_batch_size(env, batch_size)
    _retrying(env, functools.partial(env["billing.run.work"].start_daily_runs, fields.Datetime.to_datetime(as_of)))
    env["billing.run"]._cron_process_runs()
    return True


def bill_by_program(env, target, batch_size=20):
    """Start a run by the programs' method and work on it."""
    _set_batch_size(env, batch_size)
    answer = _retrying(env, functools.partial(env["billing.run"].start, target))
    env["billing.run"].browse(answer["id"]).action_process_now()
    return answer["id"]


def repeat(env, name, times, **arguments):
    """Do one job again and again in one process."""
    for _time in range(times):
        globals()[name](env, **arguments)
    return times


def record(env, charges):
    """Record charges as a request of a program does."""
    return _retrying(env, functools.partial(env["billing.charge"].record, charges))


def record_one_by_one(env, groups):
    """Record groups of charges, each group in a request of its own."""
    return [answer for charges in groups for answer in record(env, charges)]


def execute(env, query):
    """Run one statement and commit."""
    env.cr.execute(query)
    env.cr.commit()
    return env.cr.rowcount


def _set_batch_size(env, size):
    type(env["billing.run.work"])._batch_size = size


def build_waiting_invoices(env, count, target):
    """Bill `count` customers, who get their invoices by mail; nothing is sent yet."""
    business.make_company_ready(env)
    code = business.make_code(env, "NET", 20.0)
    plan = business.make_plan(env, "Mailed", [(code, "advance", 1)], alignment="calendar")
    accounts = business.make_accounts(env, count, delivery_channel="email")
    for account in accounts:
        account.partner_id.email = f"customer{account.id}@example.com"
    business.subscribe(env, accounts, plan, target)
    env["ir.cron"].search([]).active = False
    env.cr.commit()
    start_and_work(env, batch_size=count, target=target)
    return env["account.move"].search([("billing_account_id", "in", accounts.ids)]).ids


def wait_again(env, move_ids):
    """Make invoices wait for delivery as if they had just been billed."""
    moves = env["account.move"].browse(move_ids)
    messages = moves.billing_delivery_message_id
    moves.write({"billing_delivery_state": "pending", "billing_delivery_message_id": False})
    env["mail.mail"].search([("mail_message_id", "in", messages.ids)]).unlink()
    messages.unlink()
    env.cr.commit()
    return True


def deliver(env, batch_size=5):
    """Send waiting invoices as the delivery cron does; the mails stay in Odoo's queue."""
    type(env["billing.invoice.delivery"])._batch_size = batch_size
    env["account.move"]._cron_deliver_billing()
    return True


def deliver_and_tell_an_authority(env, port, batch_size=5):
    """Send waiting invoices where an addon tells each to an authority, and commits what that has answered."""
    config["smtp_server"], config["smtp_port"] = "127.0.0.1", port
    type(env["billing.invoice.delivery"])._batch_size = batch_size
    env.ref("account.ir_cron_account_move_send").active = True
    owner = env.registry["account.move.send"]
    told = []

    def tell(sender, invoices_data):
        told.extend(move.id for move in invoices_data)
        if sender._can_commit():
            sender.env.cr.commit()

    owner._get_all_extra_edis = lambda _sender: {"acme": {"label": "Acme", "is_applicable": lambda _move: True}}
    owner._call_web_service_after_invoice_pdf_render = tell
    env["account.move"]._cron_deliver_billing()
    while env["account.move"].search_count([("sending_data", "!=", False)], limit=1):
        env["account.move"]._cron_account_move_send()
        env.cr.commit()
    return told


def build_late_debts(env, count, due):
    """Make `count` customers with an invoice due on a day, and a late fee rule that is on: 25.00 every ten days."""
    company = business.make_company_ready(env)
    business.make_code(env, "DEBT", 200.0, kind="one_time")
    accounts = business.make_accounts(env, count)
    env["billing.charge"].record(
        [
            {"account": account.name, "code": "DEBT", "key": f"debt/{account.id}", "date": due, "invoice": "now"}
            for account in accounts
        ]
    )
    rule = env["billing.late.fee.rule"].create(
        {
            "name": "Every ten days",
            "currency_id": company.currency_id.id,
            "fixed_amount": 25,
            "repeat_unit": "day",
            "repeat_count": 10,
            "announce": False,
        }
    )
    rule.sudo()._switch(True)
    company._get_late_fee_code()
    env["ir.cron"].search([]).active = False
    env.cr.commit()
    return accounts.ids


def late_fees(env, as_of, batch_size=500):
    """Let the scheduled action of late fees do the work of an instant."""
    type(env["billing.late.fee.day"])._batch_size = batch_size
    return env["billing.late.fee.day"].run_day(fields.Datetime.to_datetime(as_of))


def build_open_invoices(env, count, target):
    """Make accounts with one open invoice each, and the billing codes with which interest and fee are charged."""
    business.make_company_ready(env)
    code = business.make_code(env, "NET", 100.0)
    for name in ("INTEREST", "FEE"):
        business.make_code(env, name, 1.0, kind="one_time")
    plan = business.make_plan(env, "Monthly", [(code, "advance", 1)], alignment="calendar")
    accounts = business.make_accounts(env, count)
    business.subscribe(env, accounts, plan, target)
    env["ir.cron"].search([]).active = False
    env.cr.commit()
    start_and_work(env, batch_size=count, target=target)
    return env["account.move"].search([("billing_account_id", "in", accounts.ids)], order="id").ids


def agree_on_installments(env, move_id, day):
    """Plan an invoice in installments with interest and fee, unless it is planned already, and commit."""
    from odoo.addons.online_billing.services.installments.terms import PlanTerms

    day = fields.Date.to_date(day)
    move = env["account.move"].browse(move_id)
    if not move.billing_installment_part_ids:
        codes = {code.code: code.id for code in env["billing.code"].search([])}
        terms = PlanTerms(
            first_date=day,
            method="annuity",
            count=7,
            annual_percent=Decimal("12"),
            fee=Decimal("5"),
            interest_code_id=codes["INTEREST"],
            fee_code_id=codes["FEE"],
            overpayment="shorten",
            grace_days=0,
        )
        env["billing.installment.request"].request(move, terms, rule=env["billing.installment.rule"], day=day)


def build_debtors(env, count):
    """Make `count` accounts with two late invoices each, and a policy that the company follows."""
    company = business.make_company_ready(env)
    code = business.make_code(env, "NET", 20.0)
    plan = business.make_plan(env, "Late", [(code, "advance", 1)], alignment="calendar")
    accounts = business.make_accounts(env, count)
    for account in accounts:
        account.partner_id.email = f"debtor{account.id}@example.com"
    business.subscribe(env, accounts, plan, "2026-01-01")
    text = env.ref("online_billing.mail_template_first")
    values = {"trigger": "overdue", "template_id": text.id}
    steps = [(0, 0, {**values, "sequence": level, "name": f"Step {level}", "days": 7 * level}) for level in (1, 2, 3)]
    policy = env["billing.collection.policy"].create(
        {"name": "Late", "minimum_gap": 0, "hour": 0, "quiet_weekend": False, "step_ids": steps}
    )
    company.default_collection_policy_id = policy
    env["ir.cron"].search([]).active = False
    env.cr.commit()
    start_and_work(env, batch_size=count, target="2026-02-01")
    env["account.move"].search([]).write({"billing_delivery_state": "sent"})
    env.cr.commit()
    return accounts.ids


def forget_collection(env):
    """Make the debtors look as if nobody had ever reminded them."""
    messages = env["billing.collection.message"].search([]).billing_delivery_message_id
    env["mail.mail"].search([("mail_message_id", "in", messages.ids)]).unlink()
    messages.unlink()
    env.cr.execute("DELETE FROM billing_collection_message")
    env.cr.execute("DELETE FROM billing_collection_case")
    env.cr.execute("UPDATE billing_account SET collection_day = NULL")
    env.cr.commit()
    return True


def pay_invoice(env, move_id, amount, day):
    dialogue = env["account.payment.register"].with_context(active_model="account.move", active_ids=[move_id])
    dialogue.create({"payment_date": day, "amount": amount})._create_payments()
    env.cr.commit()
    return True


def review_installments(env, account_ids, day):
    """Judge the plans of accounts on a day, as the daily collection does."""
    days = dict.fromkeys(account_ids, fields.Date.to_date(day))
    env["billing.installment.review"].review(account_ids, days)
    env.cr.commit()
    return True


def settle_installments(env, move_id, day):
    """Settle the running plan of an invoice early, unless that is done."""
    plan = env["account.move"].browse(move_id).billing_installment_plan_ids
    if plan.state in ("active", "broken"):
        env["billing.installment.ending"].settle_early(plan, fields.Date.to_date(day))
    env.cr.commit()


def collect(env, as_of, batch_size=4):
    """Let the daily collection work at an instant, then send what it made; the mails stay in Odoo's queue."""
    type(env["billing.collection.day"])._batch_size = batch_size
    type(env["billing.message.delivery"])._batch_size = batch_size
    env["billing.collection.day"].run_day(fields.Datetime.to_datetime(as_of))
    env["billing.collection.message"]._cron_send_messages()
    return True


def find_missing(env, places):
    """Return the places at which a test kills whose method is gone."""
    return [place for place in places if not kills.find(env.registry, place)]


def build_ended_subscription(env):
    """Make an account that pays 147.63 a month in advance, until the middle of November 2026; nothing is billed yet."""
    business.make_company_ready(env)
    names = ("RACED", "ADDED")
    codes = {name: env["billing.code"].search([("code", "=", name)]) for name in names}
    for name, price in zip(names, (147.63, 30.0), strict=True):
        codes[name] = codes[name] or business.make_code(env, name, price)
    plan = business.make_plan(env, "Raced", [(codes["RACED"], "advance", 1)], alignment="calendar", credit_unused=True)
    [account] = business.make_accounts(env, 1)
    subscription = business.subscribe(env, account, plan, "2026-11-01")
    env["billing.subscription.lifecycle"].set_end(subscription, fields.Date.to_date("2026-11-15"))
    env["ir.cron"].search([]).active = False
    env.cr.commit()
    return account.id


def race_a_change(env, change, order):
    """Let a change and a run meet at a new account, each in a transaction of its own; return what the account owes.

    :param order: "change then run" and "run then change" one after the other; "run overtakes": the change is open when
        the run commits; "change holds": the change is written and not committed when the run comes by; "change
        overtakes": the run is open when the change commits
    """
    account_id = build_ended_subscription(env)
    steps = changes.CHANGES[change]
    steps.prepare(env["billing.account"].browse(account_id))
    env.cr.commit()
    with env.registry.cursor() as clerk_cr, env.registry.cursor() as run_cr:
        clerk, worker = env(cr=clerk_cr), env(cr=run_cr)

        def act():
            steps.change(clerk["billing.account"].browse(account_id))
            clerk.cr.flush()

        def run(begun=False):
            runs = worker["billing.run"]
            if not begun:
                worker.cr.rollback()
                worker.invalidate_all()
            made = runs.create({"target_date": "2026-12-05", "account_ids": [(6, 0, [account_id])]})
            worker["billing.run.work"].start(made, background=False)
            if begun:
                return made
            worker.cr.commit()
            worker["billing.run.work"].process(made)
            return made

        def look(some):
            some.cr.execute("SELECT count(*) FROM billing_subscription_line")  # from here on it sees this moment

        if order == "change then run":
            _retrying(clerk, act)
        elif order == "run then change":
            run()
            _retrying(clerk, act)
        elif order == "run overtakes":
            look(clerk)
            run()
            _retrying(clerk, act)
        elif order == "change holds":
            act()
            run()
            clerk.cr.commit()
        elif order == "change overtakes":
            made = run(begun=True)
            worker.cr.commit()
            look(worker)
            _retrying(clerk, act)
            worker["billing.run.work"].process(made)
        run()
        clerk.cr.rollback()
        clerk.invalidate_all()
        charges = clerk["billing.charge"].search([("account_id", "=", account_id), ("state", "!=", "void")])
        pending = charges.filtered(lambda charge: charge.state == "pending")
        return f"{sum(charges.mapped('amount')):.2f}, {len(pending)} pending"


def send_by_hand(env, port):
    """Send the newest mail at once, as Odoo does after the commit of whoever has pressed Send."""
    config["smtp_server"], config["smtp_port"] = "127.0.0.1", port
    env["mail.mail"].search([("state", "=", "outgoing")], order="id desc", limit=1).send()
    env.cr.commit()
    return True


def hand_over(env, port, second=False, delay=0):
    """Hand mails over to a mail server on the loopback interface, as Odoo's scheduled action or our lane does.

    :param delay: seconds to let others begin first
    """
    time.sleep(delay)
    config["smtp_server"], config["smtp_port"] = "127.0.0.1", port
    if second:
        env["mail.mail"]._cron_hand_over_billing()
    else:
        env["mail.mail"].process_email_queue()
    env.cr.commit()
    return True
