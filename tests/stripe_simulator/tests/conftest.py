"""The simulator that the tests of one file share, clean for each of them, and a receiver of its events."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe

from tests.stripe_simulator.simulator import Simulator


@pytest.fixture(scope="module")
def running_simulator() -> Iterator[Simulator]:
    # of a file and not of the session: Odoo's cases end every child of the process when they are over
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator) -> Iterator[Simulator]:
    """The simulator, which knows of nothing yet; it has not failed when the test is over."""
    running_simulator.reset()
    yield running_simulator
    running_simulator.reset()


@pytest.fixture
def client(simulator) -> stripe.StripeClient:
    """The official SDK."""
    return simulator.client()


class Inbox(ThreadingHTTPServer):
    """Takes events and keeps them; ``statuses`` are its next answers, then it answers 200."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.received: list[tuple[str, str]] = []
        self.statuses: list[int] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/events"
        self.arrived = threading.Semaphore(0)

    def get_types(self, secret: str = "whsec_simulator") -> list[str]:
        """Return the types of what came, in its order, each with a signature that the SDK takes."""
        events = [stripe.Webhook.construct_event(body, header, secret) for body, header in self.received]
        return [event.type for event in events]


class _Receiver(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.received.append((body, self.headers["Stripe-Signature"]))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.arrived.release()

    def log_message(self, *_arguments: object) -> None:
        """Write nothing."""


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A receiver of events."""
    server = Inbox()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
