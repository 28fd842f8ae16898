"""What of an account can be debited: due lines and installments, credits and what rests taken off."""

from collections import defaultdict
from decimal import Decimal

from odoo import api, models

from ..receivables.values import DEBIT_PLANNED, DISPUTE, PAYMENT_UNDER_WAY, PROMISE
from .values import DueLine

#: what a plan of installments spares is debited all the same, each installment on its day
HOLDS = frozenset({DISPUTE, PAYMENT_UNDER_WAY, PROMISE})


class BillingDueLines(models.AbstractModel):
    _name = "billing.due.lines"
    _description = "What Can Be Debited"

    @api.private
    def get_lines(self, accounts, planned=False):
        """Return what can be debited of accounts, in due order, with few queries however many.

        :param planned: also what a planned debit will take
        :return: {account id: [DueLine]}; what is open in several currencies stands in one list
        """
        days = self.env["billing.days"]
        holds = HOLDS if planned else HOLDS | {DEBIT_PLANNED}
        open_items = self.env["billing.open.items"]
        found = {}
        for account_id, items in open_items.get_items(accounts.ids).items():
            day = days.get_local_day(accounts.browse(account_id))
            by_currency = defaultdict(list)
            for item in items:
                by_currency[item.currency_id].append(item)
            found[account_id] = [
                line for own in by_currency.values() for line in self._get_lines(open_items.stand(own, day, holds))
            ]
        return found

    def _get_lines(self, standings):
        amounts, items = defaultdict(Decimal), {}
        for one in standings:
            place = (one.item.line_id, one.item.installment_id or 0)
            amounts[place] += one.active
            items.setdefault(place, one.item)
        return [
            DueLine(item.line_id, item.move_id, item.installment_id, item.currency_id, item.due_date, amounts[place])
            for place, item in items.items()
            if amounts[place] > 0
        ]
