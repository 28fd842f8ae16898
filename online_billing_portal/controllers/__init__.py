from . import (
    automatic_payment,
    billing,
    installments,
    invoices,
    preferences,
    privacy,
    profile,
    promises,
    questions,
    statements,
    subscriptions,
)
