from odoo import api, fields, models
from odoo.addons.payment import utils as payment_utils


class PaymentLinkWizard(models.TransientModel):
    _inherit = "payment.link.wizard"

    billing_installment_ids = fields.Many2many(
        "billing.installment",
        compute="_compute_billing_installment_ids",
        string="Planned Installments",
        groups="online_billing.group_billing_user",
    )
    billing_installment_id = fields.Many2one(
        "billing.installment",
        string="Installment",
        domain="[('id', 'in', billing_installment_ids)]",
        groups="online_billing.group_billing_user",
        help="What is paid with this link settles this installment, even where an earlier one is open.",
    )

    @api.depends("res_model", "res_id")
    def _compute_billing_installment_ids(self):
        for wizard in self:
            rows = self.env["billing.installment"]
            if wizard.res_model == "account.move":
                move = self.env["account.move"].browse(wizard.res_id)
                rows = move.billing_installment_part_ids.installment_id
            wizard.billing_installment_ids = rows.filtered(lambda row: row.state in ("open", "partial", "missed"))

    @api.onchange("billing_installment_id")
    def _onchange_billing_installment_id(self):
        if self.billing_installment_id:
            self.amount = self.billing_installment_id.amount_open

    @api.depends("billing_installment_id")
    def _compute_link(self):  # pylint: disable=missing-return
        return super()._compute_link()

    def _prepare_query_params(self, related_document):
        params = super()._prepare_query_params(related_document)
        # sudo: accountants who make payment links need not be allowed to see plans
        if self.res_model == "account.move" and (chosen := self.sudo().billing_installment_id):
            token = payment_utils.generate_access_token(self.res_id, chosen.id, env=self.env)
            params.update(installment=chosen.id, installment_token=token)
        return params
