from odoo import fields, models


class BillingChargeAgain(models.TransientModel):
    """Ask when charges are to be billed again, of which nothing stands any more."""

    _name = "billing.charge.again"
    _description = "Bill Charges Again"

    charge_ids = fields.Many2many("billing.charge", string="Charges", required=True)
    timing = fields.Selection(
        [("soon", "By the next run"), ("now", "At once")],
        default="now",
        required=True,
        string="Invoicing",
        help="At once: on an invoice of today, sent immediately. By the next run: with what that run bills anyway.",
    )

    def action_bill_again(self):
        """Record the charges anew, with their period and amount, and show them."""
        self.ensure_one()
        made = self.env["billing.charging"].bill_again(self.charge_ids, self.timing)
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_charge_action"),
            domain=[("id", "in", made.ids)],
            context={"create": False},
        )
