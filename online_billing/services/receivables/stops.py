"""The history of what rested: exemptions, disputes, promises and plans with their days, for whoever counts days."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..shared.numbers import as_float, money, stored_decimal
from ..shared.values import ONE_DAY
from .values import EXEMPTION, Stop


@dataclass(frozen=True, slots=True)
class Exemption:
    """The days on which an account bears no late fees."""

    since: date | None  # None: since always
    until: date | None  # None: for ever

    def covers(self, first, last):
        """Tell whether all days from the first (None: since always) to the last are exempt."""
        begins = self.since is None or (first is not None and self.since <= first)
        return begins and (self.until is None or last <= self.until)


class BillingStops(models.AbstractModel):
    _name = "billing.stops"
    _description = "When Debts Rested, and Why"

    # -- reading ------------------------------------------------------------------------------------------------------

    @api.private
    def get_stops(self, owners):
        """Return the times with an end on which documents rested, by one query.

        A promise that was kept, or that lapsed, counts with its days; one that was broken or cancelled was no stop. A
        dispute that nobody has settled against the customer was right.

        :param dict owners: {document id: id of the account that owes it}
        :return: {document id: [Stop, ...] in the order of their last days}
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT stop.account_id, stop.move_id, stop.reason, stop.date_from, stop.date_to,
                       NULLIF(stop.amount, 0), COALESCE(stop.verdict = 'company', FALSE)
                  FROM billing_stop stop
                 WHERE stop.date_to IS NOT NULL
                   AND (stop.move_id = ANY(%(moves)s) OR (stop.move_id IS NULL AND stop.account_id = ANY(%(accounts)s)))
                 UNION ALL
                SELECT account.id, NULL, 'exemption', account.late_fee_exempt_from, account.late_fee_exempt_until, NULL,
                       FALSE
                  FROM billing_account account
                 WHERE account.id = ANY(%(accounts)s) AND account.late_fee_exempt
                   AND account.late_fee_exempt_until IS NOT NULL
                 UNION ALL
                SELECT NULL, covered.key::int, 'promise', promise.date_made,
                       LEAST(promise.date, promise.date_ended), covered.value::numeric, FALSE
                  FROM billing_payment_promise promise
                  CROSS JOIN LATERAL jsonb_each_text(promise.baseline -> 'documents') covered
                 WHERE promise.account_id = ANY(%(accounts)s) AND promise.state IN ('kept', 'lapsed')
                 UNION ALL
                SELECT NULL, planned.move_id, 'plan', plan.activated_on, COALESCE(plan.broken_on, plan.ended_on), NULL,
                       FALSE
                  FROM billing_installment_plan plan
                  JOIN billing_installment_plan_move_rel planned ON planned.plan_id = plan.id
                 WHERE plan.account_id = ANY(%(accounts)s) AND plan.activated_on IS NOT NULL
                   AND COALESCE(plan.broken_on, plan.ended_on) IS NOT NULL
                 ORDER BY 5, 4
                """,
                moves=list(owners),
                accounts=list(set(owners.values())),
            )
        )
        of_accounts, of_moves = defaultdict(list), defaultdict(list)
        for account_id, move_id, reason, first, last, amount, is_lost in rows:
            if first is None or first <= last:
                stop = Stop(reason, first, last, None if amount is None else stored_decimal(amount), is_lost)
                (of_moves[move_id] if move_id else of_accounts[account_id]).append(stop)
        return {move_id: [*of_accounts[account_id], *of_moves[move_id]] for move_id, account_id in owners.items()}

    @api.private
    def get_disputed_parts(self, move_ids):
        """Return {document id: Decimal} of what is in dispute of documents in part; several disputes are summed.

        No more rests of a document than is open of it: see `billing.rests`.
        """
        if not move_ids:
            return {}
        self.env["billing.stop"].flush_model(["move_id", "reason", "date_to", "amount"])
        rows = self.env.execute_query(
            SQL(
                "SELECT stop.move_id, SUM(stop.amount), MAX(currency.decimal_places) FROM billing_stop stop"
                " JOIN account_move move ON move.id = stop.move_id JOIN res_currency currency"
                " ON currency.id = move.currency_id WHERE stop.move_id = ANY(%s) AND stop.reason = 'dispute'"
                " AND stop.date_to IS NULL AND stop.amount > 0 GROUP BY stop.move_id",
                list(move_ids),
            )
        )
        return {move_id: money(amount, digits) for move_id, amount, digits in rows}

    # -- writing ------------------------------------------------------------------------------------------------------

    @api.private
    def dispute(self, move, amount=None, note=None):
        """Put an invoice in dispute, or a part of it, until that is settled.

        Of a whole invoice it is the block of Odoo, whoever sets it: an invoice that is blocked already has its dispute.

        :param move: a posted customer invoice; a whole one is not paid yet
        :param Decimal amount: with tax, in the currency of the invoice; None for all of it
        :return: the `billing.stop` (elevated) that goes on
        :raise UserError: it is no invoice of an account, or the amount is not above zero
        """
        # sudo: whoever disputes need not be an accountant; the history is kept by the billing
        move, stops = move.sudo(), self.env["billing.stop"].sudo()
        if move.move_type != "out_invoice" or move.state != "posted" or not move.billing_account_id:
            raise UserError(
                self.env._("Only a posted invoice of a billing account can be in dispute. Choose one of those.")
            )
        if amount is None:
            if not move._is_in_dispute():
                move.action_toggle_block_payment()
            stop = self._get_running(move).filtered(lambda one: not one.amount)
        elif amount <= 0:
            raise UserError(self.env._("The amount in dispute is above zero. Enter how much of the invoice is wrong."))
        else:
            account = move.billing_account_id
            stop = stops.create(
                {
                    "account_id": account.id,
                    "move_id": move.id,
                    "reason": "dispute",
                    "amount": as_float(amount),
                    "date_from": self._get_day(account),
                }
            )
        if note and not stop.note:
            stop.note = note
        return stop

    def _get_running(self, moves):
        # sudo: as above
        return (
            self.env["billing.stop"]
            .sudo()
            .search([("move_id", "in", moves.ids), ("reason", "=", "dispute"), ("date_to", "=", False)])
        )

    @api.private
    def get_exemption(self, account):
        """Return the exemption of an account from late fees as it stands; None where there is none."""
        if not account.late_fee_exempt:
            return None
        return Exemption(account.late_fee_exempt_from or None, account.late_fee_exempt_until or None)

    @api.private
    def complete_exemption(self, account, vals):
        """Return values to be written on an account: an exemption after an earlier one begins on the day itself.

        The days between the two were not exempt. One that is over, and is not made to last until the day, is the
        earlier one still: written once more, or corrected.
        """
        if "late_fee_exempt_from" in vals or not vals.get("late_fee_exempt", account.late_fee_exempt):
            return vals
        before, day = self.get_exemption(account), self._get_day(account)
        if before:
            until = fields.Date.to_date(vals.get("late_fee_exempt_until", before.until)) or date.max
            is_new = before.until is not None and before.until < day <= until
        else:
            is_new = any(stop.reason == EXEMPTION for stop in account.stop_ids)
        return {**vals, "late_fee_exempt_from": day} if is_new else vals

    @api.private
    def follow_exemption(self, account, before):
        """Keep what has passed of an exemption that was removed, shortened or replaced: those days stay spared.

        Where its first day was corrected, the correction holds.

        :param before: the Exemption as it was, or None
        """
        if before is None:
            return
        now, last = self.get_exemption(account), self._get_day(account) - ONE_DAY
        since = before.since
        if before.until:
            last = min(last, before.until)
        if now and now.since and now.since <= last:
            since = max(now.since, since or now.since)
        if (since and last < since) or (now and now.covers(since, last)):
            return
        # sudo: the history is kept by the billing
        self.env["billing.stop"].sudo().create(
            {
                "account_id": account.id,
                "reason": EXEMPTION,
                "date_from": since,
                "date_to": last,
                "note": account.late_fee_exempt_reason,
            }
        )

    @api.private
    def settle(self, stops, verdict):
        """End disputes with a verdict, or say later how they were settled; what is left of their invoices is asked for.

        :param verdict: "customer" or "company", for whom they were settled
        :raise UserError: an exemption, which is no dispute
        """
        if wrong := stops.filtered(lambda stop: stop.reason != "dispute"):
            raise UserError(
                self.env._(
                    "“%(stop)s” is no dispute, so there is nothing to settle. An exemption is ended on the account.",
                    stop=wrong[0].display_name,
                )
            )
        stops = stops.sudo()  # sudo: whoever settles disputes need not be an accountant
        running = stops.filtered(lambda stop: not stop.date_to)
        stops.verdict = verdict  # before they end: whoever hears of the end asks how they were settled
        self._end(running.filtered("amount"))
        for move in running.filtered(lambda stop: not stop.amount).move_id:
            if move.payment_state == "blocked":
                move.action_toggle_block_payment()
            if held := move.line_ids.filtered("no_followup"):
                held.no_followup = False

    @api.private
    def settle_part(self, stop, amount):
        """Settle an amount of a dispute of a part for the customer; the rest of it goes on.

        :param stop: a `billing.stop` with an amount, which goes on
        :param Decimal amount: with tax, below that of the dispute
        :return: the `billing.stop` (elevated) of what was settled
        """
        stop = stop.sudo()  # sudo: the history is kept by the billing
        day = self._get_day(stop.account_id)
        stop.amount = stop.currency_id.round(stop.amount - as_float(amount))
        return stop.create(
            {
                "account_id": stop.account_id.id,
                "move_id": stop.move_id.id,
                "reason": "dispute",
                "amount": as_float(amount),
                "date_from": min(stop.date_from, day),
                "date_to": day,
                "verdict": "customer",
                "note": stop.note,
            }
        )

    @api.private
    def reopen(self, stop, running=None):
        """Let a settled dispute of a part go on: what settled it has been taken back.

        :param stop: a `billing.stop` with an amount
        :param running: the dispute that goes on of which it was settled apart; the two are one again
        :return: the `billing.stop` (elevated) that goes on
        """
        stop = stop.sudo()  # sudo: as above
        if not running:
            stop.write({"verdict": False, "date_to": False})
            return stop
        running = running.sudo()  # sudo: as above
        running.amount = running.currency_id.round(running.amount + stop.amount)
        stop.unlink()
        return running

    def _get_day(self, account):
        return self.env["billing.days"].get_local_day(account)

    @api.private
    def note_disputes(self, moves):
        """Begin the disputes of whole documents that are blocked, or taken out of the reminders, and end the others.

        Disputes of a part go on: they are settled on their own.
        """
        # sudo: whoever blocks an invoice; the history is kept by the billing
        stops, moves = self.env["billing.stop"].sudo(), moves.sudo()
        running = self._get_running(moves).filtered(lambda stop: not stop.amount)
        self._end(running.filtered(lambda stop: not stop.move_id._is_in_dispute()))
        new = moves.filtered(lambda move: move._is_in_dispute()) - running.move_id
        stops.create(
            [
                {
                    "account_id": move.billing_account_id.id,
                    "move_id": move.id,
                    "reason": "dispute",
                    "date_from": self._get_day(move.billing_account_id),
                }
                for move in new
            ]
        )

    def _end(self, stops):
        """End disputes that go on with the local day of their accounts."""
        for stop in stops:
            day = self._get_day(stop.account_id)
            stop.write({"date_from": min(stop.date_from, day), "date_to": day})
