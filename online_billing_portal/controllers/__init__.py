from . import (
    billing,
    installments,
    invoices,
    odoo_pages,
    preferences,
    promises,
    questions,
    statements,
    subscriptions,
)
