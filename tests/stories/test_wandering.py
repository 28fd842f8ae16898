"""A random walk over the product: whatever people press, it is done or refused by a sentence, and the books hold.

BILLING_WALK_SEEDS="1 2 3" walks other ways than those of the night, BILLING_WALK_STEPS=200 goes farther. A walk that
fails is told with its seed and all its steps; the same seed goes the same way.
"""

from __future__ import annotations

import json
import os
from datetime import date

import pytest

from tests.faults.parent import open_nursery, task

# some that are walked every night, and one that is new each day
NIGHTLY = [*range(1, 4), date.today().toordinal()]
SEEDS = [int(word) for word in (os.environ.get("BILLING_WALK_SEEDS") or "").split()] or NIGHTLY
STEPS = int(os.environ.get("BILLING_WALK_STEPS") or 40)
LONGEST = 15  # seconds that one step may take
SCRIPT = """
import json
from tests.stories.wanderer import Wanderer
print(json.dumps(Wanderer(env, {seed}).wander({steps})))
"""


@pytest.mark.nightly
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_pressed_is_done_or_refused_by_a_sentence_and_the_books_hold(
    postgres, database_copy, odoo_environment, seed
):
    name = database_copy()
    job = task("run_script", kill_after=STEPS * LONGEST, script=SCRIPT.format(seed=seed, steps=STEPS))
    with open_nursery(name, postgres, odoo_environment) as nursery:
        [answer] = nursery.run_all(job)
    assert not answer["error"], answer["error"]
    assert not answer["killed"], f"seed {seed}: {STEPS} steps took longer than {STEPS * LONGEST} seconds"
    walk = json.loads(answer["result"])
    told = "\n".join(walk["steps"])
    print(f"BILLING_WALK_SEEDS={seed}\n{told}")
    assert not walk["fault"], f"BILLING_WALK_SEEDS={seed} BILLING_WALK_STEPS={STEPS}\n{told}\n\n{walk['fault']}"
