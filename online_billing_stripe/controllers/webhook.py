"""The address that Stripe sends its events to."""

from odoo import http
from odoo.addons.online_billing.controllers.limits import get_address
from odoo.addons.online_billing.services.shared.request_limits import FORGED
from odoo.http import request
from werkzeug.exceptions import HTTPException

from ..services.inbox import LARGEST

TYPE = "application/json"


def get_wait():
    """Return how many seconds an address has to wait that has sent too many forged events."""
    return request.env["billing.request.limits"].get_wait(FORGED, get_address())


def note_forged():
    """Count an event that was not signed as it has to be."""
    request.env["billing.request.limits"].take(FORGED, get_address())


def make_answer(status):
    """Return an answer that says nothing but its status."""
    return request.make_response("", status=status, headers=[("Content-Type", "text/plain; charset=utf-8")])


def read_body():
    """Return the body as it came, and the status that refuses it: 413 too large, 415 no JSON."""
    if request.httprequest.mimetype != TYPE:
        return b"", 415
    if (request.httprequest.content_length or 0) > LARGEST:
        return b"", 413
    try:
        body = request.httprequest.get_data()
    except HTTPException as error:  # larger than the route takes
        return b"", error.code
    return (body, 0) if len(body) <= LARGEST else (b"", 413)


class BillingStripeWebhook(http.Controller):
    @http.route(
        "/online_billing/stripe/webhook/<int:provider_id>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        sitemap=False,
        max_content_length=LARGEST,
    )
    def billing_stripe_webhook(self, provider_id, **_ignored):
        """Keep an event of Stripe; it is answered once it is committed, and worked off by a job."""
        body, status = read_body()
        if status:
            return make_answer(status)
        # sudo: the signature says who asks
        provider_sudo = request.env["payment.provider"].sudo().browse(provider_id).exists()
        if provider_sudo.code != "stripe" or provider_sudo.state == "disabled":
            return make_answer(404)
        header = request.httprequest.headers.get("Stripe-Signature")
        status = request.env["billing.stripe.inbox"].receive(provider_sudo, body, header)
        if status in (400, 403):
            # what is signed as it has to be is never limited: it was judged first
            wait = get_wait()
            note_forged()
            if wait:
                answer = make_answer(429)
                answer.headers["Retry-After"] = str(wait)
                return answer
        return make_answer(status)
