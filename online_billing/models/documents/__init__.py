from . import account_move, billing_account, design, fact, ir_actions_report
