from . import access, home, invoices, preferences, subscriptions
