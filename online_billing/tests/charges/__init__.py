from . import (
    test_addressed_documents,
    test_charge_book,
    test_charging,
    test_credits,
    test_documents,
    test_hand_written,
    test_many_charges,
    test_month_totals,
    test_one_at_the_counter,
)
