from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

STAFF = "online_billing.group_billing_user"

DRAFTED = "payments.moved_and_in_draft"

#: what may be corrected of what an entry is made of, whoever has moved the money
CORRECTED = ("date", "payment_reference", "partner_bank_id")


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

    billing_can_be_taken_back = fields.Boolean(compute="_compute_billing_can_be_taken_back", groups=STAFF)

    billing_return_ids = fields.One2many(
        "account.move",
        "billing_returned_payment_id",
        string="Taken Back By",
        groups=STAFF,
        help="The entries of what was taken back, and of what of that came again.",
    )

    billing_returned_amount = fields.Monetary(
        compute="_compute_billing_returned_amount",
        store=True,
        currency_field="currency_id",
        string="Taken Back",
        copy=False,
        groups=STAFF,
        help="By charge-backs, returned debits and cheques, as far as it did not come again.",
    )

    # those by which money has moved and which somebody corrects: few at any time
    _billing_drafted_idx = models.Index(
        "(payment_transaction_id) WHERE state = 'draft' AND payment_transaction_id IS NOT NULL"
    )

    def write(self, vals):
        """Keep what a provider has moved in the books; a correction as a draft is for somebody to finish.

        :raise UserError: a payment is cancelled or rejected whose money has moved, or says something else than has
        """
        watched = {"state", *self._get_billing_kept_fields()}
        moved = self._filter_billing_moved() if vals.keys() & watched else self.browse()
        for payment in moved:
            payment._check_billing_stays(vals)
        drafted = moved.filtered(lambda payment: payment.state == "draft")
        result = super().write(vals)
        if vals.get("state") == "draft":
            (moved - drafted)._ask_for_billing_posting()
        elif vals.get("state"):
            drafted._match_again()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billing_moved(self):
        for payment in self._filter_billing_moved():
            payment._refuse_billing_removal()

    def _filter_billing_moved(self):
        """Return the payments of billing accounts whose money a provider has moved."""
        # sudo: whether it has, for accountants who need not be allowed to see transactions
        return self.filtered(
            lambda payment: (
                payment.sudo().billing_account_id
                and payment.sudo().payment_transaction_id.state == "done"
                and payment.sudo().payment_transaction_id.payment_id == payment
            )
        )

    def _get_billing_kept_fields(self):
        """Return what of a payment says which money has moved: all that its entry is made of, and whose it is."""
        made_of = set(self._get_trigger_fields_to_synchronize()) - set(CORRECTED)
        return made_of | {
            "billing_account_id",
            "payment_transaction_id",
            "payment_method_line_id",
            "outstanding_account_id",
            "move_id",
        }

    def _check_billing_stays(self, vals):
        if vals.get("state") in ("canceled", "rejected"):
            self._refuse_billing_removal()
        for name in sorted(self._get_billing_kept_fields() & vals.keys()):
            field = self._fields[name]
            stands, given = (field.convert_to_cache(value, self) for value in (self[name], vals[name]))
            if stands and given != stands:
                self._refuse_billing_change(field._description_string(self.env))

    def _check_billing_entry(self):
        """Refuse an entry by which other money has moved than has, or by which less of it is the customer's."""
        money, customer, _kept = self._seek_for_lines()
        sign = 1 if self.payment_type == "inbound" else -1
        moved = sign * sum(money.mapped("amount_currency"))
        owner = self.partner_id.commercial_partner_id
        customer = customer.filtered(lambda line: line.partner_id.commercial_partner_id == owner)
        credited = -sign * sum(customer.mapped("amount_currency"))
        compare = self.currency_id.compare_amounts
        if compare(moved, self.amount) or compare(credited, self.amount) < 0:
            self._refuse_billing_change(self.env._("Journal Items"))

    def _refuse_billing_change(self, what):
        raise UserError(
            self.env._(
                "%(provider)s has moved %(amount)s by %(payment)s: “%(what)s” cannot say anything else. Give back what"
                " was too much by “Give Back”.",
                provider=self.sudo().payment_transaction_id.provider_id.name,  # sudo: as above
                amount=self.currency_id.format(self.amount),
                payment=self.display_name,
                what=what,
            )
        )

    def _refuse_billing_removal(self):
        raise UserError(
            self.env._(
                "%(payment)s stays in the books: %(provider)s has moved the money, and what it has paid would be asked"
                " for once more. Give the money back by “Give Back”. What the bank takes back is noted by “Taken Back"
                " by the Bank”, unless the provider tells it by itself.",
                payment=self.display_name,
                provider=self.sudo().payment_transaction_id.provider_id.name,  # sudo: as above
            )
        )

    def _ask_for_billing_posting(self):
        """Have somebody finish what was begun: until then what the money has paid rests."""
        loop = self.env["billing.work.loop"]
        for payment in self.sudo():  # sudo: whoever corrects it need not be allowed to see accounts
            self.env["billing.tasks"].give(
                payment,
                DRAFTED,
                "mail.mail_activity_data_todo",
                summary=self.env._("Confirm this payment again"),
                note=self.env._(
                    "The provider has moved the money, and the payment is a draft: it is in no account. What it has"
                    " paid is asked of nobody meanwhile."
                ),
                user_id=loop.get_responsible(payment.billing_account_id).id,
            )

    def _match_again(self):
        """Let payments that were drafts pay again what they had paid, and refunds settle what they had settled."""
        for payment in self.sudo():  # sudo: as above
            self.env["billing.tasks"].close(payment, DRAFTED)
            if payment.payment_type == "inbound":
                self.env["billing.payment.reopening"].match_again(payment)
            else:
                self.env["billing.refund.booking"].match_again(payment)

    def copy_data(self, default=None):
        """Copy no transaction and no saved method: their money has moved once."""
        copied = super().copy_data(default)
        return [
            dict(vals, payment_transaction_id=False, payment_token_id=False)
            if payment.sudo().billing_account_id  # sudo: as above
            else vals
            for payment, vals in zip(self, copied, strict=True)
        ]

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

    @api.depends("name", "amount", "date", "payment_transaction_id")
    def _compute_display_name(self):  # pylint: disable=missing-return
        """Name payments that have no entry of their own by what is known of them: they are no drafts."""
        super()._compute_display_name()
        for payment in self.filtered(lambda one: not one.name and one.state != "draft"):
            # sudo: its reference alone, for accountants who need not be allowed to see transactions
            transaction = payment.sudo().payment_transaction_id
            if transaction:
                payment.display_name = self.env._(
                    "%(reference)s, %(amount)s, %(day)s",
                    reference=transaction.reference,
                    amount=payment.currency_id.format(payment.amount),
                    day=format_date(self.env, payment.date),
                )

    def _compute_billing_refund_left(self):
        refunds = self.env["billing.payment.refunds"]
        for payment in self:
            can = (
                payment._origin._filter_billing_moved()
                and payment.billing_account_id
                and payment.payment_type == "inbound"
                and not refunds.get_obstacle(payment._origin)
            )
            payment.billing_refund_left = float(refunds.get_left(payment._origin)) if can else 0.0

    @api.depends("billing_return_ids.state")
    def _compute_billing_returned_amount(self):
        for payment in self:
            posted = payment.billing_return_ids.filtered(lambda entry: entry.state == "posted")
            payment.billing_returned_amount = sum(map(self.env["billing.payment.returns"].get_amount, posted))

    @api.depends("state", "billing_account_id", "move_id", "billing_returned_amount", "billing_refund_ids.state")
    def _compute_billing_can_be_taken_back(self):
        """What people may note, as long as something of it is left: the button has nothing to do without."""
        refunds = self.env["billing.payment.refunds"]
        for payment in self:
            may_be = payment._origin._may_billing_be_taken_back()
            payment.billing_can_be_taken_back = may_be and refunds.get_left(payment._origin) > 0

    def _may_billing_be_taken_back(self):
        """Tell whether a bank can take it back, and whether people book that: some providers tell it by themselves."""
        adapter = self.env["billing.payment.adapter"]
        provider = self.sudo().payment_transaction_id.provider_id  # sudo: whether there is one
        return bool(
            self.billing_account_id
            and self.payment_type == "inbound"
            and self.state in ("in_process", "paid")
            and self.move_id.state == "posted"
            and self.outstanding_account_id
            and not (provider and adapter.get_adapter(provider).tells_returns(provider))
        )

    def _check_billing_can_be_taken_back(self):
        """Refuse what no bank can take back, what is told by the provider, and whoever may not change payments.

        :raise UserError: one of the first two
        """
        self.check_access("write")
        self.env["account.payment"].check_access("create")
        for payment in self.filtered(lambda one: not one._may_billing_be_taken_back()):
            raise UserError(
                self.env._(
                    "%(payment)s cannot be taken back here: it is no confirmed payment of a billing account with a"
                    " journal entry, or its provider tells by itself what is taken back.",
                    payment=payment.display_name,
                )
            )

    def action_take_back_billing(self):
        """Open the dialogue that notes that the bank has taken this payment back."""
        self.ensure_one()
        self._check_billing_can_be_taken_back()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Taken Back by the Bank"),
            "res_model": "billing.payment.return",
            "view_mode": "form",
            "target": "new",
            "context": {"default_payment_id": self.id},
        }

    def action_view_billing_returns(self):
        """Show the entries of what was taken back of this payment; there it is undone what was noted by mistake."""
        self.ensure_one()
        self.check_access("read")
        return self.billing_return_ids._get_records_action(name=self.env._("Taken Back"), context={"create": False})

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
