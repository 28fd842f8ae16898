from . import (
    bill_lines,
    invoice_choice,
    invoicing,
    obstacles,
    rating,
    run_work,
    source_charges,
    source_subscriptions,
    sources,
)
