from . import account, account_fiscal_position, account_page, res_partner
