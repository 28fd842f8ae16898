from . import test_access_companies, test_access_matrix, test_access_methods
from . import test_catalogue, test_charging, test_run, test_subscription
from . import (
    test_invoice_writer_guard,
    test_invoice_writer_later,
    test_invoice_writer_numbers,
    test_invoice_writer_shapes,
)
from . import test_delivery, test_pay_link, test_pdf, test_receipts
from . import test_views, test_wizards
