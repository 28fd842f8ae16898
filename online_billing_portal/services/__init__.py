from . import access, home, installments, invoices, link_privacy, preferences, promises, subscriptions
