from odoo import api, models


class PartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Keep the role that whoever stays has on each account, and what the others had where they had none."""
        # sudo: whoever may merge contacts need not see accounts
        members = self.env["billing.account.member"].sudo()
        rows = members.search([("partner_id", "in", (src_partners | dst_partner).ids)])
        for same in rows.grouped("account_id").values():
            kept = same.filtered(lambda row: row.partner_id == dst_partner)[:1] or same[:1]
            (same - kept).unlink()
        self.env.flush_all()
        return super()._update_foreign_keys(src_partners, dst_partner)
