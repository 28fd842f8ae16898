from . import (
    test_batch,
    test_delivery,
    test_sms_delivery,
)
