from . import account_move_send, mail_mail, message, sms_tracker
