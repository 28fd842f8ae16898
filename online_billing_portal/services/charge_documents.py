"""Credit notes that settle disputes are followed where documents are: `_post` itself stays as the core knows it."""

from odoo import api, models


class BillingChargeDocuments(models.AbstractModel):
    _inherit = "billing.charge.documents"

    @api.private
    def follow(self, moves):
        result = super().follow(moves)
        self.env["billing.question.credits"].follow_posted(moves.filtered(lambda move: move.move_type == "out_refund"))
        return result

    @api.private
    def follow_reset(self, moves):
        result = super().follow_reset(moves)
        self.env["billing.question.credits"].follow_reset(moves.filtered(lambda move: move.move_type == "out_refund"))
        return result
