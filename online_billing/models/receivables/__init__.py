from . import account, account_move, account_payment_term, promise
