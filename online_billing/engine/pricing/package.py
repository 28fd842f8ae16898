"""Package: units are sold in packages of a size, a started package costs a whole one."""

from dataclasses import dataclass
from fractions import Fraction

from ..errors import EngineError
from ..money import ZERO
from .base import PriceModel, Slice, coerce, coerce_amounts


@dataclass(frozen=True, slots=True)
class Package(PriceModel):
    """ceil((quantity - free) / size) packages.

    :param price: money for one package
    :param size: units in a package, positive
    :param free: units that cost nothing
    :param charge_flat_on_zero: bill at least one package, also without usage (off: Lago and OpenMeter; on: Chargebee)
    :raise EngineError: ``pricing.package_size``, ``pricing.allowance_negative``
    """

    price_per_package: Fraction
    size: Fraction
    free: Fraction = ZERO
    charge_flat_on_zero: bool = False

    name = "package"

    def __post_init__(self):
        coerce_amounts(self, "price_per_package")
        coerce(self, "size", "free")
        if self.size <= 0:
            raise EngineError("pricing.package_size", size=str(self.size))
        if self.free < 0:
            raise EngineError("pricing.allowance_negative", allowance=str(self.free))

    def _slices(self, usage, ratio):
        free = min(usage.quantity, self.free * ratio)
        packages = -((free - usage.quantity) // self.size)
        if self.charge_flat_on_zero:
            packages = max(packages, 1)
        if free:
            yield Slice("free", free)
        if packages:
            packages = Fraction(packages)
            yield Slice("package", packages, self.price_per_package, amount=packages * self.price_per_package)
