"""Lets the engine be imported without Odoo, and says from which seed its random tests search.

How long they search is the tier of all tests (``BILLING_TIER``, see tests/conftest.py): 200 examples of each property
in the commit tier, always the same ones; 10,000 new ones in the nightly tier, whose seed every failing test shows.
``BILLING_SEED=<integer>`` replays a seed in either. ``BILLING_MUTATION=1`` asks for few, for the mutation tester.
"""

import importlib.util
import os
import random
import sys
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest
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

TIER = os.environ.get("BILLING_TIER") or "commit"
SEED = os.environ.get("BILLING_SEED") or (str(random.SystemRandom().randrange(10**9)) if TIER == "nightly" else None)


# After tests/conftest.py, which loads the profile of the tier.
@pytest.hookimpl(trylast=True)
def pytest_configure():
    if os.environ.get("BILLING_MUTATION"):
        few = settings(max_examples=40, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
        settings.register_profile("mutation", few, suppress_health_check=list(HealthCheck))
        settings.load_profile("mutation")
    elif SEED:
        settings.register_profile("seeded", settings.get_profile(TIER), derandomize=False)
        settings.load_profile("seeded")
        # What the option --hypothesis-seed sets; one variable then replays every random test.
        hypothesis.core.global_force_seed = int(SEED)


def pytest_runtest_setup(item):
    if SEED:
        item.add_report_section("setup", "replay", f"BILLING_TIER={TIER} BILLING_SEED={SEED}")
