from odoo import fields, models

from .res_company import LINK_VIEWS


class BillingAccount(models.Model):
    _inherit = "billing.account"

    link_privacy = fields.Selection(
        LINK_VIEWS,
        string="A Link Alone Shows",
        help="What somebody sees who has a link to pay or to a document, and is not logged in as one of the customer."
        " Empty: as the company's.",
    )
