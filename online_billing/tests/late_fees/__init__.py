from . import (
    test_late_fee_announcing,
    test_late_fee_calendar,
    test_late_fee_cases,
    test_late_fee_charging,
    test_late_fee_currencies,
    test_late_fee_day,
    test_late_fee_open_debts,
    test_late_fee_plans,
    test_late_fee_review,
    test_late_fee_rules,
    test_late_fee_stops,
    test_late_fee_waiver,
)
