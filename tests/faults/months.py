"""K-01: the months of a business, each billed by processes that are killed, and what must be in the books then."""

from __future__ import annotations

import time
from datetime import date

import pytest

from tests.faults import kills
from tests.faults.business import PRICES
from tests.faults.parent import task

ACCOUNTS = 60
BATCH = 20
BATCHES = ACCOUNTS // BATCH
ONE_TIME = 7
# a run passes these also when it finds nothing more to do
ALSO_AT_THE_END = set(kills.of_loop("billing.run.work"))
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
