from . import (
    account,
    account_journal,
    account_move,
    account_move_line,
    account_partial_reconcile,
    account_payment,
    account_payment_method,
    ir_http,
    money,
    payment_transaction,
    res_company,
)
