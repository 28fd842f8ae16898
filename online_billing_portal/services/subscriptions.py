"""Subscriptions as their customer sees them: what runs, what comes next, and ending it where the plan says so."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.plan import ANY_DAY, NEVER, PERIOD_END

SHOWN_STATES = ("active", "ended")
MOST = 200
LATEST_YEAR = 2200


class BillingPortalSubscriptions(models.AbstractModel):
    _name = "billing.portal.subscriptions"
    _description = "Subscriptions of a Customer"

    @api.private
    def get_subscriptions(self, accounts):
        """Return the subscriptions of accounts (elevated), those that run first."""
        return accounts.env["billing.subscription"].search(
            [("account_id", "in", accounts.ids), ("state", "in", SHOWN_STATES)],
            order="state, start_date desc, id desc",
            limit=MOST,
        )

    @api.private
    def get_end_days(self, subscription):
        """Return (first, last) of the last days that the customer may choose; None where there is no choice.

        What has no end may be ended on any day to come; the last is None then.
        """
        way = subscription.plan_id.customer_end
        if way == NEVER or subscription.state != "active":
            return None
        today = self.env["billing.days"].get_local_day(subscription.account_id)
        first = max(today, subscription.start_date)
        if way == PERIOD_END:
            first = self.env["billing.subscription.lifecycle"].sudo().get_period_end(subscription, first)
        if subscription.end_date and subscription.end_date <= first:
            return None
        return first, first if way == PERIOD_END else subscription.end_date

    @api.private
    def read_end_day(self, subscription, text):
        """Return the last day that a customer has chosen.

        :raise UserError: it is none that they may choose
        """
        days = self.get_end_days(subscription)
        if not days:
            raise UserError(self.env._("This subscription cannot be ended here. Please write to us."))
        first, last = days
        try:
            day = fields.Date.to_date(text)
        except (TypeError, ValueError):
            day = None
        if subscription.plan_id.customer_end != ANY_DAY:
            if text and day != first:  # what was shown is what is agreed to
                raise UserError(self.env._("The running period has changed meanwhile. Look at the new last day."))
            return first
        if not day or day.year > LATEST_YEAR or day < first or (last and day > last):
            raise UserError(self.env._("Choose a day from today on, and not after the day on which it ends anyway."))
        return day

    @api.private
    def get_effect(self, subscription, day):
        """Return what is credited if a subscription ends on a day: [{"name", "dates", "amount", "currency"}]."""
        corrections = (
            self.env["billing.rating"].sudo().get_end_corrections(subscription, day, subscription.credit_unused)
        )
        return self.env["billing.explanation"].sudo().label_corrections(corrections, subscription.currency_id)

    @api.private
    def end(self, subscription, day, person):
        """End a subscription for its customer, and note who did it."""
        self.env["billing.subscription.lifecycle"].sudo().set_end(subscription, day)
        subscription.message_post(
            body=self.env._("Ended in the portal by %(person)s.", person=person.display_name),
            author_id=person.id,
            subtype_xmlid="mail.mt_note",
        )
