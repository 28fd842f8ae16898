from odoo import api, fields, models
from odoo.exceptions import UserError


class BillingErasureDecision(models.TransientModel):
    """Erase a customer's data, or refuse to: what cannot be undone is typed, not only clicked."""

    _name = "billing.erasure.decision"
    _description = "Decide a Request for Erasure"

    erasure_id = fields.Many2one("billing.erasure", required=True)
    is_contact = fields.Boolean(compute="_compute_found")
    customer_name = fields.Char(compute="_compute_found", string="Name")
    obstacles = fields.Text(
        compute="_compute_found",
        string="What Must End First",
        help="While anything stands here, nothing can be erased. The customer reads it on their page, too.",
    )
    kept_until = fields.Date(compute="_compute_found", help="So long the law keeps documents and payments.")
    automatic = fields.Text(
        compute="_compute_found",
        string="Automatic Payment",
        help="Which accounts lose a saved method of this contact, and what is charged instead.",
    )
    stays = fields.Text(related="erasure_id.stays")
    confirmation = fields.Char(
        string="Type the Name", help="Type it as it stands above: nothing brings back what is erased."
    )
    reason = fields.Text(string="Why Not", help="The customer reads it.")

    @api.depends("erasure_id")
    def _compute_found(self):
        erasing, companies = self.env["billing.erasing"], self.env.user.company_ids
        for decision in self:
            erasure = decision.erasure_id
            decision.is_contact = bool(erasure.contact_id)
            decision.customer_name = erasure._get_subject().name
            decision.obstacles = "\n".join(one.sentence for one in erasing.get_request_obstacles(erasure))
            decision.kept_until = erasing.get_request_end(erasure)
            # with the whole customer its accounts are closed, and their automatic payment ends
            losses = (
                self.env["billing.erasure.methods"].say_losses(
                    erasure, lambda account: account.company_id.id in companies.ids
                )
                if erasure.contact_id
                else ()
            )
            decision.automatic = "\n".join(losses)

    def action_erase(self):
        """Erase what the law does not keep."""
        self.ensure_one()
        self.erasure_id.check_access("write")
        if " ".join((self.confirmation or "").split()) != " ".join((self.customer_name or "").split()):
            raise UserError(self.env._("Type the name, “%(name)s”, to have the data erased.", name=self.customer_name))
        self.env["billing.erasing"].erase(self.erasure_id)
        self.confirmation = False  # a name that is to stand nowhere any more
        return {"type": "ir.actions.act_window_close"}

    def action_refuse(self):
        """Refuse, and tell the customer why."""
        self.ensure_one()
        self.env["billing.erasing"].refuse(self.erasure_id, self.reason)
        return {"type": "ir.actions.act_window_close"}
