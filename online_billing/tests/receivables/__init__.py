from . import (
    test_due_dates,
    test_open_cases,
    test_open_documents,
    test_overdue,
    test_part_disputes,
    test_receivables,
    test_statement,
)
