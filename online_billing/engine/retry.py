"""The days of payment retries, and of the states that an account passes through while it stays unpaid."""

from datetime import timedelta
from itertools import accumulate


def retry_days(failed_on, intervals):
    """Return the days on which a failed payment is tried again.

    :param failed_on: day of the failure
    :param intervals: days from the failure to the first retry, from that to the second, and so on
    """
    return tuple(failed_on + timedelta(days=days) for days in accumulate(intervals))


def state_days(unpaid_since, offsets):
    """Return the days on which an account that stays unpaid enters each state.

    :param offsets: days since it became unpaid, per state
    """
    return tuple(unpaid_since + timedelta(days=days) for days in offsets)
