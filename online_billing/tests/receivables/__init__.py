from . import (
    test_due_dates,
    test_open_cases,
    test_open_documents,
    test_overdue,
    test_receivables,
    test_statement,
)
