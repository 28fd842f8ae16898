from . import (
    account_move,
    account_move_send,
    billing_account,
    design,
    document_format,
    fact,
    ir_actions_report,
    ir_attachment,
    res_company,
)
