from . import (
    automatic_payment,
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
