from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    billing_zero_invoice = fields.Selection(
        [("issue", "Issue them"), ("skip", "Skip them")],
        string="Invoices of 0.00",
        default="issue",
        required=True,
        help=(
            "What a run does when all charges of an account add up to nothing. Skipped charges are voided with this"
            " reason."
        ),
    )
    billing_list_instant_charges = fields.Boolean(
        string="List Charges Already Billed",
        default=True,
        help="The bill of a period names the charges that were invoiced at once since the last one.",
    )
    billing_send_receipts = fields.Boolean(
        string="Mail Receipts", default=True, help="Customers get a receipt as soon as their payment is registered."
    )
