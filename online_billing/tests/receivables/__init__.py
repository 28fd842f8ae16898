from . import (
    test_open_cases,
    test_receivables,
)
