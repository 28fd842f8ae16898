"""How what is owed stands on a day: arithmetic over open items, which asks nobody."""

from ...engine import net_open
from .values import HOLDS_REMINDERS, NOT_ASKED, Standing

# the weightiest reason first
REASONS = ("dispute", "payment_under_way", "promise", "plan", "debit_planned", "exemption")


def stand(items, day, reasons=HOLDS_REMINDERS):
    """Return how what is owed stands on a day: credits taken off, and what rests of it.

    Credits go to what is asked for, the oldest first; what is in dispute or being paid stands as it is.

    :param list items: OpenItem of one account and currency, in due order
    :param reasons: why something rests, for whoever asks
    :return: [Standing] in due order
    """
    kept = [item.get_resting(day, NOT_ASKED) for item in items]
    asked = net_open([item.usable - amount for item, amount in zip(items, kept, strict=True)])
    standings = []
    for item, untouched, amount in zip(items, kept, asked, strict=True):
        if item.amount <= 0:
            continue
        left = untouched + amount
        if left <= 0:
            continue
        holding = {rest.reason for rest in item.get_holding(day, reasons)}
        resting = min(item.get_resting(day, reasons), left)
        reason = next((reason for reason in REASONS if reason in holding), None) if resting else None
        standings.append(Standing(item, left, resting, reason))
    return standings
