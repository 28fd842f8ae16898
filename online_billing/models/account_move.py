from odoo import api, fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    billing_account_id = fields.Many2one("billing.account", index="btree_not_null", readonly=True, copy=False, check_company=True, ondelete="restrict")
    billing_run_id = fields.Many2one("billing.run", index="btree_not_null", readonly=True, copy=False, check_company=True, ondelete="set null")
    billing_delivery_state = fields.Selection(
        [("pending", "To Send"), ("sent", "Sent"), ("failed", "Failed"), ("letter", "Letter to Print"), ("none", "Not Sent")], string="Delivery", readonly=True, copy=False, index="btree_not_null",
        help="Invoices of the billing are sent after the run, by their own step.",
    )  # fmt: skip
    billing_delivery_error = fields.Char(readonly=True, copy=False, string="Delivery Error")
    billing_delivery_date = fields.Datetime(readonly=True, copy=False, string="Delivered On")
    billing_charge_ids = fields.One2many("billing.charge", "invoice_id", string="Billing Charges")
    billing_charge_count = fields.Integer(compute="_compute_billing_charge_count", string="Number of Billing Charges")

    def _compute_billing_charge_count(self):
        counts = dict(self.env["billing.charge"].sudo()._read_group([("invoice_id", "in", self.ids)], ["invoice_id"], ["__count"]))  # sudo: a mere number on the invoice form of accountants
        for move in self:
            move.billing_charge_count = counts.get(move, 0)

    def unlink(self):
        """Give the charges of a deleted invoice back, so that the next run bills them."""
        self.env["billing.invoicing"]._release(self)
        return super().unlink()

    def button_cancel(self):
        res = super().button_cancel()
        self.env["billing.invoicing"]._void_cancelled(self)
        return res

    def button_draft(self):
        cancelled = self.filtered(lambda move: move.state == "cancel")
        res = super().button_draft()
        self.env["billing.invoicing"]._restore(cancelled)
        return res

    def _get_mail_template(self):
        """Send invoices of the billing with the text that carries the pay link."""
        if self and all(move.billing_account_id for move in self):
            return "online_billing.mail_template_invoice" if all(move.move_type == "out_invoice" for move in self) else super()._get_mail_template()
        return super()._get_mail_template()

    def action_view_billing_charges(self):
        self.ensure_one()
        return dict(self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_charge_action"), domain=[("invoice_id", "=", self.id)], context={"create": False})

    def action_send_billing_now(self):
        """Send waiting or failed invoices now."""
        self.env["billing.delivery"]._deliver(self.filtered(lambda move: move.state == "posted" and move.billing_account_id))

    @api.model
    def _cron_deliver_billing(self):
        self.env["billing.delivery"]._work()
