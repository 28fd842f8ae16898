from odoo import api, models


class PartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Keep as whom Stripe knows each of those who become one."""
        self.env["billing.stripe.customers"].join(src_partners | dst_partner, dst_partner)
        self.env.flush_all()
        return super()._update_foreign_keys(src_partners, dst_partner)
