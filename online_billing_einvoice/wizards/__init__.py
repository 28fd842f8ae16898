from . import billing_settings, run_preview
