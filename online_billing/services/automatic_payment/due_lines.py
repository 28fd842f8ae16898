"""What of an account can be debited: due lines and installments, credits and what rests taken off."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from .values import HOLDS, DueLine


class BillingDueLines(models.AbstractModel):
    _name = "billing.due.lines"
    _description = "What Can Be Debited"

    @api.private
    def get_lines(self, accounts, planned=False, after=0, items=None):
        """Return what can be debited of accounts, in due order, with few queries however many.

        Bills that somebody has left out of automatic payment are not among it.

        Whoever pays early keeps the discount also where it is collected: where one runs on the day of the debit, the
        amount is without it.

        :param planned: also what stands in a planned debit
        :param after: the debit is made so many days from today
        :param dict items: what is open, where the caller has asked already: without what waits for debits to come
        :return: {account id: [DueLine]}; what is open in several currencies stands in one list
        """
        days = self.env["billing.days"]
        open_items = self.env["billing.open.items"]
        if items is None:
            items = open_items.get_items(accounts.ids, coming=False)
        every, history = [item for own in items.values() for item in own], self.env["billing.debit.history"]
        taken = set() if planned else history.get_places(every)
        left_out = history.find_left_out(every)
        found = {}
        for account in accounts:
            account_id, own = account.id, items[account.id]
            day = days.get_local_day(account)
            by_currency = defaultdict(list)
            for item in own:
                by_currency[item.currency_id].append(item)
            found[account_id] = [
                line
                for same in by_currency.values()
                for line in self._get_lines(open_items.stand(same, day, HOLDS), day + timedelta(days=after))
                if line.place not in taken and line.move_id not in left_out
            ]
        return found

    @api.private
    def get_taken(self, items):
        """Return the places that stand in an attempt that has been sent.

        :param list items: OpenItem
        """
        return self.env["billing.debit.history"].get_places(items, SQL("AND attempt.state <> 'planned'"))

    def _get_lines(self, standings, day):
        amounts, discounts, items = defaultdict(Decimal), defaultdict(Decimal), {}
        for one in standings:
            place = one.item.place
            amounts[place] += one.active
            items.setdefault(place, one.item)
            if one.active == one.item.amount:
                discounts[place] += one.item.get_discount(day)
        return [
            DueLine(
                item.line_id,
                item.move_id,
                item.installment_id,
                item.currency_id,
                item.due_date,
                amounts[place] - discounts[place],
                discounts[place],
            )
            for place, item in items.items()
            if amounts[place] > discounts[place]
        ]
