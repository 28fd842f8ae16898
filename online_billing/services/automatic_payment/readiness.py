"""Whether what a provider has never received may still be asked for: as sending asks before it asks at all."""

from collections import defaultdict
from decimal import Decimal

from odoo import api, models

from ..receivables.values import PAYMENT_UNDER_WAY
from ..shared.numbers import to_decimal

#: of payments that stand in the books
BOOKED = ("in_process", "paid")


class BillingAttemptReadiness(models.AbstractModel):
    """Hours may lie between a request that was lost and its repetition, which takes the money for the first time."""

    _name = "billing.attempt.readiness"
    _description = "Readiness of Attempts"

    @api.private
    def get_obstacle(self, attempt):
        """Say why an attempt must not be sent again; nothing where it may. Its account is held by the caller.

        :param attempt: elevated
        """
        if attempt.kind == "refund":
            return self._get_obstacle_of_refund(attempt)
        # as if this one were not there: what it holds itself is no obstacle
        held = attempt.line_ids.filtered("is_open")
        held.is_open = False
        is_page = attempt.origin == "page"
        obstacle = self._get_obstacle_of_page(attempt) if is_page else self._get_obstacle_of_debit(attempt)
        held.is_open = True
        return obstacle

    def _get_obstacle_of_debit(self, attempt):
        amount = to_decimal(attempt.amount, attempt.currency_id)
        if obstacle := self.env["billing.debit.planning"].get_obstacle(attempt, planned=amount):
            return obstacle
        if not self.env["billing.debit.purposes"].is_method_usable(attempt):
            return self.env._("The payment method cannot be charged any more")
        [lines] = self.env["billing.due.lines"].get_lines(attempt.account_id, planned=True).values()
        due = {line.place: line.due_date for line in lines}
        for line in attempt.line_ids:
            now = due.get((line.line_id.id, line.installment_id.id or 0))
            if now and self.env["billing.debit.calendar"].is_put_off(attempt, line, now):
                return self.env._("Planned anew: the terms have changed")
        return self._get_obstacle_of_lines(attempt, {line.place: line.amount + line.discount for line in lines})

    def _get_obstacle_of_page(self, attempt):
        """The customer has chosen what to pay, and may have chosen what is in dispute."""
        if not attempt.token_id.active or attempt.provider_id.state == "disabled":
            return self.env._("The payment method cannot be charged any more")
        [items] = self.env["billing.open.items"].get_items(attempt.account_id.ids).values()
        free = defaultdict(Decimal)
        for item in items:
            resting = item.get_resting(item.due_date, {PAYMENT_UNDER_WAY})
            free[item.line_id, item.installment_id or 0] += item.amount - resting
        return self._get_obstacle_of_lines(attempt, free)

    def _get_obstacle_of_lines(self, attempt, free):
        """Say that a line of an attempt is not open any more by what it takes of it.

        :param dict free: {place of a due line: Decimal}
        """
        for line in attempt.line_ids:
            place = line.line_id.id, line.installment_id.id or 0
            if free.get(place, Decimal(0)) < to_decimal(line.amount + line.discount, attempt.currency_id):
                return self.env._("Not all of it is open any more")
        return ""

    def _get_obstacle_of_refund(self, attempt):
        """What it gives back itself is counted in what is left of its payment."""
        payment, note = attempt.refunds_id, attempt.credit_note_id
        if payment.state not in BOOKED or self.env["billing.payment.refunds"].get_left(payment) < 0:
            return self.env._("The payment does not leave it any more")
        unspent = self.env["billing.payment.reopening"].get_unspent(payment)
        if attempt.origin == "twice" and unspent < to_decimal(attempt.amount, attempt.currency_id):
            return self.env._("The credit has paid something else meanwhile")
        if note and (note.state != "posted" or self.env["billing.payment.refunds"].get_left_of_note(note) < 0):
            return self.env._("The credit note does not leave it any more")
        return ""
