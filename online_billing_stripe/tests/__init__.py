from . import (
    test_access_matrix,
    test_amounts,
    test_charges,
    test_check,
    test_confirm_page,
    test_customers,
    test_disputes,
    test_events,
    test_odoo_payments,
    test_refunds,
    test_statement,
    test_webhook,
)
