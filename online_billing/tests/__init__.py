from . import test_catalogue, test_charging, test_run, test_subscription
from . import test_invoice_writer_guard, test_invoice_writer_later, test_invoice_writer_shapes
