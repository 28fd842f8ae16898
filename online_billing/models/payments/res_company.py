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
    billing_offer_transfer = fields.Boolean(
        string="Offer Bank Transfers",
        default=True,
        groups="base.group_user",
        help="Pay pages show the bank account, the payment reference and, where an addon of Odoo makes one, the code"
        " that banking apps read.",
    )
    billing_cash_text = fields.Html(
        string="Paying in Cash",
        translate=True,
        groups="base.group_user",
        help="Shown on pay pages: where, and when it is open. Empty: nothing is said of cash.",
    )
    billing_cheque_text = fields.Html(
        string="Paying by Cheque",
        translate=True,
        groups="base.group_user",
        help="Shown on pay pages: to whom a cheque is made out, and where it is sent. Empty: nothing is said of"
        " cheques.",
    )
    billing_phone_text = fields.Html(
        string="Paying by Phone",
        translate=True,
        groups="base.group_user",
        help="Shown on pay pages: which number, and when somebody answers. Empty: nothing is said of phones.",
    )
