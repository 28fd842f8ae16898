"""Lets the engine be imported without Odoo, and sets how long and from which seed the random tests search.

- ``BILLING_TIER``: ``commit`` (default, 500 examples of each property), ``nightly`` (10,000), ``mutation`` (few, but the
  same ones every time).
- ``BILLING_SEED``: an integer; the seed of a run is printed at its end, and the same seed replays it.
"""

import importlib.util
import os
import random
import sys
from pathlib import Path
from types import ModuleType

import hypothesis
from hypothesis import HealthCheck, Phase, settings

ROOT = Path(__file__).resolve().parents[2]


def _stand_in_for_the_addon():
    # The addon's own __init__ imports Odoo, so it must not be executed here.
    if "online_billing" not in sys.modules:
        package = ModuleType("online_billing")
        package.__path__ = [str(ROOT / "online_billing")]
        sys.modules["online_billing"] = package


def _load_golden():
    spec = importlib.util.spec_from_file_location("golden_loader", ROOT / "tests" / "golden" / "loader.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules["golden_loader"] = module


_stand_in_for_the_addon()
_load_golden()
if str(Path(__file__).parent) not in sys.path:
    sys.path.insert(0, str(Path(__file__).parent))

TIER = os.environ.get("BILLING_TIER", "commit")
SEED = int(os.environ.get("BILLING_SEED") or random.SystemRandom().randrange(10**9))
# Without a database of old failures a run depends on its seed alone; without a deadline, not on the machine's load.
COMMON = {"database": None, "deadline": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("commit", max_examples=500, **COMMON)
settings.register_profile("nightly", max_examples=10_000, **COMMON)
settings.register_profile("mutation", max_examples=40, derandomize=True, phases=[Phase.generate], **COMMON)
settings.load_profile(TIER)
if TIER != "mutation":
    # What the option --hypothesis-seed sets; here so that one variable replays every random test of the project.
    hypothesis.core.global_force_seed = SEED


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"engine: BILLING_TIER={TIER} BILLING_SEED={SEED}")
