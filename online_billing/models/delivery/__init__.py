from . import deliverable  # isort: skip  the others inherit from it
from . import (
    account_move,
    account_move_send,
    base,
    ir_qweb,
    mail_followers,
    mail_mail,
    mail_message,
    mail_template,
    mail_thread,
    message,
    res_partner,
    sms_tracker,
)
