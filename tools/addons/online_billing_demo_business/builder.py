import logging
from functools import partial

from odoo import models
from odoo.exceptions import UserError

from .asking import Asking
from .collecting import Collecting
from .consultancy import Consultancy
from .courier import Courier
from .foundation import Foundation
from .internet_provider import InternetProvider
from .paying_automatically import PayingAutomatically
from .paying_by_stripe import PayingByStripe, find, is_here
from .privacy import Privacy
from .software import Software
from .summary import get_summary

_logger = logging.getLogger(__name__)

FLAG = "online_billing.demo_business_built"
BATCH_SIZE = 50
COLLECTED = ("account.payment", "billing.collection.message", "billing.late.fee", "billing.installment.plan")
BUSINESSES = (InternetProvider, Courier, Consultancy, Software)


class _Commit:
    """Keep what is done so far; in a test, where nothing may be kept, only write it down."""

    def __init__(self, env, allowed):
        self.allowed = allowed
        self._env = env

    def __call__(self):
        self._env.flush_all()
        if self.allowed:
            # each step is whole in itself, and the flag says that more is to come
            self._env.cr.commit()  # pylint: disable=invalid-commit


class BillingDemoBusiness(models.AbstractModel):
    """Build four invented businesses and three months of their billing, for whoever wants to look before deciding."""

    _name = "billing.demo.business"
    _description = "Demo Businesses"

    def _build(self, today, report=None, commit=True):
        """Make companies, customers, subscriptions, runs, invoices, mails and payments up to a day.

        Made by the same services that people and programs use; only the dates are arguments. A second call finds
        everything there and changes nothing.

        :param date today: the day on which the last of the three months ends
        :param report: called with a line of text after each step
        :param bool commit: keep each step as soon as it is done; tests say no
        :return: the summary, see `summary.get_summary`
        :raise UserError: a build was interrupted here before
        """
        parameters = self.env[
            "ir.config_parameter"
        ].sudo()  # sudo: a mere flag; whoever builds companies is an administrator
        report = report or partial(_logger.info, "%s")
        built = parameters.get_param(FLAG)
        if built == "done":
            return get_summary(self.env)
        if built:
            raise UserError(
                self.env._(
                    "The demo businesses are half made, because their making was interrupted."
                    " Begin again in a new database."
                )
            )
        parameters.set_param(FLAG, "begun")
        keep = _Commit(self.env, commit)
        foundation = Foundation(self.env, today)
        foundation.prepare(BUSINESSES)
        keep()
        report(f"{len(BUSINESSES)} companies, users, currencies")
        for kind in BUSINESSES:
            business = kind(self.env, foundation.companies[kind], today)
            business.add_catalogue()
            business.add_customers()
            keep()
            business.play(keep)
            report(f"{business.name}: {len(business.accounts)} accounts, {len(business.runs)} billing runs")
        foundation.add_portal_users()
        keep()
        self._deliver(keep, report)
        collecting = Collecting(self.env, {foundation.companies[kind]: kind.__name__ for kind in BUSINESSES}, today)
        collecting.prepare()
        collecting.play(keep)
        counts = [self.env[model].search_count([]) for model in COLLECTED]
        report("{} payments, {} reminders and notices, {} late fees, {} installment plans".format(*counts))
        Asking(self.env).play()
        keep()
        report("{} questions of customers, {} of them disputes".format(*self._count_questions()))
        Privacy(self.env).play()
        keep()
        report("an export of data, documents for verification, a request for erasure")
        report(f"{PayingAutomatically(self.env, today).play()} debits of customers who pay by themselves")
        keep()
        if keep.allowed and is_here(self.env):  # what asks Stripe keeps what is done before
            report(f"{PayingByStripe(self.env, today).play(keep)} payments through Stripe, as it would tell of them")
        self._deliver(keep, lambda line: None)
        self._send_reminders(keep, report)
        self._send_receipts(keep, report)
        parameters.set_param(FLAG, "done")
        keep()
        return get_summary(self.env)

    def _compare_with_stripe(self, today):
        """Put Stripe's balance, as it would tell it, beside the ledger; return the comparison, or None."""
        stripe = find(self.env, today) if is_here(self.env) else None
        if not stripe:
            return None
        stripe.has_news = True
        with stripe.answering():
            connection = self.env["billing.stripe.connections"].get(stripe.provider)
            return self.env["billing.stripe.comparing"].compare(connection)

    def _count_questions(self):
        questions = self.env["billing.question"]
        return questions.search_count([]), questions.search_count([("kind", "=", "dispute")])

    def _deliver(self, keep, report):
        """Mail the invoices, as the cron does."""
        moves = self.env["account.move"].search(
            [("billing_delivery_state", "=", "pending"), ("state", "=", "posted")], order="invoice_date, id"
        )
        self._send(moves, self.env["billing.invoice.delivery"].send_now, keep)
        report(f"{len(moves)} invoices mailed")

    def _send_receipts(self, keep, report):
        """Mail the receipts, as the cron does."""
        payments = self.env["account.payment"].search([("billing_delivery_state", "=", "pending")], order="date, id")
        self._send(payments, self.env["billing.receipt.delivery"].send_now, keep)
        report(f"{len(payments)} receipts mailed")

    def _send_reminders(self, keep, report):
        """Mail reminders and notices, as the cron does."""
        messages = self.env["billing.collection.message"].search(
            [("billing_delivery_state", "=", "pending")], order="id"
        )
        self._send(messages, self.env["billing.message.delivery"].send_now, keep)
        report(f"{len(messages)} reminders and notices mailed")

    def _send(self, records, send, keep):
        """Send documents in batches, and hand each batch over to the mail server."""
        for company, own in records.grouped("company_id").items():
            for first in range(0, len(own), BATCH_SIZE):
                batch = own[first : first + BATCH_SIZE].with_company(company)
                send(batch)
                keep()
                if keep.allowed:
                    self.env["mail.mail"].process_email_queue(batch_size=10 * BATCH_SIZE)
