from odoo import api, fields, models


class BillingLateFeeWaive(models.TransientModel):
    """Ask why late fees are waived, and waive them."""

    _name = "billing.late.fee.waive"
    _description = "Waive Late Fees"

    fee_ids = fields.Many2many("billing.late.fee", string="Late Fees", required=True)
    reason = fields.Char(required=True, help="Kept with the fee and printed on the credit note.")
    effect = fields.Text(compute="_compute_effect", help="What happens when you confirm.")

    @api.depends("fee_ids")
    def _compute_effect(self):
        for waiver in self:
            waiver.effect = waiver._get_effect()

    def _get_effect(self):
        """Return in words what waiving does to these fees."""
        _, fees = self.env._, self.fee_ids
        announced = len(fees.filtered(lambda fee: fee.state == "announced"))
        standing = self.env["billing.charge.standing"].get_standing(fees.charge_id)
        invoiced = fees.filtered(lambda fee: fee.charge_id.state == "invoiced" and standing[fee.charge_id])
        pending = len(fees.filtered(lambda fee: fee.charge_id.state == "pending"))
        sentences = [
            _("Announced, will not be charged: %s.", announced) if announced else "",
            _("Waiting for the next bill, voided: %s.", pending) if pending else "",
            _(
                "Invoiced, given back by credit note: %(count)s, %(total)s before tax.",
                count=len(invoiced),
                total=", ".join(
                    currency.format(sum(standing[fee.charge_id] for fee in own))
                    for currency, own in invoiced.grouped("currency_id").items()
                ),
            )
            if invoiced
            else "",
        ]
        return "\n".join(sentence for sentence in sentences if sentence)

    def action_waive(self):
        """Waive the fees and show the credit notes, if there are any."""
        self.ensure_one()
        notes = self.env["billing.late.fee.waiver"].waive(self.fee_ids, self.reason)
        if not notes:
            return {"type": "ir.actions.act_window_close"}
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_refund_type")
        return dict(action, domain=[("id", "in", notes.ids)], context={"create": False})
