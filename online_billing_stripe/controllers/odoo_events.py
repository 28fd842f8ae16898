"""Odoo's own address for Stripe's events: it takes what is signed alone, and leaves the billing's to its inbox."""

from datetime import datetime, timezone

from odoo import http
from odoo.addons.payment_stripe import utils as keys_of_odoo
from odoo.addons.payment_stripe.controllers.main import StripeController
from odoo.http import request
from werkzeug.exceptions import BadRequest, Forbidden, ServiceUnavailable

from ..services.inbox import LARGEST
from ..services.signature import MALFORMED, RIGHT, check_signature
from .webhook import make_answer, note_forged, read_body


class BillingStripeController(StripeController):
    @http.route(max_content_length=LARGEST)
    def stripe_webhook(self):
        """Refuse what nobody has signed before anything of it is looked at."""
        body, status = read_body()
        if status:
            return make_answer(status)
        providers_sudo = self._billing_get_signers()
        if not providers_sudo:
            request.env["billing.stripe.inbox"].ask_for_secret_of_odoo()
            return make_answer(503)
        found = {provider: self._billing_judge(body, provider) for provider in providers_sudo}
        signers = [provider for provider, verdict in found.items() if verdict == RIGHT]
        if not signers:
            note_forged()
            return make_answer(400 if MALFORMED in found.values() else 403)
        inbox = request.env["billing.stripe.inbox"]
        event = inbox.read_event(body)
        if event is None:
            return make_answer(400)
        connection = request.env["billing.stripe.connections"].get(signers[0])
        if request.env["billing.stripe.owners"].is_of_billing(signers[0], event["data"]["object"]):
            # "fetched": the endpoint of Odoo speaks the version that Odoo was written for, and the live object counts
            inbox.keep(connection, event, "fetched")
            return make_answer(200)
        return super().stripe_webhook()

    def _verify_signature(self, tx_sudo):
        """Refuse an event without a secret, without a signature, or with a wrong one."""
        if not keys_of_odoo.get_webhook_secret(tx_sudo.provider_id):
            raise ServiceUnavailable
        verdict = self._billing_judge(request.httprequest.get_data(), tx_sudo.provider_id)
        if verdict == MALFORMED:
            raise BadRequest
        if verdict != RIGHT:
            raise Forbidden

    def _billing_get_signers(self):
        """Return the providers by whose secret an event may be signed."""
        providers = request.env["payment.provider"].sudo()  # sudo: secrets are compared, and never shown
        found = providers.search([("code", "=", "stripe"), ("state", "!=", "disabled")])
        return found.filtered(keys_of_odoo.get_webhook_secret)

    def _billing_judge(self, body, provider_sudo):
        secrets = [keys_of_odoo.get_webhook_secret(provider_sudo)]
        header = request.httprequest.headers.get("Stripe-Signature")
        return check_signature(body, header, secrets, int(datetime.now(timezone.utc).timestamp()))
