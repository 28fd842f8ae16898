from . import account, account_member, account_move, plan, question, stop
