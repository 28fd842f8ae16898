from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.sql import column_exists, create_column

from ..accounts.account_recipient import RECEIPTS
from ..delivery.addressed import keep_addressed, on_one_line
from ..delivery.batch import is_collected
from ..delivery.deliverable import STAFF

CONFIRMED_STATES = ("in_process", "paid")


class AccountPayment(models.Model):
    _name = "account.payment"
    _inherit = ["account.payment", "billing.deliverable", "billing.held"]

    billing_delivery_state = fields.Selection(string="Receipt")
    billing_delivery_error = fields.Char(string="Receipt Error")
    billing_delivery_date = fields.Datetime(string="Receipt Sent On")
    billing_account_id = fields.Many2one(
        "billing.account",
        compute="_compute_billing_account_id",
        store=True,
        readonly=False,
        string="Billing Account",
        compute_sudo=True,
        copy=False,
        ondelete="restrict",
        help="The account whose invoices the payment settles, or for which it was taken.",
    )
    billing_cheque_number = fields.Char(
        string="Cheque Number", copy=False, groups=STAFF, help="As it is printed on the cheque."
    )
    billing_cheque_bank = fields.Char(
        string="Cheque of Bank", copy=False, groups=STAFF, help="The bank on which the cheque is drawn."
    )
    billing_confirmed_on = fields.Datetime(
        string="Confirmed On", readonly=True, copy=False, help="It stands on the closing list of this day."
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

    # the latest of an account, for its timeline
    _billing_account_idx = models.Index("(billing_account_id, date DESC, id DESC) WHERE billing_account_id IS NOT NULL")

    _billing_day_idx = models.Index("(billing_confirmed_on)")
    # what came in within some months, whatever came in before
    _billing_date_idx = models.Index("(date) WHERE billing_account_id IS NOT NULL")
    # Odoo looks for payments like the one that is shown, among all that there ever were
    _billing_like_idx = models.Index("(partner_id, date) WHERE state IN ('draft', 'in_process')")

    def _auto_init(self):
        """Leave payments out that were there before the addon: nothing of the billing can be worked out of them.

        An Odoo in use has a great many; for columns that it makes itself it would work through them all.
        """
        if not column_exists(self.env.cr, self._table, "billing_account_id"):
            for name, field in self._fields.items():
                if field.store and field.compute and field._module == "online_billing":
                    create_column(self.env.cr, self._table, name, field.column_type[1])
        return super()._auto_init()

    @api.depends("invoice_ids", "partner_id")
    def _compute_billing_account_id(self):
        """Keep the account for which the payment came in, while it is the customer's; see `_note_billing_account`."""
        for payment in self:
            kept = (
                payment.billing_account_id if payment._is_for_billing_account() else payment.billing_account_id.browse()
            )
            payment.billing_account_id = kept or payment._get_settled_accounts()[:1]

    @api.constrains("billing_account_id", "partner_id")
    def _check_billing_account_id(self):
        """Refuse another customer's account: the receipt goes to those who get the invoices of the account."""
        for payment in self.sudo():  # sudo: whoever pays need not be allowed to see accounts
            if not payment._is_for_billing_account():
                raise ValidationError(
                    self.env._(
                        "Account %(account)s is not one of %(customer)s in %(company)s, and the payment settles none of"
                        " its invoices. Choose an account of the customer, or none: it is noted when the payment is"
                        " matched.",
                        account=payment.billing_account_id.name,
                        customer=payment.partner_id.display_name or self.env._("nobody"),
                        company=payment.company_id.name,
                    )
                )

    def _is_for_billing_account(self):
        """Tell whether the account is one of the customer's, or one whose invoices the payment settles."""
        account = self.billing_account_id
        if not account or account in self._get_settled_accounts():
            return True
        is_customer = account.partner_id.commercial_partner_id == self.partner_id.commercial_partner_id
        return is_customer and account.company_id.root_id == self.company_id.root_id

    def _get_settled_accounts(self):
        return (self.reconciled_invoice_ids | self.invoice_ids).billing_account_id

    def write(self, vals):
        """Note when payments are confirmed for the first time, by whichever way."""
        if vals.get("state") in CONFIRMED_STATES:
            new = self.filtered(lambda payment: not payment.billing_confirmed_on)
            super(AccountPayment, new).write({"billing_confirmed_on": fields.Datetime.now()})
        return super().write(vals)

    def action_draft(self):
        res = super().action_draft()
        self._take_billing_money_back()
        return res

    def action_cancel(self):
        res = super().action_cancel()
        self._take_billing_money_back()
        return res

    def action_reject(self):
        res = super().action_reject()
        self._take_billing_money_back()
        return res

    def _take_billing_money_back(self):
        """Send no receipt; what a bank booked of a payment without an entry is money of its own again."""
        self.env["billing.receipt.delivery"].call_back(self)
        self.env["billing.money.book"].note_settled(self.filtered(lambda payment: not payment.move_id).invoice_ids)

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
        return self.partner_type == "customer" and self.payment_type == "inbound" and self.state in CONFIRMED_STATES

    def _note_billing_account(self):
        """Note on payments the account whose invoices they have come to settle."""
        for payment in self.sudo():  # sudo: whoever pays or matches need not be allowed to see accounts
            if not payment.billing_account_id and (account := payment._get_settled_accounts()[:1]):
                payment.billing_account_id = account

    def _queue_billing_receipts(self):
        """Have receipts mailed for payments that settle invoices of the billing: once, with the first invoice."""
        self._note_billing_account()
        waiting = self.env["account.payment"]
        for payment in self.sudo():  # sudo: payments of the web page come from customers
            account = payment.billing_account_id
            wanted = account and account.delivery_channel == "email" and payment.company_id.billing_send_receipts
            if wanted and payment.billing_delivery_state in (False, "cancelled") and payment._can_have_receipt():
                waiting |= payment
        if waiting:
            waiting.billing_delivery_state = "pending"
            self.env["billing.receipt.delivery"].wake()

    def _get_billing_recipients(self):
        """Return who gets the receipt: the recipients of its account, else the customer."""
        self.ensure_one()
        # sudo: accountants who register payments may not read accounts
        contacts = self.billing_account_id.sudo()._get_chosen_recipients(RECEIPTS)
        return self._keep_one_per_address(contacts or self.partner_id.filtered("email"))

    def _get_billing_sender(self):
        """Return the address from which the receipt comes and to which answers go."""
        self.ensure_one()
        return on_one_line(self.company_id.email_formatted)

    def _get_billing_method_label(self):
        """Return how it was paid, as the customer calls it: “Manual” says nothing, the journal says cash or bank."""
        self.ensure_one()
        line = self.payment_method_line_id
        label = self.journal_id.name if not line or line.code == "manual" else line.name
        cheque = self.sudo()  # sudo: customers read on their receipt which cheque it was
        return " ".join(text for text in (label, cheque.billing_cheque_number, cheque.billing_cheque_bank) if text)

    # -- parts --------------------------------------------------------------------------------------------------------

    def _synchronize_to_moves(self, changed_fields):
        """Let a payment that was spread be changed as a draft: its parts become one again, as Odoo expects it."""
        if set(changed_fields) & set(self._get_trigger_fields_to_synchronize()):
            for payment in self.filtered(lambda payment: payment.move_id.state == "draft"):
                _received, parts, _others = payment._seek_for_lines()
                if len(parts) > 1:
                    whole = {
                        "amount_currency": sum(parts.mapped("amount_currency")),
                        "balance": sum(parts.mapped("balance")),
                    }
                    commands = [Command.update(parts[0].id, whole), *[Command.delete(part.id) for part in parts[1:]]]
                    payment.move_id.with_context(skip_invoice_sync=True).line_ids = commands
        return super()._synchronize_to_moves(changed_fields)

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
        if is_collected(self, kwargs):
            return self.env["mail.message"]
        message = super().message_post(**kwargs)
        if self.env.context.get("billing_delivery"):
            self.billing_delivery_message_id = message
        return message

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Mail a receipt to those it is addressed to, and not to everybody who follows the payment."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        return keep_addressed(self, recipients, message, msg_vals)
