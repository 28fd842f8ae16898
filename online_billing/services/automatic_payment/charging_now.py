"""Charging at once what is open, by somebody of the staff or the customer, within the consent of the account."""

from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError

from ..shared.numbers import as_float


class BillingChargingNow(models.AbstractModel):
    _name = "billing.charging.now"
    _description = "Charging at Once"

    @api.private
    def get_lines(self, account, moves=None):
        """Return the DueLines that a debit of now would take, in due order.

        :param moves: of these documents only; None: of all but those whose debit somebody has stopped
        """
        lines = self._get_all_lines(account)
        if moves is not None:
            return [line for line in lines if line.move_id in moves.ids]
        stopped = self.get_stopped(lines)
        return [line for line in lines if line.move_id not in stopped]

    @api.private
    def get_choice(self, account):
        """Return the documents that can be charged, in due order, and of them those whose debit was stopped.

        :return: (documents, {document id: the latest attempt that somebody has stopped})
        """
        lines = self._get_all_lines(account)
        moves = self.env["account.move"].browse(dict.fromkeys(line.move_id for line in lines))
        return moves, self.get_stopped(lines)

    def _get_all_lines(self, account, items=None):
        [lines] = self.env["billing.due.lines"].get_lines(account, items=items).values()
        return [line for line in lines if line.currency_id == account.currency_id.id]

    @api.private
    def get_stopped(self, lines):
        """Return {document id: the latest attempt that somebody has stopped} of DueLines."""
        return {line.move_id.id: line.attempt_id for line in self._find_final(lines, "given_up")}

    @api.private
    def get_failed(self, account, items=None):
        """Return the DueLines of an account that have failed for good: another consent may take them up.

        :param dict items: as for `billing.due.lines`
        """
        lines = self._get_all_lines(account, items)
        places = {(line.line_id.id, line.installment_id.id or 0) for line in self._find_final(lines, "failed")}
        return [line for line in lines if line.place in places]

    def _find_final(self, lines, state):
        """Return the lines of attempts that have ended for good in a state, for some DueLines; the latest last."""
        ended = self.env["billing.payment.attempt.line"].sudo()  # sudo: rows of the billing alone
        ended = ended.search(
            [
                ("line_id", "in", [line.line_id for line in lines]),
                ("attempt_id.state", "=", state),
                ("attempt_id.is_final", "=", True),
            ],
            order="attempt_id",
        )
        places = {line.place for line in lines}
        return ended.filtered(lambda line: (line.line_id.id, line.installment_id.id or 0) in places)

    @api.private
    def get_amount(self, lines):
        """Return what DueLines come to, as Decimal."""
        return sum((line.amount for line in lines), Decimal(0))

    @api.private
    def get_methods(self, consent, lines):
        """Return the methods that the customer has agreed to for these bills, the first to be charged first.

        :param list lines: DueLine
        """
        moves = self.env["account.move"].browse({line.move_id for line in lines})
        return self.env["billing.debit.purposes"].get_methods(consent, moves)

    @api.private
    def get_obstacle(self, account, lines):
        """Say why nothing can be charged; nothing where it can."""
        consent = self.env["billing.payment.consents"].get_holding(account)
        if not consent:
            return self.env._("The customer has not agreed to automatic payment.")
        if consent.state != "active":
            return self.env._(
                "The automatic payment of this account is paused: %(reason)s", reason=consent.reason or ""
            )
        if not consent.is_usable:
            return self.env._("None of the saved payment methods can be charged any more.")
        if not lines:
            return self.env._(
                "Nothing is open that is not in dispute, promised, planned, left out of automatic payment or being paid"
                " already."
            )
        amount = self.get_amount(lines)
        day = self.env["billing.days"].get_local_day(account)
        limits = {"debit": consent.limit_debit, "month": consent.limit_month}
        if reason := self.env["billing.debit.planning"].get_uncovered_reason(consent, amount, day):
            return self.env._(
                "%(amount)s is more than the customer allows: %(limit)s. Choose fewer bills.",
                amount=consent.currency_id.format(as_float(amount)),
                limit=consent.currency_id.format(limits[reason]),
            )
        history, now = self.env["billing.debit.history"], self.env.cr.now()
        if exhausted := history.find_exhausted({line.line_id for line in lines}, now):
            moves = self.env["account.move.line"].browse(sorted(exhausted)).move_id
            return self.env._(
                "%(bills)s: tried as often as card networks allow, 15 times in 30 days. Choose other bills, or ask the"
                " customer to pay in another way.",
                bills=", ".join(moves.mapped("name")),
            )
        return ""

    @api.private
    def charge(self, account, moves=None, method=None):
        """Charge what is open now: the row is committed, the provider asked, and its answer worked off.

        :param moves: these documents only; None: all but those whose debit somebody has stopped
        :param method: of the consent; without one the first that works
        :return: the attempt
        :raise UserError: nothing can be charged, with the reason
        """
        account.check_access("write")
        account.hold()
        lines = self.get_lines(account, moves)
        if obstacle := self.get_obstacle(account, lines):
            raise UserError(obstacle)
        consent = self.env["billing.payment.consents"].get_holding(account)
        methods = self.get_methods(consent, lines)
        method = method or methods[:1]
        if not method or method not in methods:
            raise UserError(self.env._("Choose a payment method that the customer has agreed to for such bills."))
        day = self.env["billing.days"].get_local_day(account)
        attempt = self.env["billing.debits"].plan(
            consent, method, lines, day, origin="staff", next_time=self.env.cr.now()
        )
        self.env["billing.debit.sending"].send_now(attempt)
        return attempt
