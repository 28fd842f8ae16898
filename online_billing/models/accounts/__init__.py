from . import account, account_fiscal_position, account_page, account_recipient, account_recipients, res_partner
