from . import account, account_move, account_move_line, choice, installment, installment_part, plan, res_partner, rule
