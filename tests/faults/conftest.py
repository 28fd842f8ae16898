"""A business in a database of its own, billed by forked processes that a test may kill."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from tests.faults.parent import Nursery, open_nursery


@pytest.fixture(scope="module")
def nursery(postgres, _copies, odoo_environment) -> Iterator[Nursery]:
    """Odoo on a copy of the template that the tests of one file share, and commit in."""
    with open_nursery(_copies(), postgres, odoo_environment) as opened:
        yield opened


@pytest.fixture(scope="session")
def chance() -> random.Random:
    """Random numbers that BILLING_SEED repeats; the seed is printed with a failure."""
    seed = int(os.environ.get("BILLING_SEED") or random.SystemRandom().randrange(2**32))
    print(f"BILLING_SEED={seed}")
    return random.Random(seed)


@pytest.fixture(scope="session")
def tier() -> str:
    return os.environ.get("BILLING_TIER") or "commit"
