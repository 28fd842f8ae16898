from . import configuration, guarded, read_by_runs, request_count, res_company, res_config_settings, used
