from . import account_account, case, entry, item, mail_template, policy, quiet_day, sms_template, step, threshold
