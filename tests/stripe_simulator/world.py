"""What the work of one request has at hand: the storage, the mode of its key, ids, the clock, events."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass

from . import events
from .refusals import missing
from .storage import Storage, Stored

LETTERS = string.ascii_letters + string.digits
LENGTH = 24
# the words of Stripe's messages
NOUNS = {
    "payment_intent": "payment_intent",
    "payment_method": "PaymentMethod",
    "setup_intent": "setupintent",
    "balance_transaction": "balance transaction",
    "webhook_endpoint": "webhook endpoint",
}


@dataclass
class World:
    """One request's view of the simulated account."""

    storage: Storage
    livemode: bool = False
    request: str | None = None
    key: str | None = None

    def now(self) -> int:
        """Return the simulated time in seconds."""
        return self.storage.now()

    def new_id(self, prefix: str) -> str:
        """Return an id that nobody has."""
        return f"{prefix}_{''.join(secrets.choice(LETTERS) for _letter in range(LENGTH))}"

    def make(self, prefix: str, kind: str, values: dict, hidden: dict | None = None) -> dict:
        """Keep a new object with an id, its kind, mode and time."""
        head = {"id": self.new_id(prefix), "object": kind, "created": self.now(), "livemode": self.livemode}
        return self.storage.add(kind, {**head, **values}, hidden)

    def load(self, kind: str, identifier: str, param: str = "id") -> dict:
        """Return an object.

        :param param: the parameter that names it; ``id`` if it stands in the path
        :raise Refused: it is not there, or only in the other mode
        """
        return self.load_stored(kind, identifier, param).body

    def load_stored(self, kind: str, identifier: str, param: str = "id") -> Stored:
        """Return an object with what is hidden of it."""
        found = self.storage.get(identifier)
        noun = NOUNS.get(kind, kind)
        if not found or found.kind != kind:
            raise missing(noun, identifier, param)
        if found.livemode != self.livemode:
            raise missing(noun, identifier, param, other_mode="live" if found.livemode else "test")
        return found

    def save(self, body: dict) -> dict:
        """Keep what has changed of an object."""
        return self.storage.save(body)

    def emit(self, name: str, body: dict, previous: dict | None = None) -> dict:
        """Make an event of what an object looks like now.

        :param previous: what was there before, for an event of a change
        """
        return events.make(self, name, body, previous)


def merge_metadata(body: dict, params: dict) -> None:
    """Put given metadata to what is there: an empty text takes a key away, an empty one for all takes all."""
    given = params.get("metadata")
    if given == "":
        body["metadata"] = {}
    elif given:
        merged = {**body.get("metadata", {}), **given}
        body["metadata"] = {name: text for name, text in merged.items() if text != ""}
