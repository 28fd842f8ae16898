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
    pay_link_number = fields.Integer(
        readonly=True,
        copy=False,
        help="How often the links to the page with everything open were made useless: each link holds the number.",
    )
    payment_reference = fields.Char(
        compute="_compute_payment_reference",
        string="Payment Reference",
        help="What a customer gives who pays several bills at once by bank transfer. The look-up of accounts finds the"
        " account by it, with blanks or without.",
    )

    @api.depends()
    def _compute_payment_reference(self):
        references = self.env["billing.payment.references"]
        for account in self:
            stored = account._origin
            account.payment_reference = references.get_reference(stored.id) if stored else False

    def action_turn_pay_links(self):
        """Make links to the page with everything open useless, as somebody has one who should not."""
        self.check_access("write")
        self.env["billing.pay.links"].turn(self)
        for account in self:
            account._message_log(body=self.env._("Links to pay that were sent before are useless now."))
