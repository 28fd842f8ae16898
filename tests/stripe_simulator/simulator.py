"""The simulator as a test has it: started on a free port, steered, stopped.

with Simulator() as simulator:
    client = simulator.client()
    customer = client.v1.customers.create()
    simulator.fail("payment_intents.create", "timeout_after")
"""

from __future__ import annotations

import datetime
import json
import re
import subprocess
import sys
import tempfile
import time
import types
import typing
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import requests
import stripe

from . import forms, keys
from .deliveries import Message, Sent
from .refusals import Refused

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 60
SECRET = "whsec_simulator"
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class SimulatorError(Exception):
    """The simulator was told to do what it cannot, or it failed itself."""


@dataclass(frozen=True)
class Request:
    """One request that the simulator has got.

    :param name: its kind as the SDK has it, as ``payment_intents.create``; empty if Stripe has none such
    :param headers: without the key, of which only the kind and the end are kept
    :param parameters: of the body or the query, as dicts, lists and texts
    :param status: of the answer; None if it got lost, or is not there yet
    :param replayed: whether it is the first answer of its idempotency key, given again
    :param fault: the one that was ordered for it
    """

    method: str
    path: str
    name: str
    headers: dict[str, str]
    body: str
    parameters: dict
    status: int | None
    replayed: bool
    fault: str

    @property
    def key(self) -> str | None:
        """The idempotency key that it came with."""
        return self.headers.get("Idempotency-Key")


