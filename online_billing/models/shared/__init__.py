from . import configuration, guarded, read_by_runs, res_company, res_config_settings, used
