from . import accounts, billing, catalogue, charges, collection, delivery, documents, installments, late_fees, payments, receivables, shared, subscriptions
