from . import account_move, billing_account, design, ir_actions_report
