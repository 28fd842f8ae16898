from odoo import fields, models
from odoo.exceptions import UserError

STAFF = "online_billing.group_billing_user"


class AccountPayment(models.Model):
    _inherit = "account.payment"

    billing_attempt_ids = fields.One2many(
        "billing.payment.attempt", "payment_id", string="Payment Attempts", groups="online_billing.group_billing_user"
    )
    billing_refund_ids = fields.One2many(
        "billing.payment.attempt", "refunds_id", string="Refunds", groups="online_billing.group_billing_user"
    )
    billing_refund_left = fields.Monetary(
        compute="_compute_billing_refund_left",
        currency_field="currency_id",
        string="Can Be Given Back",
        groups=STAFF,
        help="What is left of an online payment, by the way it came. 0 for other payments.",
    )

    billing_returned_amount = fields.Monetary(
        currency_field="currency_id",
        string="Taken Back by the Provider",
        readonly=True,
        copy=False,
        groups=STAFF,
        help="By charge-backs and returned debits.",
    )

    def _create_payment_transaction(self, **extra_create_values):
        """Charge no saved method of a billing account by Odoo's own dialogues: they know of no consent and no attempt.

        What is charged here would come on top of a debit that is planned, under way or unknown.
        """
        own = [
            ("partner_id.commercial_partner_id", "in", self.partner_id.commercial_partner_id.ids),
            ("company_id", "child_of", self.company_id.root_id.ids),
        ]
        # sudo: whether there is one
        account = self.invoice_ids.sudo().billing_account_id or self.env["billing.account"].sudo().search(own, limit=1)
        if account:
            raise UserError(
                self.env._(
                    "The saved payment method of %(customer)s is charged by “Charge Now” on the account, which asks for"
                    " the consent and charges nothing twice. Register a payment that has come without a saved method.",
                    customer=account[0].partner_id.display_name,
                )
            )
        return super()._create_payment_transaction(**extra_create_values)

    def _compute_billing_refund_left(self):
        refunds = self.env["billing.payment.refunds"]
        for payment in self:
            is_online = payment._origin.sudo().payment_transaction_id  # sudo: whether there is one
            can = is_online and payment.billing_account_id and payment.payment_type == "inbound"
            payment.billing_refund_left = float(refunds.get_left(payment._origin)) if can else 0.0

    def action_refund_billing(self):
        """Open the dialogue that gives an online payment back by the way it came."""
        self.ensure_one()
        self.check_access("write")
        return self._get_billing_refund_action({"default_payment_id": self.id})

    def action_view_billing_attempts(self):
        """Show the attempt by which the payment came, and what was given back of it."""
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_payment_attempt_action"),
            domain=["|", ("payment_id", "=", self.id), ("refunds_id", "=", self.id)],
            context={},
        )

    def _get_billing_refund_action(self, context):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Give Money Back"),
            "res_model": "billing.payment.refund",
            "view_mode": "form",
            "target": "new",
            "context": context,
        }
