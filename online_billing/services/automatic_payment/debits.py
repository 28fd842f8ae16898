"""Debits from plan to end: made with their due lines, stopped, ended; every row of an attempt is written here."""

import uuid
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import MACHINES, next_state
from ...models.shared.guarded import BY_EVENT
from ..shared.numbers import as_float, to_decimal

OPEN_STATES = frozenset(("planned", "sent", "unknown", "waiting"))
CLOSED_STATES = frozenset(("failed", "given_up"))


class BillingDebits(models.AbstractModel):
    _name = "billing.debits"
    _description = "Life of Debits"

    @api.private
    def plan(self, consent, method, lines, day, **more):
        """Make the row of a debit that is sent on a day, with the due lines that it is for.

        The account is held by the caller. The database refuses a due line that stands in another open attempt.

        :param method: of the consent
        :param list lines: DueLine of one account and currency
        :param day: local day of the account
        :param more: further values: origin, previous_id, number, next_time
        :return: the attempt
        :raise UserError: the lines are in another currency than the consent
        """
        if {line.currency_id for line in lines} - {consent.currency_id.id}:
            raise UserError(self.env._("The customer has agreed to debits in another currency."))
        account, token = consent.account_id, method.sudo().token_id  # sudo: methods belong to their customers
        amount = sum((line.amount for line in lines), Decimal(0))
        vals = {
            "key": uuid.uuid4().hex,
            "account_id": account.id,
            "currency_id": consent.currency_id.id,
            "amount": as_float(amount),
            "consent_id": consent.id,
            "token_id": token.id,
            "provider_id": token.provider_id.id,
            "method_name": token.display_name,
            "day": day,
            "next_time": self.env["billing.days"].get_moment(account, day),
            **more,
        }
        return self.make(vals, lines)

    @api.private
    def make(self, vals, lines):
        """Make the row of an attempt with its lines.

        :param dict vals: values of the attempt
        :param list lines: DueLine; none for a refund
        """
        self.env["billing.payment.attempt.line"].flush_model(["is_open"])  # what has ended makes room
        attempts = self.env["billing.payment.attempt"].sudo()  # sudo: rows of the billing alone
        attempt = attempts.with_context(mail_create_nolog=True, tracking_disable=True).create(vals)
        self.add_lines(attempt, lines)
        return attempt.sudo(False)

    @api.private
    def add_lines(self, attempt, lines):
        """Let an attempt be for due lines; the database refuses one that stands in another open attempt.

        :param list lines: DueLine
        """
        self.env["billing.payment.attempt.line"].sudo().create(  # sudo: rows of the billing alone
            [
                {
                    "attempt_id": attempt.id,
                    "move_id": line.move_id,
                    "line_id": line.line_id,
                    "installment_id": line.installment_id,
                    "due_date": line.due_date,
                    "amount": as_float(line.amount),
                    "discount": as_float(line.discount),
                    "is_open": True,
                }
                for line in lines
            ]
        )

    @api.private
    def make_way(self, lines, reason):
        """Take due lines out of the debits that are planned for them, because they are paid in another way now.

        What stays open of them, or is open again because the payment has ended without success, is planned anew
        (`billing.debit.planning`), for which the row says that it made way.

        :param list lines: DueLine of one account
        """
        places = {line.place for line in lines}
        planned = self.env["billing.payment.attempt.line"].sudo()  # sudo: rows of the billing alone
        planned = planned.search(
            [
                ("line_id", "in", [line.line_id for line in lines]),
                ("is_open", "=", True),
                ("attempt_id.state", "=", "planned"),
            ]
        ).filtered(lambda line: (line.line_id.id, line.installment_id.id or 0) in places)
        for own in planned.grouped("attempt_id").values():
            self._give_up(own, reason, made_way=True)
        self.env["billing.payment.attempt.line"].flush_model(["is_open"])  # what has ended makes room

    @api.private
    def take_out(self, moves, reason):
        """Take documents out of the debits that are planned for them; their accounts are held by the caller.

        :raise UserError: one of them is being debited already
        """
        lines = self.env["billing.payment.attempt.line"].sudo()  # sudo: rows of the billing alone
        lines = lines.search([("move_id", "in", moves.ids), ("is_open", "=", True)])
        if sent := lines.attempt_id.filtered(lambda attempt: attempt.state != "planned")[:1]:
            raise self._get_refusal_of_sent(sent)
        for own in lines.grouped("attempt_id").values():
            self._give_up(own, reason)
        self.env["billing.payment.attempt.line"].flush_model(["is_open"])  # what has ended makes room

    def _get_refusal_of_sent(self, attempt):
        return UserError(
            self.env._(
                "%(attempt)s has been sent to the provider and cannot be stopped any more. Give the money back"
                " once it has come.",
                attempt=attempt.display_name,
            )
        )

    def _give_up(self, own, reason, **values):
        """Give a planned debit up for some of its lines; for the others it goes on.

        :param own: `billing.payment.attempt.line` (elevated) of one planned debit
        """
        attempt = own.attempt_id
        if attempt.line_ids != own:
            names = ("account_id", "currency_id", "consent_id", "token_id", "provider_id", "previous_id")
            part = attempt.with_context(mail_create_nolog=True, tracking_disable=True).create(
                {
                    **{name: attempt[name].id for name in names},
                    **{name: attempt[name] for name in ("method_name", "day", "next_time", "origin", "number")},
                    "key": uuid.uuid4().hex,
                    "amount": self._sum_up(own),
                }
            )
            own.attempt_id = part
            attempt.amount = self._sum_up(attempt.line_ids - own)
            attempt = part
        self.move(attempt, "give_up", reason=reason, ended_at=fields.Datetime.now(), **values)

    def _sum_up(self, lines):
        currency = lines.attempt_id.currency_id
        return as_float(sum((to_decimal(line.amount, currency) for line in lines), Decimal(0)))

    @api.private
    def move(self, attempt, event, **values):
        """Move one attempt along the table of its states; its lines are free once nothing can come of it any more.

        :raise EngineError: its state does not accept the event
        """
        attempt = attempt.sudo()  # sudo: rows of the billing alone
        state = next_state(MACHINES["payment_attempt"], attempt.state, event)
        is_late = attempt.state in CLOSED_STATES
        attempt.with_context(billing_by=BY_EVENT).write({"state": state, **values})
        is_open = state in OPEN_STATES or (state == "succeeded" and not attempt.is_booked)
        lines = attempt.line_ids.filtered(lambda line: line.is_open != is_open)
        if is_late:
            lines -= self._make_room(attempt)
        if lines:
            lines.write({"is_open": is_open})

    def _make_room(self, attempt):
        """Take back what was planned of an attempt whose money came late.

        :return: those of its lines that another attempt is taking already; what comes twice becomes a credit
        """
        others = self.env["billing.payment.attempt.line"].sudo()  # sudo: rows of the billing alone
        others = others.search(
            [("line_id", "in", attempt.line_ids.line_id.ids), ("is_open", "=", True), ("attempt_id", "!=", attempt.id)]
        )
        for planned in others.attempt_id.filtered(lambda one: one.state == "planned"):
            reason = self.env._("Paid by the try before")
            self.move(planned, "give_up", reason=reason, ended_at=self.env.cr.now())
        others.flush_recordset(["is_open"])
        taken = {(line.line_id, line.installment_id) for line in others if line.is_open}
        return attempt.line_ids.filtered(lambda line: (line.line_id, line.installment_id) in taken)

    @api.private
    def fit(self, attempt, lines):
        """Lower an attempt that has not been sent to what is still open of its lines.

        It makes way where nothing of a line is: that is paid in another way, or rests. What is due later than it was
        is planned anew for its day.

        :param dict lines: {place: DueLine} of what can be debited now
        :return: what it comes to, as Decimal; at 0 it has been given up
        """
        attempt, total, gone = attempt.sudo(), Decimal(0), []  # sudo: rows of the billing alone
        calendar, put_off = self.env["billing.debit.calendar"], []
        for line in attempt.line_ids:
            now = lines.get((line.line_id.id, line.installment_id.id or 0))
            if now and calendar.is_put_off(attempt, line, now.due_date):
                put_off.append(line.id)
                continue
            planned = to_decimal(line.amount, attempt.currency_id)
            amount = min(planned, now.amount) if now else Decimal(0)
            total += amount
            if amount <= 0:
                gone.append(line.id)
                continue
            # what is not paid wholly and early bears none
            discount = now.discount if amount == now.amount else Decimal(0)
            if amount < planned or discount != to_decimal(line.discount, attempt.currency_id):
                line.write({"amount": as_float(amount), "discount": as_float(discount)})
        if gone:
            reason = self.env._("Nothing of it is open any more")
            self._give_up(attempt.line_ids.browse(gone), reason, made_way=True)
        if put_off:
            self._give_up(attempt.line_ids.browse(put_off), self.env._("Planned anew: the terms have changed"))
        if total > 0:
            attempt.amount = as_float(total)
        return total

    @api.private
    def get_planned(self, consent):
        """Return the debits of a consent that are planned, however many it had (elevated)."""
        attempts = self.env["billing.payment.attempt"].sudo()  # sudo: rows of the billing alone
        return attempts.search([("consent_id", "=", consent.id), ("state", "=", "planned")])

    @api.private
    def stop(self, attempts, reason, is_final=True):
        """Take back debits that have not been sent; what they were for is asked for as any other bill.

        :param is_final: it is not planned again under the same consent
        :raise UserError: one of them has been sent already
        """
        attempts.check_access("read")
        attempts.account_id.hold()
        for attempt in attempts:
            if attempt.state != "planned":
                raise self._get_refusal_of_sent(attempt)
            self.move(attempt, "give_up", reason=reason, ended_at=self.env.cr.now(), is_final=is_final)
            attempt.account_id.sudo().message_post(  # sudo: the record is kept whoever stops
                body=self.env._("%(debit)s is not made: %(reason)s", debit=attempt.display_name, reason=reason)
            )
