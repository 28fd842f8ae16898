"""Customers who pay by themselves: what was debited, what failed and is tried again, what waits, what is coming."""

from datetime import timedelta

from odoo import fields
from odoo.addons.online_billing.services.automatic_payment.consents import Terms
from odoo.addons.online_billing.services.automatic_payment.values import UNKNOWN, WAITING, Answer

from .foundation import PORTAL

# what becomes of a customer's debit, and what the demo provider answers for their method
STORIES = (
    ("succeeded", "done"),
    ("failed", "error"),
    ("waiting", "done"),
    ("unknown", "done"),
    ("pending", "pending"),
    ("withdrawn", "done"),
    ("succeeded", "done"),
    ("coming", "done"),
    ("coming", "error"),
    ("coming", "done"),
    ("coming", "done"),
    ("coming", "done"),
)
# how they were asked: on paper, on the pay page, in the portal
CHANNELS = ("written", "page", "portal")


class PayingAutomatically:
    """Let some customers agree to automatic payment, and debit them as the daily jobs do."""

    def __init__(self, env, today):
        self.env = env
        self.today = today

    def play(self):
        """Play every story with an account of its own; return how many debits were planned."""
        self.env["billing.run"].search([]).company_id.billing_retry_policy_id = self.env.ref(
            "online_billing.retry_policy_standard"
        )
        owing = self._get_owing()
        made = 0
        for number, ((account, lines), (story, state)) in enumerate(zip(owing, STORIES, strict=False)):
            channel = CHANNELS[number % len(CHANNELS)]
            made += bool(self._play(account, lines, story, state, channel, number))
        self._agree_as_customer()
        return made

    def _get_owing(self):
        """Return [(account, what can be debited of it)]: who is not late first, and nobody with another story."""
        plans = self.env["billing.installment.plan"].search([])
        cases = self.env["billing.collection.case"].search([("amount_overdue", ">", 0)])
        told = plans.account_id | cases.filtered(lambda case: case.state == "handed_over").account_id
        told |= self.env["billing.payment.promise"].search([]).account_id
        accounts = self.env["billing.account"].search(
            [
                ("state", "=", "active"),
                ("parked_reason", "=", False),
                ("id", "not in", told.ids),
                ("partner_id.user_ids", "=", False),
            ],
            order="id",
        )
        accounts = (accounts - cases.account_id) | accounts
        found = self.env["billing.due.lines"].get_lines(accounts)
        own = [(account, self._get_lines_of(account, found[account.id])) for account in accounts]
        return [(account, lines) for account, lines in own if lines]

    def _get_lines_of(self, account, lines):
        return [line for line in lines if line.currency_id == account.currency_id.id]

    def _get_services(self, account):
        return self.env(context=dict(self.env.context, allowed_company_ids=account.company_id.ids))

    def _save_method(self, account, state, number):
        """Return a method as the customer saves it with the demo provider."""
        env = self._get_services(account)
        provider = (
            env["payment.provider"]
            .sudo()  # sudo: customers save methods without access to providers
            .search([("code", "=", "demo"), ("company_id", "=", account.company_id.id)], limit=1)
        )
        return (
            env["payment.token"]
            .sudo()  # sudo: as above
            .create(
                {
                    "provider_id": provider.id,
                    "payment_method_id": provider.payment_method_ids[:1].id,
                    "partner_id": account.partner_id.id,
                    "provider_ref": f"demo {account.name}",
                    "payment_details": f"{4242 + 37 * number:04}",
                    "demo_simulated_state": state,
                }
            )
        )

    def _agree(self, account, token, channel, terms=None):
        env = self._get_services(account)
        consents, account = env["billing.payment.consents"], account.with_env(env)
        paper = env["ir.attachment"]
        if channel == "written":
            paper = paper.create(
                {"name": "consent.txt", "raw": b"Signed by the customer", "res_model": "billing.payment.consent"}
            )
        text = consents.get_text(account)
        consent = consents.give(account, token, account.partner_id, channel, text, terms, attachments=paper)
        paper.res_id = consent.id
        return consent

    def _play(self, account, lines, story, state, channel, number):
        consent = self._agree(account, self._save_method(account, state, number), channel)
        if story == "withdrawn":
            consent.env["billing.payment.consents"].withdraw(consent, account.partner_id)
            return None
        debits = consent.env["billing.debits"]
        notice = timedelta(days=account.company_id.billing_debit_notice_days)
        if story == "coming":
            first = min(line.due_date for line in lines)
            day = max(first, self.today + notice + timedelta(days=number % 4))
            attempt = debits.plan(consent, consent.method_ids[:1], lines, day)
            consent.env["billing.debit.news"].tell_coming(attempt)
            return attempt
        attempt = debits.plan(consent, consent.method_ids[:1], lines, self.today, next_time=fields.Datetime.now())
        consent.env["billing.debit.sending"]._send(attempt.sudo())  # sudo: as the job does it
        self._answer(attempt, story)
        return attempt

    def _answer(self, attempt, story):
        """Let the provider answer, without the commits that a network needs."""
        env = attempt.env
        adapter = env["billing.payment.adapter"].sudo().get_adapter(attempt.sudo().provider_id)  # sudo: as the job
        answers = {
            "waiting": Answer(
                WAITING,
                f"demo-{attempt.id}",
                text="The bank wants to see the customer.",
                url=env["billing.pay.links"].get_pay_url(attempt.account_id, attempt.currency_id),
            ),
            "unknown": Answer(UNKNOWN, text="The provider did not answer in time."),
        }
        answer = answers.get(story) or adapter._send_charge(adapter._prepare_charge(attempt.sudo()))
        env["billing.attempt.answers"].note(attempt, answer)
        env["billing.attempt.settling"].settle(attempt)
        env["billing.debit.booking"].book_all(attempt)

    def _agree_as_customer(self):
        """Let the customer who logs in have agreed, with a limit, so that both forms of the page can be seen."""
        account = self.env["billing.account"].search([("partner_id.name", "=", PORTAL[0][1])], limit=1)
        if account:
            token = self._save_method(account, "done", len(STORIES))
            self._agree(account, token, "portal", Terms("after", 2, 250))
