from . import billing, installments, invoices, odoo_pages, preferences, promises, statements, subscriptions
