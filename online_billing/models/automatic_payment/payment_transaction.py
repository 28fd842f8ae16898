from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError

STAFF = "online_billing.group_billing_user"


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    billing_consent_text = fields.Text(
        string="Wished-for Consent",
        readonly=True,
        copy=False,
        groups=STAFF,
        help="What the payer agreed to on the pay page. The consent is given once the payment has succeeded.",
    )
    billing_consent_id = fields.Many2one(
        "billing.payment.consent",
        string="Consent Given by It",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=STAFF,
        help="The consent that was given by this payment.",
    )

    def _get_billing_attempt(self):
        """Return the attempt of one transaction; none for one that the billing has not sent."""
        self.ensure_one()
        # sudo: answers come by jobs, by events and by customers
        return self.env["billing.payment.attempt"].sudo().search([("transaction_id", "=", self.id)], limit=1)

    @api.constrains("token_id")
    def _check_token_is_active(self):  # pylint: disable=missing-return
        """Look at each transaction by itself: Odoo looks at one method, and several are charged together.

        What was paid by a method that is archived since can be given back: that charges none.
        """
        for transaction in self.filtered(lambda one: one.operation != "refund"):
            super(PaymentTransaction, transaction)._check_token_is_active()

    def _charge_with_token(self):
        """Let the row of an attempt be committed before a provider is asked for what a customer pays on a page."""
        if not self.env.context.get("billing_attempt") and self.env["billing.page.payments"].charge(self):
            return None
        return super()._charge_with_token()

    def _refund(self, amount_to_refund=None):
        """Lead to our dialogue where the payment is of a billing account: it knows what was given back already."""
        if self.payment_id.billing_account_id:
            raise UserError(self.env._("Payments of billing accounts are given back by the button “Give Back”."))
        return super()._refund(amount_to_refund=amount_to_refund)

    def _create_payment(self, **extra_create_values):
        """Book the payment of an attempt on the due lines that it was made for."""
        if not self.env.context.get("billing_money_came"):
            return self.with_context(billing_money_came=True)._create_payment(**extra_create_values)
        if self.env.context.get("billing_attempt_payment"):  # that is under way
            return super()._create_payment(**extra_create_values)
        if attempt := self._get_billing_attempt():
            return self.env["billing.debit.booking"].book(attempt)
        return super()._create_payment(**extra_create_values)

    def _update_state(self, allowed_states, target_state, state_message):
        """Let attempts know what Odoo's own routes have heard of their transactions."""
        updated = super()._update_state(allowed_states, target_state, state_message)
        if updated and not self.env.context.get("billing_attempt"):
            self.env["billing.attempt.answers"].note_transactions(updated)
        if target_state in ("cancel", "error"):
            on_pages = updated.filtered(lambda one: one.operation and one.operation.startswith("online_"))
            # sudo: whoever pays on a page need not be allowed to read what is paid
            if accounts := on_pages.sudo().invoice_ids.billing_account_id:
                self.env["billing.debit.planning"].look_again(accounts)
        return updated

    @contextmanager
    def _billing_logging_together(self):
        """Yield the transactions for some work of the billing; what they note on their documents is noted at once."""
        noted = []
        yield self.with_context(billing_attempt=True, billing_noted=noted)
        bodies = {}
        for transaction, message in noted:
            for move in transaction._get_invoices_to_notify():
                bodies[move.id] = bodies[move.id] + message if move.id in bodies else message
        if bodies:
            self.env["account.move"].browse(bodies)._message_log_batch(bodies)

    def _log_message_on_linked_documents(self, message):
        noted = self.env.context.get("billing_noted")
        if noted is None:
            return super()._log_message_on_linked_documents(message)
        noted.append((self, message))
        return None

    def _tokenize(self, payment_data):
        """Give the consent that was wished for, where the money has come before the method is saved."""
        result = super()._tokenize(payment_data)
        self.env["billing.consent.wishes"].fulfil(self)
        return result

    def _post_process(self):
        """Follow up once the money has come: with a consent that was wished for, and with what was paid twice.

        Bills in draft are somebody's to finish.
        """
        result = super(PaymentTransaction, self.with_context(billing_leave_drafts=True))._post_process()
        self.env["billing.consent.wishes"].fulfil(self)
        # whoever paid on a page: it is no act of theirs
        job = self.env["billing.work.loop"].as_job()
        job.env["billing.double.payments"].give_back(self.with_env(job.env).filtered("payment_id"))
        return result
