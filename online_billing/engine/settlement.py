"""What becomes of an installment plan: what is paid of each part, what is missed, where surplus money goes.

Pure functions over amounts and days; the services read them from invoices and write the outcome.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from .errors import EngineError
from .money import ZERO, as_exact, round_half_up


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A part of a plan as it stands.

    :param key: whatever identifies it to the caller
    :param due_date: its date
    :param amount: what was agreed
    :param open_amount: what is left of it
    :param lost_amount: what went without money: its invoice was cancelled, credited or written off
    :param rests: nobody is asked for it now: it is in dispute, promised, being paid, or covered by unmatched money
    """

    key: object
    due_date: date
    amount: Fraction
    open_amount: Fraction
    lost_amount: Fraction = ZERO
    rests: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a day makes of a plan.

    :param event: ``keep``, ``settle``, ``cancel``, ``break`` or None, an event of the machine ``installment_plan``
    :param paid: keys of rows of which nothing is left
    :param missed: keys of rows that are open after their date and the days of grace
    :param due: keys of rows whose date has come
    """

    event: "str | None"
    paid: tuple
    missed: tuple
    due: tuple


def judge(rows, day, grace_days=0, missed_limit=0):
    """Judge a running plan on a day.

    A row is missed on the first day after its date and the days of grace, unless it rests. So many missed rows as the
    limit break the plan; a limit of 0 never does. A plan is kept when all is paid, and settled early when its last date
    is still to come. Where nothing is left and nothing was paid, it is neither: what it was about is gone.

    :param rows: :class:`PlanRow` in order of dates
    :param day: local day of the account
    """
    if grace_days < 0 or missed_limit < 0:
        raise EngineError("installment.limit_negative", grace_days=grace_days, missed_limit=missed_limit)
    paid = tuple(row.key for row in rows if row.open_amount <= 0)
    asked = [row for row in rows if row.open_amount > 0 and not row.rests]
    missed = tuple(row.key for row in asked if row.due_date + timedelta(days=grace_days) < day)
    event = None
    if rows and len(paid) == len(rows):
        if all(as_exact(row.lost_amount) >= as_exact(row.amount) for row in rows):
            event = "cancel"
        else:
            event = "settle" if max(row.due_date for row in rows) > day else "keep"
    elif missed_limit and len(missed) >= missed_limit:
        event = "break"
    return Judgement(event, paid, missed, tuple(row.key for row in rows if row.due_date <= day))


def pay_rows(rows, paid, overpayment="next", day=None):
    """Spread money over parts, for invoices whose own lines cannot carry the dates.

    ``next``: the earliest open part first. ``shorten``: whole parts from the earliest on and what is due; what does not
    fill a part that is still to come is taken off the end.

    :param rows: :class:`PlanRow` in order of dates; ``open_amount`` is ignored
    :param paid: what was paid in all, not negative
    :param overpayment: ``next`` or ``shorten``
    :param day: the day for which ``shorten`` tells what is due
    :return: tuple of open amounts in the order of the rows
    """
    if overpayment not in ("next", "shorten"):
        raise EngineError("installment.overpayment_unknown", overpayment=repr(overpayment))
    left = as_exact(paid)
    result = [as_exact(row.amount) for row in rows]
    for place, row in enumerate(rows):
        if overpayment == "shorten" and left < result[place] and place and row.due_date > day:
            break
        taken = min(left, result[place])
        result[place] -= taken
        left -= taken
    for place in reversed(range(len(rows))):
        taken = min(left, result[place])
        result[place] -= taken
        left -= taken
    return tuple(result)


def spread_payments(rows, payments, overpayment="next"):
    """Tell which parts each of several payments paid.

    A payment that was made for a certain part goes there first; what it leaves, and every other one, goes where
    :func:`pay_rows` says. So a later look at the same payments finds the same parts paid on the same days.

    :param rows: :class:`PlanRow` in order of dates; ``open_amount`` is ignored
    :param payments: sequence of (day, amount, key of the part it was made for or None), in the order of days
    :return: {key: [(place of the payment, amount), ...]} of the parts that were paid
    """
    agreed = {row.key: as_exact(row.amount) for row in rows}
    chosen, paid, before = dict.fromkeys(agreed, ZERO), ZERO, agreed
    found = {}
    for place, (day, amount, key) in enumerate(payments):
        paid += as_exact(amount)
        if key in chosen:
            chosen[key] = min(agreed[key], chosen[key] + as_exact(amount))
        left_to_pay = [replace(row, amount=agreed[row.key] - chosen[row.key]) for row in rows]
        spread = pay_rows(left_to_pay, max(paid - sum(chosen.values()), ZERO), overpayment, day)
        now = {row.key: open_amount for row, open_amount in zip(rows, spread, strict=True)}
        for row in rows:
            if taken := before[row.key] - now[row.key]:
                found.setdefault(row.key, []).append((place, taken))
        before = now
    return found


def interest_on_open(agreed, balance, open_amount, rate, digits):
    """Return the interest of a part: of what was open when its interval began, and never above what was agreed.

    :param agreed: what the schedule says
    :param balance: principal that the schedule has open when the interval begins
    :param open_amount: what was open then
    :param rate: exact rate of the interval
    :return: Decimal
    """
    if as_exact(open_amount) >= as_exact(balance):
        return round_half_up(agreed, digits)
    return min(round_half_up(agreed, digits), round_half_up(max(as_exact(open_amount), ZERO) * as_exact(rate), digits))


def shorten_from_end(amounts, surplus):
    """Take an amount off the last parts.

    :param amounts: open amounts in order of dates
    :param surplus: what is taken off
    :return: tuple of amounts, zero where a part is no longer needed
    """
    left = as_exact(surplus)
    result = [as_exact(amount) for amount in amounts]
    for place in reversed(range(len(result))):
        taken = min(left, result[place])
        result[place] -= taken
        left -= taken
    return tuple(result)


def spread_over_invoices(row_amounts, invoice_amounts):
    """Assign the parts of a plan to its invoices, the oldest invoice first.

    :param row_amounts: amount of each part, in order of dates
    :param invoice_amounts: open amount of each invoice, the oldest first
    :return: list of ``(place of the row, place of the invoice, amount)``, every amount positive
    :raise EngineError: ``installment.sum_differs`` when the two do not sum to the same
    """
    rows = [as_exact(amount) for amount in row_amounts]
    invoices = [as_exact(amount) for amount in invoice_amounts]
    if sum(rows, ZERO) != sum(invoices, ZERO):
        raise EngineError("installment.sum_differs", total=str(sum(invoices, ZERO)), parts=str(sum(rows, ZERO)))
    pieces, place = [], 0
    for number, left in enumerate(rows):
        while left > 0:
            taken = min(left, invoices[place])
            if taken > 0:
                pieces.append((number, place, taken))
            left -= taken
            invoices[place] -= taken
            if not invoices[place]:
                place += 1
    return pieces
