from . import account, account_partial_reconcile, band, late_fee, reference_index, reference_rate, rule
