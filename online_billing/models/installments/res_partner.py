from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    installment_plan_count = fields.Integer(
        compute="_compute_installment_plan_count",
        string="Number of Installment Plans",
        groups="online_billing.group_billing_user",
    )

    def _compute_installment_plan_count(self):
        for partner in self:
            partner.installment_plan_count = self.env["billing.installment.plan"].search_count(
                [("partner_id", "child_of", partner.id)]
            )

    def action_view_installment_plans(self):
        self.ensure_one()
        self.check_access("read")
        self.env["billing.installment.plan"].check_access("read")
        return dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_installment_plan_action"),
            domain=[("partner_id", "child_of", self.id)],
            context={},
        )

    def action_plan_installments(self):
        """Open the dialogue in which installments for what the customer owes are agreed."""
        self.check_access("read")
        self.env["billing.installment.plan"].check_access("read")
        customers = [
            ("commercial_partner_id", "in", self.commercial_partner_id.ids),
            ("company_id", "=", self.env.company.id),
        ]
        return self.env["billing.installment.request"].find_plannable(customers).action_plan_installments()
