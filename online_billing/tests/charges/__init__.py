from . import (
    test_charging,
)
