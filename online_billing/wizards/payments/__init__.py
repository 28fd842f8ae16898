from . import account_payment_register, cash_closing, payment_link_wizard, take_payment, take_payment_line
