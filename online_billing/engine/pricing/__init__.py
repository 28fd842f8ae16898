"""Price models, one a file. Each turns usage into priced slices; none rounds.

Reading order: :mod:`.base` (usage, slices), :mod:`.flat`, :mod:`.per_unit`, :mod:`.package`, :mod:`.tiers`,
:mod:`.graduated`, :mod:`.volume`, :mod:`.stair_step`, :mod:`.percentage`, :mod:`.graduated_percentage`,
:mod:`.dynamic`, then :mod:`.adjustments` (the price version) and :mod:`.factory`.
"""

from .adjustments import NO_ADJUSTMENTS, Adjustments, PriceVersion
from .base import NO_USAGE, Priced, PriceModel, Slice, Usage
from .dynamic import Dynamic
from .factory import PRICE_MODELS, build_price_model
from .flat import Flat
from .graduated import Graduated
from .graduated_percentage import GraduatedPercentage
from .package import Package
from .per_unit import PerUnit
from .percentage import Percentage
from .stair_step import StairStep
from .tiers import Tier
from .volume import Volume

__all__ = [
    "NO_ADJUSTMENTS",
    "NO_USAGE",
    "PRICE_MODELS",
    "Adjustments",
    "Dynamic",
    "Flat",
    "Graduated",
    "GraduatedPercentage",
    "Package",
    "PerUnit",
    "Percentage",
    "PriceModel",
    "PriceVersion",
    "Priced",
    "Slice",
    "StairStep",
    "Tier",
    "Usage",
    "Volume",
    "build_price_model",
]
