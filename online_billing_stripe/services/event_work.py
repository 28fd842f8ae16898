"""Working events off: claimed and committed first, the live object asked for then, and what it says booked at once."""

import json
import logging
from datetime import timedelta

import psycopg2
from odoo import api, fields, models
from odoo.addons.online_billing.services.shared.work_loop import RETRIES, RETRY_CODES, Pass, Queue
from odoo.tools import SQL

from .event_values import DONE, EVENTS_SET_ASIDE, FAILED, IGNORED, ORPHAN, QUARANTINED, Outcome

_logger = logging.getLogger(__name__)

#: {what an event's type begins with: the service that works it off}; the longest one counts
HANDLERS = {
    "payment_intent.": "billing.stripe.payments",
    "setup_intent.": "billing.stripe.payments",
    "charge.failed": "billing.stripe.payments",
    "charge.refund": "billing.stripe.refunds",
    "refund.": "billing.stripe.refunds",
    "charge.dispute.": "billing.stripe.disputes",
    "payment_method.": "billing.stripe.methods",
    "mandate.": "billing.stripe.methods",
    "customer.deleted": "billing.stripe.methods",
    "payout.": "billing.stripe.statement",
}
#: after each failure so long until the next try, and the last again until it is given to somebody
WAITS = (1, 5, 30, 60, 120, 240, 480, 720)  # minutes
GIVEN_UP_AFTER = timedelta(days=3)
ORPHAN_TOLD_AFTER = timedelta(hours=1)


class BillingStripeEventWork(models.AbstractModel):
    _name = "billing.stripe.event.work"
    _inherit = "billing.work.loop"
    _description = "Working off Stripe's Events"

    _batch_size = 20

    @api.private
    def work(self):
        """Work off every event whose time has come, until none is left or the cron's time is up."""
        self.work_through(Pass())

    def _after_commit(self, work, results):
        self._work_off(self.env["billing.stripe.event"].browse(results))

    @api.private
    def work_now(self, events):
        """Work chosen events off at once, for somebody who waits, and say what came of it."""
        claimed = events.sudo()  # sudo: rows of the billing alone
        self._claim(claimed)
        # nothing is open while Stripe is asked
        self.env.cr.commit()  # pylint: disable=invalid-commit
        self._work_off(claimed)
        claimed.invalidate_recordset()
        states = dict(claimed._fields["state"]._description_selection(self.env))
        lines = [f"{event.type}: {states[event.state]} {event.error or ''}".strip() for event in claimed]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": "\n".join(lines), "next": {"type": "ir.actions.client", "tag": "soft_reload"}},
        }

    def _get_queue(self, work):
        condition = SQL(
            "event.state IN ('received', 'failed', 'orphan') AND event.next_time <= %s", fields.Datetime.now()
        )
        return Queue("billing_stripe_event", "event", condition, order=SQL("event.next_time, event.id"))

    def _handle(self, work, units):
        events = self.env["billing.stripe.event"].sudo().browse(units)  # sudo: a job of the billing
        self._claim(events)
        return events.ids

    def _note_failure(self, work, unit_id, value, error):
        event = self.env["billing.stripe.event"].sudo().browse(unit_id)  # sudo: a job of the billing
        self._note(event, Outcome(FAILED, self.get_reason(error)))

    def _claim(self, events):
        """Note that events are being worked off, and when they are again if this pass is lost."""
        for event in events:
            wait = WAITS[min(event.tries, len(WAITS) - 1)]
            again = fields.Datetime.add(fields.Datetime.now(), minutes=max(wait, WAITS[1]))
            event.write({"tries": event.tries + 1, "next_time": again})

    def _work_off(self, events):
        for event in events:
            self._work_off_one(event)

    def _work_off_one(self, event):
        for lost in range(RETRIES):
            try:
                self._note(event, self._get_outcome(event))
                # each event by itself
                self.env.cr.commit()  # pylint: disable=invalid-commit
                return
            except psycopg2.OperationalError as error:
                self._take_back()
                if error.pgcode not in RETRY_CODES or lost + 1 == RETRIES:
                    self._note(event, Outcome(FAILED, self.get_reason(error)))
            except Exception as error:  # noqa: BLE001  whatever it is, the other events go on
                _logger.warning("Stripe event %s cannot be worked off: %s", event.id, type(error).__name__)
                self._take_back()
                self._note(event, Outcome(FAILED, self.get_reason(error)))
                break
        # as above
        self.env.cr.commit()  # pylint: disable=invalid-commit

    def _take_back(self):
        self.env.cr.rollback()
        self.env.invalidate_all()

    def _get_outcome(self, event):
        inbox = self.env["billing.stripe.inbox"]
        body = json.loads(event.body)
        # what was set aside for its version is worked off once somebody wants it; of another mode or account, never
        if reason := inbox.get_obstacle(event.connection_id, body, "fetched"):
            return Outcome(QUARANTINED, reason)
        names = [name for name in HANDLERS if event.type.startswith(name)]
        if not names:
            return Outcome(IGNORED, self.env._("Nothing follows from events of this kind."))
        return self.env[HANDLERS[max(names, key=len)]].work_off(event, body)

    def _note(self, event, outcome):
        now = fields.Datetime.now()
        wait = WAITS[min(event.tries, len(WAITS)) - 1] if event.tries else WAITS[0]
        is_open = outcome.state in (FAILED, ORPHAN) and now - event.create_date < GIVEN_UP_AFTER
        event.write(
            {
                "state": outcome.state,
                "error": outcome.text or False,
                "ended_at": now if outcome.state in (DONE, IGNORED) else False,
                "next_time": fields.Datetime.add(now, minutes=wait) if is_open else False,
                **({"attempt_id": outcome.attempt_id} if outcome.attempt_id else {}),
            }
        )
        self._tell(event, outcome, now, is_open)

    def _tell(self, event, outcome, now, is_open):
        """Give somebody the task where an event needs a person."""
        titles = {
            QUARANTINED: (EVENTS_SET_ASIDE, self.env._("Events of Stripe were set aside")),
            ORPHAN: ("stripe.events_of_nothing", self.env._("Events of Stripe are of nothing that is known here")),
            FAILED: ("stripe.events_failed", self.env._("Events of Stripe cannot be worked off")),
        }
        if outcome.state not in titles or (outcome.state == FAILED and is_open):
            return
        if outcome.state == ORPHAN and now - event.create_date < ORPHAN_TOLD_AFTER:
            return
        note = self.env._(
            "%(type)s (%(event)s): %(reason)s Look at it under Stripe's events, and choose “Work on It Again” there"
            " once it is mended.",
            type=event.type,
            event=event.reference,
            reason=outcome.text,
        )
        self.env["billing.stripe.connections"].ask_somebody(event.connection_id, *titles[outcome.state], note)
