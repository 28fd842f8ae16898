from . import account, account_member, account_move, payment_token, plan, question, stop
