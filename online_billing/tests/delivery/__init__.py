from . import (
    test_batch,
    test_delivery,
    test_network,
    test_returned_mail,
    test_sms_delivery,
)
