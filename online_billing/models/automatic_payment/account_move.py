from odoo import api, fields, models
from odoo.exceptions import UserError

from ..payments.account_payment import CONFIRMED_STATES
from .consent import HOLDING

STAFF = "online_billing.group_billing_user"


class AccountMove(models.Model):
    _inherit = "account.move"

    billing_attempt_id = fields.Many2one(
        "billing.payment.attempt",
        compute="_compute_billing_attempt",
        string="Automatic Payment",
        groups=STAFF,
        help="What is planned or under way for this bill, else what failed for good.",
    )
    billing_debit_state = fields.Selection(
        [("coming", "Coming"), ("under_way", "Under Way"), ("failed", "Failed")],
        compute="_compute_billing_attempt",
        groups=STAFF,
        help="How automatic payment of this bill stands.",
    )
    billing_debit_text = fields.Char(
        compute="_compute_billing_attempt",
        string="How Automatic Payment Stands",
        groups=STAFF,
        help="When and from which method it is taken, or why it was not.",
    )
    billing_attempt_count = fields.Integer(
        compute="_compute_billing_attempt_count", string="Payment Attempts", groups=STAFF
    )
    billing_can_charge_now = fields.Boolean(
        compute="_compute_billing_attempt",
        string="Can Be Charged Now",
        groups=STAFF,
        help="It is open, no debit of it is coming, and the customer has agreed to automatic payment.",
    )

    billing_without_debit = fields.Boolean(
        string="Not by Automatic Payment",
        readonly=True,
        copy=False,
        groups=STAFF,
        help="Somebody has left this bill out of automatic payment: it is asked for like any other.",
    )
    billing_can_be_left_out = fields.Boolean(
        compute="_compute_billing_attempt",
        string="Can Be Left Out",
        groups=STAFF,
        help="It is open, not being debited yet, and the customer has agreed to automatic payment.",
    )

    billing_returned_payment_id = fields.Many2one(
        "account.payment",
        string="Payment Taken Back",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups=STAFF,
        help="Of which this entry books what was taken back, or what of that came again.",
    )

    _billing_without_debit_idx = models.Index("(id) WHERE billing_without_debit")

    billing_can_return_be_undone = fields.Boolean(compute="_compute_billing_can_return_be_undone", groups=STAFF)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_billing_returned_payment(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_billing_returned_payment(vals)
        return super().write(vals)

    def _check_billing_returned_payment(self, vals):
        """Refuse to say of which payment an entry takes something back: these entries are made by the billing alone."""
        if "billing_returned_payment_id" in vals and not self.env.su:
            raise UserError(
                self.env._("What is taken back of a payment is noted on the payment, by “Taken Back by the Bank”.")
            )

    @api.constrains("origin_payment_id")
    def _check_billing_origin_payment(self):
        """The entry of a payment by which a provider has moved money stays that of this payment."""
        # sudo: whose entry it is, whoever writes it
        for payment in self.env["account.payment"].sudo().search([("move_id", "in", self.ids)])._filter_billing_moved():
            if payment.move_id.origin_payment_id != payment:
                payment._refuse_billing_change(self._fields["origin_payment_id"]._description_string(self.env))

    @api.depends("state", "payment_state", "amount_residual", "billing_without_debit")
    def _compute_billing_attempt(self):
        standing = self.env["billing.debit.standing"]
        attempts = standing.get_attempts(self._origin)
        consents = self.env["billing.payment.consent"].search(
            [("account_id", "in", self.billing_account_id.ids), ("state", "in", HOLDING)]
        )
        holding = consents.filtered(lambda consent: consent.state == "active")
        for move in self:
            attempt = attempts.get(move._origin.id)
            is_open = move.move_type == "out_invoice" and move.state == "posted" and move.billing_is_open
            if attempt and attempt.is_final and not is_open:
                attempt = None  # it was paid in another way
            move.billing_attempt_id = attempt
            move.billing_debit_state = attempt and standing.get_state(attempt)
            move.billing_debit_text = attempt and standing.describe(attempt)
            is_there = is_open and not move.billing_without_debit
            is_free, account = move.billing_debit_state in (False, "failed"), move.billing_account_id
            move.billing_can_charge_now = is_there and is_free and account in holding.account_id
            is_unsent = move.billing_debit_state in (False, "coming")
            move.billing_can_be_left_out = is_there and is_unsent and account in consents.account_id

    def _compute_billing_attempt_count(self):
        lines = self.env["billing.payment.attempt.line"]._read_group(
            [("move_id", "in", self.ids)], ["move_id"], ["attempt_id:count_distinct"]
        )
        notes = self.env["billing.payment.attempt"]._read_group(
            [("credit_note_id", "in", self.ids)], ["credit_note_id"], ["__count"]
        )
        counts = {move.id: count for move, count in [*lines, *notes]}
        for move in self:
            move.billing_attempt_count = counts.get(move._origin.id, 0)

    @api.depends("state", "billing_returned_payment_id", "reversal_move_ids.state")
    def _compute_billing_can_return_be_undone(self):
        for move in self:
            move.billing_can_return_be_undone = self.env["billing.payment.returns"].may_be_undone(move._origin)

    def action_undo_billing_return(self):
        """Let the payment stand again of which this was noted as taken back."""
        self.ensure_one()
        self.env["billing.payment.returns"].undo(self)

    def action_view_billing_attempts(self):
        """Show everything that was tried to have this document paid, or given back."""
        self.ensure_one()
        self.check_access("read")
        self.env["billing.payment.attempt"].check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_payment_attempt_action"),
            domain=["|", ("line_ids.move_id", "=", self.id), ("credit_note_id", "=", self.id)],
            context={},
        )

    def action_charge_billing_now(self):
        """Open the dialogue that charges these invoices with the customer's method, after showing the figures."""
        self.check_access("read")
        account = self.billing_account_id
        if len(account) != 1:
            raise UserError(self.env._("Choose open invoices of one billing account."))
        action = account.action_charge_now()
        return dict(action, context={**action["context"], "default_move_ids": self.ids})

    def _post(self, soft=True):
        """Let bills that were corrected be paid by what has come for them meanwhile.

        Context key `billing_leave_drafts`: money for them is being booked, which posts nothing that somebody corrects.
        """
        if self.env.context.get("billing_leave_drafts"):
            # sudo: accountants need not be allowed to see accounts
            drawn_back = self.filtered(
                lambda move: move.posted_before and move.sudo().billing_account_id and move.is_invoice()
            )
            if drawn_back:
                others = self - drawn_back
                return others._post(soft) if others else others
        for payment in self.origin_payment_id._filter_billing_moved():
            payment._check_billing_entry()
        corrected = self.filtered("posted_before")
        posted = super()._post(soft)
        confirmed = posted.origin_payment_id._filter_billing_moved().filtered(lambda payment: payment.state == "draft")
        if confirmed:
            confirmed.state = "in_process"  # as their own button does
        for move in (corrected & posted).sudo():  # sudo: as above
            came = move.matched_payment_ids._filter_billing_moved().filtered(
                lambda payment: payment.payment_type == "inbound" and payment.state in CONFIRMED_STATES
            )
            for payment in came:
                self.env["billing.payment.reopening"].match_again(payment)
            if came and move.amount_residual:
                self.env["billing.open.items"].apply_credits(move.billing_account_id, move)
        return posted

    def button_draft(self):
        """Keep a credit note posted while it is being given back; a payment is a draft as a whole."""
        self._check_billing_given_back()
        result = super().button_draft()
        if paid := self.origin_payment_id._filter_billing_moved().filtered(lambda payment: payment.state != "draft"):
            paid.state = "draft"
        return result

    def button_cancel(self):
        for payment in self.origin_payment_id._filter_billing_moved():
            payment._refuse_billing_removal()
        return super().button_cancel()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        for payment in self.origin_payment_id._filter_billing_moved():
            payment._refuse_billing_removal()
        reversals = super()._reverse_moves(default_values_list, cancel)
        for move, reversal in zip(self.sudo(), reversals.sudo(), strict=True):  # sudo: whoever reverses it
            # whoever reverses a payment takes all of it back, and whoever reverses that does the opposite
            payment = move.billing_returned_payment_id or move.origin_payment_id.filtered("billing_account_id")
            if payment:
                reversal.billing_returned_payment_id = payment
        return reversals

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billing_moved(self):
        for payment in self.origin_payment_id._filter_billing_moved():
            payment._refuse_billing_removal()

    def _filter_billing_given_back(self):
        """Return the credit notes of which money is on its way to the customer."""
        # sudo: accountants need not be allowed to see accounts
        notes = self.filtered(lambda move: move.move_type == "out_refund" and move.sudo().billing_account_id)
        given_back = self.env["billing.rests"].get_being_given_back(notes.ids)
        return notes.filtered(lambda note: note.id in given_back)

    def _check_billing_given_back(self):
        """Refuse what would use up a credit note of which money is on its way to the customer.

        :raise UserError: one of them is such a credit note
        """
        if held := self._filter_billing_given_back()[:1]:
            raise UserError(
                self.env._(
                    "%(note)s is being given back to the customer by the way it came. Wait until the provider has"
                    " answered: see “Payment Attempts” on it.",
                    note=held.name,
                )
            )

    def action_leave_out_of_billing_debits(self):
        """Let these bills be asked for like any others, whatever the customer has agreed to."""
        self.billing_account_id.check_access("write")
        self.env["billing.debit.leaving.out"].leave_out(self, self.env.user.partner_id)

    def action_take_into_billing_debits(self):
        """Let automatic payment have these bills again."""
        self.billing_account_id.check_access("write")
        self.env["billing.debit.leaving.out"].take_in(self, self.env.user.partner_id)

    def action_refund_billing(self):
        """Open the dialogue that gives a payment back by the way it came, and settles this credit note by it."""
        self.ensure_one()
        self.check_access("read")
        self.env["billing.payment.refund"].check_access("create")
        if self.move_type != "out_refund" or self.state != "posted" or not self.billing_account_id:
            raise UserError(self.env._("Money is given back for a posted credit note of a billing account."))
        return self.env["account.payment"]._get_billing_refund_action({"default_credit_note_id": self.id})
