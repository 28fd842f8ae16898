from . import subscription, subscription_line, subscription_quantity
