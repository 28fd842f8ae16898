"""What a test can do with the simulator beside Stripe's own interface: ``POST /_control/<name>`` with JSON.

Each function is one such name, and its parameters are what the JSON has. What Stripe's staff, banks and customers do is
here, and so are the clock, the faults, the deliveries and what was asked so far.
"""

from __future__ import annotations

import json
import threading
import typing
from collections.abc import Callable
from dataclasses import asdict, dataclass

from . import (
    balance,
    disputes,
    events,
    faults,
    mandates,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    routes,
    webhook_endpoints,
)
from . import well_known_methods as known
from .deliveries import Deliverer
from .refusals import invalid
from .storage import Storage
from .world import World

DAY = 86_400
SETTINGS = ("account", "delay_days", "fees", "search_lag", "forbidden", "automatic_payouts", "exchange")
MODES = (False, True)


@dataclass
class Control:
    """What the functions work on."""

    storage: Storage
    deliverer: Deliverer
    released: threading.Event

    def call(self, name: str, arguments: dict) -> typing.Any:
        """Return what a function returns.

        :raise LookupError: there is no such function
        """
        if name in UNLOCKED:
            return UNLOCKED[name](self, **arguments)
        if name not in FUNCTIONS:
            raise LookupError(f"there is no {name}; there are {', '.join(sorted({*FUNCTIONS, *UNLOCKED}))}")
        with self.storage.transaction():
            return FUNCTIONS[name](self, **arguments)

    def get_world(self, identifier: str) -> World:
        """Return the world of an object, in its mode."""
        stored = self.storage.get(identifier)
        if not stored:
            raise LookupError(f"there is no {identifier}")
        return World(self.storage, stored.livemode)


# the clock


def reset(control: Control, *, clock: int | None = None) -> None:
    """Forget everything; the clock stands at ``clock`` from now on, or goes with the real one."""
    control.storage.clear()
    control.released.clear()
    control.storage.set_setting("clock", clock)


def get_now(control: Control) -> int:
    """Return the simulated time."""
    return control.storage.now()


