from . import new_customer, new_price
