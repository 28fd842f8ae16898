from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import format_date

from ..shared.guarded import ANY, Life, names

DAYS = names("date_from date_to")


class BillingStop(models.Model):
    """A time on which a debt rested: an exemption that is over, or a dispute; late fees leave its days out."""

    _name = "billing.stop"
    _description = "Time Without Late Fees"
    _inherit = ["billing.guarded", "mail.thread"]
    _order = "date_from desc, id desc"
    _check_company_auto = True
    _life = Life(
        create=DAYS | names("account_id note"),
        write={ANY: names("note")},
        manager={"exemption": DAYS, "ended": DAYS},
        delete=names("exemption ended"),
    )

    account_id = fields.Many2one(
        "billing.account", index="btree_not_null", ondelete="cascade", check_company=True, tracking=True
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        help="Empty: everything on the account.",
    )
    company_id = fields.Many2one("res.company", compute="_compute_company_id", store=True, index=True, precompute=True)
    partner_id = fields.Many2one("res.partner", string="Customer", compute="_compute_partner_id")
    reason = fields.Selection(
        [("exemption", "Exemption"), ("dispute", "Dispute")],
        required=True,
        readonly=True,
        default="exemption",
        help="Exemption: the account bore no late fees. Dispute: an invoice was disputed.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    amount = fields.Monetary(
        string="Disputed Amount",
        readonly=True,
        tracking=True,
        help="Which part of the invoice is in dispute, with tax. Only this part is on hold. Empty: all of the invoice.",
    )
    date_from = fields.Date(
        string="From",
        tracking=True,
        help="First day without late fees. Empty: the days before count too. A late fee that was charged on one of the"
        " days is shown as not owed, and can be given back.",
    )
    date_to = fields.Date(
        string="To",
        tracking=True,
        help="Last day without late fees. Empty: a dispute that still goes on. It ends when it is settled, or when its"
        " invoice is not blocked any more; then its days can be corrected.",
    )
    is_running = fields.Boolean(
        compute="_compute_is_running",
        string="Goes On",
        help="The invoice is in dispute now: the days of the dispute follow the block of the invoice.",
    )
    verdict = fields.Selection(
        [("customer", "For the Customer"), ("company", "Against the Customer")],
        string="Settled",
        readonly=True,
        copy=False,
        tracking=True,
        help="A dispute settled for the customer bears no late fees for its days. One settled against the customer"
        " does, unless the late fee rule spares such days too. Empty: nobody has said; it counts as for the customer.",
    )
    note = fields.Char(help="What it is about, and how it was settled.")

    _belongs = models.Constraint(
        "CHECK (account_id IS NOT NULL OR move_id IS NOT NULL)", "Choose the account that bears no late fees."
    )
    _days_in_order = models.Constraint("CHECK (date_to >= date_from)", "The last day lies before the first one.")
    _exemption_is_over = models.Constraint(
        "CHECK (reason <> 'exemption' OR date_to IS NOT NULL)",
        "An exemption that goes on is noted on the account itself. Enter the last day of one that is over.",
    )
    _newest_idx = models.Index("(date_from DESC, id DESC)")
    _one_running = models.UniqueIndex(
        "(move_id) WHERE reason = 'dispute' AND date_to IS NULL AND COALESCE(amount, 0) = 0",
        "This invoice is in dispute already.",
    )
    # disputes of a part that go on: few at any time
    _running_part_idx = models.Index("(move_id) WHERE date_to IS NULL AND amount > 0")
    _amount_of_a_dispute = models.Constraint(
        "CHECK (COALESCE(amount, 0) = 0 OR (amount > 0 AND reason = 'dispute' AND move_id IS NOT NULL))",
        "Only a part of an invoice can be in dispute, and it is above zero.",
    )

    @api.depends("account_id", "move_id")
    def _compute_company_id(self):
        for stop in self:
            stop.company_id = (stop.move_id or stop.account_id).company_id

    @api.depends("account_id", "move_id")
    def _compute_currency_id(self):
        for stop in self:
            # sudo: in which currency a document is; nothing else of it is shown
            stop.currency_id = stop.sudo().move_id.currency_id or stop.account_id.currency_id

    @api.depends("account_id", "move_id")
    def _compute_partner_id(self):
        for stop in self:
            stop.partner_id = stop.account_id.partner_id or stop.move_id.partner_id

    @api.depends("reason", "date_to")
    def _compute_is_running(self):
        for stop in self:
            # as stored: a day that is typed in a form ends nothing
            stored = stop._origin
            stop.is_running = bool(stored) and stored._get_life_state() == "running"

    @api.depends("reason", "account_id", "move_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        for stop in self:
            about = stop.move_id or stop.account_id
            stop.display_name = f"{reasons.get(stop.reason, '')}: {about.display_name or ''}"

    @api.model
    def _get_life_states(self):
        return ["exemption", "running", "ended"]

    def _get_life_state(self):
        if self.reason != "dispute":
            return "exemption"
        return "ended" if self.date_to else "running"

    @api.model
    def _get_life_advice(self):
        return self.env._(
            "A dispute of a whole invoice begins and ends with its block, one of a part with the question of the"
            " customer. Settle one that goes on with the buttons; once it has ended, a billing manager can correct its"
            " days."
        )

    def copy_data(self, default=None):
        """Refuse: the same days of the same debt are noted once."""
        raise UserError(
            self.env._(
                "Disputes and exemptions cannot be duplicated: each is noted once. To spare other days, enter a new"
                " exemption; to dispute an invoice, block it for payment."
            )
        )

    @api.constrains("date_to")
    def _check_follows_invoice(self):
        """Keep a dispute going on as long as its invoice, or a part of it, is in dispute, and no longer."""
        # sudo: whether the invoice is in dispute; nothing else of it is shown
        for stop in self.sudo().filtered(lambda stop: stop.reason == "dispute"):
            # a part is in dispute until somebody says how that was settled
            is_over = stop.verdict if stop.amount else not stop.move_id._is_in_dispute()
            if not stop.date_to and is_over:
                raise ValidationError(
                    self.env._(
                        "The dispute about %(invoice)s has ended and cannot be reopened: nothing of the invoice is on"
                        " hold because of it any more. To begin a new dispute, block the invoice for payment. To"
                        " correct this one, enter its last day.",
                        invoice=stop.move_id.display_name,
                    )
                )
            if stop.date_to and stop.date_to > self.env["billing.days"].get_local_day(stop.account_id):
                raise ValidationError(
                    self.env._(
                        "The dispute about %(invoice)s has ended, so its last day cannot be %(day)s, which is still to"
                        " come. Enter the day on which it ended, or block the invoice for payment again.",
                        invoice=stop.move_id.display_name,
                        day=format_date(self.env, stop.date_to),
                    )
                )

    def action_settle_for_customer(self):
        """End disputes: the customer was right, and their days bear no late fees."""
        self.check_access("write")
        self.env["billing.stops"].settle(self, "customer")

    def action_settle_against_customer(self):
        """End disputes: the customer was wrong, and late fees count their days unless the rule spares them."""
        self.check_access("write")
        self.env["billing.stops"].settle(self, "company")

    def action_view_invoice(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
        }
