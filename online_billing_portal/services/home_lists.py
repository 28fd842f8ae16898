"""Questions, documents and requests of customers among what needs a person."""

from odoo import models
from odoo.addons.online_billing.services.home.lists import MANAGER, HomeList
from odoo.fields import Domain

QUESTIONS = "online_billing_portal.billing_question_action"
VERIFICATIONS = "online_billing_portal.billing_verification_action"
ERASURES = "online_billing_portal.billing_erasure_action"


class BillingHomeLists(models.AbstractModel):
    _inherit = "billing.home.lists"

    def _get_waiting_lists(self, today):
        _, found = self.env._, super()._get_waiting_lists(today)
        own = Domain("company_id", "in", self.env.companies.ids)
        for name, label, action, states, group in (
            ("questions", _("Questions to answer"), QUESTIONS, ("new", "work"), ""),
            ("verifications", _("Documents to check"), VERIFICATIONS, ("received",), ""),
            ("erasures", _("Requests for erasure"), ERASURES, ("asked",), MANAGER),
        ):
            model, shown = self.get_shown(action)
            waiting = shown & own & Domain("state", "in", states)
            found.append(HomeList(name, label, action, model, waiting, group))
        return found
