from odoo import api, fields, models

from .account_payment_method import CHEQUE


class AccountJournal(models.Model):
    _name = "account.journal"
    _inherit = ["account.journal", "billing.configuration"]

    billing_receives_cheques = fields.Boolean(
        string="Receives Cheques",
        compute="_compute_billing_receives_cheques",
        groups="base.group_user",
        help="Cheques of customers can be registered here.",
    )

    @api.depends("inbound_payment_method_line_ids.payment_method_id")
    def _compute_billing_receives_cheques(self):
        for journal in self:
            journal.billing_receives_cheques = CHEQUE in journal.inbound_payment_method_line_ids.mapped("code")

    def action_receive_cheques(self):
        """Let payments by cheque be registered in these journals from now on."""
        self.check_access("write")
        method = self.env.ref("online_billing.account_payment_method_cheque")
        journals = self.filtered(lambda one: one.type in ("bank", "cash") and not one.billing_receives_cheques)
        self.env["account.payment.method.line"].create(
            [{"name": method.name, "payment_method_id": method.id, "journal_id": journal.id} for journal in journals]
        )
