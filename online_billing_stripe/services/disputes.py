"""Disputes: a bank asks about a payment, takes it back, and gives it back or not."""

from datetime import datetime, timezone
from decimal import Decimal

from odoo import api, fields, models
from odoo.addons.online_billing.services.shared.numbers import as_float, to_decimal
from odoo.fields import Command
from odoo.tools.misc import format_datetime

from .amounts import from_units
from .client import ASK
from .event_values import DONE, FAILED, IGNORED, ORPHAN, Outcome
from .reading import plain

EVIDENCE = "online_billing_stripe.activity_type_evidence"
TO_ANSWER = ("needs_response", "warning_needs_response")


class BillingStripeDisputes(models.AbstractModel):
    """The dispute as it is now says everything: what was taken and what came back stand in its balance transactions."""

    _name = "billing.stripe.disputes"
    _description = "Disputes at Stripe"

    @api.private
    def work_off(self, event, body):
        """Bring a dispute to what Stripe says of it now.

        :return: :class:`Outcome`
        """
        client = self.env["billing.stripe.client"].get_client(event.provider_id, ASK)
        # nothing is open while Stripe is asked
        self.env.cr.commit()  # pylint: disable=invalid-commit
        found = plain(client.v1.disputes.retrieve(body["data"]["object"]["id"]))
        owners = self.env["billing.stripe.owners"]
        provider = owners.get_provider(event.provider_id, {"id": found.get("payment_intent")})
        payment = owners.find_payment(provider, found.get("payment_intent"))
        if not payment:
            return self._get_unknown(provider, found)
        if not payment.billing_account_id:
            return Outcome(FAILED, self.env._("The payment is not of a billing account. Book the dispute by hand."))
        payment.billing_account_id.hold()
        self.env.invalidate_all()
        connection = self.env["billing.stripe.connections"].get(provider)
        dispute = self._keep(connection, payment, found)
        is_taken, came_back = self._get_movements(found)
        dispute.fee = self._get_fee(found, payment)
        if is_taken and not dispute.taken_move_id:
            # what moves on Stripe's balance is in the currency of that; the payment is taken back in its own
            self._take_back(dispute, payment, from_units(found["amount"], found["currency"]))
        self._rest(dispute, payment)
        if came_back and dispute.taken_move_id and not dispute.returned_move_id:
            self._give_back(dispute, payment)
        self._remind(dispute)
        return Outcome(DONE, attempt_id=dispute.attempt_id.id)

    def _get_unknown(self, provider, found):
        transactions = self.env["payment.transaction"].sudo()  # sudo: events come by jobs
        own = [("provider_id", "=", provider.id), ("provider_reference", "=", found.get("payment_intent"))]
        if found.get("payment_intent") and transactions.search_count(own, limit=1):
            return Outcome(ORPHAN, self.env._("The payment in dispute is not in the books yet."))
        return Outcome(IGNORED, self.env._("The payment in dispute was not made by this database."))

    def _keep(self, connection, payment, found):
        disputes = self.env["billing.stripe.dispute"].sudo()  # sudo: as above
        dispute = disputes.search([("connection_id", "=", connection.id), ("reference", "=", found["id"])], limit=1)
        due = (found.get("evidence_details") or {}).get("due_by")
        vals = {
            "status": found["status"],
            "reason": found.get("reason"),
            "amount": as_float(from_units(found["amount"], found["currency"])),
            "evidence_by": due and datetime.fromtimestamp(due, timezone.utc).replace(tzinfo=None),
        }
        if dispute:
            dispute.write(vals)
            return dispute
        return disputes.create(
            {
                **vals,
                "connection_id": connection.id,
                "reference": found["id"],
                "payment_id": payment.id,
                "attempt_id": payment.billing_attempt_ids[:1].id,
                "account_id": payment.billing_account_id.id,
                "currency_id": payment.currency_id.id,
                "opened_on": datetime.fromtimestamp(found["created"], timezone.utc).date(),
            }
        )

    def _get_movements(self, found):
        """Tell whether the money was taken, and whether it came back."""
        amounts = [one["amount"] for one in found.get("balance_transactions") or []]
        return any(amount < 0 for amount in amounts), any(amount > 0 for amount in amounts)

    def _get_fee(self, found, payment):
        """Return the fees in the currency of the payment: where Stripe settles in another one, by its own rate."""
        fee = Decimal(0)
        for one in found.get("balance_transactions") or []:
            rate = Decimal(str(one.get("exchange_rate") or 1))
            fee += from_units(one["fee"], one["currency"]) / rate
        return payment.currency_id.round(as_float(fee))

    def _get_day(self, payment):
        return fields.Date.context_today(payment.with_context(tz=payment.billing_account_id.timezone))

    def _take_back(self, dispute, payment, amount):
        """Open again what the payment had paid."""
        dispute.taken_move_id = self.env["billing.payment.returns"].take_back(
            payment, amount, self._get_day(payment), self._get_reason(dispute), reference=dispute.reference
        )

    def _give_back(self, dispute, payment):
        """Let the payment stand again for what was won."""
        dispute.returned_move_id = self.env["billing.payment.returns"].give_back(
            payment, dispute.taken_move_id, self._get_day(payment), self.env._("The dispute was won"),
            reference=f"{dispute.reference}-won",
        )  # fmt: skip

    def _get_reason(self, dispute):
        return self.env._(
            "The bank of the customer has taken the payment back (%(reason)s)", reason=dispute.reason_text
        )

    def _rest(self, dispute, payment):
        """Let nobody be reminded of what is in dispute, until the bank has decided."""
        stops = self.env["billing.stops"]
        if dispute.is_closed:
            running = dispute.stop_ids.filtered(lambda stop: not stop.date_to)
            if running:
                stops.settle(running, "company" if dispute.status in ("won", "warning_closed") else "customer")
                self._rest_others(dispute)
            return
        if dispute.stop_ids or not dispute.taken_move_id:
            return
        moves = self._get_open_moves(payment)
        made = self.env["billing.stop"]
        for move in moves:
            if not move._is_in_dispute():
                made |= stops.dispute(move, note=dispute.display_name)
        dispute.stop_ids = [Command.set(made.ids)]

    def _rest_others(self, dispute):
        """Let bills rest on that were at rest for a dispute that is decided, and are in dispute besides."""
        others = dispute.search([("account_id", "=", dispute.account_id.id), ("is_closed", "=", False)])
        for other in others:
            self._rest(other, other.payment_id)

    def _get_open_moves(self, payment):
        """Return the bills of a payment of which something is open."""
        moves = payment.billing_attempt_ids.line_ids.move_id | payment.reconciled_invoice_ids | payment.invoice_ids
        return moves.filtered(
            lambda move: (
                move.move_type == "out_invoice"
                and move.state == "posted"
                and to_decimal(move.amount_residual, move.currency_id) > 0
            )
        )

    def _remind(self, dispute):
        """Give somebody the task to answer in time, and close it when there is nothing to answer any more."""
        told = dispute.activity_search([EVIDENCE])
        if dispute.status not in TO_ANSWER:
            told.action_feedback(feedback=dict(dispute._fields["status"].selection)[dispute.status])
            return
        if told:
            return
        local = dispute.with_context(tz=dispute.account_id.timezone)
        until = (
            format_datetime(self.env, dispute.evidence_by, tz=dispute.account_id.timezone)
            if dispute.evidence_by
            else ""
        )
        dispute.activity_schedule(
            EVIDENCE,
            date_deadline=fields.Date.context_today(local, dispute.evidence_by) if dispute.evidence_by else None,
            note=self.env._(
                "Hand in the evidence on Stripe's page of disputes until %(until)s, or accept the dispute there.",
                until=until,
            ),
            user_id=self.env["billing.work.loop"].get_responsible(dispute.account_id).id,
        )
