from . import (
    billing,
    catalogue,
    charges,
    collection,
    delivery,
    documents,
    installments,
    late_fees,
    posting,
    receivables,
    shared,
    subscriptions,
)
