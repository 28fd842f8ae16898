from odoo import api, fields, models

from ..shared.guarded import ANY, Life, names


class BillingStop(models.Model):
    """A time on which a debt rested: an exemption that is over, or a dispute; late fees leave its days out."""

    _name = "billing.stop"
    _description = "Time Without Late Fees"
    _inherit = ["billing.guarded", "mail.thread"]
    _order = "date_from desc, id desc"
    _check_company_auto = True
    _life = Life(
        create=names("account_id date_from date_to note"),
        write={ANY: names("note")},
        manager={ANY: names("date_from date_to")},
        delete=names(ANY),
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
        [("exemption", "Exemption"), ("dispute", "Dispute")], required=True, readonly=True, default="exemption"
    )
    date_from = fields.Date(
        string="From", tracking=True, help="First day without late fees. Empty: the days before count too."
    )
    date_to = fields.Date(string="To", tracking=True, help="Last day without late fees. Empty: it still goes on.")
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
    _one_running = models.UniqueIndex(
        "(move_id) WHERE reason = 'dispute' AND date_to IS NULL", "This invoice is in dispute already."
    )

    @api.depends("account_id", "move_id")
    def _compute_company_id(self):
        for stop in self:
            stop.company_id = (stop.move_id or stop.account_id).company_id

    @api.depends("account_id", "move_id")
    def _compute_partner_id(self):
        for stop in self:
            stop.partner_id = stop.account_id.partner_id or stop.move_id.partner_id

    @api.depends("reason", "account_id", "move_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        for stop in self:
            about = stop.move_id or stop.account_id
            stop.display_name = f"{reasons.get(stop.reason, '')}: {about.display_name or ''}"

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
