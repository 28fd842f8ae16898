from . import account, account_fiscal_position, account_page, account_recipient, partner_merge, res_partner
