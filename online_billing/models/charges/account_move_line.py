from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    billing_origin_line_id = fields.Many2one(
        "account.move.line",
        string="Credits",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="set null",
        groups="base.group_user",
        help="The line of another document of the billing that this one credits, or was made of by a duplicate.",
    )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for line, vals in zip(self, vals_list, strict=True):
            # sudo: accountants who copy an invoice need not be allowed to see accounts
            if line.display_type == "product" and line.move_id.sudo().billing_account_id:
                vals["billing_origin_line_id"] = line.id
        return vals_list
