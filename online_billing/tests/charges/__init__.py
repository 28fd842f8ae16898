from . import (
    test_charge_book,
    test_charging,
)
