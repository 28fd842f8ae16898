"""G-02: the scan finds what is planted, and nothing else."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from tests import leaks

PLANTED = {
    "4242424242424242": "the number of a card",
    "card 3782 822463 10005, valid": "the number of a card",
    "It was 5555555555554444.": "the number of a card",
    "6011-1111-1111-1117": "the number of a card",
    '{"key": "sk_live_51Habc"}': "a key of Stripe",
    "rk_test_simulator": "a key of Stripe",
    "whsec_simulator": "what signs events",
    "pi_3Abc_secret_9Xyz": "what lets somebody pay",
    "'client_secret': 'abcdefgh12'": "what lets somebody pay",
    "Cookie: session_id=AbCdEfGhIjKlMnOpQrStUvWx": "a session",
    "Authorization: Bearer 0123456789abcdef0123": "a key of an interface",
}
INNOCENT = (
    "4242424242424241",  # its last figure does not check the others
    "12345678-1234-4123-8123-123456789012",
    "1700000000000000000",
    "<4242424242424242.1785.4242424242424242-openerp-7-res.partner@host>",  # by which a mail is known
    "sk_test_********ator",
    "pm_1Nv0FGQ9RKHgCVdK, pi_3MtwBwLkdIwHu7ix",
    "visa 4242",
    "the field client_secret",
)


@pytest.mark.parametrize(("text", "kind"), PLANTED.items())
def test_what_is_planted_is_found_and_not_shown_whole(text, kind):
    [found] = leaks.find(text)
    assert found.startswith(kind)
    assert text not in found


@pytest.mark.parametrize("text", INNOCENT)
def test_what_only_looks_like_it_is_not_found(text):
    assert list(leaks.find(text)) == []


def test_logs_that_were_written_since_the_beginning_are_looked_through(tmp_path):
    for name in ("old", "new"):
        (tmp_path / f"{name}.log").write_text("a line\nasked with sk_test_simulator\nwith sk_test_simulator again\n")
    os.utime(tmp_path / "old.log", (1, 1))
    assert leaks.find_in_logs(tmp_path, since=2) == ["new.log: a key of Stripe: sk_test_simu..."]


def test_what_is_sent_to_stripe_is_looked_through():
    words = {"name": "customers.create", "path": "/v1/customers", "headers": {"Idempotency-Key": "abc"}}
    clean = SimpleNamespace(**words, body="name=Ada")
    planted = SimpleNamespace(**words, body="description=4000056655665556")
    assert leaks.find_in_requests([clean, planted]) == ["customers.create: the number of a card: 400005..."]


def test_a_session_that_leaves_a_secret_in_a_log_fails(tmp_path, monkeypatch):
    from tests import conftest

    monkeypatch.setattr(conftest.paths, "LOGS", tmp_path)
    (tmp_path / "tests").mkdir()
    session = SimpleNamespace(config=SimpleNamespace(billing_begun=0.0), exitstatus=0)
    conftest.pytest_sessionfinish(session)
    assert session.exitstatus == 0
    (tmp_path / "tests" / "server.log").write_text("whsec_simulator")
    conftest.pytest_sessionfinish(session)
    assert session.exitstatus == 1
    assert session.config.billing_leaks == ["server.log: what signs events: whsec_simula..."]
