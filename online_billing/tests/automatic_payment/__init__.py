from . import (
    test_consents,
    test_debit_pages,
    test_debits,
    test_dialogues,
    test_pay_consent,
    test_taken_back,
    test_unknown,
)
