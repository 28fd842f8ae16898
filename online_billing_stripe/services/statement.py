"""Stripe's balance as a bank statement: each movement once, fees on their account, each matched with its payment."""

import logging
from datetime import datetime, timedelta, timezone

import stripe
from odoo import api, fields, models
from odoo.addons.online_billing.services.shared.numbers import as_float

from .amounts import from_units
from .client import ASK
from .event_values import DONE, IGNORED, Outcome
from .reading import plain

PAGE = 100
#: a movement may stand in the list a little later than it was made
OVERLAP = timedelta(hours=2)
#: the first time
LOOK_BACK = timedelta(days=30)
FEE = "fee"
PAYMENTS = ("charge", "payment")
REFUNDS = ("refund", "payment_refund")
REFUND_FAILURES = ("refund_failure", "payment_refund_failure")
PAYOUTS = ("payout", "payout_cancel", "payout_failure")

_logger = logging.getLogger(__name__)


class BillingStripeStatement(models.AbstractModel):
    _name = "billing.stripe.statement"
    _description = "Stripe's Balance as a Bank Statement"

    @api.private
    def work(self):
        """Take over the movements of every connection that keeps a statement, and match what waits for its payment."""
        connections = self.env["billing.stripe.connections"]
        for connection in connections.get_all().filtered(self.is_kept):
            title = self.env._("Stripe's balance cannot be read")
            try:
                self.take_over(connection)
            except stripe.StripeError as error:
                self.env.cr.rollback()
                connections.ask_somebody(
                    connection, title, self.env._("Stripe answered %(error)s.", error=type(error).__name__)
                )
            except Exception as error:  # the other connections go on, and the job is not switched off
                self.env.cr.rollback()
                _logger.exception("The statement of connection %s could not be kept", connection.id)
                reason = self.env["billing.work.loop"].get_reason(error)
                connections.ask_somebody(connection, title, reason)
            else:
                connections.is_well_again(connection, title)
            # each connection by itself
            self.env.cr.commit()  # pylint: disable=invalid-commit

    @api.private
    def work_off(self, event, _body):
        """Take over what has moved, as a payout has been made.

        :return: :class:`Outcome`
        """
        if not self.is_kept(event.connection_id):
            return Outcome(IGNORED, self.env._("No statement is kept of this connection."))
        self.take_over(event.connection_id)
        return Outcome(DONE)

    @api.private
    def is_kept(self, connection):
        """Tell whether a connection keeps a statement, and has what it needs."""
        return bool(connection.is_statement_kept and connection.journal_id and connection.fee_account_id)

    @api.private
    def get_currency(self, connection):
        """Return the currency of the journal: what moves in another one cannot stand in its statement."""
        return connection.journal_id.currency_id or connection.company_id.currency_id

    @api.private
    def bring(self, connection, since):
        """Return the movements of a balance since a moment, the oldest first.

        :return: list of dicts of Stripe, with their sources
        """
        client = self.env["billing.stripe.client"].get_client(connection.provider_id, ASK)
        # nothing is open while Stripe is asked
        self.env.cr.commit()  # pylint: disable=invalid-commit
        params = {
            "limit": PAGE,
            "created": {"gte": int(since.replace(tzinfo=timezone.utc).timestamp())},
            "expand": ["data.source"],
        }
        found = [plain(one) for one in client.v1.balance_transactions.list(params).auto_paging_iter()]
        return sorted(found, key=lambda one: (one["created"], one["id"]))

    @api.private
    def take_over(self, connection):
        """Make the lines of what has moved since the last time, and match what can be matched."""
        now = fields.Datetime.now()
        since = connection.statement_until - OVERLAP if connection.statement_until else now - LOOK_BACK
        movements = self.bring(connection, since)
        self._hold(connection)
        self._make_lines(connection, movements)
        self.match(connection)
        connection.statement_until = now

    def _hold(self, connection):
        """Let two who take over the same movements come one after the other."""
        self.env.cr.execute("SELECT id FROM billing_stripe_connection WHERE id = %s FOR UPDATE", [connection.id])

    def _make_lines(self, connection, movements):
        currency, journal = self.get_currency(connection), connection.journal_id
        own = [one for one in movements if one["currency"].upper() == currency.name]
        lines = self.env["account.bank.statement.line"].sudo()  # sudo: a job of the billing
        known = set(
            lines.search(
                [("journal_id", "=", journal.id), ("billing_stripe_ref", "in", [one["id"] for one in own])]
            ).mapped("billing_stripe_ref")
        ) | set(
            lines.search(
                [("journal_id", "=", journal.id), ("billing_stripe_ref", "in", [f"{one['id']}-fee" for one in own])]
            ).mapped("billing_stripe_ref")
        )
        vals_list = [
            vals
            for movement in own
            for vals in self._prepare_lines(connection, movement)
            if vals["billing_stripe_ref"] not in known
        ]
        lines.with_company(connection.company_id).create(vals_list)

    def _prepare_lines(self, connection, movement):
        """Return the values of the lines of a movement: what moved, and its fee."""
        source = movement.get("source")
        source_ref = source["id"] if isinstance(source, dict) else source
        common = {
            "journal_id": connection.journal_id.id,
            "date": datetime.fromtimestamp(movement["created"], timezone.utc).date(),
            "billing_stripe_source": self._get_source(movement),
        }
        name = movement.get("description") or movement["type"]
        if movement["amount"]:
            vals = {
                **common,
                "amount": as_float(from_units(movement["amount"], movement["currency"])),
                "payment_ref": f"{name} ({source_ref or movement['id']})",
                "billing_stripe_ref": movement["id"],
                "billing_stripe_kind": movement["type"],
            }
            if movement["type"] in PAYOUTS:
                transfer = connection.transfer_account_id or connection.company_id.transfer_account_id
                vals["counterpart_account_id"] = transfer.id
            elif movement.get("reporting_category") == FEE:
                vals["counterpart_account_id"] = connection.fee_account_id.id
            yield vals
        if movement["fee"]:
            yield {
                **common,
                "amount": -as_float(from_units(movement["fee"], movement["currency"])),
                "payment_ref": self.env._("Fee of %(movement)s", movement=name),
                "billing_stripe_ref": f"{movement['id']}-fee",
                "billing_stripe_kind": FEE,
                "counterpart_account_id": connection.fee_account_id.id,
            }

    def _get_source(self, movement):
        """Return by what the payment behind a movement is found: the intent of a charge, else the source itself."""
        source = movement.get("source")
        if not isinstance(source, dict):
            return source
        if movement["type"] in PAYMENTS:
            return source.get("payment_intent") or source["id"]
        return source["id"]

    # -- matching -----------------------------------------------------------------------------------------------------

    @api.private
    def match(self, connection):
        """Match lines that wait for their payment; what is not in the books yet waits on."""
        lines = (
            self.env["account.bank.statement.line"]
            .sudo()
            .search(  # sudo: as above
                [
                    ("journal_id", "=", connection.journal_id.id),
                    ("billing_stripe_ref", "!=", False),
                    ("is_reconciled", "=", False),
                ],
                order="id",
            )
        )
        for line in lines:
            target = self._find_target(connection, line)
            if target:
                self._match_line(line, target)

    def _find_target(self, connection, line):
        """Return the journal item that a line settles; none where it is not in the books, or differs from the line."""
        move = self._find_move(connection, line)
        outstanding = move.line_ids.filtered(
            lambda item: (
                item.account_id.reconcile
                and not item.reconciled
                and item.account_id.account_type not in ("asset_receivable", "liability_payable")
                and item.currency_id == line.currency_id
                and not line.currency_id.compare_amounts(item.amount_residual_currency, line.amount)
            )
        )
        return outstanding[:1]

    def _find_move(self, connection, line):
        provider, source = connection.provider_id, line.billing_stripe_source
        moves = self.env["account.move"].sudo()  # sudo: as above
        kind = line.billing_stripe_kind
        if kind in PAYMENTS:
            return self.env["billing.stripe.owners"].find_payment(provider, source).move_id
        if kind in REFUND_FAILURES:
            return moves.search([("journal_id", "=", line.journal_id.id), ("ref", "=", f"{source}-came-back")], limit=1)
        if kind in REFUNDS:
            transactions = self.env["payment.transaction"].sudo()  # sudo: as above
            own = [("provider_id", "=", provider.id), ("provider_reference", "=", source)]
            return transactions.search(own, limit=1).payment_id.move_id
        if kind == "payment_failure_refund":
            return moves.search([("journal_id", "=", line.journal_id.id), ("ref", "=", f"{source}-returned")], limit=1)
        disputes = self.env["billing.stripe.dispute"].sudo()  # sudo: as above
        dispute = disputes.search([("connection_id", "=", connection.id), ("reference", "=", source)], limit=1)
        return dispute.taken_move_id if line.amount < 0 else dispute.returned_move_id

    def _match_line(self, line, target):
        _liquidity, suspense, _others = line._seek_for_lines()
        suspense.account_id = target.account_id
        suspense.partner_id = target.partner_id
        (suspense | target).reconcile()
