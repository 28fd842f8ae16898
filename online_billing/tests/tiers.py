"""Whether a test tries all that there is, or what is enough for every commit."""

import os

IS_NIGHT = os.environ.get("BILLING_TIER") == "nightly"
# of the cells of a table that is tried whole at night, one of so many is for every commit
SHARE = 1 if IS_NIGHT else 4


def comes_now(*numbers):
    """Return whether a cell is tried now, by its row and column: all of them at night, before that slanting ones.

    So every row is tried in some columns, and every column in some rows.
    """
    return sum(numbers) % SHARE == 0
