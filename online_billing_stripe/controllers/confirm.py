"""The page on which a customer finishes a payment that the bank wants confirmed."""

import hmac

import stripe
from odoo import http
from odoo.addons.online_billing.controllers.closed_pages import close
from odoo.addons.online_billing.controllers.limits import note_guess, stop_guessing
from odoo.exceptions import UserError
from odoo.http import request
from werkzeug.exceptions import NotFound

PAGE = "/online_billing/stripe/confirm/<int:attempt_id>"


class BillingStripeConfirm(http.Controller):
    @http.route(PAGE, type="http", auth="public", methods=["GET"], website=True, sitemap=False)
    def billing_stripe_confirm(self, attempt_id, access_token=None, **_ignored):
        """Show what is to be confirmed; without a right token the page does not exist."""
        attempt_sudo = self._billing_check(attempt_id, access_token)
        return self._billing_show(attempt_sudo, access_token)

    @http.route(f"{PAGE}/done", type="http", auth="public", methods=["POST"], website=True, sitemap=False)
    def billing_stripe_confirmed(self, attempt_id, access_token=None, trouble=None, **_ignored):
        """Ask Stripe what became of the payment that the customer has just confirmed."""
        attempt_sudo = self._billing_check(attempt_id, access_token)
        if attempt_sudo.state in ("sent", "unknown", "waiting"):
            request.env["billing.attempt.questions"].sudo().ask_now(attempt_sudo)  # sudo: the token stands for it
        return self._billing_show(attempt_sudo, access_token, trouble=(trouble or "")[:200])

    def _billing_check(self, attempt_id, access_token):
        """Return the attempt for a right token; a wrong one learns nothing, not even that it exists."""
        stop_guessing()
        wanted = request.env["billing.payment.adapter.stripe"].get_confirm_token(attempt_id)
        if not (access_token and access_token.isascii() and hmac.compare_digest(access_token, wanted)):
            if access_token:
                note_guess()
            raise NotFound
        # sudo: the token stands for the right to see and finish this payment
        attempt_sudo = request.env["billing.payment.attempt"].sudo().browse(attempt_id).exists()
        if not attempt_sudo or attempt_sudo.provider_id.code != "stripe":
            raise NotFound
        return attempt_sudo.with_company(attempt_sudo.company_id)

    def _billing_show(self, attempt_sudo, access_token, trouble=""):
        values = {
            "page_name": "billing_confirm",
            "attempt": attempt_sudo,
            "company": attempt_sudo.company_id,
            "res_company": attempt_sudo.company_id,
            "access_token": access_token,
            "trouble": trouble,
            "intent": None,
            "is_reachable": True,
            "pay_url": request.env["billing.pay.links"].get_pay_url(
                attempt_sudo.account_id, attempt_sudo.currency_id, attempt_sudo.day or attempt_sudo.create_date.date()
            ),
        }
        if attempt_sudo.state == "waiting":
            try:
                values["intent"] = request.env["billing.stripe.confirming"].get_intent(attempt_sudo)
            except (stripe.StripeError, UserError):
                values["is_reachable"] = False
        return close(request.render("online_billing_stripe.confirm_page", values))
