from odoo import fields, models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    billing_key = fields.Char(
        string="Kind of Task",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
        help="By which the billing knows its task again, in whatever language it is written.",
    )
