from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    billing_document_format_ids = fields.Many2many(
        "billing.document.format",
        "billing_document_format_company_rel",
        "company_id",
        "format_id",
        string="Formats of Documents",
        ondelete="restrict",
        groups="base.group_user",
        help="The forms in which customers get their invoices and credit notes, unless their account says otherwise."
        " Empty: as PDF.",
    )
