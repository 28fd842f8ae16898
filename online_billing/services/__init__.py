from . import (
    adapter,
    charging,
    delivery,
    explanation,
    invoice_writer,
    invoicing,
    rating,
    receipts,
    runner,
    subscription_service,
    upcoming_correction,
)
