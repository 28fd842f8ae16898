from . import (
    account_move,
    account_move_send,
    billing_account,
    design,
    fact,
    format,
    ir_actions_report,
    ir_attachment,
    res_company,
)
