from . import queue  # isort: skip  the others inherit from it
from . import (
    hand_over,
    invoice_data,
    invoice_delivery,
    mail_posting,
    message_delivery,
    network_delivery,
    outbox,
    receipt_delivery,
    sms_delivery,
)
