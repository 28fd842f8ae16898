from . import (
    account,
    account_payment,
    consent,
    consent_method,
    decline_code,
    payment_attempt,
    payment_attempt_line,
    payment_token,
    payment_transaction,
    res_company,
    retry_policy,
    retry_rule,
)
