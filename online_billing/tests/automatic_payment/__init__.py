from . import (
    test_capture_by_hand,
    test_consents,
    test_debit_costs,
    test_debit_pages,
    test_debits,
    test_dialogues,
    test_open_pages,
    test_page_payments,
    test_pay_consent,
    test_taken_back,
    test_unknown,
    test_what_was_agreed,
)
