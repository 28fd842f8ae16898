from . import (
    account,
    account_journal,
    account_move,
    account_partial_reconcile,
    account_payment,
    account_payment_method,
    ir_http,
    payment_transaction,
    res_company,
)
