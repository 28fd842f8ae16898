"""K-01: a billing run that is killed at any moment and started again bills everybody, once.

One database, one month per kill: a process is killed while it bills the next month, another one goes on, and then the
books must be what they would have been. The databases of the tests do not sync to disk, which a killed process cannot
notice.
"""

from __future__ import annotations

import re
import time
from datetime import date

import pytest

from tests.faults.business import PRICES
from tests.faults.conftest import task
from tools import paths

ACCOUNTS = 60
BATCH = 20
BATCHES = ACCOUNTS // BATCH
ONE_TIME = 7
RANDOM_KILLS = {"commit": 20, "nightly": 200}
SERVICES = paths.PROJECT / "online_billing" / "services"
ALL_POINTS = {
    name for file in SERVICES.rglob("*.py") for name in re.findall(r'\bfailpoint\("(\w+)"\)', file.read_text())
}
# those of the delivery, which comes after the run, have tests of their own
POINTS = sorted(name for name in ALL_POINTS if not name.startswith("delivery_"))
# a run passes these also when it finds nothing more to do
ALSO_AT_THE_END = {"before_select", "after_lock", "before_commit", "after_commit"}
# the invoice of a month: two lines in advance, from the second month on also the traffic of the month before
MONTHLY = [("NET", 1), ("VOICE", 3), ("TRAFFIC", 2)]


