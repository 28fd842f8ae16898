from odoo import api, fields, models
from odoo.addons.base.models.res_partner import _tz_get
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..shared.guarded import ANY, Life, names
from .unfinished import Unfinished

REACHED = names(
    """delivery_channel purchase_reference collection_exempt collector_id late_fee_exempt
    late_fee_exempt_reason late_fee_exempt_from late_fee_exempt_until credit_score note document_design_id
    document_format_ids link_privacy"""
)
BILLED = names(
    """partner_id currency_id timezone billing_day payment_term_id fiscal_position_id journal_id collection_policy_id"""
)


class BillingAccount(models.Model):
    """A customer's account: who is billed, in which currency, by which time zone's calendar, and how it is sent."""

    _name = "billing.account"
    _description = "Billing Account"
    _inherit = ["billing.guarded", "billing.held", "mail.thread", "mail.activity.mixin"]
    _order = "name desc, id desc"
    _check_company_auto = True
    _life = Life(
        create=REACHED | BILLED | {"name", "company_id"},
        write={ANY: REACHED, **dict.fromkeys(("draft", "active", "suspended"), BILLED)},
        delete=names(ANY),
        sealed={ANY: names("company_id")},
        by_event=True,
    )

    name = fields.Char(
        string="Number",
        required=True,
        copy=False,
        default=lambda self: self.env._("New"),
        help="Given by the sequence of accounts, or by the file from which the account is imported.",
    )
    lookup = fields.Char(
        string="Name, Number, Invoice, Reference, E-mail or Telephone",
        store=False,
        readonly=True,
        search="_search_lookup",
        help="Finds accounts by the beginning of words of the customer's or a contact's name; by the account number,"
        " its beginning or its last digits; by a whole invoice number or payment reference; by the customer's own"
        " reference; by the beginning of an e-mail address; or by the last digits of a telephone number.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        check_company=True,
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id, tracking=True
    )
    timezone = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        default=lambda self: self.env["billing.days"].get_zone(self.env.company),
        help="Decides on which local day a period begins and a charge arises.",
    )
    billing_day = fields.Integer(
        help=(
            "Day of the month, 1 to 31, for plans that follow the billing day of the account. In shorter months the"
            " last day counts. Weekly plans: 1 Monday to 7 Sunday."
        ),
        default=1,
        tracking=True,
    )
    payment_term_id = fields.Many2one(
        "account.payment.term", check_company=True, help="Empty: that of the customer.", ondelete="restrict"
    )
    fiscal_position_id = fields.Many2one(
        "account.fiscal.position",
        check_company=True,
        help="Empty: found by the customer's address and tax number.",
        ondelete="restrict",
    )
    journal_id = fields.Many2one(
        "account.journal",
        check_company=True,
        domain=[("type", "=", "sale")],
        help="Empty: the first sales journal of the company.",
        ondelete="restrict",
    )
    purchase_reference = fields.Char(
        string="Customer Reference", help="Order number of the customer, printed on every invoice."
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("suspended", "Suspended"), ("closed", "Closed")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
        help=(
            "Draft: not billed yet. Active: billed by every run. Suspended: not billed until it is "
            "resumed; missed periods are billed then. Closed: takes nothing new; what is open is "
            "still collected."
        ),
    )
    note = fields.Html(help="Notes for staff.")
    subscription_ids = fields.One2many("billing.subscription", "account_id")
    charge_ids = fields.One2many("billing.charge", "account_id")
    move_ids = fields.One2many("account.move", "billing_account_id", string="Invoices")
    next_billing_date = fields.Date(
        readonly=True, copy=False, index="btree_not_null", help="The next day on which something falls due."
    )
    parked_reason = fields.Text(
        string="Why Not Billed",
        readonly=True,
        copy=False,
        tracking=True,
        help="Why the last run could not bill this account. It is tried again in the next run.",
    )
    parked_on = fields.Date(
        string="Not Billed On", readonly=True, copy=False, help="The day on which it could not be billed."
    )
    parked_run_id = fields.Many2one(
        "billing.run",
        string="Not Billed by Run",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The run that could not bill it.",
    )
    is_parked = fields.Boolean(
        compute="_compute_is_parked",
        search="_search_is_parked",
        string="Not Billed",
        help=("The last run could not bill it. The reason stands on the account, and the next run tries again."),
    )
    subscription_count = fields.Integer(compute="_compute_counts", string="Number of Subscriptions")
    charge_count = fields.Integer(compute="_compute_counts", string="Number of Charges")

    _number_unique_per_company = models.Constraint(
        "UNIQUE (company_id, name)", "Another account of this company has the same number."
    )
    _billing_day_range = models.Constraint(
        "CHECK (billing_day BETWEEN 1 AND 31)", "The billing day is a day of the month, from 1 to 31."
    )
    # numbers are found from their beginning and from their end
    _number_idx = models.Index("(name text_pattern_ops)")
    _number_end_idx = models.Index("(reverse(name) text_pattern_ops)")
    _due_idx = models.Index("(company_id, next_billing_date, id) WHERE state = 'active'")
    _parked_idx = models.Index("(company_id) WHERE parked_reason IS NOT NULL")

    @api.depends("name", "partner_id.name")
    def _compute_display_name(self):
        for account in self:
            account.display_name = f"{account.name} {account.partner_id.name}" if account.partner_id else account.name

    @api.depends("parked_reason")
    def _compute_is_parked(self):
        for account in self:
            account.is_parked = bool(account.parked_reason)

    def _search_is_parked(self, operator, value):
        if operator != "in":
            return NotImplemented
        wanted = [("parked_reason", "!=", False)] if True in value else []
        return wanted if False not in value else ([] if wanted else [("parked_reason", "=", False)])

    def _search_lookup(self, operator, value):
        lookup = self.env["billing.account.lookup"]
        if operator in ("ilike", "like", "=ilike", "=like"):
            return lookup.get_domain(value)
        if operator == "in":
            return Domain.OR(lookup.get_domain(text) for text in value)
        return NotImplemented

    @api.model
    def _search_display_name(self, operator, value):
        """Find an account wherever one is chosen as the search of the accounts does."""
        if operator in ("ilike", "like") and isinstance(value, str):
            return self.env["billing.account.lookup"].get_domain(value)
        return super()._search_display_name(operator, value)

    def _compute_counts(self):
        subscriptions = dict(
            self.env["billing.subscription"]._read_group([("account_id", "in", self.ids)], ["account_id"], ["__count"])
        )
        charges = dict(
            self.env["billing.charge"]._read_group([("account_id", "in", self.ids)], ["account_id"], ["__count"])
        )
        for account in self:
            account.subscription_count = subscriptions.get(account, 0)
            account.charge_count = charges.get(account, 0)

    @api.constrains("partner_id", "company_id", "currency_id")
    def _check_currency_unchanged(self):
        for account in self:
            # a late fee is in the currency of its invoice, and so is what is credited by hand
            foreign = [
                ("account_id", "=", account.id),
                ("currency_id", "!=", account.currency_id.id),
                ("origin", "not in", ("late_fee", "late_fee_waiver", "document")),
            ]
            if charged := self.env["billing.charge"].search(foreign, limit=1):
                raise ValidationError(
                    self.env._(
                        "Account %(account)s has charges in %(currency)s. Open another account for the new currency.",
                        account=account.name,
                        currency=charged.currency_id.name,
                    )
                )
            agreed = account.subscription_ids.line_ids.price_id.currency_id
            if agreed - account.currency_id:
                raise ValidationError(
                    self.env._(
                        "Account %(account)s has subscriptions with prices in %(currency)s. Take them back to draft, or"
                        " open another account for the new currency.",
                        account=account.name,
                        currency=agreed[:1].name,
                    )
                )

    @api.model
    def _complete_values(self, vals_list):
        for vals in vals_list:
            if not vals.get("name") or vals["name"] == self.env._("New"):
                company = vals.get("company_id") or self.env.company.id
                vals["name"] = self.env["ir.sequence"].with_company(company).next_by_code("billing.account")
        return vals_list

    @api.model
    def _get_life_advice(self):
        return self.env._(
            "Use the buttons of the account to activate, suspend, close or reopen it; open a new account for another"
            " company."
        )

    def write(self, vals):
        res = super().write(vals)
        if "billing_day" in vals:
            self.subscription_ids._refresh_terms()
        return res

    @api.model
    def get_import_templates(self):
        """Offer a file to begin with, wherever accounts are imported."""
        return [
            {"label": self.env._("Sample File for Accounts"), "template": "/online_billing/static/import/accounts.csv"}
        ]

    @api.model
    def load(self, fields, data):
        """Import rows as Odoo does; what the page of its importer shows says the row."""
        self.browse().check_access("create")
        answer = super().load(fields, data)
        if self.env.context.get("import_file"):
            explain = self.env["billing.import.answers"].explain
            answer["messages"] = explain(answer["messages"], fields, data)
        return answer

    @api.model
    def _extract_records(self, field_paths, data, *arguments, **options):
        """Let a file name customers who are not there yet; see `billing.account.importing`."""
        if ["partner_id"] in field_paths:
            place = field_paths.index(["partner_id"])
            field_paths = [*field_paths[:place], ["partner_id", ".id"], *field_paths[place + 1 :]]
            data = self.env["billing.account.importing"].name_customers(data, place, options["log"])
        return super()._extract_records(field_paths, data, *arguments, **options)

    @api.private
    def hold(self):
        """Hold accounts of which something is about to change that runs read, and renew their rows.

        :raise psycopg2.errors.SerializationFailure: a run was faster; whoever called begins anew
        """
        if self.ids:
            self.env.cr.execute(
                SQL(
                    "UPDATE billing_account SET next_billing_date = next_billing_date WHERE id IN (SELECT id FROM"
                    " billing_account WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE)",
                    sorted(self.ids),
                )
            )

    # -- life cycle ---------------------------------------------------------------------------------------------------

    def _apply_event(self, event):
        self.env["billing.life"].apply_event("account", self, event)

    def action_activate(self):
        self._apply_event("activate")

    def action_suspend(self):
        self._apply_event("suspend")

    def action_resume(self):
        self._apply_event("resume")

    def action_close(self):
        for account in self:
            for unfinished in account._get_unfinished():
                raise UserError(
                    self.env._(
                        "Account %(account)s cannot be closed: %(reason)s",
                        account=account.name,
                        reason=unfinished.reason,
                    )
                )
        self._apply_event("close")

    def _get_unfinished(self):
        """Return what nobody would work on any more once the account is closed: [Unfinished].

        A domain adds what it still has to do here. What is open may stay so: it is collected from closed accounts too.
        """
        self.ensure_one()
        reasons = []
        if running := self.subscription_ids.filtered(lambda s: s.state == "active"):
            names = ", ".join(running.mapped("name"))
            reason = self.env._("%(subscriptions)s is still running. End it first.", subscriptions=names)
            reasons.append(Unfinished("subscription", reason))
        # sudo: whether any exists
        pending = (
            self.env["billing.charge"].sudo().search_count([("account_id", "=", self.id), ("state", "=", "pending")])
        )
        if pending or self.next_billing_date:
            reason = self.env._("something is still to be billed. Bill the account, or void its charges, first.")
            reasons.append(Unfinished("bill", reason))
        return reasons

    def action_reopen(self):
        self._apply_event("reopen")

    def action_bill_now(self):
        """Bill this account up to today, as a run over it alone would."""
        self.ensure_one()
        run = self.env["billing.run"]._bill_accounts(self)
        return run._get_form_action()

    # -- programs -----------------------------------------------------------------------------------------------------

    @api.model
    @api.readonly
    def get_balance(self, account):
        """Return what is open on an account.

        :param str account: number of the account
        :return: {"account", "currency", "open", "overdue", "pending"}; pending are charges not yet invoiced, before tax
        :raise UserError: coded, no such account or one in several companies
        """
        self.check_access("read")
        record = self.env["billing.reader"].read_account(account)
        return {
            "account": record.name,
            "currency": record.currency_id.name,
            "open": record.amount_due,
            "overdue": record.amount_overdue,
            "pending": record._get_pending_amount(),
        }

    def _get_pending_amount(self):
        """Return what is charged and not invoiced yet, before tax, in the currency of the account."""
        self.ensure_one()
        own = [("account_id", "=", self.id), ("state", "=", "pending"), ("currency_id", "=", self.currency_id.id)]
        [(pending,)] = self.env["billing.charge"]._read_group(own, [], ["amount:sum"])
        return pending or 0.0

    # -- smart buttons ------------------------------------------------------------------------------------------------

    def _get_related_action(self, xmlid, domain, **context):
        self.ensure_one()
        self.check_access("read")
        return dict(self.env["ir.actions.act_window"]._for_xml_id(xmlid), domain=domain, context=context)

    def _get_page_action(self):
        """Return the action that opens the page of the customer."""
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    def action_view_subscriptions(self):
        return self._get_related_action(
            "online_billing.billing_subscription_action", [("account_id", "=", self.id)], default_account_id=self.id
        )

    def action_view_charges(self):
        return self._get_related_action(
            "online_billing.billing_charge_action",
            [("account_id", "=", self.id)],
            default_account_id=self.id,
            search_default_not_void=1,
        )

    def action_view_invoices(self):
        return self._get_related_action(
            "online_billing.account_move_action_billing",
            [("billing_account_id", "=", self.id)],
            create=False,
            default_move_type="out_invoice",
            kanban_view_ref="online_billing.account_move_view_kanban_billing",
            search_default_billing_not_cancelled=1,
        )
