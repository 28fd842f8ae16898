"""One case of the benchmark in a process of its own: prepare its customers, or bill them and say what it cost."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections import Counter
from datetime import datetime, time
from pathlib import Path

from tests.performance.measure import Cost, Meter
from tests.performance.odoo_process import configure, environment

HISTORY = 2000
LANE = "bench_lane"  # in the context: which of several processes this is, where they do not do the same
POSTED_AT_ONCE = 200
WRITTEN_AT_ONCE = 500


def prepare(case: str, env, count: int, history: int) -> None:
    from tests.performance.business import DAY, Business

    if case in COUNTER:
        from tests.performance import counter

        counter.prepare(case, env, count)
        env.cr.commit()
        return
    if case in DELIVERED + PRINTED:
        _prepare_delivered(case, env, count, history)
        env.cr.commit()
        return
    if case in DEBITED:
        from tests.performance import debited

        debited.prepare(case, env, count)
        env.cr.commit()
        return
    if case in COLLECTION or case in PLANNED:
        (_prepare_collection if case in COLLECTION else _prepare_planned)(case, env, count)
        env.cr.commit()
        return
    business = Business(env)
    business.make_history(HISTORY)
    if case == "contract":
        business.make_contracts(count)
    elif case in RUNS:
        if case == "run_imported":
            _keep_old_statistics(env)
        _note_run_before(env, DAY)
        business.make_accounts(count)
        run = env["billing.run"].create({"target_date": DAY})
        env["billing.run.work"].start(run, background=False)
    else:
        products = business.make_products()
        partners = business.make_partners(count)
        env["ir.config_parameter"].set_param("bench.partners", partners)
        env["ir.config_parameter"].set_param("bench.products", ",".join(map(str, products.ids)))
    env.cr.commit()


def _note_run_before(env, day) -> None:
    """Let the company have billed before, in batches: its first run of all begins with a small one."""
    run = env["billing.run"].create({"target_date": day})
    env.flush_all()
    figures = {"accounts": HISTORY, "parked": 0, "invoices": HISTORY, "rendered": HISTORY, "amounts": {}, "reasons": {}}
    query = "UPDATE billing_run SET state = 'done', final_figures = %s WHERE id = %s"
    env.cr.execute(query, [json.dumps(figures), run.id])
    env.invalidate_all()


def _keep_old_statistics(env) -> None:
    """Let the database know the tables as they are now, nearly empty, whatever is imported into them."""
    env.cr.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^(billing_|account_move|res_partner|mail_)'"
    )
    for [table] in env.cr.fetchall():
        env.cr.execute(f'ALTER TABLE "{table}" SET (autovacuum_enabled = off)')
    env.cr.execute("ANALYZE")


def settle(env, addons: list[str]) -> None:
    """Move the company to the country of a localisation among some addons, with its chart of accounts."""
    charts = env["account.chart.template"]._get_chart_template_mapping()
    for code, chart in charts.items():
        if chart["module"] in addons and chart.get("country_id") and chart["visible"]:
            env.company.country_id = chart["country_id"]
            env["account.chart.template"].try_loading(code, company=env.company, install_demo=False)
            break


def _prepare_collection(case: str, env, count: int) -> None:
    from tests.performance.debtors import Debtors

    debtors = Debtors(env)
    if case == "credit_control":
        debtors.make_overdue(count)
        debtors.make_policy_of_credit_control()
    else:
        debtors.make_overdue_of_accounts(count)


def _prepare_planned(case: str, env, count: int) -> None:
    from tests.performance import planned

    planned.prepare(case, env, count)


def _prepare_delivered(case: str, env, count: int, history: int) -> None:
    from tests.performance import delivered

    business = delivered.Delivered(env)
    if case == "receipt":
        business.make_paid(count)
        return
    business.make_waiting(count, history)
    if case == "send":
        delivered.forget_accounts(env)


def _values(env, count: int) -> list[dict]:
    from tests.performance.business import Business

    parameters = env["ir.config_parameter"]
    first = int(parameters.get_param("bench.partners"))
    products = env["product.product"].browse(map(int, parameters.get_param("bench.products").split(",")))
    business = Business(env)
    return [business.invoice_values(products, first + number, number) for number in range(1, count + 1)]


def _slices(records, size):
    return (records[start : start + size] for start in range(0, len(records), size))


def bill_plain(env, count: int) -> dict:
    """Odoo alone: create and post in batches."""
    for vals_list in _slices(_values(env, count), POSTED_AT_ONCE):
        env["account.move"].create(vals_list)._post(soft=False)
        env.cr.commit()
    return {}


def bill_writer(env, count: int) -> dict:
    """The writer alone, without rating."""
    reasons: Counter[str] = Counter()
    for vals_list in _slices(_values(env, count), WRITTEN_AT_ONCE):
        result = env["billing.posting"].create_posted(vals_list)
        env.cr.commit()
        reasons.update(result.reasons)
    return {"left to Odoo": dict(reasons)}


def bill_contract(env, count: int) -> dict:
    """The OCA addon: its cron makes drafts, which are posted in batches."""
    from tests.performance.business import DAY

    env["contract.contract"].cron_recurring_create_invoice(DAY)
    env.cr.commit()
    drafts = env["account.move"].search([("move_type", "=", "out_invoice"), ("state", "=", "draft")])
    for moves in _slices(drafts, POSTED_AT_ONCE):
        moves._post(soft=False)
        env.cr.commit()
    return {}


def bill_run(env, count: int) -> dict:
    """Our billing run: charges rated, invoices posted, accounts advanced."""
    from tests.performance.storage import get_growth, get_sizes

    sizes = get_sizes(env)
    run = env["billing.run"].search([("state", "=", "running")], limit=1)
    env["billing.run.work"].process(run)
    run.invalidate_recordset()
    return {
        "left to Odoo": dict(env["billing.posting.ways"].count_reasons(run)[run.id]),
        "KB stored each": get_growth(env, sizes, count),
    }


def preview_run(env, _count: int) -> dict:
    """The preview of the same run: computed in the same way, written nowhere."""
    run = env["billing.run"].search([("state", "=", "running")], limit=1)
    answer = env["billing.run.work"].preview(run)
    env.cr.rollback()
    return {DONE: answer["invoices"]}


def print_documents(case: str):
    """Return how a case prints invoices."""

    def print_all(env, count: int) -> dict:
        from tests.performance import printed

        return {DONE: printed.print_all(case, env, count)}

    return print_all


def collect_credit_control(env, _count: int) -> dict:
    """The OCA addon: credit lines, marked to be sent, then a message each, left in the mail queue."""
    from tests.performance.business import DAY

    run = env["credit.control.run"].create({"date": DAY})
    run = run.with_context(mail_notify_force_send=False)
    run.generate_credit_lines()
    run.set_to_ready_lines()
    run.run_channel_action()
    env.cr.commit()
    return {"lines": len(run.line_ids)}


def collect(env, _count: int) -> dict:
    """Our day of collection: cases, levels, messages; then the messages put into the mail queue."""
    from tests.performance.business import DAY

    env["billing.collection.day"].run_day(datetime.combine(DAY, time(12)))
    env.cr.commit()
    env["billing.collection.message"].with_context(mail_notify_force_send=False)._cron_send_messages()
    env.cr.commit()
    return {"cases": env["billing.collection.case"].search_count([])}


def give_dates(case: str):
    """Return how a case gives invoices several due dates."""

    def bill_planned(env, count: int) -> dict:
        from tests.performance import planned

        return getattr(planned, case)(env, count)

    return bill_planned


def charge_at_counter(case: str):
    """Return how charges are recorded, or what Odoo alone does in their place."""

    def record(env, count: int) -> dict:
        from tests.performance import counter

        return getattr(counter, case)(env, count)

    return record


def hand_over(case: str):
    """Return how a case mails invoices."""

    def bill_delivered(env, count: int) -> dict:
        from tests.performance import delivered

        return getattr(delivered, case)(env, count)

    return bill_delivered


def debit(case: str):
    """Return how a case takes money from saved methods."""

    def take(env, count: int) -> dict:
        from tests.performance import debited

        return getattr(debited, case)(env, count)

    return take


DEBITED = ("debits", "debits_recorded", "tokens")
DELIVERED = ("deliver", "send", "receipt")
PLANNED = ("plan_of_all", "plans", "terms", "terms_each")
COUNTER = ("record", "record_http", "counter", "plain_each")
RUNS = ("run", "run_imported", "preview")
PRINTED = ("drawn", "weasyprint", "page")
DONE = "done"  # in the answer of a case that writes nothing: how many it worked out
BILL = {
    "plain": bill_plain,
    "writer": bill_writer,
    "contract": bill_contract,
    "run": bill_run,
    "run_imported": bill_run,
    "preview": preview_run,
    **{case: print_documents(case) for case in PRINTED},
    "credit_control": collect_credit_control,
    "collection": collect,
    **{case: give_dates(case) for case in PLANNED},
    **{case: charge_at_counter(case) for case in COUNTER},
    **{case: hand_over(case) for case in DELIVERED},
    **{case: debit(case) for case in DEBITED},
}
COLLECTION = ("credit_control", "collection")
POSTED = "SELECT count(*), sum(amount_total) FROM account_move WHERE state = 'posted'"
RECORDED = "SELECT count(*), sum(amount) FROM billing_charge"
REMINDED = (
    "SELECT count(*), count(DISTINCT recipient.res_partner_id) FROM mail_mail mail"
    " JOIN mail_mail_res_partner_rel recipient ON recipient.mail_mail_id = mail.id WHERE mail.state = 'outgoing'"
)
HANDED_OVER = (
    "SELECT count(DISTINCT message.res_id), count(*) FROM mail_notification notification"
    " JOIN mail_message message ON message.id = notification.mail_message_id"
    " WHERE message.model IN ('account.move', 'account.payment') AND notification.notification_status = 'sent'"
)
# invoices of which something falls due after the day; before, all of it was overdue
DATED = (
    "SELECT count(DISTINCT move_id), sum(amount_residual) FROM account_move_line"
    " WHERE parent_state = 'posted' AND display_type = 'payment_term' AND date_maturity > '2026-01-01'"
)
PAID = "SELECT count(*), sum(amount) FROM account_payment WHERE payment_transaction_id IS NOT NULL"
ANSWERED = "SELECT count(*), sum(amount) FROM billing_payment_attempt WHERE answer IS NOT NULL"
COUNTED = {
    **dict.fromkeys(DEBITED, PAID),
    "debits_recorded": ANSWERED,
    **dict.fromkeys(COLLECTION, REMINDED),
    **dict.fromkeys(PLANNED, DATED),
    **dict.fromkeys(DELIVERED, HANDED_OVER),
    **dict.fromkeys(("record", "record_http", "counter"), RECORDED),
}


def warm_up(case: str, env) -> None:
    """Let Odoo compile and remember what a worker that has been running for a while knows."""
    if case in PLANNED + DELIVERED:
        from tests.performance import delivered, planned

        (planned if case in PLANNED else delivered).warm_up(case, env)
        return
    if case in PRINTED:
        from tests.performance import printed

        printed.warm_up(case, env)
        return
    if case in COUNTER + DEBITED:
        from tests.performance import counter, debited

        (counter if case in COUNTER else debited).warm_up(case, env)
        return
    from tests.performance.business import Business

    business = Business(env)
    products = business.make_products()
    partners = business.make_partners(12)
    vals_list = [business.invoice_values(products, partners + number, number) for number in range(1, 13)]
    if case in (*RUNS, "writer"):
        env["billing.posting"].create_posted(vals_list)
    env["account.move"].create(vals_list[:2])._post(soft=False)
    env.flush_all()
    env.cr.rollback()
    env.invalidate_all()


def bill(case: str, env, count: int, *, wait: bool, lane: int = 0) -> Cost:
    counting = COUNTED.get(case, POSTED)
    if case not in COLLECTION:
        warm_up(case, env)
    env.cr.execute(counting)
    before = env.cr.fetchone()[0]
    env.cr.rollback()
    if wait:
        print("warm", flush=True)
        sys.stdin.readline()
    with Meter(env, Cost(case, count), of_all_cursors=case == "record_http") as cost:
        detail = BILL[case](env(context={**env.context, LANE: lane}) if lane else env, count)
    cost.detail = detail
    env.cr.execute(counting)
    number, total = env.cr.fetchone()
    cost.invoices = detail.pop(DONE, number - before)
    cost.detail = {**detail, "total": f"{total or 0:.2f}"}
    return cost


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("act", choices=("settle", "prepare", "bill"))
    parser.add_argument("case", choices=tuple(BILL))
    parser.add_argument("database")
    parser.add_argument("count", type=int)
    parser.add_argument("addons", nargs="*", help="what stands beside ours")
    parser.add_argument("--history", type=int, default=0, help="mails that were sent before")
    parser.add_argument("--lane", type=int, default=0, help="which of several processes at once, from 0")
    parser.add_argument("--wait", action="store_true", help="say when warm, and begin when told")
    arguments = parser.parse_args()
    peers = [Path(os.environ["PEERS"])] if arguments.case in ("contract", "credit_control") else []
    configure(arguments.database, peers)
    with contextlib.ExitStack() as working, environment(arguments.database) as env:
        if arguments.act == "settle":
            settle(env, arguments.addons)
        elif arguments.act == "prepare":
            prepare(arguments.case, env, arguments.count, arguments.history)
        else:
            if arguments.case in DELIVERED:
                from tests.performance import delivered

                working.enter_context(delivered.mail_server())
            if arguments.case == "send":
                working.enter_context(delivered.drawn_for_all(env))
            cost = bill(arguments.case, env, arguments.count, wait=arguments.wait, lane=arguments.lane)
            json.dump(cost.as_dict(), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
