"""Payments that customers begin on a page with a saved method: the row first, then the provider, as with any debit."""

import uuid
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine import next_question
from ..receivables.values import NOT_ASKED, PAYMENT_UNDER_WAY
from ..shared.numbers import to_decimal
from .values import DueLine


class BillingPagePayments(models.AbstractModel):
    """Only here does this server itself ask for the money while a customer waits. With a card form the browser asks,
    and the transaction that Odoo has committed before it shows the form is what others see meanwhile."""

    _name = "billing.page.payments"
    _description = "Payments by Saved Methods on Pages"

    @api.private
    def charge(self, transaction):
        """Charge the saved method of a transaction that a customer has begun; its row is committed before.

        :param transaction: elevated, in draft
        :return: whether it was done; what is not of one billing account is left to Odoo
        :raise ValidationError: another payment is taking the same at this moment
        """
        if transaction._get_billing_attempt():
            return True  # it has been asked for, and nothing is asked for twice
        account = self._get_account(transaction)
        if not account:
            return False
        account.hold()
        attempt = self._make_row(account, transaction)
        self.env["billing.debit.sending"].call(attempt)
        return True

    def _get_account(self, transaction):
        moves = transaction.invoice_ids
        account = moves.billing_account_id
        is_ours = (
            transaction.operation == "online_token"
            and len(account) == 1
            and all(move.billing_account_id for move in moves)
            and not transaction.provider_id.capture_manually
        )
        return account if is_ours else account.browse()

    def _make_row(self, account, transaction):
        debits = self.env["billing.debits"]
        token, now = transaction.token_id, fields.Datetime.now()
        vals = {
            "key": uuid.uuid4().hex,
            "origin": "page",
            "account_id": account.id,
            "currency_id": transaction.currency_id.id,
            "amount": transaction.amount,
            "token_id": token.id,
            "provider_id": transaction.provider_id.id,
            "method_name": token.display_name,
            "transaction_id": transaction.id,
            "day": self.env["billing.days"].get_local_day(account),
        }
        attempt = debits.make(vals, []).sudo()  # sudo: the customer has begun it, the row is of the billing alone
        # with its row the transaction does not count as another one that pays the same
        lines = self._get_lines(account, transaction)
        debits.make_way(lines, self.env._("The customer pays it on a page"))
        debits.add_lines(attempt, lines)
        debits.move(attempt, "send", sent_at=now, awaits_call=True, asked=0, next_time=next_question(now, 0))
        return attempt

    def _get_lines(self, account, transaction):
        """Return what the payment is for: the chosen installment, then what is due first; what is in dispute last.

        :return: [DueLine]; what it is more than that becomes a credit of the customer
        :raise ValidationError: the rest of what it is for stands in another attempt
        """
        currency, paying = transaction.currency_id, self.env["billing.paying"]
        moves, chosen = transaction.invoice_ids.ids, transaction.billing_installment_id.id
        [items] = self.env["billing.open.items"].get_items(account.ids).values()
        items = [one for one in items if one.move_id in moves and one.currency_id == currency.id and one.amount > 0]
        items.sort(key=lambda one: bool(chosen) and one.installment_id != chosen)  # in due order else
        taken = self.env["billing.due.lines"].get_taken(items)
        kept = {int(line): to_decimal(one, currency) for line, one in (transaction.billing_discounts or {}).items()}
        left, lines = to_decimal(transaction.amount, currency), {}
        for resting in (NOT_ASKED, {PAYMENT_UNDER_WAY}):
            for item in items:
                place = (item.line_id, item.installment_id or 0)
                line = lines.get(place) or self._get_line(item, kept.get(item.line_id, Decimal(0)))
                free = item.amount - item.get_resting(item.due_date, resting) - line.discount - line.amount
                if place in taken or min(free, left) <= 0:
                    continue
                lines[place] = line._replace(amount=line.amount + min(free, left))
                left -= min(free, left)
        if left and taken:
            raise ValidationError(paying.get_under_way_message(to_decimal(transaction.amount, currency), currency))
        return list(lines.values())

    def _get_line(self, item, discount):
        return DueLine(
            item.line_id, item.move_id, item.installment_id, item.currency_id, item.due_date, Decimal(0), discount
        )
