"""Automatic payment: on which day something is debited, and how much of it a consent covers."""

from calendar import monthrange
from datetime import timedelta
from decimal import Decimal

from .errors import EngineError

#: on the due day; so many days before or after it; on the first such day of a month that is not before it
DEBIT_RULES = ("due", "before", "after", "day_of_month")


def debit_day(due, rule, number, not_before, missed_from=None):
    """Return the day on which something is debited.

    A day of the month that nobody looked at is made up for on the first possible day, and not a month later.

    :param date due: the day on which it is due
    :param rule: one of :data:`DEBIT_RULES`
    :param number: days before or after; or the day of the month, 1 to 31: in shorter months the last day counts
    :param date not_before: the first day that is possible: after the customer has been told, for instance
    :param date missed_from: the first day that was not looked at when it was possible; None where all were
    :raise EngineError: ``debit.rule_unknown``, ``debit.number``
    """
    if rule not in DEBIT_RULES:
        raise EngineError("debit.rule_unknown", rule=repr(rule))
    if number < 0 or (rule == "day_of_month" and not 1 <= number <= 31):
        raise EngineError("debit.number", rule=rule, number=number)
    day = due
    if rule == "before":
        day = due - timedelta(days=number)
    elif rule == "after":
        day = due + timedelta(days=number)
    if rule != "day_of_month":
        return max(day, not_before)
    earliest = not_before if missed_from is None else min(missed_from, not_before)
    return max(_next_day_of_month(max(due, earliest), number), not_before)


def _next_day_of_month(day, number):
    """Return the first day that is the given one of its month, from a day on."""
    wanted = min(number, monthrange(day.year, day.month)[1])
    if day.day <= wanted:
        return day.replace(day=wanted)
    following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return following.replace(day=min(number, monthrange(following.year, following.month)[1]))


def split_debits(bills, limit, month_limit, month_amount):
    """Share out what is debited on one day over debits that a consent covers, whole bills where they fit.

    Each goes into the first debit that has room for it, which need not make the fewest there could be. What fits into
    none begins a further one; what does not fit at all is left over. A line is never cut.

    :param list bills: of each bill the list of the Decimal amounts of its lines, in the order in which they are taken
    :param limit: Decimal for each debit, or None
    :param month_limit: Decimal for all debits of a calendar month, or None
    :param Decimal month_amount: of the other debits of that month
    :return: (debits, left): a list of debits and what is left over, each a list of (number of the bill, of its line)
    """
    debits, totals, left = [], [], []

    def take(amount, places):
        """Put lines into the first debit that has room, or a further one; tell whether the consent covers them."""
        if uncovered_reason(amount, limit, month_limit, month_amount + sum(totals)):
            return False
        fits = (number for number, total in enumerate(totals) if limit is None or total + amount <= limit)
        number = next(fits, len(totals))
        if number == len(totals):
            debits.append([])
            totals.append(Decimal(0))
        debits[number] += places
        totals[number] += amount
        return True

    for bill, amounts in enumerate(bills):
        places = [(bill, line) for line in range(len(amounts))]
        if not take(sum(amounts, Decimal(0)), places):
            left += [place for place, amount in zip(places, amounts, strict=True) if not take(amount, [place])]
    return debits, left


def uncovered_reason(amount, limit, month_limit, month_amount):
    """Return why a consent does not cover a debit, or None where it does.

    :param Decimal amount: of the debit
    :param limit: Decimal for each debit, or None
    :param month_limit: Decimal for all debits of a calendar month, or None
    :param Decimal month_amount: of the other debits of that month
    :return: "debit", "month" or None
    """
    if limit is not None and amount > limit:
        return "debit"
    if month_limit is not None and month_amount + amount > month_limit:
        return "month"
    return None
