import re
from datetime import date

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

INTERVALS = {"month": (1, "month"), "quarter": (3, "month"), "year": (1, "year")}
LONGEST = 16
# names that the sample file of subscriptions knows, whatever language the staff speaks
READY = {"month": "Basic Monthly", "year": "Basic Yearly"}
READY_FROM = date(2000, 1, 1)  # subscriptions that are brought from another system began long ago


class BillingNewPrice(models.TransientModel):
    """Make a code, its price and a plan in one go, from what one knows at first: name, amount, how often."""

    _name = "billing.new.price"
    _description = "New Price"

    ready = fields.Selection(
        [("month", "Monthly"), ("year", "Yearly")],
        string="Ready Plan",
        help="Fills in what a plan for the beginning needs; you only say for how much.",
    )
    name = fields.Char(required=True, help="What customers read on their invoice.")
    code = fields.Char(
        compute="_compute_code",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Short name used by staff and by programs. It is made from the name; change it as you like.",
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id, string="Currency"
    )
    amount = fields.Monetary(string="Price", required=True, help="Before tax; the default sales tax comes on top.")
    interval = fields.Selection(
        [("month", "Every month"), ("quarter", "Every three months"), ("year", "Every year"), ("once", "Once")],
        string="Billed",
        required=True,
        default="month",
        help="With a plan that customers subscribe to; what is billed once needs none.",
    )
    timing = fields.Selection(
        [("advance", "Before the period"), ("arrears", "After the period")],
        required=True,
        default="advance",
        help="In advance: at the beginning of each period. In arrears: at its end.",
    )
    valid_from = fields.Date(
        required=True, default=fields.Date.context_today, help="The first day on which it can be agreed."
    )

    @api.onchange("ready")
    def _onchange_ready(self):
        if self.ready:
            self.name, self.interval, self.timing = READY[self.ready], self.ready, "advance"
            self.valid_from = READY_FROM

    @api.depends("name")
    def _compute_code(self):
        for wizard in self:
            words = re.sub(r"[\W_]+", "-", (wizard.name or "").upper()).strip("-")
            if len(words) > LONGEST:  # cut between words
                words = words[: LONGEST + 1].rpartition("-")[0] or words[:LONGEST]
            wizard.code = wizard._get_free_code(words) if words else wizard.code

    def _get_free_code(self, wanted):
        """Return a code that no other one of the company has, with a number behind it where needed."""
        codes = self.env["billing.code"].with_context(active_test=False)
        taken = set(
            codes.search([("company_id", "=", self.company_id.id), ("code", "=like", f"{wanted}%")]).mapped("code")
        )
        number, free = 1, wanted
        while free in taken:
            number += 1
            free = f"{wanted}-{number}"
        return free

    def action_create(self):
        """Make the code, its price and, if it is billed again and again, a plan with it."""
        self.ensure_one()
        if self.amount <= 0:
            raise UserError(self.env._("Enter a price above zero. Something that is free needs no price here."))
        is_once = self.interval == "once"
        code = self.env["billing.code"].create(
            {
                "code": self.code,
                "name": self.name,
                "kind": "one_time" if is_once else "recurring",
                "company_id": self.company_id.id,
            }
        )
        self.env["billing.price"].create(
            {
                "code_id": code.id,
                "currency_id": self.currency_id.id,
                "unit_price": self.amount,
                "valid_from": self.valid_from,
            }
        )
        if not is_once:
            count, unit = INTERVALS[self.interval]
            self.env["billing.plan"].create(
                {
                    "name": self.name,
                    "company_id": self.company_id.id,
                    "interval_count": count,
                    "interval_unit": unit,
                    "line_ids": [Command.create({"code_id": code.id, "timing": self.timing})],
                }
            )
        return {"type": "ir.actions.act_window_close"}
