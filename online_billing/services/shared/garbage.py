"""Python's search for cyclic garbage, left out where it would find none."""

import gc
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_state = {"users": 0, "was_on": False}


@contextmanager
def kept():
    """Look for no garbage meanwhile, and again afterwards, whatever became of the body.

    For work that makes many values that live to its end. Odoo's own ``disabling_gc`` stays off where the body fails.
    """
    with _lock:  # threads of one process share the collector: the first switches it off, the last on again
        if not _state["users"]:
            _state["was_on"] = gc.isenabled()
            gc.disable()
        _state["users"] += 1
    try:
        yield
    finally:
        with _lock:
            _state["users"] -= 1
            if not _state["users"] and _state["was_on"]:
                gc.enable()
