from odoo import fields, models

ALL, AMOUNT, NOTHING = "all", "amount", "nothing"
LINK_VIEWS = [
    (ALL, "The whole document"),
    (AMOUNT, "Amount and due day"),
    (NOTHING, "Nothing, until they log in"),
]


class ResCompany(models.Model):
    _inherit = "res.company"

    billing_link_privacy = fields.Selection(
        LINK_VIEWS,
        string="A Link Alone Shows",
        default=ALL,
        required=True,
        help="What somebody sees who has a link from a mail and is not logged in as one of the customer: mails are"
        " forwarded. Accounts may differ.",
    )
