from . import test_format_access, test_format_files, test_format_injection, test_format_sending, test_format_settings
