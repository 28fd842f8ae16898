from odoo import fields, models
from odoo.exceptions import UserError


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

    def write(self, vals):
        """Let lines credit another line while they are on a draft."""
        if (name := "billing_origin_line_id") in vals:
            origin = self.browse(self._fields[name].convert_to_cache(vals[name], self, validate=False))
            if fixed := self.filtered(lambda line: line.parent_state != "draft" and line[name] != origin):
                raise UserError(
                    self.env._(
                        "%(document)s is no draft any more, so what its lines credit cannot be changed. Reset it to"
                        " draft first, and confirm it again afterwards.",
                        document=fixed[0].move_id.display_name,
                    )
                )
        return super().write(vals)

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for line, vals in zip(self, vals_list, strict=True):
            # sudo: accountants who copy an invoice need not be allowed to see accounts
            if line.display_type == "product" and line.move_id.sudo().billing_account_id:
                vals["billing_origin_line_id"] = line.id
        return vals_list
