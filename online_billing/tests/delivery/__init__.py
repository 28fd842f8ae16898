from . import (
    test_delivery,
    test_sms_delivery,
)
