from . import (
    account_bank_statement_line,
    payment_attempt,
    payment_provider,
    payment_token,
    payment_transaction,
    stripe_connection,
    stripe_customer,
    stripe_dispute,
    stripe_event,
    stripe_finding,
    stripe_held_movement,
    stripe_removal,
)