def advance(control: Control, *, seconds: int) -> int:
    """Move the clock on, and let happen on each day what is due; return the time."""
    storage = control.storage
    target = storage.now() + seconds
    while True:
        # every day's end is lived through, as payouts are made by the day
        midnight = (storage.now() // DAY + 1) * DAY
        storage.set_clock(min(midnight, target))
        for livemode in MODES:
            _let_happen(World(storage, livemode), is_midnight=midnight <= target)
        if midnight >= target:
            return target


def _let_happen(world: World, *, is_midnight: bool) -> None:
    payment_intents.settle_due(world)
    refunds.settle_due(world)
    balance.make_available(world)
    payouts.arrive_due(world)
    if is_midnight and world.storage.get_setting("automatic_payouts", False):
        payouts.pay_out(world)


def set_values(control: Control, **values: object) -> None:
    """Keep settings of the account: country and capabilities, fees, days until a payout, the lag of the search."""
    if strangers := set(values) - set(SETTINGS):
        raise LookupError(f"there is no setting {', '.join(sorted(strangers))}; there are {', '.join(SETTINGS)}")
    for name, value in values.items():
        if name == "forbidden" and (unknown := set(typing.cast("list[str]", value)) - routes.NAMES):
            raise LookupError(f"there is no request {', '.join(sorted(unknown))}")
        control.storage.set_setting(name, value)


# faults and what was asked


def fail(
    control: Control, *, request: str, kind: str, count: int | None = 1, passing: int = 0, seconds: float = 0
) -> None:
    """Order a fault of requests that come."""
    if request != faults.ANY and request not in routes.NAMES:
        raise LookupError(f"there is no request {request}; there are {', '.join(sorted(routes.NAMES))}")
    control.released.clear()
    faults.order(control.storage, request, kind, count, passing, seconds)


def clear_faults(control: Control) -> None:
    """Order no fault any more."""
    control.storage.sql("DELETE FROM fault")


def get_requests(control: Control, *, name: str = "") -> list[dict]:
    """Return what was asked so far, the oldest first; with ``name`` only requests of that kind."""
    rows = control.storage.sql("SELECT * FROM request WHERE ? IN ('', name) ORDER BY number", name)
    return [{**dict(row), "headers": json.loads(row["headers"])} for row in rows]


def forget_requests(control: Control) -> None:
    """Forget what was asked so far."""
    control.storage.sql("DELETE FROM request")


def get_objects(control: Control, *, kind: str, livemode: bool = False, **properties: object) -> list[dict]:
    """Return objects of a kind with these properties, the newest first."""
    return control.storage.find_by(kind, livemode, properties)


def get_broken(control: Control) -> list[str]:
    """Return where the simulator itself failed, which no test has ordered."""
    return typing.cast("list[str]", control.storage.get_setting("broken", []))


# events


def set_webhook(control: Control, *, url: str, secrets: list[str], events: list[str], livemode: bool = False) -> str:
    """Send events there from now on, and to no other endpoint that was set so; return its id."""
    remove_webhook(control)
    world = World(control.storage, livemode)
    body = webhook_endpoints.make(world, {"url": url, "enabled_events": events}, secrets)
    control.storage.set_setting("set_endpoint", body["id"])
    return body["id"]


def set_secrets(control: Control, *, endpoint: str, secrets: list[str]) -> None:
    """Sign what is sent to an endpoint with these secrets from now on."""
    stored = control.get_world(endpoint).load_stored("webhook_endpoint", endpoint)
    control.storage.save(stored.body, {"secrets": secrets})


def remove_webhook(control: Control) -> None:
    """Send nothing any more to the endpoint that was set."""
    endpoint = typing.cast("str", control.storage.get_setting("set_endpoint", ""))
    if endpoint and control.storage.get(endpoint):
        webhook_endpoints.delete(control.get_world(endpoint), {}, endpoint)


def switch_endpoint(control: Control, *, endpoint: str, enabled: bool) -> None:
    """Switch an endpoint off or on: events of the time between are listed, but never sent."""
    webhook_endpoints.update(control.get_world(endpoint), {"disabled": not enabled}, endpoint)


def get_messages(control: Control, *, chosen: list[str] | None = None, signed_at: int | None = None) -> list[dict]:
    """Return what waits to be sent, signed; nothing is sent."""
    return [asdict(message) for message in control.deliverer.get_messages(chosen or (), signed_at)]


def sign(control: Control, *, payload: str, secrets: list[str], at: int) -> str:
    """Return the header of a payload."""
    return events.sign(payload, secrets, at)


def lose(control: Control, *, chosen: list[str] | None = None) -> int:
    """Let what waits never arrive."""
    return control.deliverer.lose(chosen or ())


def deliver_by_itself(
    control: Control, *, on: bool, times: int = 1, order: str = "made", at_once: bool = False, lose_every: int = 0
) -> None:
    """Send events as they come, or stop to."""
    plan = {"times": times, "order": order, "at_once": at_once, "lose_every": lose_every}
    control.storage.set_setting("by_itself", plan if on else None)


def deliver(control: Control, *, chosen: list[str] | None = None, **how: typing.Any) -> list[dict]:
    """Send what waits now, and return what came of it."""
    return control.deliverer.deliver(chosen or (), **how)


def emit(control: Control, *, type: str, object: str) -> dict:  # noqa: A002 - the words of Stripe's events
    """Make an event of an object as it is now."""
    world = control.get_world(object)
    stored = control.storage.get(object)
    assert stored
    return world.emit(type, stored.body)


# what customers, banks and Stripe's staff do


def behave(control: Control, *, method: str, **behaviour: object) -> None:
    """Let a method behave otherwise when it is charged from now on; None takes something away.

    ``decline`` is a decline code and ``error`` what else stands in the error of it; the rest as in
    ``well_known_methods.py``.
    """
    stored = control.get_world(method).load_stored("payment_method", method)
    merged = {**stored.hidden["behaviour"], **behaviour}
    stored.hidden["behaviour"] = {name: value for name, value in merged.items() if value is not None}
    control.storage.save(stored.body, stored.hidden)


def make_method(control: Control, *, customer: str, like: str = "pm_card_visa") -> dict:
    """Give a customer a method that may be charged without them, also in live mode, and declined ones too."""
    world = control.get_world(customer)
    behaviour = known.find(like)
    if not behaviour:
        raise LookupError(f"there is no {like}")
    body = payment_methods.make(world, behaviour, {"name": "Customer", "email": "customer@example.com"})
    stored = world.load_stored("payment_method", body["id"])
    control.storage.save(stored.body, {**stored.hidden, "set_up": True})
    if behaviour["type"] == "sepa_debit":
        mandates.make(world, body, None, again=True)
    return payment_methods.put(world, stored, customer)


def renew_card(control: Control, *, method: str, exp_month: int, exp_year: int, last4: str = "") -> dict:
    """Let the network tell of a new card in the place of an old one."""
    world = control.get_world(method)
    body = world.load("payment_method", method)
    previous = {"card": {name: body["card"][name] for name in ("exp_month", "exp_year", "last4")}}
    body["card"] |= {"exp_month": exp_month, "exp_year": exp_year, "last4": last4 or body["card"]["last4"]}
    world.save(body)
    world.emit("payment_method.automatically_updated", body, previous)
    return body


def authenticate(control: Control, *, intent: str, succeeds: bool = True) -> dict:
    """Let the customer do what an intent waits for, or fail to."""
    return payment_intents.authenticate(control.get_world(intent), intent, succeeds=succeeds)


def settle(
    control: Control, *, identifier: str, outcome: str = "", failure: str = "", still_captured: bool = True
) -> dict:
    """Let a debit or a refund come to its end."""
    world = control.get_world(identifier)
    if identifier.startswith("pi_"):
        return payment_intents.settle(
            world, identifier, outcome=outcome, failure=failure, still_captured=still_captured
        )
    return refunds.settle(world, identifier, outcome=outcome or "succeeded", failure=failure or "unknown")


def refund(control: Control, *, identifier: str, amount: int | None = None, reason: str | None = None) -> dict:
    """Give money of a charge or a payment intent back, as the business does on Stripe's own pages."""
    world = control.get_world(identifier)
    params = {name: value for name, value in (("amount", amount), ("reason", reason)) if value is not None}
    return refunds.refund(world, _find_charge(world, identifier), params)


def _find_charge(world: World, identifier: str) -> dict:
    if identifier.startswith("pi_"):
        identifier = world.load("payment_intent", identifier)["latest_charge"] or ""
    if not identifier:
        raise invalid("There is no charge")
    return world.load("charge", identifier)


def dispute(
    control: Control, *, identifier: str, amount: int | None = None, reason: str = "fraudulent", inquiry: bool = False
) -> dict:
    """Let a bank dispute a charge, or that of a payment intent."""
    world = control.get_world(identifier)
    charge = _find_charge(world, identifier)["id"]
    return disputes.open_dispute(world, charge, amount=amount, reason=reason, inquiry=inquiry)


def escalate(control: Control, *, dispute: str) -> dict:
    """Let an inquiry become a dispute."""
    return disputes.escalate(control.get_world(dispute), dispute)


def close_dispute(control: Control, *, dispute: str, outcome: str) -> dict:
    """Let a bank decide: ``won``, ``lost`` or ``warning_closed``."""
    return disputes.close(control.get_world(dispute), dispute, outcome=outcome)


def pay_out(control: Control, *, everything: bool = False, livemode: bool = False) -> list[dict]:
    """Pay out what is available, or all that there is."""
    return payouts.pay_out(World(control.storage, livemode), everything=everything)


def arrive(control: Control, *, payout: str) -> dict:
    """Let a payout arrive."""
    return payouts.arrive(control.get_world(payout), payout)


def fail_payout(control: Control, *, payout: str, reason: str = "account_closed") -> dict:
    """Let a payout come back."""
    return payouts.fail(control.get_world(payout), payout, reason=reason)


def end_mandate(control: Control, *, mandate: str) -> dict:
    """Let a mandate end."""
    return mandates.end(control.get_world(mandate), mandate)


# what waits for others, and so may not hold the storage
def release(control: Control) -> None:
    """Let go on what is held."""
    control.released.set()


UNLOCKED: dict[str, Callable] = {"deliver": deliver, "release": release}
FUNCTIONS: dict[str, Callable] = {
    function.__name__: function
    for function in (
        *(reset, get_now, advance, set_values, fail, clear_faults, get_requests, forget_requests, get_objects),
        *(get_broken, set_webhook, set_secrets, remove_webhook, switch_endpoint, get_messages, sign, lose),
        *(deliver_by_itself, emit, behave, make_method, renew_card, authenticate, settle, refund, dispute, escalate),
        *(close_dispute, pay_out, arrive, fail_payout, end_mandate),
    )
}
