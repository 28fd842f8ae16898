from odoo import api, fields, models


class BillingInstallmentChoice(models.AbstractModel):
    """Choose which installment a payment is for; Odoo's dialogues of payments inherit it."""

    _name = "billing.installment.choice"
    _description = "Choice of an Installment"

    billing_installment_ids = fields.Many2many(
        "billing.installment",
        compute="_compute_billing_installment_ids",
        string="Installments to Choose From",
        groups="online_billing.group_billing_user",
    )
    billing_installment_id = fields.Many2one(
        "billing.installment",
        string="Installment",
        domain="[('id', 'in', billing_installment_ids)]",
        groups="online_billing.group_billing_user",
        help="The payment settles this installment, even where an earlier one is open. Empty: the earliest first.",
    )

    @api.depends(lambda self: self._get_installment_depends())
    def _compute_billing_installment_ids(self):
        for wizard in self:
            rows = wizard._get_installment_moves().billing_installment_part_ids.installment_id
            wizard.billing_installment_ids = rows.filtered(lambda row: row.state in ("open", "partial", "missed"))

    def _get_installment_depends(self):
        """Return the fields of the dialogue that say which invoices are paid."""
        return ()

    def _get_installment_moves(self):
        """Return the invoices that are paid."""
        return self.env["account.move"]
