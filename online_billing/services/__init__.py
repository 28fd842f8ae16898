from . import adapter, charging, delivery, explanation, invoicing, rating, runner, subscription_service
