from odoo import fields, models

from ...models.automatic_payment.consent_method import PURPOSES


class BillingConsentWizardMethod(models.TransientModel):
    _name = "billing.consent.wizard.method"
    _description = "Payment Method of a Consent That Is Noted"
    _order = "sequence, id"

    wizard_id = fields.Many2one("billing.consent.wizard", required=True, ondelete="cascade")
    customer_id = fields.Many2one(related="wizard_id.customer_id", string="Customer")
    sequence = fields.Integer(default=10)
    token_id = fields.Many2one(
        "payment.token",
        string="Saved Method",
        required=True,
        ondelete="cascade",
        help="As the customer has saved it with the provider.",
    )
    purpose = fields.Selection(
        PURPOSES,
        string="For",
        required=True,
        default="all",
        help="Bills of subscriptions are those on which a subscription is billed.",
    )
