"""What a sweep tries for every commit, and what it leaves to the night."""

import os

IS_NIGHT = os.environ.get("BILLING_TIER") == "nightly"


def sample(cases, keep, shift=0):
    """Return one of so many cases of a sweep; all of them at night.

    :param list cases: what could be tried, in an order that stays
    :param int keep: one of so many is for every commit
    :param int shift: the number of the sweep, so that many of them try all cases among them
    """
    return cases if IS_NIGHT else cases[shift % keep :: keep]
