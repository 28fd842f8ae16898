"""Whose an account is: for the ledger, those whom the documents on it name owe them."""

from odoo import models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class BillingAccount(models.Model):
    _inherit = "billing.account"

    def write(self, vals):
        customers = {account: account.partner_id.commercial_partner_id for account in self if "partner_id" in vals}
        res = super().write(vals)
        changed = [one for one, customer in customers.items() if one.partner_id.commercial_partner_id != customer]
        self.browse([account.id for account in changed])._check_customer_of_documents()
        return res

    def _check_customer_of_documents(self):
        """Refuse another customer where documents stand on the account."""
        for account in self:
            others = Domain("billing_account_id", "=", account.id) & Domain(
                "partner_id.commercial_partner_id", "!=", account.partner_id.commercial_partner_id.id
            )
            for name in ("account.move", "account.payment", "account.move.line"):
                # sudo: whether any exists
                if document := self.env[name].sudo().search(others, limit=1):
                    raise ValidationError(
                        self.env._(
                            "%(document)s stands on account %(account)s and is of %(customer)s, who stays its customer."
                            " Open another account for the new one.",
                            document=document.display_name,
                            account=account.name,
                            customer=document.partner_id.display_name,
                        )
                    )
