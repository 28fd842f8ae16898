from odoo import fields, models


class BillingVerificationRefusal(models.TransientModel):
    """Ask why a document is refused."""

    _name = "billing.verification.refusal"
    _description = "Refuse a Document for Verification"

    verification_id = fields.Many2one("billing.verification", required=True)
    reason = fields.Text(
        string="To the Customer", help="What is wrong with the document, and what is wanted instead. It is mailed."
    )

    def action_refuse(self):
        """Refuse the document, and tell the customer why."""
        self.ensure_one()
        self.env["billing.verifying"].refuse(self.verification_id, self.reason)
        return {"type": "ir.actions.act_window_close"}
