from . import (
    test_branches,
    test_catalogue,
)
