from odoo import fields, models


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    billing_format_id = fields.Many2one(
        "billing.document.format",
        string="Format of a Billing Document",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
        help="The document in this format, as it was sent.",
    )
