"""Questions of customers among what needs a person."""

from odoo import models
from odoo.addons.online_billing.services.home.lists import HomeList
from odoo.fields import Domain

ACTION = "online_billing_portal.billing_question_action"


class BillingHomeLists(models.AbstractModel):
    _inherit = "billing.home.lists"

    def _get_waiting_lists(self, today):
        waiting = Domain("state", "in", ("new", "work")) & Domain("company_id", "in", self.env.companies.ids)
        model, shown = self.get_shown(ACTION)
        label = self.env._("Questions to answer")
        return [*super()._get_waiting_lists(today), HomeList("questions", label, ACTION, model, shown & waiting)]
