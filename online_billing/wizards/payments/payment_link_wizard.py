from odoo import api, models
from odoo.addons.payment import utils as payment_utils


class PaymentLinkWizard(models.TransientModel):
    _name = "payment.link.wizard"
    _inherit = ["payment.link.wizard", "billing.installment.choice"]

    def _get_installment_depends(self):
        return ("res_model", "res_id")

    def _get_installment_moves(self):
        moves = self.env["account.move"]
        return moves.browse(self.res_id) if self.res_model == "account.move" else moves

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
