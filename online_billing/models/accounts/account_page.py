from odoo import api, fields, models
from odoo.exceptions import UserError

from .account_recipient import INVOICES


class BillingAccount(models.Model):
    """The account as the page of its customer."""

    _inherit = "billing.account"

    partner_email = fields.Char(related="partner_id.email", string="E-mail")
    partner_phone = fields.Char(related="partner_id.phone", string="Telephone")
    partner_address = fields.Char(related="partner_id.contact_address_inline", string="Address")
    overview = fields.Json(
        compute="_compute_overview",
        exportable=False,
        help="What runs, what is not billed yet, and what is open, with the reason where it is not asked for now.",
    )
    timeline = fields.Json(
        compute="_compute_timeline",
        exportable=False,
        help="Bills, payments, reminders, promises, installment plans, disputes and notes, the latest first.",
    )
    can_remind = fields.Boolean(
        compute="_compute_can_remind", help="Something is under collection and has a next step that can be taken now."
    )

    has_no_address = fields.Boolean(
        compute="_compute_has_no_address",
        string="No E-mail Address",
        help="Invoices and receipts are to go by e-mail, and nobody who gets them has an address.",
    )

    @api.depends("delivery_channel", "recipient_ids.partner_id.email", "partner_id.email")
    def _compute_has_no_address(self):
        for account in self:
            is_mailed = account.delivery_channel == "email" and account.partner_id
            account.has_no_address = is_mailed and not account._get_billing_recipients(INVOICES).filtered("email")

    def _compute_overview(self):
        for account in self:
            stored = account._origin
            account.overview = self.env["billing.account.page"].get_overview(stored) if stored else False

    def _compute_timeline(self):
        for account in self:
            stored = account._origin
            account.timeline = self.env["billing.timeline"].get_entries(stored) if stored else False

    def _compute_can_remind(self):
        for account in self:
            account.can_remind = bool(account._get_remindable())

    @api.readonly
    def get_timeline(self, before=""):
        """Return older entries of the timeline of one account.

        :param str before: the `next` of the answer before; empty for the latest entries
        :return: {"entries": [...], "next": text for what is older; empty where there is nothing}
        """
        self.ensure_one()
        self.check_access("read")
        return self.env["billing.timeline"].get_entries(self, before)

    def _get_remindable(self):
        """Return the cases on which a step could be taken now, that in the account's own currency first."""
        cases = self.case_ids.filtered(lambda case: case.state == "open" and case.next_step_id)
        return cases.sorted(lambda case: (case.currency_id != self.currency_id, case.id))

    # -- acts ---------------------------------------------------------------------------------------------------------

    def action_enter_address(self):
        """Open the customer, to enter the e-mail address that is missing."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_remind(self):
        """Show what the next step of the collection would do and say, to take it at once."""
        self.ensure_one()
        self.check_access("write")
        if not (case := self._get_remindable()[:1]):
            raise UserError(
                self.env._(
                    "There is no next step for %(account)s: nothing is overdue, everything is on hold or handed over,"
                    " or every step has been taken. “What they owe” says what is open and why it is on hold.",
                    account=self.display_name,
                )
            )
        return case.action_preview_now()

    def action_take_payment(self):
        """Type an amount, see how it is spread over what is open, and take it."""
        self.ensure_one()
        self.check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_take_payment_action"),
            context={
                "default_account_id": self.id,
                "default_currency_id": self.currency_id.id,
                "default_amount": self._get_asked_amount(),
            },
        )

    def action_promise(self):
        """Note a promise to pay what is overdue; without that, all that is open."""
        self.ensure_one()
        self.check_access("read")
        return self.env["billing.payment.promise"]._get_new_action(self, self.currency_id, self._get_asked_amount())

    def _get_asked_amount(self):
        """Return what is asked for first: what is overdue; without that, all that is open."""
        return self.amount_overdue if self.amount_overdue > 0 else max(self.amount_due, 0.0)

    def action_view_payments(self):
        return self._get_related_action(
            "online_billing.billing_money_action",
            [("billing_account_id", "=", self.id)],
            create=False,
            search_default_billing_not_cancelled=1,
        )

    def action_view_messages(self):
        return self._get_related_action(
            "online_billing.billing_collection_message_action", [("account_id", "=", self.id)]
        )

    def action_view_promises(self):
        return self._get_related_action(
            "online_billing.billing_payment_promise_action", [("account_id", "=", self.id)], default_account_id=self.id
        )
