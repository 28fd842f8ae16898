from odoo import api, fields, models

from .res_company import LINK_VIEWS


class BillingAccount(models.Model):
    _inherit = "billing.account"

    link_privacy = fields.Selection(
        LINK_VIEWS,
        string="A Link Alone Shows",
        help="What somebody sees who has a link to pay or to a document, and is not logged in as one of the customer."
        " Empty: as the company's.",
    )
    payment_reference = fields.Char(
        compute="_compute_payment_reference",
        string="Reference of Transfers",
        help="What a customer gives who pays several bills at once by bank transfer. The look-up of accounts finds the"
        " account by it, with blanks or without.",
    )

    @api.depends()
    def _compute_payment_reference(self):
        references = self.env["billing.payment.references"]
        for account in self:
            stored = account._origin
            account.payment_reference = references.get_reference(stored.id) if stored else False
