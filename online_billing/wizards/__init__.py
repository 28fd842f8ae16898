from . import (
    account_payment_register,
    billing_answer_dialogue,
    billing_charge_void,
    billing_collection_act,
    billing_installment_wizard,
    billing_late_fee_simulation,
    billing_late_fee_waive,
    billing_run_preview,
    billing_subscription_change,
    billing_subscription_end,
    payment_link_wizard,
)
