from . import (
    test_bound_payments,
    test_due_dates,
    test_open_cases,
    test_open_documents,
    test_overdue,
    test_part_disputes,
    test_point_of_sale,
    test_receivables,
    test_statement,
)
