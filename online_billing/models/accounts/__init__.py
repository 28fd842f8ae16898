from . import account, res_partner
