from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..accounts.account_recipient import INVOICES
from ..delivery.addressed import keep_addressed, on_one_line
from ..delivery.batch import ask_once, format_amount, format_day, get_batch, is_collected
from .sortable import SortableMonetary

# customers read their own invoices in the portal; how these were made and sent is the company's business
STAFF = "base.group_user"


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "billing.deliverable", "billing.held"]

    billing_account_id = fields.Many2one(
        "billing.account", readonly=True, copy=False, check_company=True, ondelete="restrict"
    )
    billing_run_id = fields.Many2one(
        "billing.run",
        index="btree_not_null",
        readonly=True,
        copy=False,
        check_company=True,
        ondelete="set null",
        groups=STAFF,
    )
    billing_terms_date = fields.Date(
        string="Payable from",
        readonly=True,
        copy=False,
        help="Set where the invoice was made after its date: the payment term counts from this day, so that nobody is"
        " late before there was anything to pay.",
        groups=STAFF,
    )
    billing_charge_ids = fields.One2many("billing.charge", "invoice_id", string="Billing Charges", groups=STAFF)
    billing_charge_count = fields.Integer(
        compute="_compute_billing_charge_count", string="Number of Billing Charges", groups=STAFF
    )

    billing_stop_ids = fields.One2many("billing.stop", "move_id", string="Disputes", groups=STAFF)
    billing_has_stop = fields.Boolean(compute="_compute_billing_has_stop", string="Was in Dispute", groups=STAFF)

    billing_late_fee_ids = fields.One2many("billing.late.fee", "move_id", string="Late Fees", groups=STAFF)
    billing_late_fee_count = fields.Integer(
        compute="_compute_billing_late_fee_count", string="Number of Late Fees", groups=STAFF
    )

    billing_has_case = fields.Boolean(compute="_compute_billing_has_case", string="Under Collection", groups=STAFF)

    billing_is_open = fields.Boolean(
        compute="_compute_billing_is_open",
        search="_search_billing_is_open",
        string="Still Open",
        help="Posted, and something of it is still to be paid or credited.",
        groups=STAFF,
    )

    billing_open_amount = SortableMonetary(
        compute="_compute_billing_open_amount",
        currency_field="currency_id",
        string="Open",
        help="What is still to be paid, in the currency of the document; below zero on a credit note.",
        groups=STAFF,
    )

    # those of an account, the latest first: one index for both
    _billing_account_idx = models.Index("(billing_account_id, date DESC, id DESC) WHERE billing_account_id IS NOT NULL")
    # what was written lately lies together in few pages: a few bytes for a hundred of them
    _billing_written_idx = models.Index("USING brin (write_date) WITH (autosummarize = on)")
    # by default the reference is the number itself, which Odoo has an index for
    _billing_reference_idx = models.Index(
        "(replace(payment_reference, ' ', '')) WHERE billing_account_id IS NOT NULL AND payment_reference IS DISTINCT"
        " FROM name"
    )
    # says whose is open without a look into the table, where each lies among all that there ever were
    _billing_open_idx = models.Index(
        "(billing_account_id) INCLUDE (id) WHERE billing_account_id IS NOT NULL AND state = 'posted' AND payment_state"
        " IN ('not_paid', 'partial', 'blocked')"
    )
    _billing_blocked_idx = models.Index("(id) WHERE payment_state = 'blocked'")
    _billing_draft_idx = models.Index("(company_id) WHERE billing_account_id IS NOT NULL AND state = 'draft'")

    @api.depends("state", "payment_state", "amount_residual")
    def _compute_billing_is_open(self):
        for move in self:
            move.billing_is_open = self.env["billing.open.documents"].is_open(move)

    @api.depends("amount_residual", "direction_sign", "state")
    def _compute_billing_open_amount(self):
        for move in self:
            is_cancelled = move.state == "cancel"
            move.billing_open_amount = 0 if is_cancelled else -move.direction_sign * move.amount_residual

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """Sort by what is open as it is shown."""
        if field_name != "billing_open_amount":
            return super()._order_field_to_sql(alias, field_name, direction, nulls, query)
        amount = self._get_billing_open_sql(alias, query)
        query._order_groupby.append(amount)
        return SQL("%s %s", amount, direction)

    def _read_group_select(self, aggregate_spec, query):
        """Add up what is open as it is shown."""
        if aggregate_spec != "billing_open_amount:sum":
            return super()._read_group_select(aggregate_spec, query)
        return SQL("SUM(%s)", self._get_billing_open_sql(self._table, query))

    def _get_billing_open_sql(self, alias, query):
        self._check_field_access(self._fields["billing_open_amount"], "read")
        return SQL(
            "CASE WHEN %s = 'cancel' THEN 0 WHEN %s IN %s THEN 1 ELSE -1 END * %s",
            self._field_to_sql(alias, "state", query),
            self._field_to_sql(alias, "move_type", query),
            tuple(self.get_inbound_types()),
            self._field_to_sql(alias, "amount_residual", query),
        )

    def _search_billing_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        is_open = self.env["billing.open.documents"].get_open_domain()
        return Domain.OR(is_open if wanted else ~is_open for wanted in value)

    def _compute_billing_late_fee_count(self):
        fees = self.env["billing.late.fee"].sudo()  # sudo: a mere number on the invoice form of accountants
        counts = dict(fees._read_group([("move_id", "in", self.ids)], ["move_id"], ["__count"]))
        for move in self:
            move.billing_late_fee_count = counts.get(move, 0)

    @api.depends("billing_stop_ids")
    def _compute_billing_has_stop(self):
        # sudo: only whether there is one, on the invoice form of accountants
        found = self.env["billing.stop"].sudo()._read_group([("move_id", "in", self.ids)], ["move_id"])
        disputed = {move for (move,) in found}
        for move in self:
            move.billing_has_stop = move in disputed

    @api.depends("billing_account_id")
    def _compute_billing_has_case(self):
        # sudo: only whether there is one, on the invoice form of accountants
        cases = self.env["billing.collection.case"].sudo()
        found = cases._read_group([("account_id", "in", self.billing_account_id.ids)], ["account_id"])
        accounts = {account for (account,) in found}
        for move in self:
            move.billing_has_case = move.billing_account_id in accounts

    def _compute_billing_charge_count(self):
        counts = dict(
            self.env["billing.charge"].sudo()._read_group([("invoice_id", "in", self.ids)], ["invoice_id"], ["__count"])
        )  # sudo: a mere number on the invoice form of accountants
        for move in self:
            move.billing_charge_count = counts.get(move, 0)

    @api.depends("billing_terms_date")
    def _compute_needed_terms(self):  # pylint: disable=missing-return
        """Count the payment term of an invoice that was made late from the day it was made."""
        # sudo: customers see the due dates of their invoices, and not how these were made
        late = self.filtered(lambda move: move.sudo().billing_terms_date)
        for day, moves in late.grouped(lambda move: move.sudo().billing_terms_date).items():
            super(AccountMove, moves.with_context(billing_terms_date=day))._compute_needed_terms()
        return super(AccountMove, self - late)._compute_needed_terms()

    def _compute_invoice_default_sale_person(self):  # pylint: disable=missing-return
        """A run in the background is nobody's sale: customers would meet the system's own user as their salesperson."""
        res = super()._compute_invoice_default_sale_person()
        for move in self:
            if move.billing_account_id and move.invoice_user_id.id == SUPERUSER_ID:
                move.invoice_user_id = False
        return res

    def _post(self, soft=True):
        """Send what was not sent because it had been cancelled, once it stands again."""
        posted = super()._post(soft)
        back = posted.filtered(lambda move: move.billing_delivery_state == "cancelled")
        back.write({"billing_delivery_state": "pending", "billing_delivery_error": False})
        return posted

    # -- disputes -----------------------------------------------------------------------------------------------------

    def write(self, vals):
        """Note since when an invoice is in dispute, and until when."""
        written = super().write(vals)
        if "payment_state" in vals:
            self.env["billing.stops"].note_disputes(self)
        return written

    def _is_in_dispute(self):
        """Tell whether an invoice is blocked for payment, or taken out of the reminders."""
        self.ensure_one()
        owed = self.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        return self.move_type == "out_invoice" and (self.payment_state == "blocked" or any(owed.mapped("no_followup")))

    def action_view_billing_stops(self):
        self.ensure_one()
        self.check_access("read")
        self.env["billing.stop"].check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_stop_action"),
            domain=[("move_id", "=", self.id)],
            context={},
        )

    # -- delivery -----------------------------------------------------------------------------------------------------

    def _get_mail_template(self):
        """Send documents of the billing with the texts that carry the pay link; if those were deleted, with Odoo's."""
        kinds = {
            "out_invoice": "online_billing.mail_template_invoice",
            "out_refund": "online_billing.mail_template_credit_note",
        }
        kind = kinds.get(self.move_type) if len(set(self.mapped("move_type"))) == 1 else None
        if (
            kind
            and all(move.billing_account_id for move in self)
            and (template := self.env.ref(kind, raise_if_not_found=False))
        ):
            return template
        return super()._get_mail_template()

    def _get_billing_recipients(self):
        """Return who gets the document: the account's recipients, else the customer; only with an e-mail address."""
        self.ensure_one()
        # sudo: accountants who send the invoice may not read accounts
        contacts = self.billing_account_id.sudo()._get_chosen_recipients(INVOICES)
        return self._keep_one_per_address(contacts or self.partner_id.filtered("email"))

    def _get_billing_pay_url(self):
        """Return the address of the portal page with its access token: whoever holds the link needs no login."""
        self.ensure_one()
        links = self.env["billing.pay.links"]
        if batch := get_batch(self):
            batch.get("pay links", lambda: links.ensure_invoice_tokens(self | self.browse(batch.invoice_ids)))
        links.ensure_invoice_tokens(self)
        return f"{self.get_base_url()}{self.get_portal_url()}"

    def _get_billing_sender(self):
        """Return from where the document comes and where answers go: the salesperson's address, else the company's."""
        self.ensure_one()
        user = self.invoice_user_id
        if user and user.active and user.id != SUPERUSER_ID and not user.share and user.email:
            return on_one_line(user.email_formatted)
        return on_one_line(self.company_id.email_formatted)

    def _get_billing_summary(self, limit=15):
        """Return what is billed, for the mail: at most so many lines of text and amount, and how many more there are.

        :return: ([(text, amount)], number of lines left out)
        """
        self.ensure_one()
        lines = self.invoice_line_ids.filtered(lambda line: line.display_type == "product").sorted("sequence")
        shown = lines if len(lines) <= limit else lines[: limit - 1]
        amount = "price_total" if self.company_price_include == "tax_included" else "price_subtotal"
        return [
            (line.name or line.product_id.name or "", format_amount(self.currency_id, line[amount])) for line in shown
        ], len(lines) - len(shown)

    def _get_billing_terms(self):
        """Return the due dates in their order: [(date, amount, what is open of it)], as the journal items have them."""
        self.ensure_one()
        terms = self.line_ids.filtered(lambda line: line.display_type == "payment_term").sorted("date_maturity")
        return [(term.date_maturity, term.amount_currency, term.amount_residual_currency) for term in terms]

    def _get_billing_open_terms(self):
        """Return the open due dates as texts: [(date, amount)]; none when nothing is left to pay."""
        # a document and the mail that brings it say the same
        return ask_once(self.env, ("open terms", self.id), self._find_open_terms)

    def _find_open_terms(self):
        return [
            (format_day(self.env, day), format_amount(self.currency_id, left))
            for day, _amount, left in self._get_billing_terms()
            if not self.currency_id.is_zero(left)
        ]

    def _get_billing_discount(self):
        """Return what is enough today if it is paid early, and until when, as texts: (amount, day); None without one.

        The day is that of the books: an invoice made late counts from the day it was made.
        """
        self.ensure_one()
        found = self.env["billing.open.documents"].get_discount(self, self._get_billing_day())
        return found and (format_amount(self.currency_id, found[0]), format_day(self.env, found[1]))

    def _get_billing_last_discount_day(self):
        """Return the last day of an early payment discount as Odoo's report prints it: that of the books."""
        self.ensure_one()
        days = [line.discount_date for line in self.line_ids if line.display_type == "payment_term"]
        return format_day(self.env, max(filter(None, days))) if any(days) else ""

    def _get_billing_day(self):
        """Return today where a document is collected: the local day of its account, or of the only one it belongs to.

        Who has no account lives by the day of the user, as everywhere in Odoo.
        """
        self.ensure_one()
        # sudo: whose zone decides; nothing else of the account is shown
        move = self.sudo()
        account = move.billing_account_id
        if not account and move.is_sale_document(include_receipts=True):
            account = self.env["billing.open.items"].sudo().find_account(move)
        return ask_once(self.env, ("today", account.timezone), lambda: self.env["billing.days"].get_local_day(account))

    def message_post(self, **kwargs):
        if is_collected(self, kwargs):
            return self.env["mail.message"]
        message = super().message_post(**kwargs)
        if self.env.context.get("billing_delivery"):
            self.billing_delivery_message_id = message
        return message

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Mail an invoice to those it is addressed to, and not to everybody who follows it."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        return keep_addressed(self, recipients, message, msg_vals)

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        """Mail the link that opens the document to people of the account alone.

        Odoo gives it to whomever staff write to from the document, also to a stranger who has answered a mail that
        was handed on; they are written to without it.
        """
        groups = super()._notify_get_recipients_groups(message, model_description, msg_vals=msg_vals)
        # sudo: to whom the link is given, whoever writes
        account = self.sudo().billing_account_id
        if not account or self.env.context.get("billing_delivery"):  # which goes to them alone
            return groups
        meant = self._get_billing_recipients().ids
        customer = account.partner_id.commercial_partner_id

        def is_of_account(person):
            if person["id"] in meant:
                return True
            partner = self.env["res.partner"].sudo().browse(person["id"])  # sudo: as above
            return partner.commercial_partner_id == customer

        return [
            (name, (lambda person, takes=takes: is_of_account(person) and takes(person)), values)
            if name == "additional_intended_recipient"
            else (name, takes, values)
            for name, takes, values in groups
        ]

    def _get_invoice_proforma_pdf_report_filename(self):
        if self.state == "posted" and self.billing_account_id:
            return self._get_invoice_report_filename()  # final, also before its PDF has been made
        return super()._get_invoice_proforma_pdf_report_filename()

    def action_send_billing_now(self):
        """Send waiting and failed invoices now."""
        self.check_access("write")
        moves = self.filtered(
            lambda move: (
                move.state == "posted"
                and move.billing_account_id
                and move.billing_delivery_state in ("pending", "failed")
            )
        )
        return self.env["billing.invoice.delivery"].send_and_notify(moves)

    def action_print_letters(self):
        """Download the letters as one PDF; what has been printed leaves the list of letters."""
        self.check_access("write")
        return self.env["billing.invoice.delivery"].print_letters(self)

    def action_view_billing_charges(self):
        self.ensure_one()
        self.check_access("read")
        self.env["billing.charge"].check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_charge_action"),
            domain=[("invoice_id", "=", self.id)],
            context={"create": False},
        )

    def action_view_billing_late_fees(self):
        self.ensure_one()
        self.check_access("read")
        self.env["billing.late.fee"].check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_late_fee_action"),
            domain=[("move_id", "=", self.id)],
            context={"search_default_in_force": 1},
        )

    def action_view_billing_case(self):
        """Open the collection case of the account."""
        self.ensure_one()
        self.check_access("read")
        self.env["billing.collection.case"].check_access("read")
        return self.billing_account_id.case_ids._get_view_action()

    def action_new_billing_promise(self):
        """Note a promise of the customer to pay this invoice."""
        self.ensure_one()
        self.check_access("read")
        promises = self.env["billing.payment.promise"]
        return promises._get_new_action(self.billing_account_id, self.currency_id, self.amount_residual, self)

    def action_put_on_billing_account(self):
        """Put documents that name no account on the one from whose page they were listed."""
        self.check_access("read")
        self.env["billing.account"].check_access("write")
        account = self.env["billing.account"].browse(self.env.context.get("billing_account_id", ())).exists()
        if not account:
            raise UserError(self.env._("Open the account first, and put the documents on it from there."))
        self.env["billing.assignment"].assign(self, account)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _cron_deliver_billing(self):
        self.env["billing.invoice.delivery"].work()
        self.env["billing.network.delivery"].work()
