from . import deliverable  # isort: skip  the others inherit from it
from . import account_move_send, mail_mail, message, sms_tracker
