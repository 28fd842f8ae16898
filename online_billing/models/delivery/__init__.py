from . import deliverable  # isort: skip  the others inherit from it
from . import account_move_send, base, ir_qweb, mail_mail, mail_template, mail_thread, message, sms_tracker
