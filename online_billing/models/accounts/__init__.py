from . import account, account_fiscal_position, res_partner
