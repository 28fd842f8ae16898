"""Payments with an entry of their own, that settle nothing unless they are matched."""

from ..delivery.delivery_common import DeliveryCase


class ReceivablesCase(DeliveryCase):
    def pay(self, partner, amount, **vals):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": partner.id,
                "amount": amount,
                "currency_id": self.company.currency_id.id,
                "date": "2026-11-10",
                "journal_id": self.env["account.journal"]
                .search([("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1)
                .id,
                **vals,
            }
        )
        # an outstanding account, so that the payment has a journal entry of its own
        payment.payment_method_line_id.payment_account_id = payment.payment_method_line_id.payment_account_id or (
            self.env["account.account"].create(
                {
                    "name": "Outstanding",
                    "code": "OUT1",
                    "account_type": "asset_current",
                    "reconcile": True,
                }
            )
        )
        payment.action_post()
        return payment
