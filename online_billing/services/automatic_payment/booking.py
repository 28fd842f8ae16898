"""Booking debits that succeeded: a payment whose parts land on the due lines that the debit was made for."""

from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

from ..payments.taking import Receipt
from ..shared.numbers import to_decimal
from ..shared.work_loop import Pass, Queue


class BillingDebitBooking(models.AbstractModel):
    """The money has moved already, so that nothing here may undo it: what cannot be booked stays succeeded, says why,
    and is tried again by every pass."""

    _name = "billing.debit.booking"
    _inherit = "billing.work.loop"
    _description = "Booking of Debits"

    _batch_size = 50

    @api.private
    def work(self, attempts=None):
        """Book every attempt that succeeded and is not in the books; several workers may be at it.

        :param attempts: these alone
        """
        return self.with_context(billing_number_blocks=True).work_through(
            Pass(waiting=None if attempts is None else attempts.ids)
        )

    @api.private
    def book_all(self, attempts):
        """Book some attempts in the present transaction, as far as they have succeeded."""
        waiting = attempts.sudo().filtered(lambda one: one.state == "succeeded" and not one.is_booked)  # sudo: a job
        self.by_halves(
            dict.fromkeys(waiting.ids),
            lambda some: self._handle(None, some),
            lambda unit_id, value, error: self._note_failure(None, unit_id, value, error),
        )

    def _get_queue(self, work):
        condition = SQL("attempt.state = 'succeeded' AND attempt.is_booked IS NOT TRUE")
        return Queue("billing_payment_attempt", "attempt", condition, stays=True)

    def _handle(self, work, units):
        attempts = self.env["billing.payment.attempt"].sudo().browse(units)  # sudo: a job of the billing
        attempts.account_id.hold()
        for company, own in attempts.filtered(lambda one: not one.is_booked).grouped("company_id").items():
            debits = own.filtered(lambda one: one.kind == "debit")
            if debits:
                self._book_debits(debits.with_company(company))
            with own.transaction_id.with_company(company)._billing_logging_together() as transactions:
                transactions._post_process()  # refunds are booked by it, and what others hang on a payment follows
        attempts.filtered("booking_error").booking_error = False
        self._tell_once(attempts.account_id.ids, {}, *self._get_task())

    def _note_failure(self, work, unit_id, value, error):
        attempt = self.env["billing.payment.attempt"].sudo().browse(unit_id)  # sudo: a job of the billing
        attempt.booking_error = self.get_reason(error)
        account = attempt.account_id
        self._tell_once(account.ids, {account.id: attempt.booking_error}, *self._get_task())

    def _get_task(self):
        return "debits.not_booked", self.env._("A payment that succeeded is not in the books")

    @api.private
    def book(self, attempt):
        """Make and match the payment of an attempt; called where Odoo makes the payment of its transaction.

        :return: the payment
        """
        attempt = attempt.sudo()  # sudo: the books follow, whoever has heard of it first
        if attempt.kind == "refund":
            payment = self.env["billing.refund.booking"].book(attempt)
            self._note_booked(attempt, payment)
            return payment
        self._book_debits(attempt)
        return attempt.payment_id

    def _note_booked(self, attempts, payments):
        for attempt, payment in zip(attempts, payments, strict=True):
            attempt.write({"is_booked": True, "payment_id": payment.id})
            attempt.transaction_id.payment_id = payment
        attempts.line_ids.write({"is_open": False})

    def _note_captured(self, attempts):
        """Let Odoo book what somebody has captured by hand, which may be less than was reserved: once."""
        for attempt in attempts:
            captured = attempt.transaction_id.child_transaction_ids.filtered(
                lambda one: one.state == "done" and one.operation != "refund"
            )
            if captured:
                captured.filtered(lambda one: not one.payment_id)._post_process()
                attempt.write({"is_booked": True, "payment_id": captured.payment_id[:1].id})
                attempt.line_ids.write({"is_open": False})

    def _book_debits(self, attempts):
        """Make and match the payments of debits of one company.

        Where a customer keeps a discount, Odoo's own way books that along, one after the other. It is kept for paying
        all of it: not where another amount has moved than was asked for.
        """
        self._note_captured(attempts)
        attempts = attempts.filtered(lambda one: not one.is_booked)
        early = attempts.filtered(
            lambda one: any(one.line_ids.mapped("discount")) and one.amount == one.transaction_id.amount
        )
        for attempt in early:
            payment = attempt.transaction_id.with_context(billing_attempt_payment=True)._create_payment()
            self._note_booked(attempt, payment.with_env(attempt.env))
        attempts -= early
        if not attempts:
            return
        receipts = [
            Receipt(one.account_id, one.currency_id, one.amount, self._get_shares(one), self._get_way(one))
            for one in attempts
        ]
        payments = self.env["billing.payment.taking"].book_all(receipts)
        self._note_booked(attempts, payments)
        for attempt in attempts:
            # the amount was what credits leave open
            if any(line.amount_residual for line in self._get_due_lines(attempt)):
                self.env["billing.open.items"].apply_credits(attempt.account_id, attempt.line_ids.move_id)

    def _get_way(self, attempt):
        provider = attempt.provider_id
        method = provider.journal_id.inbound_payment_method_line_ids.filtered(
            lambda line: line.payment_provider_id == provider
        )[:1]
        installments = attempt.line_ids.installment_id
        return {
            "journal_id": provider.journal_id.id,
            "payment_method_line_id": method.id,
            "payment_token_id": attempt.token_id.id,
            "payment_transaction_id": attempt.transaction_id.id,
            "date": fields.Date.context_today(attempt.with_context(tz=attempt.account_id.timezone)),
            "memo": f"{attempt.transaction_id.reference} - {attempt.provider_reference or ''}".rstrip(" -"),
            "invoice_ids": [Command.set(attempt.line_ids.move_id.ids)],
            "billing_installment_id": installments.id if len(installments) == 1 else False,
        }

    def _get_shares(self, attempt):
        """Return where the money lands: on its own due lines, else on others of the same invoice, the oldest first.

        :return: {journal item: Decimal}; the rest is a credit of the customer
        """
        currency, shares = attempt.currency_id, {}
        due = self._get_due_lines(attempt)
        left = {item.id: to_decimal(item.amount_residual_currency, currency) for item in due}
        rest = to_decimal(attempt.amount, currency)  # less than its lines where less has moved
        for line in attempt.line_ids:
            amount = min(to_decimal(line.amount, currency), rest)
            rest -= amount
            own = due & line.line_id
            others = due.filtered(lambda item, line=line: item.move_id == line.move_id) - own
            for item in own + others:
                share = min(amount, left[item.id])
                if share > 0:
                    shares[item.id] = shares.get(item.id, Decimal(0)) + share
                    left[item.id] -= share
                    amount -= share
        return shares

    def _get_due_lines(self, attempt):
        """Return the open due lines of the invoices of an attempt, the oldest first."""
        return attempt.line_ids.move_id.line_ids.filtered(
            lambda line: (
                line.parent_state == "posted"
                and line.account_id.account_type == "asset_receivable"
                and line.currency_id == attempt.currency_id
                and line.amount_residual_currency > 0
            )
        ).sorted(lambda line: (line.date_maturity or line.date, line.id))
