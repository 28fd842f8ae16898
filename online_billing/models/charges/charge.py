from odoo import api, fields, models
from odoo.exceptions import UserError

from ..shared.guarded import Life, names

ORIGINS = [
    ("subscription", "Subscription"),
    ("form", "Entered by Hand"),
    ("program", "Recorded by a Program"),
    ("late_fee", "Late Fee"),
    ("returned", "Returned Payment"),
    ("late_fee_waiver", "Late Fee Given Back"),
    ("installment_fee", "Fee of an Installment Plan"),
    ("installment_interest", "Interest of an Installment Plan"),
    ("document", "Invoice or Credit Note Made by Hand"),
]
KINDS = [
    ("period", "Period"),
    ("adjustment", "Adjustment"),
    ("once", "Once, with a Subscription"),
    ("single", "Single Charge"),
]
STATES = [("pending", "Pending"), ("invoiced", "Invoiced"), ("void", "Void")]


class BillingCharge(models.Model):
    """An amount owed, under a key that exists once. Every charge ends on an invoice, or is voided with a reason."""

    _name = "billing.charge"
    _description = "Billing Charge"
    _inherit = ["billing.guarded"]
    _order = "charge_date desc, id desc"
    _rec_names_search = ["name", "key"]
    _check_company_auto = True
    _life = Life(
        create=names("name account_id code_id quantity amount charge_date invoice_timing service_start service_end"),
        is_final=True,
    )

    name = fields.Char(string="Description", required=True, help="Printed on the invoice.")
    origin = fields.Selection(
        ORIGINS,
        required=True,
        readonly=True,
        help="What the charge arose from.",
    )
    key = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        help="What has the same key is charged once; only what was credited or void is billed again under it.",
    )
    generation = fields.Integer(
        string="Times Billed",
        required=True,
        readonly=True,
        copy=False,
        default=1,
        help="1, or one more than the charge that this one bills again.",
    )
    replaces_id = fields.Many2one(
        "billing.charge",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="The charge that is billed again, because it was voided or credited.",
    )
    replaced_by_ids = fields.One2many(
        "billing.charge", "replaces_id", string="Billed Again By", help="The charge that bills this one once more."
    )
    can_bill_again = fields.Boolean(
        compute="_compute_can_bill_again",
        string="Can Be Billed Again",
        help="It was voided, or given back in full, and nothing has been billed in its place.",
    )
    corrects_id = fields.Many2one(
        "billing.charge",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="The charge whose amount this one takes back or changes.",
    )
    account_id = fields.Many2one("billing.account", required=True, index=True, ondelete="restrict", check_company=True)
    company_id = fields.Many2one("res.company", required=True)  # the unique key begins with it: no index of its own
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    currency_id = fields.Many2one("res.currency", required=True)
    code_id = fields.Many2one("billing.code", required=True, index=True, ondelete="restrict", check_company=True)
    category_id = fields.Many2one(related="code_id.category_id", store=False)
    subscription_line_id = fields.Many2one(
        "billing.subscription.line", index="btree_not_null", ondelete="restrict", check_company=True
    )
    subscription_id = fields.Many2one(
        "billing.subscription", index="btree_not_null", ondelete="restrict", check_company=True
    )
    price_id = fields.Many2one(
        "billing.price",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        string="Price Version",
        help="The version of the price that was valid on the day.",
    )
    kind = fields.Selection(
        KINDS,
        required=True,
        default="single",
        help=(
            "Period: a period of a subscription. Adjustment: the difference after a change in a period already billed."
        ),
    )
    sequence = fields.Integer(help="Counts the adjustments of a period.")
    charge_date = fields.Date(
        required=True,
        compute="_compute_charge_date",
        store=True,
        readonly=False,
        precompute=True,
        help="The day on which the charge falls due for billing, in the time zone of the account.",
    )
    period_start = fields.Date(help="First day of the billing period.")
    period_end = fields.Date(help="Last day of the billing period.")
    service_start = fields.Date(string="From", help="First day charged.")
    service_end = fields.Date(string="To", help="Last day charged.")
    quantity = fields.Float(digits=(16, 6), default=1.0, required=True, help="How many units are charged.")
    amount_exact = fields.Float(digits=(24, 10), readonly=True, string="Exact Amount", help="Before rounding.")
    amount = fields.Monetary(
        required=True,
        readonly=True,
        help="Rounded once to the currency; before tax, unless it says that tax is included.",
    )
    tax_included = fields.Boolean(
        string="Tax Included",
        readonly=True,
        copy=False,
        help="The amount is with tax, because the taxes of the product are included in its price. Settled when the"
        " charge is billed.",
    )
    breakdown = fields.Json(readonly=True, help="How the amount came about.")
    explanation = fields.Html(
        compute="_compute_explanation",
        sanitize=False,
        string="Why This Amount",
        help="How the amount was worked out, step by step.",
    )
    invoice_timing = fields.Selection(
        [("next", "With the next bill"), ("soon", "By the next run"), ("now", "At once")],
        default="next",
        required=True,
        string="Invoicing",
        help=(
            "With the next bill: waits for the next period of a subscription, if there is one. By the next run: does"
            " not wait for it. At once: invoiced and sent immediately; the next bill of the period lists it as already"
            " billed."
        ),
    )
    state = fields.Selection(
        STATES,
        default="pending",
        required=True,
        readonly=True,
        copy=False,
        help=(
            "Pending: it goes on the next bill. Invoiced: it stands on an invoice. Void: it was taken "
            "back, with a reason, and is never billed."
        ),
    )  # nearly all are invoiced; those that wait have an index of their own
    void_reason = fields.Char(readonly=True, copy=False)
    is_netted = fields.Boolean(
        string="Balanced on Its Bill",
        readonly=True,
        copy=False,
        help="Void, but settled: with the other charges of its bill it added up to nothing.",
    )
    invoice_id = fields.Many2one(
        "account.move", readonly=True, copy=False, index="btree_not_null", ondelete="restrict", check_company=True
    )
    invoice_line_id = fields.Many2one(
        "account.move.line", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )
    listed_invoice_id = fields.Many2one(
        "account.move",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        string="Listed on",
        help="The bill of the period that names this charge as already billed.",
    )
    run_id = fields.Many2one(
        "billing.run",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The run that billed it.",
    )

    _key_unique_per_company = models.Constraint(
        "UNIQUE (company_id, key, generation)", "This has been charged already."
    )
    _invoiced_has_invoice = models.Constraint(
        "CHECK (state <> 'invoiced' OR invoice_id IS NOT NULL)", "An invoiced charge names its invoice."
    )
    _void_has_reason = models.Constraint(
        "CHECK (state <> 'void' OR void_reason IS NOT NULL)", "A void charge names its reason."
    )
    _pending_idx = models.Index("(account_id, charge_date) WHERE state = 'pending'")
    # read from its end; a day's charges enter at the end of the day, which fills its pages
    _newest_idx = models.Index("(charge_date, id)")
    _instant_idx = models.Index(
        "(account_id) WHERE state = 'invoiced' AND invoice_timing = 'now' AND listed_invoice_id IS NULL"
    )

    @api.depends("account_id")
    def _compute_charge_date(self):
        self.env["billing.days"].propose(self, "charge_date")

    @api.depends("breakdown", "amount", "currency_id")
    def _compute_explanation(self):
        for charge in self:
            charge.explanation = self.env["billing.explanation"].render(charge)

    def _compute_can_bill_again(self):
        free = self.env["billing.charge.standing"].filter_free(self._origin)
        for charge in self:
            charge.can_bill_again = charge._origin in free

    @api.model_create_multi
    def create(self, vals_list):
        """Rate what comes from a form and record it in the book; services give the book whole charges."""
        self.browse().check_access("create")
        self._check_new_values(vals_list)
        charges = self.env["billing.charging"].record_forms(vals_list)
        charges._check_company()
        charges.check_access("create")
        self.env["billing.rating"].refresh_next_billing_date(charges.account_id)
        return charges

    @api.model
    def _get_life_advice(self):
        return self.env._(
            "Record charges with their form or the method “record”; void one and record another, or cancel its invoice,"
            " to change what becomes of it."
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "Charges are not deleted, so that nothing is billed twice or forgotten. Void the charge instead."
            )
        )

    @api.model
    def record(self, charges):
        """Record one-time charges, each at most once, and say what became of each.

        :param list charges: dictionaries with ``account`` (number), ``code``, ``key`` (yours, unique in the company),
            and optionally ``quantity`` (default 1), ``amount`` (before tax; needed for dynamic and percentage prices,
            elsewhere it replaces the price), ``name``, ``date`` (ISO, today in the account's time zone), ``invoice``
            ("next" or "now")
        :return: list in the same order of {"key", "status": "created" | "duplicate" | "conflict" | "error", "id",
            "amount", "currency", "state", "invoice", "void_reason" of a void one, "error": {"code", "message",
            "field"}}. Duplicate: the key was recorded before with the same content; the answer tells what became of
            that charge. Conflict: with another content; the first stays as it is. Created with the error code
            "not_invoiced": it could not be invoiced at once, is pending, and is billed by a run
        :raise AccessError: the user may not record charges
        """
        self.check_access("create")
        return self.env["billing.charging"].record(charges)

    def action_void(self):
        """Open the dialogue that asks why."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Void Charge"),
            "res_model": "billing.charge.void",
            "view_mode": "form",
            "target": "new",
            "context": {"default_charge_ids": self.ids},
        }

    def action_bill_again(self):
        """Open the dialogue that asks when."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Bill Again"),
            "res_model": "billing.charge.again",
            "view_mode": "form",
            "target": "new",
            "context": {"default_charge_ids": self.ids},
        }

    def action_invoice_now(self):
        """Invoice pending charges at once, and send the invoices."""
        self.check_access("write")
        moves = self.env["billing.invoicing"].invoice_now(self)
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.account_move_action_billing"),
            domain=[("id", "in", moves.ids)],
            context={"create": False},
        )

    def action_view_account(self):
        """Open the page of the customer, which has every act."""
        self.ensure_one()
        self.check_access("read")
        return self.account_id._get_page_action()

    def action_view_invoice(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.invoice_id.id,
            "view_mode": "form",
        }
