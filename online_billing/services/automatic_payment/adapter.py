"""How a provider is asked to charge, what it says of it later, and when a method expires: seams for each provider."""

import logging
from datetime import timedelta

import psycopg2
from odoo import api, fields, models
from odoo.tools import SQL

from ...engine import next_question
from .values import ACCEPTED, DECLINED, SUCCEEDED, UNKNOWN, Answer

_logger = logging.getLogger(__name__)

#: so long a form of a provider can be paid at most
PAGE_LIVES = timedelta(days=1)


class BillingPaymentAdapter(models.AbstractModel):
    """A provider of its own has a model `billing.payment.adapter.<its technical name>` that inherits this one.

    Each seam reads what it needs first (`_prepare_...`), and asks the network then, when no transaction is open any
    more (`_send_...`). What is raised there is an unknown outcome, never a failure: only what the provider says counts.

    Without a model of its own, a provider is charged by Odoo's `_charge_with_token`, which turns a timeout into an
    error: every answer but done, pending or a decline that is listed is unknown then, and staff settle it by hand.
    """

    _name = "billing.payment.adapter"
    _description = "How a Provider Is Asked to Charge"

    @api.model
    @api.private
    def get_adapter(self, provider):
        """Return the adapter of a provider."""
        return self.env.get(f"{BillingPaymentAdapter._name}.{provider.code}", self.env[BillingPaymentAdapter._name])

    @api.private
    def charge(self, attempt, again=False):
        """Ask the provider to charge the method of an attempt, whose row is committed; never raises.

        The row is looked at again in the commit before: it may have ended since, or another process asks for it.

        :param again: it was asked for before and never received; else it is asked for once
        :return: :class:`Answer`; None where nobody was asked
        """
        return self._ask_for_money(attempt, self._prepare_charge, self._send_charge, again)

    @api.private
    def ask(self, attempt):
        """Ask the provider what became of an attempt; never raises.

        :return: :class:`Answer`
        """
        return self._ask_network(attempt, self._prepare_question, self._send_question)

    @api.private
    def refund(self, attempt, again=False):
        """Ask the provider to give an amount back, for a row of the kind refund that is committed; never raises.

        :param again: as in :meth:`charge`
        :return: as in :meth:`charge`
        """
        return self._ask_for_money(attempt, self._prepare_refund, self._send_refund, again)

    @api.private
    def cancel(self, attempt):
        """Ask the provider to give up a payment that waits for the customer; never raises.

        :return: :class:`Answer`: DECLINED where it is given up, else what it is now
        """
        return self._ask_network(attempt, self._prepare_question, self._send_cancel)

    @api.private
    def may_page_be_paid(self, transaction):
        """Tell whether a customer may still pay what was begun on a page and is in draft.

        Who cannot give it up at the provider lets a form live for a day: longer none of them does.
        """
        return transaction.create_date > fields.Datetime.now() - PAGE_LIVES

    @api.private
    def close_page(self, transaction):
        """Ask the provider to take nothing any more for what was begun on a page; never raises.

        Afterwards the transaction says what it is: cancelled, or paid meanwhile; in draft where nobody knows.
        """
        try:
            request = self._prepare_page(transaction)
            self.env.cr.commit()  # pylint: disable=invalid-commit
            found = self._send_page_close(request)
            self._end_page(transaction, found)
            self.env.cr.commit()  # pylint: disable=invalid-commit
        except Exception as error:  # noqa: BLE001  whatever it is, the customer may still pay
            _logger.warning("Payment %s on a page cannot be given up (%s)", transaction.id, type(error).__name__)
            self.env.cr.rollback()
            self.env.invalidate_all()

    @api.private
    def get_expiry(self, token):
        """Return the last day on which a method can be charged; None where nobody knows."""
        return

    @api.private
    def has_questions(self):
        """Tell whether the provider can be asked what became of a payment."""
        return False

    @api.private
    def captures_by_hand(self, provider):
        """Tell whether what is charged here is only reserved, until somebody captures it on its transaction.

        :param provider: the `payment.provider`, elevated
        """
        return provider.capture_manually

    @api.private
    def get_capture_obstacle(self, token):
        """Say why a provider that captures by hand cannot collect by a saved method, and what to do; else nothing.

        :param token: elevated
        """
        provider = token.provider_id
        if not self.get_adapter(provider).captures_by_hand(provider):
            return ""
        return self.env._(
            "This payment method cannot be charged automatically: %(provider)s takes nothing before somebody has"
            " captured it by hand. Choose a payment method of another provider, or have “Capture Amount Manually” of"
            " %(provider)s switched off.",
            provider=provider.name,
        )

    @api.private
    def tells_returns(self, provider):
        """Tell whether what the provider tells books charge-backs and returned debits: people book none then.

        :param provider: the `payment.provider`, elevated
        """
        return False

    @api.private
    def forget(self, provider, partners):
        """Note that a provider is to delete what it keeps of partners, whose methods are charged no more.

        What is noted is committed with what is erased here; a job of the provider's own addon asks afterwards, and
        again while nobody knows. A provider that keeps no customers has nothing to do.

        :param provider: the `payment.provider`, elevated
        :param partners: `res.partner`
        """
        return

    @api.private
    def take_up(self, attempt, again=False):
        """Note on the row of an attempt that its provider is asked for it now, and hold it until the next commit.

        An answer that nobody has worked off yet says more than asking once more would.

        :param again: as in :meth:`charge`
        :return: whether it is still to be asked for; where it is not, what the transaction has done is taken back
        """
        now = fields.Datetime.now()
        first = SQL(", sent_at = %s, next_time = %s", now, next_question(now, 0))
        attempt.flush_recordset()
        try:
            self.env.cr.execute(
                SQL(
                    "UPDATE billing_payment_attempt SET awaits_call = FALSE %s"
                    " WHERE id = %s AND answer IS NULL AND state IN ('sent', 'unknown', 'waiting')"
                    "   AND COALESCE(awaits_call, FALSE) = %s",
                    SQL() if again else first,
                    attempt.id,
                    not again,
                )
            )
            is_taken = bool(self.env.cr.rowcount)
        except psycopg2.OperationalError:  # somebody is changing the row at this moment
            is_taken = False
        if not is_taken:
            self.env.cr.rollback()
            self.env.invalidate_all()
        attempt.invalidate_recordset(["awaits_call", "sent_at", "next_time"])
        return is_taken

    def _ask_for_money(self, attempt, prepare, send, again):
        return self._ask_network(attempt, prepare, send) if self.take_up(attempt, again) else None

    def _ask_network(self, attempt, prepare, send):
        try:
            request = prepare(attempt)
            self.env.cr.commit()  # pylint: disable=invalid-commit
            return send(request)
        except Exception as error:  # noqa: BLE001  whatever it is, money may have moved: it is unknown
            _logger.warning("Attempt %s: the provider's answer is unknown (%s)", attempt.id, type(error).__name__)
            self.env.cr.rollback()
            return Answer(UNKNOWN, text=type(error).__name__)

    # -- seams --------------------------------------------------------------------------------------------------------

    def _prepare_charge(self, attempt):
        """Read what charging needs."""
        return attempt.transaction_id

    def _send_charge(self, request):
        """Ask the network to charge; what is raised is an unknown outcome."""
        transaction = request.with_context(billing_attempt=True)
        transaction._charge_with_token()
        answer = self.read_transaction(transaction)
        self.env.cr.commit()  # pylint: disable=invalid-commit
        return answer

    def _prepare_question(self, attempt):
        return attempt.transaction_id

    def _send_question(self, request):
        """Say what Odoo has heard meanwhile: there is nobody to ask."""
        return self.read_transaction(request)

    def _send_cancel(self, request):
        """Give up a payment that waits; a provider that has no such thing says what it is now."""
        return self._send_question(request)

    def _prepare_page(self, transaction):
        """Read what giving up a payment that was begun on a page needs."""
        return transaction

    def _send_page_close(self, request):
        """Ask the network to take nothing any more; return what :meth:`_end_page` needs."""

    def _end_page(self, transaction, found):
        """Bring the transaction to what the provider has said; without a provider that can be asked it stays."""

    def _prepare_refund(self, attempt):
        return attempt.transaction_id

    def _send_refund(self, request):
        transaction = request.with_context(billing_attempt=True)
        transaction._send_refund_request()
        answer = self.read_transaction(transaction)
        self.env.cr.commit()  # pylint: disable=invalid-commit
        return answer

    @api.private
    def read_transaction(self, transaction):
        """Return as an answer what stands on a transaction."""
        reference, text = transaction.provider_reference or "", transaction.state_message or ""
        if transaction.state == "done":
            return Answer(SUCCEEDED, reference)
        if transaction.state in ("pending", "authorized"):
            return Answer(ACCEPTED, reference)
        if transaction.state == "cancel":
            return Answer(DECLINED, reference, "cancelled", text)
        code = self.env["billing.decline.code"].sudo()  # sudo: a list of words, for jobs and customers
        listed = code.search([("provider_code", "=", transaction.provider_code), ("code", "=", text)], limit=1)
        if transaction.state == "error" and listed:
            return Answer(DECLINED, reference, listed.code, text)
        return Answer(UNKNOWN, reference, text=text)
