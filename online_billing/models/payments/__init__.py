from . import (
    account_chart_template,
    account_journal,
    account_partial_reconcile,
    account_payment,
    account_payment_method,
    payment_transaction,
)
