from . import test_debits
