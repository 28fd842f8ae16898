"""Delivery that is killed and started again mails every invoice, once; so does delivery by several workers."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller

from tests.faults import kills
from tests.faults.parent import task
from tests.faults.tiers import thin
from tools.processes import free_port

INVOICES = 15
BATCH = 5
BATCHES = INVOICES // BATCH
KILLS = 50


@pytest.fixture(scope="module")
def move_ids(nursery):
    made = nursery.run("build_waiting_invoices", count=INVOICES, target="2026-03-01")
    assert len(made) == INVOICES, nursery.query("SELECT result, reason FROM billing_run_outcome LIMIT 3")
    return made


@pytest.fixture
def waiting(nursery, move_ids):
    nursery.run("wait_again", move_ids=move_ids)
    return move_ids


def deliver(nursery, **when):
    [answer] = nursery.run_all(task("deliver", batch_size=BATCH, **when))
    assert answer["error"] is None, answer["error"]
    return answer["killed"]


def resume(nursery):
    """Have other workers take over; the database needs a moment to notice that a process is gone."""
    for _attempt in range(50):
        deliver(nursery)
        if nursery.query("SELECT count(*) FROM account_move WHERE billing_delivery_state = 'pending'") == [(0,)]:
            return
        time.sleep(0.1)
    pytest.fail("not everything was sent")


def assert_each_mailed_once(nursery, move_ids):
    rows = nursery.query(
        """SELECT move.id, move.billing_delivery_state, move.is_move_sent,
                  count(DISTINCT mail.id), count(DISTINCT message.id), count(DISTINCT attached.attachment_id)
             FROM account_move move
             LEFT JOIN mail_message message
                    ON message.model = 'account.move' AND message.res_id = move.id AND message.message_type = 'comment'
             LEFT JOIN mail_mail mail ON mail.mail_message_id = message.id
             LEFT JOIN message_attachment_rel attached ON attached.message_id = message.id
            WHERE move.id = ANY(%s) GROUP BY move.id ORDER BY move.id""",
        move_ids,
    )
    assert rows == [(move_id, "sent", True, 1, 1, 1) for move_id in sorted(move_ids)]


def test_the_places_are_methods_of_the_services(nursery):
    assert nursery.run("find_missing", places=kills.INVOICES) == []


@pytest.mark.parametrize("place", kills.INVOICES)
@pytest.mark.parametrize("moment", thin(["last", "first"]))
def test_delivery_killed_at_a_place_mails_each_invoice_once(nursery, waiting, place, moment):
    killed = deliver(nursery, kill=[place, 1 if moment == "first" else BATCHES])
    assert killed, f"the delivery never came to {place}"
    resume(nursery)
    assert_each_mailed_once(nursery, waiting)


@pytest.mark.nightly
def test_delivery_killed_at_random_times_mails_each_invoice_once(nursery, waiting, chance):
    begun = time.monotonic()
    deliver(nursery)
    longest = time.monotonic() - begun
    hits = 0
    for _kill in range(KILLS):
        nursery.run("wait_again", move_ids=waiting)
        hits += deliver(nursery, kill_after=chance.uniform(0, longest))
        resume(nursery)
        assert_each_mailed_once(nursery, waiting)
    assert hits, "no process was killed while it worked"


def test_workers_at_the_same_time_mail_each_invoice_once(nursery, waiting):
    answers = nursery.run_all(*[task("deliver", batch_size=2)] * 3)
    assert [answer["error"] for answer in answers] == [None] * 3
    resume(nursery)
    assert_each_mailed_once(nursery, waiting)


class Kept:
    """A mail server that takes a moment for each mail and counts who got which."""

    def __init__(self):
        self.mails = Counter()
        self.delay = 0.02

    async def handle_DATA(self, _server, _session, envelope):
        await asyncio.sleep(self.delay)
        self.mails[(message_from_bytes(envelope.content)["Subject"], *envelope.rcpt_tos)] += 1
        return "250 Kept"


@pytest.fixture
def mail_server():
    kept = Kept()
    server = Controller(kept, hostname="127.0.0.1", port=free_port())
    server.start()
    kept.port = server.port
    yield kept
    server.stop()


def test_invoices_that_an_authority_is_told_of_are_told_and_mailed_once(nursery, waiting, mail_server):
    told = nursery.run("deliver_and_tell_an_authority", port=mail_server.port)
    assert sorted(told) == sorted(waiting)
    assert sorted(mail_server.mails.values()) == [1] * INVOICES
    assert nursery.query("SELECT DISTINCT billing_delivery_state FROM account_move WHERE id = ANY(%s)", waiting) == [
        ("sent",)
    ]


def test_case_G4_lanes_of_the_mail_queue_hand_over_each_mail_once(nursery, waiting, mail_server):
    resume(nursery)
    lanes = [task("hand_over", port=mail_server.port, second=second) for second in (False, True, True)]
    answers = nursery.run_all(*lanes)
    assert [answer["error"] for answer in answers] == [None] * 3
    nursery.run("hand_over", port=mail_server.port)
    assert sorted(mail_server.mails.values()) == [1] * INVOICES
    assert nursery.query("SELECT count(*) FROM mail_mail WHERE state <> 'sent'") == [(0,)]
    assert nursery.query(
        "SELECT DISTINCT notification_status FROM mail_notification notification"
        " JOIN mail_message message ON message.id = mail_message_id WHERE message.model = 'account.move'"
    ) == [("sent",)]


def test_case_G4_lanes_that_bill_and_hand_over_at_once_mail_each_invoice_once(nursery, waiting, mail_server):
    lanes = [task("deliver", batch_size=2)] * 2 + [task("hand_over", port=mail_server.port)] * 2
    answers = nursery.run_all(*lanes)
    assert [answer["error"] for answer in answers] == [None] * 4
    resume(nursery)
    nursery.run("hand_over", port=mail_server.port)
    assert sorted(mail_server.mails.values()) == [1] * INVOICES


@pytest.mark.nightly  # it waits for a mail server that takes its time
def test_case_G4_a_mail_that_is_sent_by_hand_is_not_handed_over_meanwhile(nursery, waiting, mail_server):
    resume(nursery)
    mail_server.delay = 3  # longer than the database waits before it looks for a deadlock
    by_hand = task("send_by_hand", port=mail_server.port)
    answers = nursery.run_all(by_hand, task("hand_over", port=mail_server.port, second=True, delay=1))
    assert [answer["error"] for answer in answers] == [None] * 2
    mail_server.delay = 0.02
    nursery.run("hand_over", port=mail_server.port)
    assert sorted(mail_server.mails.values()) == [1] * INVOICES


@pytest.mark.parametrize("place", thin(kills.HAND_OVER))
def test_case_G4_a_hand_over_that_is_killed_loses_no_mail_and_repeats_at_most_the_one_on_its_way(
    nursery, waiting, mail_server, place
):
    resume(nursery)
    occurrence = 1 if place in kills.OF_A_CHUNK else 3
    [answer] = nursery.run_all(task("hand_over", port=mail_server.port, kill=[place, occurrence]))
    assert answer["killed"], f"the hand-over never came to {place}"
    time.sleep(0.5)  # the database needs a moment to notice that a process is gone
    for second in (True, False):
        nursery.run("hand_over", port=mail_server.port, second=second)
    assert len(mail_server.mails) == INVOICES
    assert sum(mail_server.mails.values()) - INVOICES == (1 if "_note_sent" in place else 0)
    assert nursery.query("SELECT count(*) FROM mail_mail WHERE state <> 'sent'") == [(0,)]
