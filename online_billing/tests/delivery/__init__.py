from . import (
    test_batch,
    test_batch_taxes,
    test_delivery,
    test_network,
    test_returned_mail,
    test_sms_delivery,
)
