"""K-06: making, judging and settling an installment plan, killed at any moment and done again, give the same."""

from __future__ import annotations

import time

import pytest

from tests.faults.parent import task
from tests.faults.tiers import thin

# the steps that come to each place; the others never do
OF_THE_PLAN = (
    "after billing.installment.plan.create",
    "after billing.installment.request._create_rows",
    "before billing.installment.due.lines.divide",
    "after billing.installment.due.lines.divide",
    "after billing.charge.book.record",
    "after billing.installment.charging.charge_fee",
)
OF_THE_REVIEW = (
    "before billing.installment.ledger._write_lines",
    "after billing.installment.ledger._write_lines",
    "after billing.charge.book.record",
    "after billing.installment.review._mark_missed",
    "after billing.installment.review._review_plan",
    "after billing.installment.review.review",
)
OF_THE_SETTLEMENT = ("before billing.installment.ledger._write_lines", "after billing.installment.ledger._write_lines")
KILLS = 50
FIRST, SECOND, THIRD = "2026-04-01", "2026-04-15", "2026-07-02"


class Twins:
    """Pairs of equal invoices: what is killed must end as its twin that nobody disturbed."""

    def __init__(self, nursery):
        self.nursery = nursery
        self.moves = nursery.run("build_open_invoices", count=60, target="2026-03-01")
        assert len(self.moves) == 60

    def take(self):
        return self.moves.pop(), self.moves.pop()

    def account(self, move_id):
        [(account_id,)] = self.nursery.query("SELECT billing_account_id FROM account_move WHERE id = %s", move_id)
        return account_id

    def do(self, name, move_id, **when):
        """Do one step of the life of the plan; return whether the process was killed."""
        steps = {
            "plan": ("agree_on_installments", {"move_id": move_id, "day": FIRST}),
            "review": ("review_installments", {"account_ids": [self.account(move_id)], "day": THIRD}),
            "surplus": ("review_installments", {"account_ids": [self.account(move_id)], "day": SECOND}),
            "settle": ("settle_installments", {"move_id": move_id, "day": SECOND}),
        }
        job, arguments = steps[name]
        [answer] = self.nursery.run_all(task(job, **arguments, **when))
        assert answer["error"] is None, answer["error"]
        return answer["killed"]

    def again(self, name, move_id):
        for _attempt in range(50):
            if not self.do(name, move_id):
                return
            time.sleep(0.1)
        pytest.fail(f"{name} was never done")

    def state(self, move_id):
        """Return everything that the plan of an invoice left, but ids and names."""
        query = self.nursery.query
        return {
            "lines": query(
                "SELECT date_maturity, amount_currency, balance, amount_residual FROM account_move_line"
                " WHERE move_id = %s AND display_type = 'payment_term' ORDER BY date_maturity",
                move_id,
            ),
            "move": query("SELECT state, payment_state, amount_residual FROM account_move WHERE id = %s", move_id),
            "plans": query(
                "SELECT plan.state, plan.mode, plan.principal, plan.amount_open, plan.missed_count, plan.ended_on"
                "  FROM billing_installment_plan plan JOIN billing_installment_plan_move_rel of_move"
                "    ON of_move.plan_id = plan.id WHERE of_move.move_id = %s ORDER BY plan.id",
                move_id,
            ),
            "rows": query(
                "SELECT row.sequence, row.date, row.kind, row.amount, row.interest, row.amount_open, row.state"
                "  FROM billing_installment row JOIN billing_installment_plan_move_rel of_move"
                "    ON of_move.plan_id = row.plan_id WHERE of_move.move_id = %s ORDER BY row.sequence",
                move_id,
            ),
            "parts": query(
                "SELECT date, amount, company_amount, amount_open, is_virtual FROM billing_installment_part"
                " WHERE move_id = %s ORDER BY date",
                move_id,
            ),
            "charges": query(
                "SELECT charge.amount, charge.charge_date, charge.state FROM billing_charge charge"
                " WHERE charge.key LIKE 'installment%%' AND charge.account_id = %s ORDER BY charge.charge_date, 1",
                self.account(move_id),
            ),
            "messages": query(
                "SELECT kind, amount FROM billing_collection_message WHERE account_id = %s ORDER BY id",
                self.account(move_id),
            ),
        }

    def assert_twins(self, killed, quiet):
        state = self.state(killed)
        assert state == self.state(quiet)
        # P-03: the dated parts are the whole invoice, each once
        assert state["lines"], "the invoice has lost its receivable"
        total = sum(line[1] for line in state["lines"])
        assert total == sum(part[1] for part in state["parts"])
        assert len({line[0] for line in state["lines"]}) == len(state["lines"])
        assert sum(line[3] for line in state["lines"]) == state["move"][0][2]

    def prepare(self, name, move_id):
        """Bring an invoice to where the step begins."""
        if name == "plan":
            return
        self.again("plan", move_id)
        if name in ("surplus", "settle"):
            self.nursery.run("pay_invoice", move_id=move_id, amount=25, day=FIRST)


@pytest.fixture(scope="module")
def twins(nursery):
    return Twins(nursery)


def test_k06_the_places_are_methods_of_the_services(nursery):
    assert nursery.run("find_missing", places=[*OF_THE_PLAN, *OF_THE_REVIEW]) == []


@pytest.mark.parametrize(
    ("name", "place"),
    [
        *thin([("plan", place) for place in OF_THE_PLAN]),
        *thin([("review", place) for place in OF_THE_REVIEW]),
        *thin([("settle", place) for place in OF_THE_SETTLEMENT]),
        ("surplus", "after billing.installment.ledger._write_lines"),
    ],
)
def test_k06_a_step_killed_at_a_place_and_done_again_gives_the_same(twins, name, place):
    killed, quiet = twins.take()
    for move_id in (killed, quiet):
        twins.prepare(name, move_id)
    before = twins.state(killed)
    assert twins.do(name, killed, kill=[place, 1]), f"{name} never came to {place}"
    assert twins.state(killed) == before, "a killed step left something behind"
    twins.again(name, killed)
    twins.again(name, quiet)
    twins.assert_twins(killed, quiet)
    assert twins.state(killed) != before
    done = twins.state(killed)
    twins.again(name, killed)
    assert twins.state(killed) == done, "the same step again found something to do"


@pytest.mark.nightly
def test_k06_steps_killed_at_random_give_the_same(twins, chance):
    hits = 0
    names = ("plan", "surplus", "review")
    killed, quiet = twins.take()
    for _kill in range(KILLS // len(names)):
        if not twins.moves:
            break
        for name in names:
            if name == "surplus":
                for move_id in (killed, quiet):
                    twins.nursery.run("pay_invoice", move_id=move_id, amount=25, day=FIRST)
            begun = time.monotonic()
            twins.again(name, quiet)
            longest = time.monotonic() - begun
            hits += twins.do(name, killed, kill_after=chance.uniform(0, longest))
            twins.again(name, killed)
            twins.assert_twins(killed, quiet)
        killed, quiet = twins.take() if len(twins.moves) > 1 else (killed, quiet)
    assert hits, "no process was killed while it worked"


def test_k06_nothing_else_is_wrong_with_the_books(twins):
    twins.nursery.assert_whole()
