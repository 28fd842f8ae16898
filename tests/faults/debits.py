"""Customers who are debited at a simulator of Stripe by processes that may be killed, and what must be true then."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.faults.parent import Nursery, task
from tests.stripe_simulator.simulator import SECRET, Simulator

PREPARE = """
from tests.faults import business
company = business.make_company_ready(env)
if not company.chart_template:
    env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
company.billing_debit_notice_days = 0
provider = env.ref("payment.payment_provider_stripe")
journal = env["account.journal"].create({{"name": "Stripe", "code": "STRP", "type": "bank"}})
provider.write({{"company_id": company.id, "stripe_secret_key": {key!r}, "stripe_publishable_key": "pk_test_simulator",
    "stripe_billing_secret": {secret!r}, "allow_tokenization": True, "state": "test"}})
provider.journal_id = journal
env.ref("payment.payment_method_card").active = True
env["ir.config_parameter"].set_param("online_billing_stripe.api_base", {url!r})
env["ir.config_parameter"].set_param("online_billing_stripe.timeout", "10")
business.make_code(env, "DEBT", 0.0, kind="one_time", model="dynamic").product_id.taxes_id = [(5,)]
env["billing.stripe.connections"].get(provider)
env["ir.cron"].search([]).active = False
"""
# each customer owes 100.00 and has agreed; what is planned is debited today
OWE = """
import json
from tests.faults import business
provider = env.ref("payment.payment_provider_stripe")
consents = env["billing.payment.consents"]
accounts = business.make_accounts(env, len({customers!r}))
env["billing.charge"].record([{{"account": account.name, "code": "DEBT", "key": f"debt/{{account.id}}", "amount": 100,
    "date": "2026-10-01", "invoice": "now"}} for account in accounts])
given = env["billing.payment.consent"]
for account, (customer, method) in zip(accounts, {customers!r}):
    account.partner_id.email = f"{{customer}}@example.com"
    token = env["payment.token"].create({{"provider_id": provider.id, "partner_id": account.partner_id.id,
        "payment_method_id": env.ref("payment.payment_method_card").id, "provider_ref": customer,
        "payment_details": "4242", "stripe_payment_method": method}})
    given |= consents.give(account, token, account.partner_id, "portal", consents.get_text(account))
if {is_planned}:
    env["billing.debit.planning"].plan_now(given)
# it is day, whenever this runs
env.flush_all()
env.cr.execute("UPDATE billing_payment_attempt SET next_time = (now() AT TIME ZONE 'UTC') - interval '1 second'"
               " WHERE consent_id = ANY(%s)", [given.ids])
env.invalidate_all()
print(json.dumps(accounts.ids))
"""
PLAN = "env['billing.payment.consent']._cron_plan_debits()"
SEND = "env['billing.payment.attempt']._cron_send()"
ASK = "env['billing.payment.attempt']._cron_ask()"
BRING = """
provider = env.ref("payment.payment_provider_stripe")
for body, signature in {messages!r}:
    assert env["billing.stripe.inbox"].receive(provider, body.encode(), signature) == 200
env.cr.commit()
env["billing.stripe.event"]._cron_work_events()
"""
# hours pass: what waits for its time is due
WAKE = """
env.flush_all()
env.cr.execute("UPDATE billing_payment_attempt SET next_time = (now() AT TIME ZONE 'UTC') - interval '1 second'"
               " WHERE next_time IS NOT NULL")
env.cr.execute("UPDATE payment_transaction SET create_date = create_date - interval '1 hour' WHERE state = 'draft'")
env.cr.execute("UPDATE billing_stripe_event SET next_time = (now() AT TIME ZONE 'UTC') WHERE next_time IS NOT NULL")
env.invalidate_all()
env.cr.commit()
"""
HOUR = (WAKE, SEND, WAKE, ASK, SEND)


def bring(simulator: Simulator) -> str:
    """Return the script that takes and works off everything that Stripe has to tell."""
    messages = [(message.payload, message.signature) for message in simulator.messages()]
    simulator.lose()
    return BRING.format(messages=messages)


@dataclass(frozen=True)
class Customer:
    """Somebody who is debited.

    :ivar account: id of the account
    :ivar reference: of the customer at Stripe
    """

    account: int
    reference: str


class Debits:
    """A business that debits at a simulator of Stripe."""

    def __init__(self, nursery: Nursery, simulator: Simulator) -> None:
        self.nursery, self.simulator = nursery, simulator
        self.client = simulator.client()
        self.do(PREPARE.format(key=simulator.key, secret=SECRET, url=simulator.url))

    def do(self, script: str) -> str:
        return self.nursery.run("run_script", script=script)

    def do_all(self, *scripts: str, **when) -> list[dict]:
        """Let scripts run at once, each in a process of its own, which may be killed; return what became of each."""
        answers = self.nursery.run_all(*[task("run_script", script=script, **when) for script in scripts])
        assert [answer["error"] for answer in answers if answer["error"]] == []
        return answers

    def kill(self, script: str, **when) -> bool:
        """Let a script run in a process that is to be killed; return whether it was."""
        [answer] = self.do_all(script, **when)
        return answer["killed"]

    def owe(self, count: int, is_planned: bool = True) -> list[Customer]:
        """Return new customers whose debits are due.

        :param is_planned: the plan of the day has made them already
        """
        made = [self.client.v1.customers.create().id for _number in range(count)]
        customers = [(customer, self.simulator.make_method(customer)["id"]) for customer in made]
        accounts = json.loads(self.do(OWE.format(customers=customers, is_planned=is_planned)))
        return [Customer(account, reference) for account, reference in zip(accounts, made, strict=True)]

    def clear_up(self) -> None:
        """Let hours pass in which all jobs work."""
        for _hour in range(2):
            self.do("\n".join(HOUR))

    def check(self, customers: list[Customer]) -> None:
        """Each has paid once, at Stripe and in the books, and nothing is left open."""
        for customer in customers:
            taken = self.simulator.objects("charge", status="succeeded", customer=customer.reference)
            assert [charge["amount"] for charge in taken] == [10000], (customer, self.get_attempts(customer))
            assert self.get_payments(customer) == [("inbound", 100)], customer
        accounts = [customer.account for customer in customers]
        query = self.nursery.query
        assert (
            query(
                "SELECT id FROM billing_payment_attempt WHERE account_id = ANY(%s)"
                " AND (state NOT IN ('succeeded', 'given_up') OR (state = 'succeeded' AND is_booked IS NOT TRUE))",
                accounts,
            )
            == []
        )
        assert (
            query(
                "SELECT id FROM account_move WHERE billing_account_id = ANY(%s) AND payment_state NOT IN"
                " ('paid', 'in_payment')",
                accounts,
            )
            == []
        )
        self.nursery.assert_whole()

    def get_attempts(self, customer: Customer) -> list[tuple]:
        return self.nursery.query(
            "SELECT state, reason, booking_error FROM billing_payment_attempt WHERE account_id = %s", customer.account
        )

    def get_payments(self, customer: Customer) -> list[tuple]:
        rows = self.nursery.query(
            "SELECT payment_type, amount FROM account_payment WHERE billing_account_id = %s ORDER BY id",
            customer.account,
        )
        return [(kind, float(amount)) for kind, amount in rows]
