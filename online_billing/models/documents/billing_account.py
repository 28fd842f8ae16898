from odoo import fields, models


class BillingAccount(models.Model):
    _inherit = "billing.account"

    document_design_id = fields.Many2one(
        "billing.document.design",
        string="Design of Documents",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="What stands on the invoices of this account. Empty: as on those of the company.",
    )
    document_format_ids = fields.Many2many(
        "billing.document.format",
        "billing_document_format_account_rel",
        "account_id",
        "format_id",
        string="Formats of Documents",
        ondelete="restrict",
        groups="base.group_user",
        help="The forms in which this customer gets invoices and credit notes, all of them with each mail and each"
        " download. Empty: as the company's.",
    )

    def _get_format_obstacles(self):
        """Return what the formats of one account cannot be made without.

        An addon that asks more of a format adds to it.

        :return: ([what the customer can enter], [what the company has to]), as sentences; customers read the first
        """
        self.ensure_one()
        return [], []
