from . import (
    account,
    account_member,
    account_move,
    data_export,
    erasure,
    payment_token,
    plan,
    question,
    res_company,
    res_config_settings,
    stop,
    verification,
)
