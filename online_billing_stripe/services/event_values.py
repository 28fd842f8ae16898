"""What became of an event."""

from typing import NamedTuple

DONE, IGNORED, ORPHAN, QUARANTINED, FAILED = "done", "ignored", "orphan", "quarantined", "failed"

#: by which the task about events that were set aside is known again
EVENTS_SET_ASIDE = "stripe.events_set_aside"


class Outcome(NamedTuple):
    """What working an event off came to.

    :ivar state: of the event
    :ivar text: why, in plain words
    :ivar attempt_id: of the attempt that it is about
    """

    state: str
    text: str = ""
    attempt_id: int | None = None
