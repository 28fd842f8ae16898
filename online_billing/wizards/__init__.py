from . import billing, charges, collection, installments, late_fees, payments, shared, subscriptions
