"""Fetching what Stripe could not bring: its list of events is complete, whatever was lost on the way."""

import json
from datetime import timedelta, timezone

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
        self._fetch_each(self.env["billing.stripe.connections"].get_all(), self._get_since)

    @api.private
    def fetch_now(self, connections):
        """Fetch the last three days, for somebody who waits, and say how many events were missing."""
        since = fields.Datetime.now() - LOOK_BACK
        done = self._fetch_each(connections.sudo(), lambda _connection: since)  # sudo: rows of the billing
        message = self.env["billing.stripe.connections"].get_words(done) or self.env._(
            "Events that were missing: %(count)s", count=sum(done.results)
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _fetch_each(self, connections, get_since):
        """Fetch for each connection what has happened since a moment; its results are how many events were missing."""
        return self.env["billing.stripe.connections"].each(
            connections,
            "stripe.cannot_be_asked",
            self.env._("Stripe cannot be asked"),
            lambda connection: self._fetch(connection, get_since(connection)),
        )

    def _get_since(self, connection):
        now, known = fields.Datetime.now(), connection.fetched_until
        return max(known - OVERLAP, now - LONGEST) if known else now - LOOK_BACK

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
