from . import (
    automatic_payment,
    billing,
    installments,
    invoices,
    odoo_pages,
    preferences,
    privacy,
    profile,
    promises,
    questions,
    statements,
    subscriptions,
)
