from . import account, account_member, plan
