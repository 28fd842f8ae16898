# ruff: noqa: I001
from . import not_owed
from . import account, account_partial_reconcile, band, late_fee, promise, reference_index, reference_rate, rule, stop
