"""One request from its coming to its answer: key, version, fault, idempotency, parameters, work."""

from __future__ import annotations

import json
import secrets
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field

import stripe

from . import extent, faults, forms, idempotency, keys, lists, parameters, refusals, routes
from .faults import Fault
from .refusals import Refused, invalid
from .storage import Storage
from .world import World

FORM = "application/x-www-form-urlencoded"
LONGEST_HOLD = 120


@dataclass
class Answer:
    """What goes back.

    :param lost: ``timeout`` or ``reset`` if nothing does
    """

    status: int = 0
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    lost: str = ""


@dataclass
class Exchange:
    """A request and the storage that answers it.

    :param released: set when what is held is to go on
    """

    storage: Storage
    released: threading.Event
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: str
    number: int = 0

    def run(self) -> Answer:
        """Return the answer; what was asked and how it went is written down."""
        found = routes.find(self.method, self.path)
        name = found[0].name if found else ""
        request = f"req_{secrets.token_hex(7)}"
        self.number = self._record(name)
        fault = faults.take(self.storage, name) if found else Fault()
        answer = Answer()
        if fault.kind in faults.BEFORE:
            answer = _get_answer_of(fault)
        else:
            try:
                answer = self._answer(found, fault, request)
            except Refused as refusal:
                answer = _describe(refusal)
            except Exception:  # noqa: BLE001 - a fault of the simulator must be seen, and not as one that was ordered
                told = traceback.format_exc()
                with self.storage.transaction():
                    broken = [*self.storage.get_setting("broken", []), told]  # type: ignore[misc]
                    self.storage.set_setting("broken", broken)
                answer = Answer(500, _write({"error": {"type": "api_error", "message": f"simulator: {told}"}}))
        answer.headers |= {"Request-Id": request, "Stripe-Version": stripe.api_version}
        self.storage.sql(
            "UPDATE request SET status = ?, replayed = ?, fault = ? WHERE number = ?",
            *(answer.status or None, "Idempotent-Replayed" in answer.headers, fault.kind, self.number),
        )
        return answer

    def _record(self, name: str) -> int:
        """Write down what was asked, without the key."""
        headers = dict(self.headers.items())
        if scheme_and_key := headers.get("Authorization"):
            scheme, _space, key = scheme_and_key.partition(" ")
            headers["Authorization"] = f"{scheme} {keys.hide(key)}"
        with self.storage.transaction():
            self.storage.sql(
                "INSERT INTO request (at, method, path, name, query, headers, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
                *(self.storage.now(), self.method, self.path, name, self.query, json.dumps(headers), self.body),
            )
            [[number]] = self.storage.sql("SELECT last_insert_rowid()")
        return number

    def _answer(self, found: tuple[routes.Route, tuple[str, ...]] | None, fault: Fault, request: str) -> Answer:
        livemode = keys.get_mode(self.storage, self.headers, found[0].name if found else "")
        if not found:
            raise invalid(f"Unrecognized request URL ({self.method}: {self.path}).", status=404)
        version = self.headers.get("Stripe-Version", stripe.api_version)
        if version != stripe.api_version:
            raise invalid(f"Invalid Stripe API version: {version}; the simulator speaks {stripe.api_version}.")
        kind = self.headers.get("Content-Type", FORM).partition(";")[0]
        if self.body and kind != FORM:
            raise invalid(f"Invalid request: the content type is {kind}, and must be {FORM}.")
        given = forms.decode(self.body if self.method == "POST" else self.query)
        key = self.headers.get("Idempotency-Key") if self.method == "POST" else None
        if key is None:
            return self._work(*found, given, World(self.storage, livemode, request), fault)
        kept = idempotency.begin(self.storage, livemode, key, self.path, given, request)
        repeated = {"Idempotency-Key": key}
        if kept:
            return Answer(
                kept.status, kept.answer, {**repeated, "Idempotent-Replayed": "true", "Original-Request": kept.request}
            )
        answer = self._work(*found, given, World(self.storage, livemode, request, key), fault)
        answer.headers |= repeated
        return answer

    def _work(self, route: routes.Route, ids: tuple[str, ...], given: dict, world: World, fault: Fault) -> Answer:
        if fault.kind in faults.DURING:
            # from here on, the request is under way
            self.storage.sql("UPDATE request SET fault = ? WHERE number = ?", fault.kind, self.number)
        if fault.kind == "slow":
            time.sleep(fault.seconds)
        elif fault.kind == "hold":
            self.released.wait(LONGEST_HOLD)
        try:
            params = parameters.check(route.parameters, given)
            extent.check(route.name, params)
        except Refused:
            if world.key is not None:
                idempotency.forget(self.storage, world.livemode, world.key)
            raise
        try:
            with self.storage.transaction():
                answer = self._do(route, ids, params, world)
                if fault.kind in faults.AFTER:
                    done, answer = answer, _get_answer_of(fault)
                    self._keep(world, answer if answer.status else done)
                else:
                    self._keep(world, answer)
        except Refused as refusal:
            # nothing was done, and that is the result
            answer = _describe(refusal)
            self._keep(world, answer)
        except Exception:
            if world.key is not None:
                idempotency.forget(self.storage, world.livemode, world.key)
            raise
        return answer

    def _do(self, route: routes.Route, ids: tuple[str, ...], params: dict, world: World) -> Answer:
        wanted = params.pop("expand", [])
        try:
            return Answer(200, _write(lists.expand(world, route.work(world, params, *ids), wanted)))
        except Refused as refusal:
            if not refusal.keeps:
                raise
            return _describe(refusal)

    def _keep(self, world: World, answer: Answer) -> None:
        if world.key is not None:
            idempotency.keep(self.storage, world.livemode, world.key, answer.status, answer.text)


def _get_answer_of(fault: Fault) -> Answer:
    if fault.kind.startswith(("timeout", "reset")):
        return Answer(lost=fault.kind.partition("_")[0])
    make = {"conflict": refusals.conflict, "too_many": refusals.too_many}.get(fault.kind, refusals.broken)
    return _describe(make())


def _describe(refusal: Refused) -> Answer:
    return Answer(refusal.status, _write({"error": refusal.error}))


def _write(body: dict) -> str:
    return json.dumps(body, indent=2)