class Simulator:
    """A simulator of Stripe, in a process of its own.

    :param now: where its clock stands; without it, it goes with the real one
    :param database: the file of what it keeps, for one that is to be stopped and started again; without it, it vanishes
    """

    key = keys.TEST
    live_key = keys.LIVE
    restricted_key = keys.RESTRICTED

    def __init__(self, *, now: datetime.datetime | None = None, database: str | Path | None = None) -> None:
        self.url = ""
        self._clock = now
        self._database = database
        self._process: subprocess.Popen | None = None
        self._folder: tempfile.TemporaryDirectory | None = None

    # its life

    def start(self) -> Simulator:
        """Start it, and wait until it listens."""
        words = ["--database", str(self._database)] if self._database else []
        if not self._database:
            self._folder = tempfile.TemporaryDirectory(prefix="stripe_simulator_")
            words = ["--database", str(Path(self._folder.name) / "stripe.sqlite")]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.stripe_simulator", "--with-parent", *words],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        port = self._process.stdout.readline().strip()
        if not port:
            raise SimulatorError("the simulator did not start; what it said stands above")
        self.url = f"http://127.0.0.1:{port}"
        if self._clock:
            self._control("reset", clock=int(self._clock.timestamp()))
        return self

    def stop(self) -> None:
        """End it.

        :raise SimulatorError: it failed at something that no test has ordered
        """
        if not self._process:
            return
        try:
            broken = self._control("get_broken") if self._process.poll() is None else ["it had ended before"]
        finally:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe
                pipe.close()
            self._process = None
            if self._folder:
                self._folder.cleanup()
        if broken:
            raise SimulatorError(f"the simulator failed: {broken[0]}")

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: types.TracebackType | None
    ) -> None:
        try:
            self.stop()
        except SimulatorError:
            # what the test says itself is told first
            if kind is None:
                raise

    def reset(self) -> None:
        """Forget everything, for the next test.

        :raise SimulatorError: it failed at something that no test has ordered
        """
        broken = self._control("get_broken")
        self._control("release")
        self._control("reset", clock=int(self._clock.timestamp()) if self._clock else None)
        if broken:
            raise SimulatorError(f"the simulator failed: {broken[0]}")

    def client(self, key: str = keys.TEST, *, timeout: float = 30, **options: typing.Any) -> stripe.StripeClient:
        """Return a client of the official SDK that asks this simulator; it tries each request once.

        :param timeout: how many seconds it waits for an answer
        :param options: of ``stripe.StripeClient``
        """
        session = requests.Session()
        session.trust_env = False
        return stripe.StripeClient(
            key,
            base_addresses={"api": self.url},
            http_client=stripe.RequestsClient(timeout=timeout, session=session),
            **{"max_network_retries": 0, **options},
        )

    # the clock

    @property
    def now(self) -> datetime.datetime:
        """The simulated time."""
        return datetime.datetime.fromtimestamp(self._control("get_now"), datetime.timezone.utc)

    def advance(self, **by: float) -> datetime.datetime:
        """Move the clock on by ``days``, ``hours``, ``minutes`` or ``seconds``; what is due on the way happens."""
        seconds = int(datetime.timedelta(**by).total_seconds())
        return datetime.datetime.fromtimestamp(self._control("advance", seconds=seconds), datetime.timezone.utc)

    # faults and what was asked

    def fail(self, request: str, kind: str, *, count: int | None = 1, passing: int = 0, seconds: float = 0) -> None:
        """Order a fault of requests that come.

        :param request: its kind, as ``payment_intents.create``, or ``*`` for all
        :param kind: timeout_before, timeout_after, error_before, error_after, reset_before, reset_after, conflict,
            too_many, slow, hold
        :param count: of how many requests; None for all from now on
        :param passing: how many pass first
        :param seconds: how slow
        """
        self._control("fail", request=request, kind=kind, count=count, passing=passing, seconds=seconds)

    def release(self) -> None:
        """Let go on what is held, and end what says nothing."""
        self._control("release")

    def clear_faults(self) -> None:
        """Order no fault any more."""
        self._control("clear_faults")

    def requests(self, name: str = "") -> list[Request]:
        """Return what was asked so far, the oldest first; with ``name`` only requests of that kind."""
        return [
            Request(
                row["method"],
                row["path"],
                row["name"],
                row["headers"],
                row["body"],
                _decode(row["body"] or row["query"]),
                row["status"],
                bool(row["replayed"]),
                row["fault"] or "",
            )
            for row in self._control("get_requests", name=name)
        ]

    def wait_for_fault(self, request: str, count: int = 1) -> None:
        """Wait until a fault has hit so many requests of a kind: they are held, or lost for good.

        :raise SimulatorError: they do not come
        """
        end = time.monotonic() + PATIENCE
        while sum(1 for row in self._control("get_requests", name=request) if row["fault"]) < count:
            if time.monotonic() > end:
                raise SimulatorError(f"no fault has hit {count} requests of {request}")
            time.sleep(0.01)

    def forget_requests(self) -> None:
        """Forget what was asked so far."""
        self._control("forget_requests")

    def objects(self, kind: str, *, livemode: bool = False, **properties: object) -> list[dict]:
        """Return what Stripe has of a kind, the newest first: ``objects("charge", status="succeeded")``.

        :param kind: as in an object's ``object``: charge, refund, payment_intent, event, balance_transaction, ...
        """
        return self._control("get_objects", kind=kind, livemode=livemode, **properties)

    # events

    def set_webhook(
        self, url: str, *, secrets: Sequence[str] = (SECRET,), events: Sequence[str] = ("*",), livemode: bool = False
    ) -> str:
        """Send events there from now on, signed with each of the secrets; return the id of the endpoint."""
        return self._control("set_webhook", url=url, secrets=list(secrets), events=list(events), livemode=livemode)

    def set_secrets(self, endpoint: str, secrets: Sequence[str]) -> None:
        """Sign what is sent to an endpoint with these secrets from now on."""
        self._control("set_secrets", endpoint=endpoint, secrets=list(secrets))

    def switch_endpoint(self, endpoint: str, *, enabled: bool) -> None:
        """Switch an endpoint off or on: events of the time between are listed, but never sent."""
        self._control("switch_endpoint", endpoint=endpoint, enabled=enabled)

    def messages(self, events: Sequence[str] = (), *, signed_at: int | None = None) -> list[Message]:
        """Return what waits to be sent, signed, for a test that brings it to its receiver itself."""
        rows = self._control("get_messages", chosen=list(events), signed_at=signed_at)
        return [Message(**row) for row in rows]

    def sign(self, payload: str, *, secrets: Sequence[str] = (SECRET,), at: int | None = None) -> str:
        """Return the header ``Stripe-Signature`` of any text."""
        at = int(time.time()) if at is None else at
        return self._control("sign", payload=payload, secrets=list(secrets), at=at)

    def deliver(
        self,
        events: Sequence[str] = (),
        *,
        times: int = 1,
        order: str | int = "made",
        at_once: bool = False,
        signed_at: int | None = None,
    ) -> list[Sent]:
        """Send what waits now, and return what came of it; what is not taken goes on waiting.

        :param events: only these, in this order; also those that were sent or lost
        :param times: how often each is sent
        :param order: ``made``, ``reversed``, or a number to shuffle by
        :param at_once: in as many threads as there are messages
        :param signed_at: the time that is signed, in seconds; the real one if nothing is given
        """
        rows = self._control(
            "deliver", chosen=list(events), times=times, order=order, at_once=at_once, signed_at=signed_at
        )
        return [Sent(**row) for row in rows]

    def deliver_by_itself(
        self, on: bool = True, *, times: int = 1, order: str | int = "made", at_once: bool = False, lose_every: int = 0
    ) -> None:
        """Send events as they come, or stop to; what is not taken is sent again each simulated hour, for three days.

        :param lose_every: let every so manieth message get lost
        """
        self._control("deliver_by_itself", on=on, times=times, order=order, at_once=at_once, lose_every=lose_every)

    def lose(self, events: Sequence[str] = ()) -> int:
        """Let what waits never arrive; return how many are lost."""
        return self._control("lose", chosen=list(events))

    def emit(self, event: str, identifier: str) -> dict:
        """Make an event of an object as it is now."""
        return self._control("emit", type=event, object=identifier)

    # what customers, banks, the business on Stripe's pages and Stripe's staff do

    def make_method(self, customer: str, like: str = "pm_card_visa") -> dict:
        """Give a customer a method that may be charged without them; one that is declined can be had so as well."""
        return self._control("make_method", customer=customer, like=like)

    def behave(self, method: str, **behaviour: object) -> None:
        """Let a method behave otherwise from now on: ``behave(id, decline="insufficient_funds")``; None ends it.

        :param behaviour: ``decline`` with a decline code, ``error`` with more of its error (advice_code, code,
            message), ``authentication``, ``debit``, ``failure``, ``refund``, ``afterwards``, ``fails_at_once``: see
            ``well_known_methods.py``
        """
        self._control("behave", method=method, **behaviour)

    def renew_card(self, method: str, *, exp_month: int, exp_year: int, last4: str = "") -> dict:
        """Let the network tell of a new card in the place of an old one."""
        return self._control("renew_card", method=method, exp_month=exp_month, exp_year=exp_year, last4=last4)

    def authenticate(self, intent: str, *, succeeds: bool = True) -> dict:
        """Let the customer do what a payment intent or a setup intent waits for, or fail to."""
        return self._control("authenticate", intent=intent, succeeds=succeeds)

    def settle(self, identifier: str, *, outcome: str = "", failure: str = "", still_captured: bool = True) -> dict:
        """Let a debit (by its payment intent) or a refund come to its end, or come back after it had ended well.

        :param outcome: ``succeeded`` or ``failed``; what the account does by itself if nothing is given
        :param still_captured: the charge of a debit that comes back says what it had captured, or 0
        """
        return self._control(
            "settle", identifier=identifier, outcome=outcome, failure=failure, still_captured=still_captured
        )

    def refund_in_dashboard(self, identifier: str, *, amount: int | None = None, reason: str | None = None) -> dict:
        """Give money of a charge or a payment intent back without the interface knowing why."""
        return self._control("refund", identifier=identifier, amount=amount, reason=reason)

    def dispute(
        self, identifier: str, *, amount: int | None = None, reason: str = "fraudulent", inquiry: bool = False
    ) -> dict:
        """Let a bank dispute a charge or that of a payment intent, or ask about it first."""
        return self._control("dispute", identifier=identifier, amount=amount, reason=reason, inquiry=inquiry)

    def escalate(self, dispute: str) -> dict:
        """Let an inquiry become a dispute, which takes the money."""
        return self._control("escalate", dispute=dispute)

    def close_dispute(self, dispute: str, outcome: str) -> dict:
        """Let a bank decide: ``won``, ``lost``, or ``warning_closed`` of an inquiry."""
        return self._control("close_dispute", dispute=dispute, outcome=outcome)

    def pay_out(self, *, everything: bool = False, livemode: bool = False) -> list[dict]:
        """Pay out what is available, or all that there is: one payout per currency."""
        return self._control("pay_out", everything=everything, livemode=livemode)

    def arrive(self, payout: str) -> dict:
        """Let a payout arrive at the bank."""
        return self._control("arrive", payout=payout)

    def fail_payout(self, payout: str, *, reason: str = "account_closed") -> dict:
        """Let a payout come back."""
        return self._control("fail_payout", payout=payout, reason=reason)

    def end_mandate(self, mandate: str) -> dict:
        """Let a mandate end."""
        return self._control("end_mandate", mandate=mandate)

    def set(self, **values: object) -> None:
        """Set what the account is and does.

        :param values: ``account`` (country, capabilities, charges_enabled, ...), ``delay_days`` until money can be paid
            out, ``fees`` ({"card": [hundredths of a percent, fixed]}), ``search_lag`` in seconds, ``forbidden``: the
            requests that the restricted key may not send, ``automatic_payouts``: each midnight,
            ``exchange`` ({"currency", "rate"}): in which the account settles what it takes in others
        """
        self._control("set_values", **values)

    def _control(self, name: str, /, **arguments: object) -> typing.Any:
        request = urllib.request.Request(
            f"{self.url}/_control/{name}",
            data=json.dumps(arguments).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with OPENER.open(request, timeout=10 * PATIENCE) as answer:
                return json.load(answer)["result"]
        except urllib.error.HTTPError as error:
            raise SimulatorError(re.sub(r"\s+", " ", json.load(error)["error"])) from None


def _decode(text: str) -> dict:
    try:
        return forms.with_lists(forms.decode(text))
    except Refused:
        return {}
