from . import queue  # isort: skip  the others inherit from it
from . import invoice_delivery, message_delivery, outbox, receipt_delivery, sms_delivery
