"""Lets the engine be imported without Odoo: the addon's own ``__init__`` (which imports Odoo) is not executed."""

import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
if "online_billing" not in sys.modules:
    package = ModuleType("online_billing")
    package.__path__ = [str(ROOT / "online_billing")]
    sys.modules["online_billing"] = package
