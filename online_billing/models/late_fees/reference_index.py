from odoo import api, fields, models


class BillingReferenceIndex(models.Model):
    """A rate that somebody else sets, such as a central bank; late fees take a margin over it."""

    _name = "billing.reference.index"
    _description = "Reference Rate"
    _inherit = ["mail.thread", "billing.configuration"]
    _order = "name, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    active = fields.Boolean(default=True)
    source = fields.Text(
        required=True, translate=True, help="Who sets the rate, where it is published, and how to add the next one."
    )
    source_url = fields.Char(string="Published At", help="Where whoever sets the rate makes it known.")
    known_until = fields.Date(
        tracking=True,
        help=(
            "The last day of which you know that no later rate holds. Interest for later days waits until the rates are"
            " brought up to date: look the rate up, add a row if it changed, and set this day to today. Empty: the"
            " last row holds until another one is added."
        ),
    )
    rate_ids = fields.One2many(
        "billing.reference.rate", "index_id", string="Rates", help="Every rate with its first day."
    )
    current_percent = fields.Float(
        digits=(16, 6), compute="_compute_current", string="Latest Rate (%)", help="The latest rate that is known here."
    )
    current_from = fields.Date(
        compute="_compute_current", string="In Force Since", help="Since when the latest rate is in force."
    )
    is_outdated = fields.Boolean(compute="_compute_current", search="_search_is_outdated")

    @api.depends("rate_ids.valid_from", "rate_ids.percent", "known_until")
    def _compute_current(self):
        today = fields.Date.context_today(self)
        for index in self:
            rates = index.rate_ids.filtered(lambda rate: rate.valid_from and rate.valid_from <= today)
            latest = rates.sorted("valid_from")[-1:]
            index.current_percent = latest.percent
            index.current_from = latest.valid_from
            index.is_outdated = bool(index.known_until and index.known_until < today)

    def _search_is_outdated(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        outdated = [("known_until", "!=", False), ("known_until", "<", today)]
        if True in value:
            return [] if False in value else outdated
        return ["!", "&", *outdated] if False in value else [(0, "=", 1)]
