from . import test_consents, test_debits, test_taken_back, test_unknown
