from . import test_import, test_lookup, test_page, test_recipients
