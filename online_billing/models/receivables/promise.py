from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ..shared.guarded import ANY, Life, names

PROMISED = names("currency_id move_ids amount date date_made")

# what is promised; another day changes neither what it is about nor what has come in for it
CONTENT = ("account_id", "currency_id", "move_ids", "amount")


class BillingPaymentPromise(models.Model):
    """A customer's word to pay an amount by a day; reminders and fees of the documents rest until then."""

    _name = "billing.payment.promise"
    _description = "Promise to Pay"
    _inherit = ["billing.guarded", "mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True
    _life = Life(
        create=PROMISED | names("account_id note"),
        write={"open": PROMISED, ANY: names("note")},
        delete=names("open cancelled"),
        by_event=True,
    )

    account_id = fields.Many2one(
        "billing.account", required=True, index=True, ondelete="restrict", check_company=True, tracking=True
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    move_ids = fields.Many2many(
        "account.move",
        "billing_payment_promise_move_rel",
        "promise_id",
        "move_id",
        string="Invoices",
        check_company=True,
        domain="[('billing_account_id', '=', account_id), ('state', '=', 'posted')]",
        help="What the promise is about. Empty: everything that is open on the account.",
    )
    amount = fields.Monetary(required=True, tracking=True, help="What the customer promises to pay by the day.")
    date = fields.Date(
        string="Pays By", required=True, tracking=True, help="The promise is broken when this day has passed unpaid."
    )
    date_made = fields.Date(
        string="Promised On",
        required=True,
        compute="_compute_date_made",
        store=True,
        readonly=False,
        precompute=True,
        help="The day on which the customer gave it. Payments count that come in, or are matched, after the promise was"
        " noted, or after its invoices or amount were last changed.",
    )
    baseline = fields.Json(
        readonly=True, copy=False, help="What was open of each document when it was promised, and what had been paid."
    )
    note = fields.Char(help="Who promised it, and how.")
    user_id = fields.Many2one("res.users", string="Recorded By", readonly=True, default=lambda self: self.env.user)
    state = fields.Selection(
        [
            ("open", "Open"),
            ("kept", "Kept"),
            ("broken", "Broken"),
            ("lapsed", "No Longer Needed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="open",
        copy=False,
        tracking=True,
        index=True,
        help=(
            "Kept: its amount came in by its day. Broken: it did not. No longer needed: the debt went "
            "away in another way."
        ),
    )

    date_ended = fields.Date(
        string="Ended On",
        readonly=True,
        copy=False,
        help="The day on which it was kept, broken or no longer needed. Late fees leave out the days of a promise that"
        " was kept.",
    )
    end_reason = fields.Char(
        string="Why It Ended", readonly=True, copy=False, help="Where it was neither kept nor broken nor cancelled."
    )

    is_kept_in_time = fields.Boolean(
        string="Paid in Time After All",
        readonly=True,
        copy=False,
        help="The promise counts as broken, but payments entered later show that the money had come in time.",
    )

    _amount_positive = models.Constraint("CHECK (amount > 0)", "Promise an amount above zero.")
    _newest_idx = models.Index("(date DESC, id DESC)")
    _open_idx = models.Index("(account_id) WHERE state = 'open'")

    @api.depends("account_id")
    def _compute_date_made(self):
        self.env["billing.days"].propose(self, "date_made")

    @api.depends("account_id", "move_ids")
    def _compute_currency_id(self):
        """Take the currency of the invoices, as long as no amount is promised in another one."""
        for promise in self:
            agreed = promise.currency_id if promise.amount else promise.currency_id.browse()
            promise.currency_id = (
                agreed or promise.move_ids[:1].currency_id or promise.currency_id or promise.account_id.currency_id
            )

    @api.depends("account_id", "amount", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for promise in self:
            amount = promise.currency_id.format(promise.amount) if promise.currency_id else ""
            promise.display_name = self.env._(
                "%(account)s: %(amount)s by %(day)s",
                account=promise.account_id.name or "",
                amount=amount,
                day=format_date(self.env, promise.date) if promise.date else "",
            )

    @api.constrains("date", "date_made")
    def _check_dates(self):
        for promise in self:
            if promise.date < promise.date_made:
                raise ValidationError(
                    self.env._(
                        "The customer promises to pay by %(day)s, which lies before the promise itself (%(made)s)."
                        " Choose a later day.",
                        day=format_date(self.env, promise.date),
                        made=format_date(self.env, promise.date_made),
                    )
                )

    @api.constrains("account_id", "move_ids")
    def _check_moves(self):
        for promise in self:
            if foreign := promise.move_ids.filtered(lambda move: move.billing_account_id != promise.account_id):  # noqa: B023
                raise ValidationError(
                    self.env._(
                        "%(document)s does not belong to account %(account)s. Promise it on its own account.",
                        document=foreign[0].display_name,
                        account=promise.account_id.name,
                    )
                )

    @api.constrains("currency_id", "move_ids")
    def _check_currency(self):
        for promise in self:
            if foreign := promise.move_ids.filtered(lambda move: move.currency_id != promise.currency_id):  # noqa: B023
                raise ValidationError(
                    self.env._(
                        "%(document)s is in %(own)s, and the promise in %(currency)s. Note a promise for each"
                        " currency.",
                        document=foreign[0].display_name,
                        own=foreign[0].currency_id.name,
                        currency=promise.currency_id.name,
                    )
                )

    def write(self, vals):
        if not vals.keys() & {*CONTENT, "date"}:
            return super().write(vals)
        before = {promise: [promise[name] for name in CONTENT] for promise in self}
        cases = self.account_id.case_ids
        result = super().write(vals)
        opened = self.filtered(lambda promise: promise.state == "open")
        # what is promised anew is another word: what came in before was for the former one
        changed = opened.filtered(lambda promise: [promise[name] for name in CONTENT] != before[promise])
        if changed:
            self.env["billing.promise.keeping"].note(changed)
        self.env["billing.collection.acts"].refresh_free(cases | opened.account_id.case_ids)
        return result

    @api.model_create_multi
    def create(self, vals_list):
        promises = super().create(vals_list)
        self.env["billing.promise.keeping"].note(promises)
        self.env["billing.collection.acts"].refresh_free(promises.account_id.case_ids)
        return promises

    @api.model
    def _get_new_action(self, account, currency, amount, moves=None):
        """Return the form of a new promise of an account: of some documents, or of all that is open."""
        self.check_access("create")
        context = {
            "default_account_id": account.id,
            "default_currency_id": currency.id,
            "default_amount": amount,
        }
        if moves:
            context["default_move_ids"] = moves.ids
        action = self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_payment_promise_action_new")
        return dict(action, context=context)

    def action_cancel(self):
        """The promise no longer holds; the reminders of its documents go on."""
        self._apply_event("cancel")
        self.env["billing.collection.acts"].refresh_free(self.account_id.case_ids)

    def action_keep_after_all(self):
        """Count a broken promise as kept, because its money had come in time and was entered later."""
        self.check_access("write")
        keeping = self.env["billing.promise.keeping"]
        keeping.review_broken(self.account_id.ids)
        for promise in self:
            if promise.state != "broken" or not promise.is_kept_in_time:
                raise UserError(
                    self.env._(
                        "%(promise)s stays as it is: no payments are known that had come in time. Enter or match them"
                        " with the day on which the money came in, then try again.",
                        promise=promise.display_name,
                    )
                )
        self._apply_event("keep")
        self.sudo().write({"is_kept_in_time": False})  # sudo: kept by the billing itself
        for promise in self:
            promise.message_post(body=self.env._("Kept after all: the money had come in time and was entered later."))
        self.env["billing.collection.acts"].refresh_free(self.account_id.case_ids)

    def _end(self, event, day, reason=None):
        """Keep, break or end promises.

        :param date day: the local day on which it is decided
        :param reason: why a promise ends that was neither kept nor broken
        """
        self._apply_event(event)
        self.date_ended = day
        if reason:
            self.end_reason = reason

    def _apply_event(self, event):
        self.env["billing.life"].apply_event("promise", self, event)
