"""The engine's values never change once they are made."""

from dataclasses import FrozenInstanceError, is_dataclass

import pytest

from online_billing import engine

VALUES = [value for value in vars(engine).values() if isinstance(value, type) and is_dataclass(value)]


def test_the_vocabulary_is_made_of_values():
    names = {value.__name__ for value in VALUES}
    assert names >= {"Period", "Cadence", "Anchor", "Usage", "Slice", "Priced", "Tier", "Adjustments", "PriceVersion"}
    assert names >= {
        "LineTerms",
        "Segment",
        "Due",
        "Billed",
        "Machine",
        *(m.__name__ for m in engine.PRICE_MODELS.values()),
    }


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__name__)
def test_values_are_frozen_and_carry_nothing_but_their_fields(value):
    blank = object.__new__(value)
    assert "__slots__" in vars(value)
    assert not hasattr(blank, "__dict__")
    with pytest.raises((FrozenInstanceError, TypeError)):
        blank.anything = 1
