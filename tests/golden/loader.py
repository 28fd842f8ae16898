"""Reads the worked examples beside this file, for the engine's tests and for those of the addons alike.

Every example is ``{"id", "kind", "source", "inputs", "expected"}``. Numbers are texts, so that no reader makes floats
of them; days are ISO dates; ``first`` and ``last`` are both inclusive. The kinds:

price           ``model`` and ``values`` as the factory of price models takes them, ``usage`` (``quantity`` or
                ``events``), perhaps ``before``, ``adjustments``, ``scale_bounds``, ``ratio`` -> exact ``amount``,
                perhaps the amounts of the ``slices``
prorated_price  the same, the price multiplied by ``ratio``
bounds          ``tiers`` scaled by ``ratio`` -> ``bounds``
line            a recurring line in advance: ``start``, ``price`` for a period, ``until``; perhaps ``end`` (the day
                after the last one), ``unit`` (month), ``count`` (1), ``alignment`` (anniversary), ``billing_day``,
                ``anchor``, ``trial_end`` (first day that costs), ``billed_until``; ``billed_before_end``: everything
                was billed before the end was known -> the ``items`` that are due, rounded
commitment      ``minimum`` and ``plan`` price of a period that was served from ``first`` to ``last`` -> the true-up
ratio           ``part`` of the ``whole`` (half-open) on a ``basis`` -> ``ratio``, perhaps the ``amount`` of a ``price``
boundaries      ``start``, ``unit``, ``count``, ``alignment`` -> first days of the periods ``after_start``
late_fee        ``terms`` of a fee, ``due`` date, ``steps`` (day, overdue at its end), ``as_of`` -> the ``fees``:
                ``number``, ``day``, ``amount``, perhaps ``interest`` with its ``days`` and ``compensation``
installments    ``total`` cut by ``method`` (``count``, or ``parts`` of ``[kind, value, days after the first date]``)
                every ``interval`` (1) ``unit`` from ``first_date`` -> some ``rows`` by their number and the sum of the
                ``interest``, rounded to 2 digits for show; or the ``error`` that refuses it
retries         days between ``intervals`` after ``failed_on`` -> the ``days`` of the retries
unpaid_states   days since ``unpaid_since`` (``offsets``) -> the ``days`` on which the states are entered
collection      ``steps`` (trigger, days), ``threshold``, ``minimum_gap``, ``items`` (each open ``from`` a day) and the
                days of the ``runs`` -> the ``steps`` taken by day, and the ``levels`` of the items in the end
local_day       UTC ``instant`` and ``zone`` -> the local ``day``
"""

import json
from pathlib import Path

FOLDER = Path(__file__).parent


def load(*kinds):
    """Return the examples of these kinds (all without any), in the order of the files."""
    examples = []
    for path in sorted(FOLDER.glob("*.json")):
        examples += json.loads(path.read_text(encoding="utf-8"))
    return [example for example in examples if not kinds or example["kind"] in kinds]