class Months:
    """The months of a business, billed one after the other, and what must be in the books after each."""

    def __init__(self, nursery):
        self.nursery = nursery
        self.built = nursery.run("build_monthly", count=ACCOUNTS, start="2026-01-01")
        self.number = -1
        self.bill()  # the first month has no traffic to bill yet; it is not killed

    @property
    def target(self) -> str:
        year, month = divmod(self.number, 12)
        return date(2026 + year, month + 1, 1).isoformat()

    def kill(self, **when) -> tuple[int, bool]:
        """Start the run of the next month in a process that is to be killed; some customers have a one-time charge.

        :return: id of the run, and whether the process was killed; a kill may come before anything was committed
        """
        self.number += 1
        target = self.target
        charges = [
            {"account": account, "code": "INSTALL", "key": f"{target}/{account}", "date": target}
            for account in self.built["accounts"][:: ACCOUNTS // ONE_TIME]
        ]
        scope = {"target": target, "charges": charges}
        [answer] = self.nursery.run_all(task("start_and_work", batch_size=BATCH, **scope, **when))
        assert answer["error"] is None, answer["error"]
        known = self.nursery.query("SELECT id FROM billing_run WHERE target_date = %s", target)
        return known[0][0] if known else self.nursery.run("start_run", **scope), answer["killed"]

    def count_batches(self, run_id: int) -> int:
        """Return how many batches of the run are not committed."""
        [(done,)] = self.nursery.query("SELECT count(*) FROM billing_run_outcome WHERE run_id = %s", run_id)
        return (ACCOUNTS - done) // BATCH

    def kill_again(self, run_id: int, **when) -> bool:
        [answer] = self.nursery.run_all(task("work", run_id=run_id, batch_size=BATCH, **when))
        assert answer["error"] is None, answer["error"]
        return answer["killed"]

    def resume(self, run_id: int) -> None:
        """Have other processes take over, as the crons do, until the run is done.

        The database needs a moment to notice that a process is gone, and keeps its locks until then.
        """
        for _attempt in range(50):
            if self.nursery.run("work", run_id=run_id, batch_size=BATCH) == "done":
                return
            time.sleep(0.1)
        pytest.fail(f"run {run_id} is not done")

    def bill(self) -> None:
        run_id, killed = self.kill()
        assert not killed
        self.check(run_id)

    def check(self, run_id: int) -> None:
        query = self.nursery.query
        lines = MONTHLY if self.number else MONTHLY[:2]
        extra = len(range(0, ACCOUNTS, ACCOUNTS // ONE_TIME))
        assert query("SELECT state, account_total FROM billing_run WHERE id = %s", run_id) == [("done", ACCOUNTS)]
        [(in_batches,)] = query("SELECT sum(rendered_count) FROM billing_run_outcome WHERE run_id = %s", run_id)
        assert in_batches > ACCOUNTS / 2, "the kills are meant for a run that writes in batches"
        assert query(
            "SELECT result, count(*), count(DISTINCT account_id) FROM billing_run_outcome WHERE run_id = %s GROUP BY 1",
            run_id,
        ) == [("billed", ACCOUNTS, ACCOUNTS)]
        assert query(
            "SELECT count(*), count(DISTINCT billing_account_id), min(state), min(invoice_date), max(invoice_date)"
            "  FROM account_move WHERE billing_run_id = %s",
            run_id,
        ) == [(ACCOUNTS, ACCOUNTS, "posted", date.fromisoformat(self.target), date.fromisoformat(self.target))]
        charges = ACCOUNTS * len(lines) + extra
        assert query(
            "SELECT count(*), count(DISTINCT key), min(state), max(state) FROM billing_charge WHERE run_id = %s", run_id
        ) == [(charges, charges, "invoiced", "invoiced")]
        assert query("SELECT count(*) FROM billing_charge WHERE state = 'pending'") == [(0,)]
        assert query("SELECT count(*) FROM billing_account WHERE parked_reason IS NOT NULL") == [(0,)]
        [(billed,)] = query("SELECT round(sum(amount), 2) FROM billing_charge WHERE run_id = %s", run_id)
        cents = sum(round(PRICES[code] * 100) * quantity for code, quantity in lines) * ACCOUNTS + extra * 1500
        assert billed * 100 == cents
        self.nursery.assert_whole()


@pytest.fixture(scope="module")
def months(nursery):
    return Months(nursery)


def test_k01_the_points_are_found_in_the_services():
    assert {"before_select", "after_lock", "before_invoices", "after_charges", "before_commit"} <= set(POINTS)
    assert set(POINTS) >= ALSO_AT_THE_END


@pytest.mark.parametrize("point", POINTS)
def test_k01_run_killed_at_a_point_the_first_a_middle_and_the_last_time_bills_all_once(months, point):
    """One process after the other takes up the run and is killed at the same point, each further on than the last."""
    run_id, killed = months.kill(failpoint=[point, 1])
    assert killed, f"the run never came to {point}"
    middle = 2 if months.count_batches(run_id) == BATCHES else 1
    assert months.kill_again(run_id, failpoint=[point, middle]), f"the run never came to {point} in its middle"
    last = months.count_batches(run_id) + (point in ALSO_AT_THE_END)
    assert months.kill_again(run_id, failpoint=[point, last]), f"the run never came to {point} at its end"
    months.resume(run_id)
    months.check(run_id)


def test_k01_run_killed_at_random_times_bills_all_once(months, chance, tier):
    """Two kills a month: the process that begins the run, and the one that takes it up."""
    begun = time.monotonic()
    months.bill()
    longest = time.monotonic() - begun
    killed = 0
    for _month in range(RANDOM_KILLS[tier] // 2):
        run_id, hit = months.kill(kill_after=chance.uniform(0, longest))
        again = months.kill_again(run_id, kill_after=chance.uniform(0, longest))
        killed += hit + again
        months.resume(run_id)
        months.check(run_id)
    assert killed > RANDOM_KILLS[tier] / 10, "hardly any process was killed while it worked"


def test_k01_run_killed_again_and_again_gets_there(months, chance):
    points = chance.sample(POINTS, 4)
    run_id, killed = months.kill(failpoint=["after_lock", 1])
    kills = [killed, *(months.kill_again(run_id, failpoint=[point, 1]) for point in points)]
    assert sum(kills) > 1
    months.resume(run_id)
    months.check(run_id)
