"""Debits that are still to be planned: what they will take rests until then, as what is planned does."""

from decimal import Decimal

from odoo import api, models

from .planning import Before


class BillingRests(models.AbstractModel):
    _inherit = "billing.rests"

    def _find_coming(self, items):
        return super()._find_coming(items) | self.env["billing.debit.planning"].get_coming(items)


class BillingDebitPlanning(models.AbstractModel):
    _inherit = "billing.debit.planning"

    @api.private
    def get_coming(self, items):
        """Return until when due lines wait for debits that consents cover and nobody has planned yet.

        As the plan of each day will find it, as far as is known today: what has failed for good, was stopped or is
        above the limits waits for none.

        :param dict items: {account id: [OpenItem, ...] in due order}
        :return: {OpenItem.place: the day of the debit}
        """
        holding = [
            ("account_id", "in", list(items)),
            ("state", "=", "active"),
            ("account_id.state", "in", ("active", "suspended")),
        ]
        consents = self.env["billing.payment.consent"].sudo().search(holding)  # sudo: whoever asks what is open
        lines = {
            consent.account_id.id: [
                item
                for item in items[consent.account_id.id]
                if item.amount > item.disputed and item.currency_id == consent.currency_id.id
            ]
            for consent in consents
        }
        every = [item for own in lines.values() for item in own]
        if not every:
            return {}
        taken = self.env["billing.due.lines"].get_places(every)
        purposes = self.env["billing.debit.purposes"].get_purposes({item.move_id for item in every})
        ended, months = self.find_ended(consents, lines), self.get_month_amounts(consents)
        taken_back, made_way = self._fetch_taken_back(consents, lines), self._fetch_made_way(consents, lines)
        coming = {}
        for consent in consents:
            window = self._get_window(consent, self.env["billing.days"].get_local_day(consent.account_id))
            before = Before(taken_back[consent.id], made_way[consent.id], {})
            month = months.get(consent.id, {})
            for item in lines[consent.account_id.id]:
                if item.place in taken or item.place in ended[consent.id]:
                    continue
                if not self.env["billing.payment.consents"].get_methods(consent, purposes[item.move_id]):
                    continue
                day, _again = self._find_day(consent, item, window, before)
                amount, first = item.amount - item.disputed, day.replace(day=1)
                counted = month.get(first, Decimal(0))
                if not self._get_uncovered_reason(consent, amount, counted):
                    month[first] = counted + amount
                    coming[item.place] = day
        return coming
