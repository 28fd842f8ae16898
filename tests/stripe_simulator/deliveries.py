"""Sending of events: one by one or all at once, twice, in another order, or never."""

from __future__ import annotations

import json
import random
import threading
import time
import typing
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from . import events
from .storage import Storage

HOUR = 3_600
GIVEN_UP_AFTER = 72 * HOUR
PATIENCE = 60
LONGEST_TOLD = 2_000


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Takes a redirect for the failure that it is for Stripe."""

    def redirect_request(self, *_arguments: object) -> None:
        return None


# no proxy of this machine stands between two programs on it
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect())


@dataclass(frozen=True)
class Message:
    """An event on its way to one endpoint."""

    number: int
    event: str
    type: str
    endpoint: str
    url: str
    payload: str
    signature: str


@dataclass(frozen=True)
class Sent:
    """What came of sending a message: the status of HTTP, 0 if nobody answered."""

    event: str
    type: str
    endpoint: str
    status: int
    answer: str


class Deliverer:
    """Sends what waits, when it is told to or by itself."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._stopped = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def get_messages(
        self, chosen: Sequence[str] = (), signed_at: int | None = None, *, only_due: bool = False
    ) -> list[Message]:
        """Return what waits, the oldest first; with ``chosen`` these events in this order, whatever became of them."""
        where, values = "state = 'waiting'", []
        if chosen:
            where, values = f"event IN ({', '.join('?' * len(chosen))})", list(chosen)
        elif only_due:
            where, values = f"{where} AND due <= ?", [self.storage.now()]
        with self.storage.lock:
            rows = self.storage.sql(f"SELECT * FROM delivery WHERE {where} ORDER BY number", *values)
            messages = [message for row in rows if (message := self._make(row, signed_at))]
        if chosen:
            messages.sort(key=lambda message: chosen.index(message.event))
        return messages

    def _make(self, row: typing.Any, signed_at: int | None) -> Message | None:
        endpoint = self.storage.get(row["endpoint"])
        event = self.storage.get(row["event"])
        if not endpoint or not event or endpoint.body["status"] != "enabled":
            return None
        payload = events.get_payload(self.storage, row["event"])
        # signatures are judged by the real time, whatever the simulated one is
        signature = events.sign(
            payload, endpoint.hidden["secrets"], int(time.time()) if signed_at is None else signed_at
        )
        return Message(
            row["number"], row["event"], event.body["type"], row["endpoint"], endpoint.body["url"], payload, signature
        )

    def deliver(
        self,
        chosen: Sequence[str] = (),
        *,
        times: int = 1,
        order: str = "made",
        at_once: bool = False,
        signed_at: int | None = None,
    ) -> list[dict]:
        """Send what waits, and return what came of it.

        :param chosen: ids of events, in the order in which they are sent; also of those that were sent or lost
        :param times: how often each is sent
        :param order: ``made``, ``reversed``, or a number to shuffle by
        :param at_once: in as many threads as there are messages
        """
        messages = arrange([m for m in self.get_messages(chosen, signed_at) for _time in range(times)], order)
        return [asdict(sent) for sent in self._send_all(messages, at_once=at_once)]

    def _send_all(self, messages: list[Message], *, at_once: bool) -> list[Sent]:
        if not at_once:
            return [self._send(message) for message in messages]
        found: list[Sent | None] = [None] * len(messages)

        def send(place: int) -> None:
            found[place] = self._send(messages[place])

        threads = [threading.Thread(target=send, args=(place,)) for place in range(len(messages))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [sent for sent in found if sent]

    def _send(self, message: Message) -> Sent:
        request = urllib.request.Request(
            message.url,
            data=message.payload.encode(),
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Stripe-Signature": message.signature,
                "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            },
        )
        try:
            with OPENER.open(request, timeout=PATIENCE) as answer:
                status, text = answer.status, answer.read(LONGEST_TOLD).decode(errors="replace")
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read(LONGEST_TOLD).decode(errors="replace")
        except OSError as error:
            status, text = 0, str(error)
        self._write_down(message, status)
        return Sent(message.event, message.type, message.endpoint, status, text)

    def _write_down(self, message: Message, status: int) -> None:
        with self.storage.transaction():
            # one that has arrived once has arrived, whatever comes of sending it again
            self.storage.sql(
                "UPDATE delivery SET tries = tries + 1, status = ?, due = ?, "
                "state = CASE WHEN ? OR state = 'delivered' THEN 'delivered' ELSE state END WHERE number = ?",
                *(status, self.storage.now() + HOUR, 200 <= status < 300, message.number),
            )
            stored = self.storage.get(message.event)
            if stored:
                [[left]] = self.storage.sql(
                    "SELECT count(*) FROM delivery WHERE event = ? AND state != 'delivered'", message.event
                )
                self.storage.save({**stored.body, "pending_webhooks": left})

    def lose(self, chosen: Sequence[str] = ()) -> int:
        """Let what waits never arrive; with ``chosen`` only these events. Return how many are lost."""
        with self.storage.transaction():
            lost = [message.number for message in self.get_messages(chosen)]
            for number in lost:
                self.storage.sql("UPDATE delivery SET state = 'lost' WHERE number = ? AND state = 'waiting'", number)
        return len(lost)

    def stop(self) -> None:
        """Send nothing any more by itself."""
        with self.storage.changed:
            self._stopped = True
            self.storage.changed.notify_all()

    def _run(self) -> None:
        """Send what is due as it comes, as long as a test has asked for that."""
        while True:
            with self.storage.changed:
                plan = typing.cast("dict | None", self.storage.get_setting("by_itself"))
                messages = self.get_messages(only_due=True) if plan else []
                if self._stopped:
                    return
                if not messages:
                    self.storage.changed.wait(1)
                    continue
                messages = self._drop_old(messages)
            assert plan is not None
            kept = [message for message in messages if not plan["lose_every"] or message.number % plan["lose_every"]]
            self.lose_numbers([message.number for message in messages if message not in kept])
            self._send_all(
                arrange([message for message in kept for _time in range(plan["times"])], plan["order"]),
                at_once=plan["at_once"],
            )

    def _drop_old(self, messages: list[Message]) -> list[Message]:
        """Give up what is older than three days, and return the rest."""
        oldest = self.storage.now() - GIVEN_UP_AFTER
        old = [message for message in messages if json.loads(message.payload)["created"] < oldest]
        self.lose_numbers([message.number for message in old])
        return [message for message in messages if message not in old]

    def lose_numbers(self, numbers: Sequence[int]) -> None:
        """Let messages never arrive."""
        with self.storage.transaction():
            for number in numbers:
                self.storage.sql("UPDATE delivery SET state = 'lost' WHERE number = ?", number)


def arrange(messages: list[Message], order: str | int) -> list[Message]:
    """Return messages in an order: ``made``, ``reversed``, or a number to shuffle by."""
    if order == "made":
        return messages
    if order == "reversed":
        return messages[::-1]
    return random.Random(int(order)).sample(messages, len(messages))
