from . import billing, invoices, odoo_pages, preferences, statements, subscriptions
