from odoo import fields, models

from .words import get_folded


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "billing.held"]

    billing_account_ids = fields.One2many(
        "billing.account", "partner_id", string="Billing Accounts", groups="online_billing.group_billing_user"
    )
    billing_account_count = fields.Integer(
        compute="_compute_billing_account_count",
        string="Number of Billing Accounts",
        groups="online_billing.group_billing_user",
    )
    billing_has_case = fields.Boolean(
        compute="_compute_billing_has_case", string="Under Collection", groups="online_billing.group_billing_user"
    )

    # how customers are found: by words of their name, by address, and by the last digits of their telephone number
    _billing_words_idx = models.Index(f"USING gin ({get_folded('complete_name')}) WITH (fastupdate = off)")
    _billing_email_idx = models.Index("(email_normalized text_pattern_ops) WHERE email_normalized IS NOT NULL")
    _billing_phone_idx = models.Index(
        "(reverse(regexp_replace(phone, '[^0-9]', '', 'g')) text_pattern_ops) WHERE phone IS NOT NULL"
    )

    def _compute_billing_account_count(self):
        counts = dict(
            self.env["billing.account"]._read_group([("partner_id", "in", self.ids)], ["partner_id"], ["__count"])
        )
        for partner in self:
            partner.billing_account_count = counts.get(partner, 0)

    def _compute_billing_has_case(self):
        for partner in self:
            partner.billing_has_case = bool(
                self.env["billing.collection.case"].search_count(self._get_case_domain(partner), limit=1)
            )

    def _get_case_domain(self, partner):
        return [("partner_id", "child_of", partner.ids)]

    def action_view_billing_cases(self):
        """Open what is under collection of the customer, on all accounts."""
        self.ensure_one()
        self.check_access("read")
        self.env["billing.collection.case"].check_access("read")
        return self.env["billing.collection.case"].search(self._get_case_domain(self))._get_view_action()

    def action_view_billing_accounts(self):
        """Open the account of the customer, the list where there are several, or the form of a new one."""
        self.ensure_one()
        self.check_access("read")
        self.env["billing.account"].check_access("read")
        action = dict(
            self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_account_action"),
            domain=[("partner_id", "=", self.id)],
            context={"default_partner_id": self.id},
        )
        accounts = self.env["billing.account"].search(action["domain"], limit=2)
        if len(accounts) < 2:
            action["views"] = [(False, "form")]
            action["res_id"] = accounts.id
        return action
