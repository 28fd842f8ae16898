from odoo import models
from odoo.exceptions import AccessError


class PaymentToken(models.Model):
    _inherit = "payment.token"

    def _get_billing_page(self):
        return "/my/billing/automatic"

    def _get_available_tokens(self, providers_ids, partner_id, is_validation=False, **kwargs):
        """Show on the page of saved methods what the visitor may delete there: those of the customer by role."""
        tokens = super()._get_available_tokens(providers_ids, partner_id, is_validation=is_validation, **kwargs)
        if not is_validation:
            return tokens
        access, person = self.env["billing.portal.access"], self.env["res.partner"].browse(partner_id)
        return tokens.filtered(lambda token: access.may_keep_method(person, token.sudo()))  # sudo: whose it is

    def write(self, vals):
        """Let visitors delete a method of the customer that they belong to by their role alone.

        Odoo's page of saved methods lets everybody of a company do so.

        :raise AccessError: the visitor decides on no automatic payment
        """
        user = self.env.user
        if not vals.get("active", True) and user._is_portal():
            access = self.env["billing.portal.access"]
            if any(not access.may_keep_method(user.partner_id, token) for token in self.sudo()):  # sudo: whose it is
                raise AccessError(
                    self.env._("This payment method is not yours. Ask somebody who pays the bills to delete it.")
                )
        return super().write(vals)

    def get_linked_records_info(self):
        """Say what is paid with a method to whoever may delete it, also where it is the customer's."""
        token, person = self.sudo().exists(), self.env.user.partner_id  # sudo: whose it is
        may_keep = len(token) == 1 and self.env["billing.portal.access"].may_keep_method(person, token)
        return super(PaymentToken, token if may_keep else self).get_linked_records_info()
