from . import (
    adapter,
    charging,
    delivery,
    explanation,
    invoice_writer,
    invoicing,
    rating,
    runner,
    subscription_service,
)
