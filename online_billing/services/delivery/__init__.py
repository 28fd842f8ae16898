from . import delivery, message_delivery, outbox, sms_delivery
