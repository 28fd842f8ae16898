"""Look again at charged fees when their facts change: what was paid in time and entered later was never owed."""

import logging
from decimal import Decimal

import psycopg2
from odoo import api, models
from odoo.exceptions import UserError

from ...engine import is_open
from ..receivables.values import PLAN
from ..shared.numbers import exact, to_decimal
from ..shared.values import ONE_DAY

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
        move_ids = self.env.cr.precommit.data.pop(NOTED, ())
        # sudo: whoever pays, also on the portal
        fees = self.env["billing.late.fee"].sudo()
        try:
            with self.env.cr.savepoint():
                self.review(fees.search([("move_id", "in", list(move_ids)), ("state", "=", "charged")]))
        except psycopg2.OperationalError:
            raise  # lost a race: the whole transaction is tried again
        except Exception:
            _logger.exception("late fees: charged fees could not be looked at after their facts changed")
            self.env.invalidate_all()

    @api.private
    def review(self, fees):
        """Note on charged fees whether they are owed by what is known now, and if not, why.

        :param fees: `billing.late.fee` with elevated rights
        """
        if not fees:
            return
        settlements = self.env["billing.settlements"].get_settlements(move_ids=fees.move_id.ids)
        stops = self.env["billing.stops"].get_stops({fee.move_id.id: fee.account_id.id for fee in fees})
        for fee in fees:
            not_owed = self._find_mistake(fee, settlements, stops.get(fee.move_id.id, ()))
            if (fee.not_owed or None) != not_owed:
                fee.not_owed = not_owed

    def _find_mistake(self, fee, settlements, stops):
        """Return why a charged fee is not owed, or None.

        A rule that charges interest at payment takes what had arisen before it; any other rule drops its fee where the
        debt is paid until the fee is charged.
        """
        rule = fee.rule_id
        last = fee.arises_on - ONE_DAY if rule.closing and rule._has_interest() else fee.charged_on or fee.arises_on
        owed = self._get_owed(fee, settlements, last)
        if owed < to_decimal(fee.base, fee.currency_id) and not is_open(exact(owed), exact(rule.tolerance)):
            return "paid"
        return "spared" if self._is_spared(fee, settlements, stops) else None

    def _is_spared(self, fee, settlements, stops):
        """Tell whether the debt of a charged fee rested when it arose: interest on all its days, others on its last."""
        rule, last = fee.rule_id, fee.arises_on
        first = fee.due_date if rule._has_interest() else last
        exemption = self.env["billing.stops"].get_exemption(fee.account_id)
        if exemption and exemption.covers(first, last):
            return True
        open_then = self._get_owed(fee, settlements, last)
        return any(
            stop.rests(first)
            and stop.rests(last)
            and (stop.amount is None or (stop.amount >= open_then and not rule._has_interest()))
            for stop in stops
            if stop.reason != PLAN and (not stop.is_lost or rule.spares_lost_disputes)
        )

    def _get_owed(self, fee, settlements, last):
        """Return what was open at the end of a day of the debt of a fee, by what is known now."""
        move, currency = fee.move_id, fee.currency_id
        lines = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        # where its due date is gone, the debt went on with all that its invoice asks for
        if fee.due_date in lines.mapped("date_maturity"):
            lines = lines.filtered(
                lambda line: (
                    line.date_maturity <= last if fee.rule_id.level == "invoice" else line.date_maturity == fee.due_date
                )
            )
        owed = to_decimal(sum(lines.mapped("amount_residual_currency")), currency)
        later = (one.amount for line in lines for one in settlements.get(line.id, ()) if one.day > last)
        return owed + sum(later, Decimal(0))

    @api.private
    def give_back(self, fees):
        """Give fees back that are not owed by what is known now.

        :return: the credit notes
        :raise UserError: one is owed
        """
        self.review(fees.sudo())  # sudo: the rows are kept by the billing
        if owed := fees.filtered(lambda fee: fee.state != "charged" or not fee.not_owed):
            raise UserError(
                self.env._(
                    "%(fee)s stays as it is: nothing is known that shows that it was not owed. Enter or match the"
                    " payment with the day on which the money came in, or waive the fee with a reason.",
                    fee=owed[0].display_name,
                )
            )
        reasons = dict(self.env["billing.late.fee"]._fields["not_owed"]._description_selection(self.env))
        notes = self.env["account.move"]
        for not_owed, own in fees.grouped("not_owed").items():
            notes |= self.env["billing.late.fee.waiver"].waive(own, reasons[not_owed], is_mistake=True)
        return notes
