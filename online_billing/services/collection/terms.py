"""The border of the collection: policies, items and cases as values of the engine."""

from ...engine import Item, QuietDays, Rules, Situation, Step, Trigger
from ..shared.numbers import stored_decimal

WEEKEND = frozenset({5, 6})


def get_steps(records):
    """Return the steps of a policy, `billing.collection.step` in their order, as the engine takes them."""
    return tuple(
        Step(
            step.id,
            Trigger(step.trigger),
            step.days,
            is_message=step.channel != "none",
            deadline_days=step.deadline_days,
        )
        for step in records
    )


def get_rules(policy, steps, quiet):
    """Return {currency id: rules of a policy}; those under None hold where no threshold was given."""
    rules = {None: Rules(steps, minimum_gap=policy.minimum_gap, quiet=quiet)}
    for threshold in policy.threshold_ids:
        least = stored_decimal(threshold.amount)
        rules[threshold.currency_id.id] = Rules(steps, least, minimum_gap=policy.minimum_gap, quiet=quiet)
    return rules


def get_quiet_days(policy, days):
    """Return the days on which a policy is silent: its weekend, and the dates given."""
    return QuietDays(WEEKEND if policy.quiet_weekend else frozenset(), frozenset(days))


def get_item(key, standing, known, stored, is_handed_over, follows):
    """Return an open item as the engine sees it.

    :param standing: what is open and what rests of it, a ``Standing``
    :param known: how far it has come, a ``StoredItem`` of it or of the one whose place it takes; None for a new one
    :param stored: its own ``StoredItem``; None if it was not open at the last look
    :param follows: keys of the items on which it is a late fee
    """
    return Item(
        key,
        standing.item.due_date,
        standing.open_amount,
        known.had if known else frozenset(),
        known.since if known else None,
        known.counted_from if known else None,
        stored.amount if stored else None,
        is_resting=is_handed_over or not standing.active,
        resting=standing.resting,
        follows=follows,
    )


def get_situation(message_date=None, deadline=None, not_before=None):
    """Return where a case stands as the engine sees it, before its items are known."""
    return Situation((), message_date, deadline, not_before)
