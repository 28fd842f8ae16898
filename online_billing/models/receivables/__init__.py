from . import account, account_customer, account_move, account_move_line, account_payment_term, promise, stop
