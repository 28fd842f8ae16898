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
