"""Disputes that a bank waits for an answer to among what needs a person."""

from odoo import models
from odoo.addons.online_billing.services.home.lists import HomeList
from odoo.fields import Domain

DISPUTES = "online_billing_stripe.billing_stripe_dispute_action"


class BillingHomeLists(models.AbstractModel):
    _inherit = "billing.home.lists"

    def _get_waiting_lists(self, today):
        found = super()._get_waiting_lists(today)
        model, shown = self.get_shown(DISPUTES)
        asked = Domain("status", "in", ("needs_response", "warning_needs_response"))
        domain = shown & Domain("company_id", "in", self.env.companies.ids) & asked
        found.append(HomeList("stripe_disputes", self.env._("Disputes to answer at Stripe"), DISPUTES, model, domain))
        return found
