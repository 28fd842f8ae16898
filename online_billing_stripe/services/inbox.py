"""The inbox of events: judged by their signature first, kept once each, and worked off afterwards."""

import json
import logging
import re
from datetime import datetime, timezone

from odoo import api, fields, models
from odoo.tools import SQL

from .client import API_VERSION
from .event_values import EVENTS_SET_ASIDE
from .kept_bodies import take_out
from .signature import MALFORMED, RIGHT, check_signature

_logger = logging.getLogger(__name__)

#: bytes of one event
LARGEST = 256 * 1024
NAME = re.compile(r"[A-Za-z0-9_.\-]{1,100}")
NOT_TAKEN = "stripe.no_secret"  # by which its task is known again
CRON = "online_billing_stripe.cron_work_events"


class BillingStripeInbox(models.AbstractModel):
    _name = "billing.stripe.inbox"
    _description = "Inbox of Stripe's Events"

    @api.private
    def receive(self, provider, body, header):
        """Take an event that came over the network; it is kept when the caller commits.

        :param provider: of Stripe
        :param bytes body: as it came
        :param header: of its signature, or None
        :return: status of HTTP: 200; 400 malformed; 403 wrong signature; 503 no secret is set
        """
        status = self.judge(provider, body, header)
        if status != 200:
            return status
        event = self.read_event(body)
        if event is None:
            return 400
        self.keep(self.env["billing.stripe.connections"].get(provider), event, "sent")
        return 200

    @api.private
    def judge(self, provider, body, header):
        """Judge the signature of an event, before anything else of it is looked at.

        :return: 200, 400, 403 or 503, as above
        """
        connections = self.env["billing.stripe.connections"]
        title = self.env._("Stripe's events are not taken")
        secrets = provider._get_stripe_secrets()
        if not secrets:
            connections.ask_somebody(
                connections.get(provider),
                NOT_TAKEN,
                title,
                self.env._(
                    "Stripe sends events, and no signing secret is set: nobody could tell them from forged"
                    " ones, so none is taken. Copy the signing secret of the endpoint from Stripe's page of webhooks to"
                    " the provider."
                    " Stripe sends again what it could not bring."
                ),
            )
            return 503
        verdict = check_signature(body, header, secrets, int(datetime.now(timezone.utc).timestamp()))
        if verdict == RIGHT:
            connections.is_well_again(connections.get(provider), NOT_TAKEN)
            return 200
        _logger.warning("Stripe provider %s: an event with a signature that is %s was refused", provider.id, verdict)
        return 400 if verdict == MALFORMED else 403

    @api.private
    def ask_for_secret_of_odoo(self):
        """Give a manager the task to let Odoo's own address take signed events, or to have nothing sent there."""
        connections, providers = (
            self.env["billing.stripe.connections"],
            self.env["payment.provider"].sudo(),
        )  # sudo: a list
        for provider in providers.search([("code", "=", "stripe"), ("state", "!=", "disabled")]):
            connections.ask_somebody(
                connections.get(provider),
                "stripe.no_secret_of_odoo",
                self.env._("Stripe's events are not taken by Odoo's own address"),
                self.env._(
                    "Stripe sends events to Odoo's own address, and the provider has no webhook signing secret: none of"
                    " them is taken. Enter the secret, or delete that endpoint on Stripe's page of webhooks."
                ),
            )

    @api.private
    def read_event(self, body):
        """Return an event as a dict; None for what is none."""
        try:
            event = take_out(json.loads(body))
        except (ValueError, RecursionError):
            return None
        return event if self._is_event(event) else None

    def _is_event(self, event):
        if not isinstance(event, dict) or not isinstance(event.get("data"), dict):
            return False
        about = event["data"].get("object")
        created = event.get("created")
        return (
            isinstance(about, dict)
            and all(isinstance(event.get(name), str) and NAME.fullmatch(event[name]) for name in ("id", "type"))
            and isinstance(created, int)
            and not isinstance(created, bool)
            and 0 < created < 2**33
            and isinstance(event.get("livemode"), bool)
            and all(
                _is_name_or_none(value) for value in (about.get("id"), event.get("account"), event.get("api_version"))
            )
        )

    @api.private
    def keep(self, connection, event, source):
        """Keep an event once, however often it comes; what does not belong here is set aside.

        :param dict event: of Stripe
        :param source: "sent" or "fetched"
        :return: whether it is new
        """
        reason = self.get_obstacle(connection, event, source)
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                "INSERT INTO billing_stripe_event (connection_id, provider_id, company_id, reference, type, object_ref,"
                " happened_at, is_live, api_version, source, body, state, error, tries, next_time, create_uid,"
                " create_date, write_uid, write_date) VALUES (%(connection)s, %(provider)s, %(company)s, %(reference)s,"
                " %(type)s, %(object)s, %(happened)s, %(live)s, %(version)s, %(source)s, %(body)s, %(state)s,"
                " %(error)s, 0, %(next)s, %(user)s, %(now)s, %(user)s, %(now)s)"
                " ON CONFLICT (connection_id, reference) DO NOTHING",
                connection=connection.id,
                provider=connection.provider_id.id,
                company=connection.company_id.id,
                reference=event["id"],
                type=event["type"],
                object=event["data"]["object"].get("id"),
                happened=datetime.fromtimestamp(event["created"], timezone.utc).replace(tzinfo=None),
                live=event["livemode"],
                version=event.get("api_version"),
                source=source,
                body=json.dumps(take_out(event)),
                state="quarantined" if reason else "received",
                error=reason or None,
                next=None if reason else now,
                user=self.env.uid,
                now=now,
            )
        )
        is_new = bool(self.env.cr.rowcount)
        if is_new:
            self.env["billing.stripe.event"].invalidate_model()
            if reason:
                self.env["billing.stripe.connections"].ask_somebody(
                    connection, EVENTS_SET_ASIDE, self.env._("Events of Stripe were set aside"), reason
                )
            else:
                self.env.ref(CRON).sudo()._trigger()  # sudo: events come without a user
        return is_new

    @api.private
    def get_obstacle(self, connection, event, source):
        """Say why an event is not for this connection; nothing where it is."""
        if event["livemode"] != self.env["billing.stripe.client"].is_live(connection.provider_id):
            return self.env._(
                "The event is of the other mode, test or live, than the key of the provider. Set its endpoint up in the"
                " same mode."
            )
        account = event.get("account")
        if account and account != connection.account_ref:
            return self.env._("The event is of another Stripe account (%(account)s).", account=account)
        version = event.get("api_version")
        if source == "sent" and version and version != API_VERSION:
            return self.env._(
                "The event speaks version %(version)s of Stripe's interface, and %(ours)s is expected. Set the version"
                " of the endpoint, then work on it again.",
                version=version,
                ours=API_VERSION,
            )
        return ""


def _is_name_or_none(value):
    return value is None or (isinstance(value, str) and bool(NAME.fullmatch(value)))
