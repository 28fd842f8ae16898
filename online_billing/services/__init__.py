from . import (
    adapter,
    charging,
    correction_preview,
    delivery,
    explanation,
    invoice_writer,
    invoicing,
    rating,
    runner,
    subscription_service,
)
