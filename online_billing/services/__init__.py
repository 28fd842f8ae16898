from . import (
    billing,
    charges,
    collection,
    delivery,
    documents,
    installments,
    late_fees,
    payments,
    posting,
    receivables,
    shared,
    subscriptions,
)
