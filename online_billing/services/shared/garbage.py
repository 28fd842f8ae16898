"""Python's search for cyclic garbage, left out where it would find none."""

import gc
from contextlib import contextmanager


@contextmanager
def kept():
    """Look for no garbage meanwhile, and again afterwards, whatever became of the body.

    For work that makes many values that live to its end. Odoo's own ``disabling_gc`` stays off where the body fails.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
