"""Look again at charged fees when their facts change: what was paid in time and entered later was never owed."""

import logging
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import psycopg2
from odoo import api, models
from odoo.fields import Domain

from ...engine import as_exact, is_open, look_again
from ..receivables.values import EXEMPTION, PLAN, Stop
from ..shared.numbers import as_float, get_roundings, to_decimal
from ..shared.values import ONE_DAY
from .debts import AccountDebts, Piece
from .terms import get_charged_debt

_logger = logging.getLogger(__name__)

NOTED = "billing_late_fee_review"


class BillingLateFeeReview(models.AbstractModel):
    _name = "billing.late.fee.review"
    _description = "Look Again at Charged Late Fees"

    @api.private
    def note(self, moves):
        """Have the charged fees of documents looked at before this transaction ends, however much of them changes."""
        if moves:
            precommit = self.env.cr.precommit
            if NOTED not in precommit.data:
                precommit.add(self.look)
            precommit.data.setdefault(NOTED, set()).update(moves.ids)

    @api.private
    def note_accounts(self, accounts):
        """Have all charged fees of accounts looked at: the days that were exempt have changed."""
        # sudo: the rows of fees are kept by the billing
        fees = self.env["billing.late.fee"].sudo()
        self.note(fees.search([("account_id", "in", accounts.ids), ("state", "=", "charged")]).move_id)

    @api.private
    def look(self):
        """Look at what was noted. A payment is worth more than a look: where that fails, it is booked all the same."""
        move_ids = list(self.env.cr.precommit.data.pop(NOTED, ()))
        # sudo: whoever pays, also on the portal
        fees = self.env["billing.late.fee"].sudo()
        concerned = Domain("move_id", "in", move_ids) | Domain("charge_id.invoice_id", "in", move_ids)
        try:
            with self.env.cr.savepoint():
                self.review(fees.search(concerned & Domain("state", "=", "charged")))
        except psycopg2.OperationalError:
            raise  # lost a race: the whole transaction is tried again
        except Exception:
            _logger.exception("late fees: charged fees could not be looked at after their facts changed")
            self.env.invalidate_all()

    @api.private
    def review(self, fees):
        """Note on charged fees whether they are owed by what is known now, how much is not, and why.

        :param fees: `billing.late.fee` with elevated rights
        """
        fees = fees.filtered(lambda fee: fee.state == "charged")
        if not fees:
            return
        standing = self.env["billing.charge.standing"].get_standing(fees.charge_id)
        left = self.look_again(fees)
        for fee in fees:
            found, paid = left[fee]
            stands = to_decimal(standing[fee.charge_id], fee.currency_id)
            too_much = max(stands - (found.amount if found else 0), Decimal(0))
            not_owed = None
            if too_much:
                not_owed = "part" if found else "paid" if paid else "spared"
            if ((fee.not_owed or None), to_decimal(fee.amount_not_owed, fee.currency_id)) != (not_owed, too_much):
                fee.write({"not_owed": not_owed, "amount_not_owed": as_float(too_much)})

    @api.private
    def look_again(self, fees):
        """Return {fee: (what is left of it by what is known now, None where nothing is, whether it was paid in time)}.

        Earlier fees that bore a fee count with what is left of them.
        """
        every = fees.search([("move_id", "in", fees.move_id.ids), ("state", "in", ("charged", "waived"))])
        every = every.filtered("charge_id")
        histories = self.env["billing.late.fee.ledger"].get_histories(fees.move_id.ids)
        stops = self.env["billing.stops"].get_stops({fee.move_id.id: fee.account_id.id for fee in every})
        roundings = get_roundings(self.env, every.currency_id.ids)
        left, added = {}, defaultdict(Fraction)
        for fee in every.sorted(lambda fee: (fee.arises_on, fee.id)):
            debt = (fee.move_id, fee.due_date, fee.rule_id)
            own = self._get_stops(fee, stops.get(fee.move_id.id, ()))
            terms = self.env["billing.late.fee.terms"].get_fee_terms(fee.rule_id, roundings[fee.currency_id.id])
            left[fee] = self._look_at(fee, terms, histories, own, added[debt])
            if left[fee][0]:
                added[debt] += as_exact(left[fee][0].amount)
        return left

    def _get_stops(self, fee, stops):
        """Return the times on which the debt of a fee rested; a plan spares what comes after it alone."""
        exemption = self.env["billing.stops"].get_exemption(fee.account_id)
        if exemption and not exemption.until and exemption.covers(fee.arises_on, fee.arises_on):
            stops = [*stops, Stop(EXEMPTION, exemption.since, fee.arises_on)]
        return [stop for stop in stops if stop.reason != PLAN]

    def _look_at(self, fee, terms, histories, stops, added):
        """Return (what is left of a fee or None, whether its debt was paid in time).

        A rule that charges interest at payment takes what had arisen before it; any other rule drops its fee where the
        debt is paid until the fee is charged.
        """
        pieces, every = self._get_pieces(fee, histories)
        last = fee.arises_on - ONE_DAY if terms.closing else fee.charged_on or fee.arises_on
        owed = sum((piece.open_at_end_of(last) for piece in pieces), Decimal(0))
        if not is_open(as_exact(owed), terms.tolerance):
            return None, True
        debts = AccountDebts(None, fee.currency_id.id, (), histories, None, {fee.move_id.id: stops})
        course = debts.get_course(fee.move_id.id, fee.due_date, pieces, every, fee.rule_id)
        debt = get_charged_debt(fee.due_date, *course)
        found = look_again(terms, debt, fee.charge_id.breakdown, added)
        charged = to_decimal(fee.charge_id.amount, fee.currency_id)
        if found and found.amount > charged:
            found = replace(found, amount=charged)
        return found, False

    def _get_pieces(self, fee, histories):
        """Return (the pieces of the debt of a fee, all of its document).

        Where its due date is gone, or a plan has divided what was due on it, the debt went on with all that its invoice
        asks for.
        """
        move, due = fee.move_id, fee.due_date
        lines = histories[move.id].lines if move.id in histories else ()
        parts = move.billing_installment_part_ids
        is_own = any(part.date == due and part.installment_id for part in parts) if parts else True
        is_there = is_own and any(line.due == due for line in lines)
        every = [Piece(line.due if is_there else due, line.residual, line.events) for line in lines]
        if not is_there or fee.rule_id.level == "invoice":
            return every, every
        return [piece for piece in every if piece.due == due], every
