from . import (
    test_receivables,
)
