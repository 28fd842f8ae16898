from . import (
    account_payment_register,
    billing_charge_void,
    billing_run_preview,
    billing_subscription_change,
    billing_subscription_end,
)
