# ruff: noqa: I001
# what is inherited comes first
from . import agreed_terms
from . import agreed_schedule
from . import account, account_move, account_move_line, choice, installment, installment_part, plan, res_partner, rule
