"""Customers pay: most of them, most of the time, each in their own way."""

from collections import defaultdict
from datetime import timedelta
from random import Random

# how an account pays, how soon after the invoice, and how many of ten accounts do
HABITS = {"online": (1, 9), "transfer": (6, 20), "cheque": (9, 24), "cash": (2, 12), "late": (34, 60), "never": (0, 0)}
SHARES = ("online", "online", "online", "online", "transfer", "transfer", "transfer", "cheque", "cash", "late")
AT_ONCE = 50


class MoneyReceived:
    """Pay the invoices of a company as its customers would have, each on a day up to today.

    :param apart: accounts whose money is another story
    """

    def __init__(self, env, company, today, apart=None):
        self.env = env(context=dict(env.context, allowed_company_ids=company.ids, tracking_disable=True))
        self.company = company.with_env(self.env)
        self.today = today
        self.apart = apart
        self.random = Random(f"money {company.name}")  # noqa: S311 not for secrets

    def plan(self):
        """Return [(day, deed)]: what is paid when; a deed takes the day on which it is done."""
        invoices = self.env["account.move"].search(
            [
                ("company_id", "=", self.company.id),
                ("state", "=", "posted"),
                ("move_type", "=", "out_invoice"),
                ("payment_state", "=", "not_paid"),
                ("amount_residual", ">", 0),
                # what keeps an account from being billed keeps its money from being booked as well
                ("billing_account_id.parked_reason", "=", False),
            ],
            order="invoice_date, id",
        )
        # a customer of several businesses is drawn no lot: the others pay as they do without it
        shared = invoices.filtered(lambda invoice: not invoice.partner_id.company_id)
        invoices -= shared
        habits = {
            account: self._get_habit(number) for number, account in enumerate(invoices.billing_account_id.sorted("id"))
        }
        # whoever logs in as one of these customers finds something to pay
        kept_open = self.env["account.move"].union(
            *(own[-1] for own in invoices.grouped("partner_id").values() if own.partner_id.user_ids)
        )
        online, by_hand = [], defaultdict(self.env["account.move"].browse)
        for invoice in invoices:
            habit = habits[invoice.billing_account_id]
            day = invoice.invoice_date + timedelta(days=self.random.randint(*HABITS[habit]))
            if invoice in kept_open or (self.apart and invoice.billing_account_id in self.apart):
                continue
            # an unpaid invoice here and there, also with those who are usually on time
            if habit == "never" or day > self.today or self.random.random() < 0.05:
                continue
            if habit == "online":
                online.append((day, invoice))
            else:
                way = "transfer" if habit == "late" else habit
                # money of one way is entered once a week, as a clerk would
                friday = min(day + timedelta(days=(4 - day.weekday()) % 7), self.today)
                by_hand[friday, way, invoice.currency_id] |= invoice
        deeds = [
            (day, lambda when, way=way, moves=moves: self.register(when, way, moves))
            for (day, way, _currency), moves in sorted(
                by_hand.items(), key=lambda one: (one[0][0], one[0][1], one[0][2].name)
            )
        ]
        deeds += [(day, lambda when, invoice=invoice: self._pay_online(when, invoice)) for day, invoice in online]
        return deeds + self._plan_shared(shared)

    def _plan_shared(self, invoices):
        """Have all but the last bill of a customer transferred a week after: something is left to pay in the portal."""
        days = [(invoice.invoice_date + timedelta(days=7), invoice) for invoice in invoices[:-1]]
        return [
            (day, lambda when, invoice=invoice: self.register(when, "transfer", invoice))
            for day, invoice in days
            if day <= self.today
        ]

    def _get_habit(self, number):
        return "never" if number % 14 == 13 else self.random.choice(SHARES)

    def register(self, day, way, invoices):
        """Register money by the same dialogue that a clerk uses."""
        invoices = invoices.filtered("amount_residual").with_env(self.env)
        if not invoices:
            return
        kind = "cash" if way == "cash" else "bank"
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", kind)], limit=1
        )
        lines = journal.inbound_payment_method_line_ids
        wanted = {"transfer": "Bank Transfer", "cheque": "Cheque"}.get(way)
        line = lines.filtered(lambda one: one.name == wanted) or lines[:1]
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoices.ids)
        wizard.create(
            {"payment_date": day, "journal_id": journal.id, "payment_method_line_id": line.id, "group_payment": False}
        )._create_payments()

    def _pay_online(self, day, invoice):
        """Pay on the page of the pay link: a transaction with the demo provider, confirmed and post-processed."""
        provider = (
            self.env["payment.provider"]
            .sudo()
            .search([("code", "=", "demo"), ("company_id", "=", self.company.id)], limit=1)
        )  # sudo: customers pay without access to providers
        Transaction = self.env["payment.transaction"].sudo()  # sudo: as above
        transaction = Transaction.create(
            {
                "provider_id": provider.id,
                "payment_method_id": provider.payment_method_ids[:1].id,
                "reference": Transaction._compute_reference("demo", prefix=invoice.name),
                "amount": invoice.amount_residual,
                "currency_id": invoice.currency_id.id,
                "partner_id": invoice.partner_id.id,
                "operation": "online_direct",
                "invoice_ids": [(6, 0, invoice.ids)],
            }
        )
        transaction._process("demo", {"reference": transaction.reference, "simulated_state": "done"})
        transaction.with_context(default_date=day)._post_process()
