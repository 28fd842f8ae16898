from . import subscription_change, subscription_end
