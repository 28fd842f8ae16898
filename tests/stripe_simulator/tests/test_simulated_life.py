"""The simulator itself: its clock, its file, its end."""

import datetime
import os
import subprocess
import sys

import pytest
from simulated_payments import debit, make_customer

from tests.stripe_simulator.simulator import PROJECT, Simulator, SimulatorError


def test_its_clock_goes_with_the_real_one_and_can_be_moved_on(simulator):
    before = datetime.datetime.now(datetime.timezone.utc)
    assert simulator.now >= before.replace(microsecond=0)
    assert simulator.advance(days=2, hours=3) >= before.replace(microsecond=0) + datetime.timedelta(days=2, hours=3)


def test_it_stands_where_it_is_set_keeps_what_it_knows_and_goes_on_after_its_end(tmp_path):
    noon = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.timezone.utc)
    file = tmp_path / "stripe.sqlite"
    with Simulator(now=noon, database=file) as first:
        under_way = debit(first.client())
        assert (first.now, under_way.created) == (noon, int(noon.timestamp()))
        first.advance(days=1)
    # without a time of its own, it has the one that it was left with
    with Simulator(database=file) as second:
        assert second.now == noon + datetime.timedelta(days=1)
        assert second.client().v1.payment_intents.retrieve(under_way.id).status == "processing"
        second.advance(days=4)
        assert second.client().v1.payment_intents.retrieve(under_way.id).status == "succeeded"


def test_it_ends_with_whoever_started_it():
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.stripe_simulator", "--with-parent"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert int(process.stdout.readline())
    process.stdin.close()
    assert process.wait(60) == 0
    process.stdout.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_what_cannot_be_done_is_told(client, simulator):
    customer = make_customer(client)
    for act, message in [
        (lambda: simulator.settle("pi_nothing"), "there is no pi_nothing"),
        (lambda: simulator.settle(customer), "No such refund"),
        (lambda: simulator.dispute(customer), "No such charge"),
        (lambda: simulator.authenticate(debit(client).id), "does not wait for the customer"),
        (lambda: simulator.make_method(customer, "pm_card_of_nobody"), "there is no pm_card_of_nobody"),
        (lambda: simulator.set(weather="fine"), "there is no setting weather"),
    ]:
        with pytest.raises(SimulatorError, match=message):
            act()


def test_nothing_is_left_after_a_reset(client, simulator):
    make_customer(client)
    simulator.fail("*", "error_before", count=None)
    simulator.advance(days=1)
    simulator.reset()
    assert client.v1.customers.list().data == []
    assert [request.name for request in simulator.requests()] == ["customers.list"]
    assert simulator.now < datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
