from . import (
    configuration,
    guarded,
    held,
    mail_activity,
    read_by_runs,
    request_count,
    res_company,
    res_config_settings,
    used,
)
