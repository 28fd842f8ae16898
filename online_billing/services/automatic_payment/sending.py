"""Sending debits: noted as sent and committed first, asked of the provider then, its answer recorded at once."""

import logging
from datetime import timedelta
from decimal import Decimal

import psycopg2
from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

from ...engine import may_try, next_question
from ..shared.numbers import to_decimal
from ..shared.work_loop import Pass, Queue
from .open_pages import ASK_AGAIN

_logger = logging.getLogger(__name__)

#: a debit that waits longer for what was begun on a page is looked into by a person: nobody is reminded meanwhile
LONGEST_WAIT = timedelta(days=1)
NOT_SENT = "debits.not_sent"  # by which its task is known again


class BillingDebitSending(models.AbstractModel):
    """Three steps, each with a commit of its own, so that a kill at any moment leaves what the next pass can read:

    1. a batch of planned debits is fitted to what is still open, gets its transactions, and is noted as sent; one whose
       bill a customer may be paying on a page waits until that has ended or is given up (`billing.open.pages`);
    2. the provider is asked for one after the other, while no transaction is open, as long as each row is as it was;
       what it says is noted on the row. What a process that was killed has asked nobody for, the job of the questions
       asks for (`billing.attempt.questions`);
    3. what was said is worked off (`billing.attempt.settling`) and booked (`billing.debit.booking`).
    """

    _name = "billing.debit.sending"
    _inherit = "billing.work.loop"
    _description = "Sending of Debits"

    _batch_size = 50

    @api.private
    def work(self):
        """Send what is planned for now, until nothing is left or the cron's time is up."""
        self.work_through(Pass())
        self.env["billing.attempt.settling"].work()  # also what events and people have left

    def _after_commit(self, work, results):
        attempts = self._browse(results)
        waiting = attempts.filtered(lambda attempt: attempt.state == "planned")
        # what is noted as sent first: a page that cannot be given up keeps nobody else's debit from being made
        self._call(attempts.filtered(lambda attempt: attempt.state == "sent"))
        self._wait_for_pages(waiting)

    @api.private
    def send_now(self, attempts):
        """Send planned debits at once, for somebody who waits for it; what was done so far is committed."""
        ids = self._send_in_dialogue(attempts)
        held = self._browse(ids).filtered(lambda attempt: attempt.state == "planned")
        if held and self._wait_for_pages(held):
            ids += self._send_in_dialogue(held)
        self._call(self._browse(ids).filtered(lambda attempt: attempt.state == "sent"))

    def _send_in_dialogue(self, attempts):
        ids = self.by_halves(
            dict.fromkeys(attempts.ids), lambda some: self._send(self._browse(some)), self._fail_in_dialogue
        )
        self.env.cr.commit()  # pylint: disable=invalid-commit
        return ids

    @api.private
    def call(self, attempt):
        """Ask the provider about a row that is noted as sent: a refund, or what a customer pays on a page.

        What was done so far is committed.
        """
        self.env.cr.commit()  # pylint: disable=invalid-commit
        self._call(attempt)

    def _fail_in_dialogue(self, _unit_id, _value, error):
        raise error

    def _get_queue(self, work):
        now = fields.Datetime.now()
        condition = SQL("attempt.state = 'planned' AND attempt.kind = 'debit' AND attempt.next_time <= %s", now)
        order = SQL("attempt.next_time, attempt.id")
        return Queue("billing_payment_attempt", "attempt", condition, order=order)

    def _handle(self, work, units):
        return self._send(self._browse(units))

    def _browse(self, units):
        return self.env["billing.payment.attempt"].sudo().browse(units)  # sudo: a job of the billing

    def _note_failure(self, work, unit_id, value, error):
        """Let it wait an hour, with the reason on the row."""
        attempt = self._browse([unit_id])
        reason = self.get_reason(error)
        attempt.write({"reason": reason, "next_time": fields.Datetime.add(fields.Datetime.now(), hours=1)})
        account = attempt.account_id
        self._tell_once(account.ids, {account.id: reason}, NOT_SENT, self.env._("A debit could not be sent"))

    # -- noted as sent ------------------------------------------------------------------------------------------------

    def _send(self, attempts):
        """Fit planned debits to what is open, and note them as sent.

        :return: ids of those of which the provider is to be asked, and of those that wait for a page
        """
        attempts.account_id.hold()
        attempts = attempts.filtered(lambda attempt: attempt.state == "planned")
        waiting = self._hold_for_pages(attempts)
        attempts -= waiting
        open_lines = self.env["billing.due.lines"].get_lines(attempts.account_id, planned=True)
        history = self.env["billing.debit.history"]
        month_amounts = history.get_month_amounts(attempts.consent_id)
        tries = history.get_tries(attempts.line_ids.line_id.ids)
        ready = attempts.browse()
        for attempt in attempts:
            lines = {line.place: line for line in open_lines[attempt.account_id.id]}
            if self._is_ready(attempt, lines, month_amounts, tries, ready):
                ready |= attempt
        self._make_transactions(ready)
        now = fields.Datetime.now()
        for attempt in ready:
            self.env["billing.debits"].move(
                attempt,
                "send",
                sent_at=now,
                awaits_call=True,
                asked=0,
                next_time=next_question(now, 0),
                reason=False,
            )
        return ready.ids + waiting.ids

    def _hold_for_pages(self, attempts):
        """Return the debits whose bills a customer may still pay by what was begun on a page; they wait."""
        pages = self.env["billing.open.pages"]
        found, now = pages.find(attempts.line_ids.move_id), fields.Datetime.now()
        waiting = attempts.filtered(lambda attempt: any(found[move_id] for move_id in attempt.line_ids.move_id.ids))
        waiting.write(
            {
                "next_time": now + ASK_AGAIN,  # this pass looks at it once more, unless it is killed
                "reason": self.env._("The customer has begun to pay it on a page. It is debited once that has ended."),
            }
        )
        return waiting

    def _wait_for_pages(self, attempts):
        """Give up what was begun on pages a while ago, and say when the debits of the same bills go on.

        Somebody is told of those that wait for more than a day, as where a provider cannot be asked any more.

        :return: those that can go on at once
        """
        pages, days, free = self.env["billing.open.pages"], self.env["billing.days"], attempts.browse()
        for attempt in attempts:
            found = pages.find(attempt.line_ids.move_id)
            begun = self.env["payment.transaction"].sudo().union(*found.values())  # sudo: of customers, for jobs
            again = pages.close(begun)
            if attempt.state == "planned":
                attempt.next_time = again or fields.Datetime.now()
                free |= attempt if not again else attempt.browse()
                if again and attempt.day < days.get_local_day(attempt.account_id) - LONGEST_WAIT:
                    reasons = {attempt.account_id.id: attempt.reason}
                    title = self.env._("A debit could not be sent")
                    self._tell_once(attempt.account_id.ids, reasons, NOT_SENT, title)
            self.env.cr.commit()  # pylint: disable=invalid-commit
        return free

    def _is_ready(self, attempt, lines, month_amounts, tries, ready):
        """Tell whether a debit is still to be made; where it is not, it is given up with its reason, or waits.

        :param ready: those of the batch that are made before it
        """
        consent = attempt.consent_id
        planned = to_decimal(attempt.amount, attempt.currency_id)
        if self.env["billing.debits"].fit(attempt, lines) <= Decimal(0):
            return False
        reason = self.env["billing.debit.planning"].get_obstacle(attempt, planned, month_amounts, tries)
        if not reason and not self._has_method(attempt):
            # sudo: how its provider takes money
            obstacle = self.env["billing.payment.adapter"].get_capture_obstacle(attempt.sudo().token_id)
            reason = obstacle or self.env._("No payment method of the consent can be charged")
            unserved = self.env["billing.payment.consents"].get_unserved(consent)
            self.env["billing.debit.news"].tell_without_method(consent, unserved)
        if reason:
            self.env["billing.debits"].move(attempt, "give_up", reason=reason, ended_at=fields.Datetime.now())
        elif not attempt.previous_id or self._may_be_tried_again(attempt, ready):
            self._count(attempt, planned, month_amounts)
            return True
        return False

    def _may_be_tried_again(self, attempt, ready):
        """Tell whether networks allow a try that follows a failed one: others may have failed since it was planned.

        If not, the next method stands in, or nothing more is tried. Where that hangs on others that are under way, it
        waits for them.
        """
        history, now = self.env["billing.debit.history"], fields.Datetime.now()
        tries = history.get_tries_seen(attempt, attempt.token_id)
        if not may_try(now, tries):
            following = self.env["billing.debit.following"]
            method = following.find_next_method(attempt)
            if not method:
                reason = self.env["billing.debit.planning"].get_exhausted_reason()
                self.env["billing.debits"].move(attempt, "give_up", reason=reason, ended_at=now)
                following.end(attempt.previous_id)
                return False
            self._put_method(attempt, method)
            tries = history.get_tries_seen(attempt, attempt.token_id)
        pending = history.get_pending_alike(attempt, attempt.token_id)
        pending |= ready.filtered_domain(history.get_domain_alike(attempt, attempt.token_id))
        if may_try(now, [*tries, *[now] * len(pending)]):
            return True
        reason = self.env._("It waits for others of the same amount: card networks allow 15 tries in 30 days")
        attempt.write({"next_time": now + ASK_AGAIN, "reason": reason})
        return False

    def _count(self, attempt, planned, month_amounts):
        """Let a debit that could not be sent on its day be one of today, for the limit of the month as well.

        :param Decimal planned: what it counted with
        :param dict month_amounts: of `billing.debit.history`; the next debits of the batch see it there
        """
        today = self.env["billing.days"].get_local_day(attempt.account_id)
        if (months := month_amounts.get(attempt.consent_id.id)) is not None:
            months[attempt.day.replace(day=1)] -= planned
            months[today.replace(day=1)] += to_decimal(attempt.amount, attempt.currency_id)
        attempt.day = today

    def _has_method(self, attempt):
        """Let the next method for such bills stand in for one that cannot be charged; tell whether there is one."""
        if self.env["billing.debit.purposes"].is_method_usable(attempt):
            return True
        methods = self.env["billing.debit.purposes"].get_methods(attempt.consent_id, attempt.line_ids.move_id)
        if not methods:
            return False
        self._put_method(attempt, methods[0])
        return True

    def _put_method(self, attempt, method):
        token = method.token_id
        attempt.write({"token_id": token.id, "provider_id": token.provider_id.id, "method_name": token.display_name})

    def _make_transactions(self, attempts):
        """Make the transactions of Odoo by which the payments are known there."""
        vals_list = [
            {
                "provider_id": attempt.provider_id.id,
                "payment_method_id": attempt.token_id.payment_method_id.id,
                "token_id": attempt.token_id.id,
                "reference": self._get_reference(attempt),
                "amount": attempt.amount,
                "currency_id": attempt.currency_id.id,
                "partner_id": attempt.token_id.partner_id.id,
                "operation": "offline",
                "invoice_ids": [Command.set(attempt.line_ids.move_id.ids)],
                "billing_discounts": {str(one.line_id.id): one.discount for one in attempt.line_ids if one.discount},
            }
            for attempt in attempts
        ]
        transactions = self.env["payment.transaction"].sudo().create(vals_list)  # sudo: a job of the billing
        for attempt, transaction in zip(attempts, transactions, strict=True):
            attempt.transaction_id = transaction

    def _get_reference(self, attempt):
        """Return what the customer reads on the statement of the bank: the bill, or the account; and the attempt."""
        moves = attempt.line_ids.move_id
        name = moves.name if len(moves) == 1 else attempt.account_id.name
        return f"{name}-{attempt.id}"

    # -- asked of the provider ----------------------------------------------------------------------------------------

    def _call(self, attempts):
        """Ask providers to charge attempts that are committed as sent, note each answer at once, and work them off."""
        adapters = self.env["billing.payment.adapter"].sudo()  # sudo: a job of the billing
        attempts = attempts.sudo()
        # before the first is asked: each commit forgets what was read
        known = [(attempt, adapters.get_adapter(attempt.provider_id)) for attempt in attempts]
        for attempt, adapter in known:
            answer = adapter.refund(attempt) if attempt.kind == "refund" else adapter.charge(attempt)
            if answer:
                self.env["billing.attempt.answers"].record(attempt, answer)
        try:
            # whoever waits works off what is their own
            self.env["billing.attempt.settling"].work(attempts)
        except psycopg2.OperationalError:
            # answers are committed, and the job works them off; who began it must not begin it anew
            self.env.cr.rollback()
            self.env.invalidate_all()
            _logger.warning("Answers of providers wait for the next pass: others change the same rows")
