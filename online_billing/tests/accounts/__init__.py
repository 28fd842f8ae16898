from . import test_customer_of_account, test_import, test_lookup, test_page, test_recipients
