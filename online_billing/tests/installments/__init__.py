from . import (
    test_installment_cases,
    test_installment_costs,
    test_installment_days,
    test_installment_invoices,
    test_installment_life,
    test_installment_payments,
    test_installment_rows,
    test_installment_rules,
    test_installment_way_back,
)
