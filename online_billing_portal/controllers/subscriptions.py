"""Subscriptions of a customer."""

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request
from werkzeug.exceptions import NotFound

from ..services.access import AGREE
from .billing import BillingPages


class BillingSubscriptions(BillingPages):
    @http.route("/my/billing/subscriptions", type="http", auth="user", methods=["GET"], website=True, readonly=True)
    def billing_subscriptions(self, **kwargs):
        """List what runs and what has ended, each with its next twelve bills."""
        accounts = request.env["billing.account"].sudo().union(*self._billing_get_roles())  # sudo: roles were asked
        found = request.env["billing.portal.subscriptions"].get_subscriptions(accounts)
        return self._billing_render(
            "online_billing_portal.subscriptions",
            "subscriptions",
            subscriptions=found,
            account_names=self._billing_get_account_names(accounts),
        )

    @http.route(
        "/my/billing/subscriptions/<int:subscription_id>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        readonly=True,
    )
    def billing_subscription(self, subscription_id, day=None, ended=None, **kwargs):
        """Show one: what it is made of, its next twelve bills, and how it ends; a chosen day is previewed."""
        subscription, may_end = self._billing_get_subscription(subscription_id)
        return self._billing_show_subscription(
            subscription, may_end, day, is_ended=bool(ended and subscription.end_date)
        )

    @http.route(
        "/my/billing/subscriptions/<int:subscription_id>/end",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def billing_subscription_end(self, subscription_id, day=None, **kwargs):
        """End a subscription on the day that was previewed."""
        subscription, may_end = self._billing_get_subscription(subscription_id)
        if not may_end:
            raise NotFound
        service = request.env["billing.portal.subscriptions"]
        person = request.env.user.partner_id
        _done, error = self._billing_try(
            lambda: service.end(subscription, service.read_end_day(subscription, day), person)
        )
        if error:
            return self._billing_show_subscription(subscription, may_end, None, error)
        return request.redirect(f"/my/billing/subscriptions/{subscription.id}?ended=1")

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _billing_get_subscription(self, subscription_id):
        """Return a subscription (elevated) of an account that the visitor sees, and whether they may end it."""
        # sudo: the role on its account is asked for at once
        found = request.env["billing.subscription"].sudo().browse(self._billing_read_id(subscription_id)).exists()
        if not found or found.state not in ("active", "ended"):
            raise NotFound
        account = self._billing_get_account(found.account_id.id)
        access, person = request.env["billing.portal.access"], request.env.user.partner_id
        return found.with_company(account.company_id), access.may(person, account, AGREE)

    def _billing_show_subscription(self, subscription, may_end, day, error=None, is_ended=False):
        service = request.env["billing.portal.subscriptions"]
        days = may_end and service.get_end_days(subscription)
        chosen = None
        if days and day:
            try:
                chosen = service.read_end_day(subscription, day)
            except UserError as refusal:
                error = str(refusal)
        last = chosen or subscription.end_date  # what was ended and is not credited yet is still to come
        return self._billing_render(
            "online_billing_portal.subscription",
            "subscriptions",
            subscription=subscription,
            forecast=request.env["billing.rating"].sudo().render_forecast(subscription),  # sudo: the role was asked
            days=days,
            chosen=chosen,
            effect=service.get_effect(subscription, last) if last else [],
            error=error,
            is_ended=is_ended,
            must_ask=may_end and not days and subscription.state == "active" and not subscription.end_date,
        )
