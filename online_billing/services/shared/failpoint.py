"""Named places at which a test kills the process, to prove that a run survives it."""

import os
import signal

_armed, _, _countdown = os.environ.get("BILLING_FAILPOINT", "").partition(":")
_remaining = int(_countdown or 1)


def failpoint(name):
    """Kill this process the n-th time that the point is passed, if BILLING_FAILPOINT=name:n is in the environment."""
    if name == _armed:
        _hit()


def arm(name, occurrence=1):
    """Arm a fail point in a forked child."""
    global _armed, _remaining
    _armed, _remaining = name, occurrence


def _hit():
    global _remaining  # noqa: PLW0603 the one switch of a process
    _remaining -= 1
    if _remaining == 0:
        os.kill(os.getpid(), signal.SIGKILL)
