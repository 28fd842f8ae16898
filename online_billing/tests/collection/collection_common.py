"""Builders for the collection: policies, overdue invoices, and days that pass."""

from datetime import datetime, timedelta

from odoo import Command

from ..delivery.delivery_common import DeliveryCase


class CollectionCase(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.default_collection_policy_id = False
        cls.text = cls.env.ref("online_billing.mail_template_first")

    @classmethod
    def make_policy(cls, *steps, **vals):
        """Return a policy that the company follows; a step is (trigger, days) and perhaps values of its own."""
        commands = []
        for number, (trigger, days, *rest) in enumerate(steps, 1):
            given = {"channel": "email", "template_id": cls.text.id, **(rest[0] if rest else {})}
            commands.append(
                Command.create(
                    {"sequence": number, "name": f"Step {number}", "trigger": trigger, "days": days, **given}
                )
            )
        policy = cls.env["billing.collection.policy"].create(
            {"name": "Policy", "minimum_gap": 0, "hour": 0, "quiet_weekend": False, "step_ids": commands, **vals}
        )
        cls.company.default_collection_policy_id = policy
        return policy

    @classmethod
    def owe(cls, account, due, price=100.0, **vals):
        """Return a posted invoice of an account, due on a day, already sent."""
        return cls.make_invoice(
            account,
            price=price,
            delivery="sent",
            invoice_date=vals.pop("invoice_date", "2024-10-01"),
            invoice_date_due=due,
            invoice_payment_term_id=False,
            **vals,
        )

    @classmethod
    def collect(cls, day, accounts=None, hour=12):
        """Let the daily collection work at an hour of a day, UTC."""
        moment = datetime.fromisoformat(day) + timedelta(hours=hour)
        cls.env["billing.collection.day"].run_day(moment, accounts, commit=False)

    @classmethod
    def get_case(cls, account):
        return cls.env["billing.collection.case"].search([("account_id", "=", account.id)])

    def get_log(self, account, state="done"):
        """Return [(day, number of the step in its policy)] of what was done; 0 without a step."""
        entries = self.get_case(account).entry_ids.filtered(lambda entry: entry.state == state).sorted("id")
        return [(str(entry.date), entry.step_id.sequence) for entry in entries]

    def get_messages(self, account):
        return self.env["billing.collection.message"].search([("account_id", "=", account.id)], order="id")

    def collect_days(self, first, last, **options):
        """Let days pass; what a day says leaves before the next one."""
        day = datetime.fromisoformat(first)
        while day <= datetime.fromisoformat(last):
            self.collect(day.date().isoformat(), **options)
            self.send_messages()
            day += timedelta(days=1)

    def send_messages(self):
        """Let everything leave that waits in the outbox."""
        waiting = self.env["billing.collection.message"].sudo().search([("billing_delivery_state", "=", "pending")])
        waiting.billing_delivery_state = "sent"

    def pay_invoice(self, move, amount=None):
        register = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        return register.create({"amount": amount} if amount else {})._create_payments()
