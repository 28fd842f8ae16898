"""The days of payment retries, and of the states that an account passes through while it stays unpaid."""

from datetime import datetime, timedelta
from itertools import accumulate

from .errors import EngineError

#: what a declined payment means: the method is gone for good; try it again later; the customer has to act; the
#: provider or the way to it has a trouble of its own
DECLINE_CLASSES = ("gone", "later", "customer", "provider")
#: Card networks allow so many tries of one amount with one card in so many days (Visa: 15 in 30 days; Mastercard allows
#: more); so many are made of one debt, whatever it is tried with.
MOST_TRIES, TRIES_WINDOW = 15, timedelta(days=30)
#: A provider is asked what became of an unknown payment after these times, then five times a day.
FIRST_QUESTIONS = (timedelta(minutes=5), timedelta(hours=1))
NEXT_QUESTIONS = timedelta(hours=24) // 5
#: From here on a person has to look into it; the provider is asked on.
FOR_A_PERSON = timedelta(days=7)
#: So long a provider may decide on what it has accepted, before a person has to look into it.
UNDECIDED_FOR_A_PERSON = timedelta(days=14)
#: Providers may forget the key of a request after 24 hours; later the same request could charge again.
SEND_AGAIN_WITHIN = timedelta(hours=23)


def retry_days(failed_on, intervals):
    """Return the days on which a failed payment is tried again.

    :param failed_on: day of the failure
    :param intervals: days from the failure to the first retry, from that to the second, and so on
    """
    return tuple(failed_on + timedelta(days=days) for days in accumulate(intervals))


def next_try(failed_at, failures, waits, tries):
    """Return when a declined payment is tried again, or None where it is not.

    :param datetime failed_at: of the last failure
    :param int failures: of this class so far, the last one included; at least 1
    :param waits: timedelta from each failure of the class to the next try; none left: it is final
    :param tries: datetimes of all tries so far that count: of the debt with any method, and of what a network takes
        for the same
    :raise EngineError: ``retry.failures``
    """
    if failures < 1:
        raise EngineError("retry.failures", failures=failures)
    if failures > len(waits):
        return None
    moment = failed_at + waits[failures - 1]
    return moment if may_try(moment, tries) else None


def may_try(moment, tries):
    """Tell whether a debt may be tried once more: card networks allow 15 tries in 30 days.

    :param datetime moment: of the next try
    :param tries: datetimes of all tries so far that count, as for ``next_try``
    """
    return len([one for one in tries if one > moment - TRIES_WINDOW]) < MOST_TRIES


def next_question(sent_at, asked, now=None):
    """Return when a provider is asked about an unknown payment.

    :param datetime sent_at: when it was sent
    :param int asked: how often it was asked before
    :param datetime now: where questions were missed, the next one follows the last one after the first pause: they are
        not asked in a row
    """
    if asked < len(FIRST_QUESTIONS):
        moment = sent_at + FIRST_QUESTIONS[asked]
    else:
        moment = sent_at + FIRST_QUESTIONS[-1] + NEXT_QUESTIONS * (asked - len(FIRST_QUESTIONS) + 1)
    return max(moment, now + FIRST_QUESTIONS[0]) if now else moment


def is_for_a_person(sent_at, now, is_accepted=False):
    """Tell whether a payment has been unknown so long that somebody has to look into it.

    :param is_accepted: the provider has it and decides; else nobody knows whether it has
    """
    return now - sent_at >= (UNDECIDED_FOR_A_PERSON if is_accepted else FOR_A_PERSON)


def may_send_again(sent_at: datetime, now: datetime) -> bool:
    """Tell whether the same request with the same key is certain not to charge twice."""
    return now - sent_at < SEND_AGAIN_WITHIN


def state_days(unpaid_since, offsets):
    """Return the days on which an account that stays unpaid enters each state.

    :param offsets: days since it became unpaid, per state
    """
    return tuple(unpaid_since + timedelta(days=days) for days in offsets)
