from odoo import api, fields, models
from odoo.exceptions import UserError

from ..delivery.addressed import keep_addressed, on_one_line


class AccountPayment(models.Model):
    _name = "account.payment"
    _inherit = ["account.payment", "billing.deliverable"]

    billing_delivery_state = fields.Selection(string="Receipt")
    billing_delivery_error = fields.Char(string="Receipt Error")
    billing_delivery_date = fields.Datetime(string="Receipt Sent On")
    billing_account_id = fields.Many2one(
        "billing.account", compute="_compute_billing_account_id", string="Billing Account", compute_sudo=True
    )
    billing_installment_id = fields.Many2one(
        "billing.installment",
        string="Chosen Installment",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="online_billing.group_billing_user",
        help="The payment settles this installment, even where an earlier one is open.",
    )

    @api.depends("reconciled_invoice_ids.billing_account_id", "invoice_ids.billing_account_id")
    def _compute_billing_account_id(self):
        for payment in self:
            payment.billing_account_id = (payment.reconciled_invoice_ids | payment.invoice_ids).billing_account_id[:1]

    def action_send_receipt(self):
        """Mail the receipt, for the first time or again."""
        self.check_access("write")
        if unfit := self.filtered(lambda payment: not payment._can_have_receipt()):
            raise UserError(
                self.env._(
                    "%(payment)s has no receipt, because it is not a posted payment of a customer. Confirm it first.",
                    payment=unfit[0].display_name,
                )
            )
        return self.env["billing.receipt.delivery"].send_and_notify(self)

    @api.model
    def _cron_send_receipts(self):
        self.env["billing.receipt.delivery"].work()

    def _can_have_receipt(self):
        self.ensure_one()
        return (
            self.partner_type == "customer" and self.payment_type == "inbound" and self.state in ("in_process", "paid")
        )

    def _queue_billing_receipts(self):
        """Have receipts mailed for payments that settle invoices of the billing: once, with the first invoice."""
        waiting = self.env["account.payment"]
        for payment in self.sudo():  # sudo: payments of the web page come from customers
            account = (payment.reconciled_invoice_ids | payment.invoice_ids).billing_account_id[:1]
            wanted = account and account.delivery_channel == "email" and payment.company_id.billing_send_receipts
            if wanted and payment.billing_delivery_state in (False, "cancelled") and payment._can_have_receipt():
                waiting |= payment
        if waiting:
            waiting.billing_delivery_state = "pending"
            self.env["billing.receipt.delivery"].wake()

    def _get_billing_recipients(self):
        """Return who gets the receipt: as for the invoices that it settles, else the customer."""
        self.ensure_one()
        contacts = self.billing_account_id.sudo().invoice_contact_ids.filtered(
            "email"
        )  # sudo: accountants who register payments may not read accounts
        return self._keep_one_per_address(contacts or self.partner_id.filtered("email"))

    def _get_billing_sender(self):
        """Return the address from which the receipt comes and to which answers go."""
        self.ensure_one()
        return on_one_line(self.company_id.email_formatted)

    def _get_billing_method_label(self):
        """Return how it was paid, as the customer calls it: “Manual” says nothing, the journal says cash or bank."""
        self.ensure_one()
        line = self.payment_method_line_id
        return self.journal_id.name if not line or line.code == "manual" else line.name

    def _get_billing_applied_amounts(self):
        """Return what the payment settled.

        :return: [(invoice, amount in its currency)]
        """
        self.ensure_one()
        applied = {}
        for partial in self.move_id.line_ids.matched_debit_ids | self.move_id.line_ids.matched_credit_ids:
            debit, credit = partial.debit_move_id, partial.credit_move_id
            line, amount = (
                (debit, partial.debit_amount_currency)
                if credit.move_id == self.move_id
                else (credit, partial.credit_amount_currency)
            )
            if line.move_id.is_invoice(include_receipts=True):
                applied[line.move_id] = applied.get(line.move_id, 0.0) + amount
        return sorted(applied.items(), key=lambda pair: (pair[0].invoice_date, pair[0].id)) or [
            (invoice, self.amount) for invoice in self.reconciled_invoice_ids
        ]

    def message_post(self, **kwargs):
        message = super().message_post(**kwargs)
        if self.env.context.get("billing_delivery"):
            self.billing_delivery_message_id = message
        return message

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Mail a receipt to those it is addressed to, and not to everybody who follows the payment."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        return keep_addressed(self, recipients, message, msg_vals)
