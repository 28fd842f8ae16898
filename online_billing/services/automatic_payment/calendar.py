"""On which day due lines are debited as their customers have agreed, planned or not."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from odoo import api, models

from ...engine import debit_day, uncovered_reason
from ..receivables.standing import stand
from ..shared.numbers import to_decimal
from .values import HOLDS


class Window(NamedTuple):
    """Which days a plan looks at.

    :ivar first: the first day on which a customer who is told today can be debited
    :ivar missed_from: the first day that nobody looked at
    :ivar passed: what was meant for this day or one before is not made up for
    """

    first: date
    missed_from: date
    passed: date


class Before(NamedTuple):
    """What became of the due lines of an account before its debits are planned.

    :ivar taken_back: {place of a due line: the last day for which its debit was planned and taken back}
    :ivar made_way: {place of a due line: the latest `billing.payment.attempt` for it, which made way}
    :ivar begun_on: {document id: the first day on which a payment that has ended was begun on a page}
    """

    taken_back: dict
    made_way: dict
    begun_on: dict

    def get_earliest(self, line, missed_from, passed):
        """Return the first day that is made up for.

        :param missed_from: the first day that nobody looked at
        :param passed: what was meant for this day or one before is not made up for
        """
        days = [missed_from]
        if (meant_for := self.taken_back.get(line.place)) and meant_for > passed:
            days.append(meant_for)
        if begun_on := self.begun_on.get(line.move_id):
            days.append(begun_on)
        return min(days)


class BillingDebitCalendar(models.AbstractModel):
    _name = "billing.debit.calendar"
    _description = "Days of Debits"

    @api.private
    def get_coming(self, items):
        """Return until when due lines wait for debits that consents cover and nobody has planned yet.

        :param dict items: as for :meth:`find_coming`
        :return: {OpenItem.place: the day of the debit}
        """
        return {place: day for place, (day, _amount) in self.find_coming(items).items()}

    @api.private
    def find_coming(self, items):
        """Return on which day consents let due lines be debited that nobody has planned yet, and how much of each.

        As the plan of each day will find it, as far as is known today: what has failed for good, was stopped, left out
        or is above the limits waits for none; what credits settle is not debited.

        :param dict items: {account id: [OpenItem, ...] in due order}, with what rests of them for other reasons
        :return: {OpenItem.place: (the day of the debit, Decimal)}
        """
        holding = [
            ("account_id", "in", list(items)),
            ("state", "=", "active"),
            ("account_id.state", "in", ("active", "suspended")),
        ]
        consents = self.env["billing.payment.consent"].sudo().search(holding)  # sudo: whoever asks what is open
        standings, windows = {}, {}
        for consent in consents:
            account = consent.account_id
            today = self.env["billing.days"].get_local_day(account)
            # what is new since the plan of today has looked is for that of tomorrow
            is_looked_at = consent.looked_on and consent.looked_on >= today
            windows[account.id] = self.get_window(consent, today + timedelta(days=1 if is_looked_at else 0))
            places = standings[account.id] = defaultdict(list)
            own = [item for item in items[account.id] if item.currency_id == consent.currency_id.id]
            for one in stand(own, today, HOLDS):
                if one.active > 0:
                    places[one.item.place].append(one)
        # of what stands in one place the first day counts, as for the debit
        lines = {account_id: [same[0].item for same in own.values()] for account_id, own in standings.items()}
        every = [item for own in lines.values() for item in own]
        if not every:
            return {}
        history = self.env["billing.debit.history"]
        taken, left_out = history.get_places(every), history.find_left_out(every)
        purposes = self.env["billing.debit.purposes"].get_purposes({item.move_id for item in every})
        ended, months = history.find_ended(consents, lines), history.get_month_amounts(consents)
        taken_back, made_way = history.find_taken_back(consents, lines), history.find_made_way(consents, lines)
        coming = {}
        for consent in consents:
            window = windows[consent.account_id.id]
            before = Before(taken_back[consent.id], made_way[consent.id], {})
            month = months.get(consent.id, {})
            for same in standings[consent.account_id.id].values():
                item = same[0].item
                if item.place in taken or item.place in ended[consent.id] or item.move_id in left_out:
                    continue
                if not self.env["billing.debit.purposes"].find_methods(consent, purposes[item.move_id]):
                    continue
                day, _again = self.find_day(consent, item, window, before)
                # whoever is debited early keeps the discount
                kept = sum(one.item.get_discount(day) for one in same if one.active == one.item.amount)
                amount, first = sum(one.active for one in same) - kept, day.replace(day=1)
                counted = month.get(first, Decimal(0))
                if not self.get_uncovered_reason(consent, amount, counted):
                    month[first] = counted + amount
                    coming[item.place] = (day, amount)
        return coming

    @api.private
    def get_window(self, consent, day):
        """Return which days a plan looks at.

        Days that nobody looked at are made up for: no job ran, the consent could not be planned, the notice was made
        longer; so is a day that had not come when its debit was taken back, as for other terms or a new card.
        """
        notice = timedelta(days=consent.company_id.billing_debit_notice_days)
        first = day + notice
        missed_from = (consent.planned_on or first) + timedelta(days=1)
        return Window(first, missed_from, min(missed_from - notice, day) - timedelta(days=1))

    @api.private
    def find_day(self, consent, line, window, before):
        """Return (the day on which a due line is debited, the other try that made way and is made then; else none)."""
        again = self.env["billing.payment.attempt"].sudo()  # sudo: rows of the billing alone
        if made_way := before.made_way.get(line.place):
            return max(made_way.day, window.first), made_way if made_way.origin == "retry" else again
        earliest = before.get_earliest(line, window.missed_from, window.passed)
        return debit_day(line.due_date, consent.day_rule, consent.day_number, window.first, earliest), again

    @api.private
    def is_put_off(self, attempt, line, due):
        """Tell whether a line of a debit is for a later day now, because its due day was moved since it was planned.

        What staff charge at once they charge before it is due as well.

        :param attempt: elevated
        :param line: `billing.payment.attempt.line` of it
        :param date due: as the due line is due now
        """
        if attempt.origin == "staff" or due <= line.due_date:
            return False
        today, consent = self.env["billing.days"].get_local_day(attempt.account_id), attempt.consent_id
        return debit_day(due, consent.day_rule, consent.day_number, today) > today

    @api.private
    def get_uncovered_reason(self, consent, amount, month_amount):
        return uncovered_reason(amount, *self.get_limits(consent), month_amount)

    @api.private
    def get_limits(self, consent):
        """Return what a debit may come to, and all of a month, as Decimal; None for any amount."""
        return [
            to_decimal(limit, consent.currency_id) if limit else None
            for limit in (consent.limit_debit, consent.limit_month)
        ]
