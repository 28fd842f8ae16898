"""Price models from plain values, for the adapter that reads them from records."""

from ..errors import EngineError
from .dynamic import Dynamic
from .flat import Flat
from .graduated import Graduated
from .graduated_percentage import GraduatedPercentage
from .package import Package
from .per_unit import PerUnit
from .percentage import Percentage
from .stair_step import StairStep
from .volume import Volume

PRICE_MODELS = {
    model.name: model
    for model in (Flat, PerUnit, Package, Graduated, Volume, StairStep, Percentage, GraduatedPercentage, Dynamic)
}
_TIERED = frozenset({"graduated", "volume", "stair_step", "graduated_percentage"})


def build_price_model(
    name,
    *,
    unit_price=0,
    tiers=(),
    package_size=1,
    free_units=0,
    rate=0,
    fixed=0,
    free_events=0,
    free_amount=0,
    minimum=None,
    maximum=None,
    charge_flat_on_zero=None,
):
    """Return the price model of that name; values that the model has no use for are left aside.

    :param name: flat, per_unit, package, graduated, volume, stair_step, percentage, graduated_percentage or dynamic
    :param unit_price: amount (flat), price of a unit (per_unit) or of a package (package)
    :param tiers: :class:`~.tiers.Tier` or mappings with ``up_to``, ``unit_price``, ``flat``, ``rate``, ``block``,
        ascending
    :param package_size: units in a package
    :param free_units: units that cost nothing (package)
    :param rate: percent (percentage)
    :param fixed: fee of every paying event (percentage)
    :param free_events: events that cost nothing (percentage)
    :param free_amount: value that costs nothing (percentage)
    :param minimum: floor of the fee of one event (percentage); the floor of the whole price is an adjustment
    :param maximum: ceiling of the fee of one event (percentage)
    :param charge_flat_on_zero: None for the model's own default: on for tiers, off for packages
    :raise EngineError: ``pricing.model_unknown`` and what the models refuse
    """
    if name not in PRICE_MODELS:
        raise EngineError("pricing.model_unknown", model=repr(name))
    model = PRICE_MODELS[name]
    switch = {} if charge_flat_on_zero is None else {"charge_flat_on_zero": bool(charge_flat_on_zero)}
    if name in _TIERED:
        return model(tiers, **switch)
    if name == "package":
        return model(unit_price, package_size, free_units, **switch)
    if name == "percentage":
        return model(rate, fixed, free_events, free_amount, minimum, maximum)
    if name == "dynamic":
        return model()
    return model(unit_price)
