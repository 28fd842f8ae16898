from . import account_payment_register, payment_link_wizard
