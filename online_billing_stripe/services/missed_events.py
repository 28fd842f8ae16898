"""Fetching what Stripe could not bring: its list of events is complete, whatever was lost on the way."""

import json
from datetime import timedelta, timezone

import stripe
from odoo import api, fields, models

from .client import ASK
from .event_work import HANDLERS
from .reading import plain

#: the first time, and by the button
LOOK_BACK = timedelta(days=3)
#: events may stand in the list a little later than they happened
OVERLAP = timedelta(hours=1)
#: Stripe keeps events for thirty days
LONGEST = timedelta(days=29)
PAGE = 100


class BillingStripeMissedEvents(models.AbstractModel):
    _name = "billing.stripe.missed.events"
    _description = "Fetching Events That Were Missed"

    @api.private
    def work(self):
        """Fetch for every connection what has happened since it was last asked."""
        for connection in self.env["billing.stripe.connections"].get_all():
            now = fields.Datetime.now()
            known = connection.fetched_until
            since = max(known - OVERLAP, now - LONGEST) if known else now - LOOK_BACK
            self._fetch_safely(connection, since)

    @api.private
    def fetch_now(self, connections):
        """Fetch the last three days, for somebody who waits, and say how many events were missing."""
        count = sum(
            self._fetch_safely(connection.sudo(), fields.Datetime.now() - LOOK_BACK)  # sudo: rows of the billing
            for connection in connections
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("Events that were missing: %(count)s", count=count),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _fetch_safely(self, connection, since):
        connections = self.env["billing.stripe.connections"]
        title = self.env._("Stripe cannot be asked")
        try:
            count = self._fetch(connection, since)
        except stripe.StripeError as error:
            self.env.cr.rollback()
            connections.ask_somebody(
                connection,
                title,
                self.env._(
                    "Stripe was asked what has happened, and answered %(error)s. Choose “Check the Connection”: it says"
                    " what is wrong.",
                    error=type(error).__name__,
                ),
            )
            count = 0
        else:
            connections.is_well_again(connection, title)
        # each connection by itself
        self.env.cr.commit()  # pylint: disable=invalid-commit
        return count

    def _fetch(self, connection, since):
        """Keep what is not here yet, page by page, the newest first; note how far it was read once all is."""
        inbox, count = self.env["billing.stripe.inbox"], 0
        begun = fields.Datetime.now()
        client = self.env["billing.stripe.client"].get_client(connection.provider_id, ASK)
        params = {"limit": PAGE, "created": {"gte": int(since.replace(tzinfo=timezone.utc).timestamp())}}
        has_more = True
        while has_more:
            # nothing is open while Stripe is asked
            self.env.cr.commit()  # pylint: disable=invalid-commit
            page = plain(client.v1.events.list(params))
            for found in page["data"]:
                if found["type"].startswith(tuple(HANDLERS)):
                    event = inbox.read_event(json.dumps(found))
                    count += bool(event) and inbox.keep(connection, event, "fetched")
            has_more = page["has_more"] and bool(page["data"])
            if has_more:
                params["starting_after"] = page["data"][-1]["id"]
        connection.fetched_until = begun
        return count
