"""Working off what providers said: an attempt goes along the table of its states, once for each thing that happened."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine import MACHINES, next_question
from ..shared.numbers import as_float, stored_decimal, to_decimal
from ..shared.work_loop import Pass, Queue
from .values import DECLINED, NOT_FOUND, SUCCEEDED, UNDECIDED, UNKNOWN, Answer

DIFFERS = "online_billing.activity_type_payment_differs"
#: while a provider decides, it is asked so often
PENDING_QUESTION = {"hours": 12}


class BillingAttemptSettling(models.AbstractModel):
    """What comes late, twice or in another order changes nothing: each answer has one event in the table, or none."""

    _name = "billing.attempt.settling"
    _inherit = "billing.work.loop"
    _description = "Working off Answers of Providers"

    _batch_size = 50

    @api.private
    def work(self, attempts=None):
        """Work off every answer that is noted, and book what has succeeded; each batch is committed by itself.

        :param attempts: these alone, for whoever waits for them; what others change at this moment is left to the job
        """
        job = self.as_job()
        job.work_through(Pass(waiting=None if attempts is None else attempts.ids))
        job.env["billing.debit.booking"].work(attempts)

    @api.private
    def settle(self, attempts):
        """Work off the answers of some attempts, and book what has succeeded, in the present transaction."""
        self._settle_all(attempts)
        self.env["billing.debit.booking"].book_all(attempts)

    def _settle_all(self, attempts):
        marks = defaultdict(self.env["payment.transaction"].sudo)  # sudo: rows of the billing alone
        for attempt in attempts.sudo():  # sudo: as above
            self._settle(attempt, marks)
        self._mark_all(marks)

    def _get_queue(self, work):
        return Queue("billing_payment_attempt", "attempt", SQL("attempt.answer IS NOT NULL"), stays=True)

    def _handle(self, work, units):
        attempts = self.env["billing.payment.attempt"].sudo().browse(units)  # sudo: a job of the billing
        attempts.account_id.hold()
        self._settle_all(attempts)
        return units

    def _note_failure(self, work, unit_id, value, error):
        """Let it be tried again by the next pass: the answer stays on the row. Somebody is told once."""
        attempt = self.env["billing.payment.attempt"].sudo().browse(unit_id)  # sudo: a job of the billing
        account = attempt.account_id
        reasons = {account.id: self.get_reason(error)}
        title = self.env._("An answer of a payment provider could not be worked off")
        self._tell_once(account.ids, reasons, "debits.answer_not_worked_off", title)

    def _settle(self, attempt, marks):
        answer = self.env["billing.attempt.answers"].take(attempt)
        if answer is None:
            return
        attempt.awaits_call = False
        if answer.reference:
            attempt.provider_reference = answer.reference
            attempt.transaction_id.provider_reference = answer.reference
        if reason := self._get_difference(attempt, answer):
            is_comparable = answer.currency.upper() == attempt.currency_id.name
            attempt.provider_amount = as_float(stored_decimal(answer.amount)) if is_comparable else 0
            self._ask_somebody(attempt, "debits.amount_differs", reason)
            answer = Answer(UNKNOWN, answer.reference, text=reason)
        if mark := getattr(self, f"_settle_{answer.kind}")(attempt, answer):
            marks[mark] |= attempt.transaction_id

    def _get_difference(self, attempt, answer):
        """Say how an amount that was taken differs from what was asked for; nothing where it does not."""
        if answer.kind != SUCCEEDED or not answer.amount:
            return ""
        wanted = f"{to_decimal(attempt.amount, attempt.currency_id)} {attempt.currency_id.name}"
        given = f"{answer.amount} {answer.currency.upper()}"
        if wanted == given:
            return ""
        return self.env._("The provider says %(given)s, and %(wanted)s was asked for.", given=given, wanted=wanted)

    def _ask_somebody(self, attempt, key, reason):
        """Give somebody the task to look into a payment, once of each kind."""
        user = self.get_responsible(attempt.account_id)
        self.env["billing.tasks"].give(attempt, key, DIFFERS, note=reason, user_id=user.id)

    def _move(self, attempt, event, **values):
        """Move an attempt where its state accepts the event; tell whether it does."""
        if event not in MACHINES["payment_attempt"].events_from(attempt.state):
            return False
        self.env["billing.debits"].move(attempt, event, **values)
        return True

    # -- by kind of answer: each returns (method, message) for Odoo's transaction, or nothing --------------------------

    def _settle_succeeded(self, attempt, answer):
        ended = {"ended_at": fields.Datetime.now(), "next_time": False, "reason": False, "action_url": False}
        if self._move(attempt, "succeed", **ended, decline_class=False, decline_code=False, is_final=False):
            if attempt.activity_ids:
                attempt.activity_ids.action_feedback(feedback=self.env._("The provider has said that it succeeded."))
            return "_set_done", None
        return None

    def _settle_accepted(self, attempt, answer):
        self._move(attempt, "accept", action_url=False)
        if attempt.state != "sent":
            return None
        now = fields.Datetime.now()
        attempt.write({"next_time": fields.Datetime.add(now, **PENDING_QUESTION), "reason": answer.text or False})
        return "_set_pending", None

    def _settle_declined(self, attempt, answer):
        """Note a decline; one that comes after the money was taken is no news: a return has its own way."""
        decline = self.env["billing.debit.following"].get_decline(attempt, answer)
        if self._move(
            attempt,
            "fail",
            ended_at=fields.Datetime.now(),
            next_time=False,
            action_url=False,
            reason=decline.text,
            decline_code=answer.code or False,
            decline_class=decline.decline_class,
        ):
            self.env["billing.tasks"].close(attempt, UNDECIDED)
            self.env["billing.debit.following"].follow_failure(attempt)
            return "_set_error", answer.text or decline.text or answer.code
        return None

    def _settle_waiting(self, attempt, answer):
        until = attempt._get_waiting_end()
        if self._move(attempt, "wait", action_url=answer.url, reason=answer.text or False, next_time=until):
            self.env["billing.debit.news"].tell_to_confirm(attempt)
            if attempt.origin == "page":
                return "_set_pending", self.env["billing.debit.news"].get_text_to_confirm(attempt)
        elif attempt.state == "waiting" and answer.url and answer.url != attempt.action_url:
            attempt.action_url = answer.url
        return None

    def _settle_unknown(self, attempt, answer):
        self._move(attempt, "doubt")
        if attempt.state == "unknown":
            attempt.next_time = next_question(attempt.sent_at, attempt.asked, fields.Datetime.now())
            attempt.reason = answer.text or attempt.reason
            adapter = self.env["billing.payment.adapter"].get_adapter(attempt.provider_id)
            if not adapter.has_questions():
                self._ask_somebody(
                    attempt,
                    "debits.cannot_be_asked",
                    self.env._(
                        "Nobody knows whether this payment was made, and %(provider)s cannot be asked. Look at your"
                        " account there, then settle it with “Say What Happened”.",
                        provider=attempt.provider_id.name,
                    ),
                )

    def _settle_not_found(self, attempt, answer):
        """The provider knows of no such request, and its key is too old to send it again: nothing was taken."""
        # the customer reads it
        local = attempt.with_context(lang=attempt.partner_id.lang or self.env.lang)
        text = answer.text or local.env._("The payment has never reached the payment provider. Nothing was taken.")
        declined = Answer(DECLINED, code=NOT_FOUND, decline_class="provider", text=text)
        return self._settle_declined(attempt, declined)

    def _mark_all(self, marks):
        """Bring Odoo's transactions to the same state.

        :param dict marks: {(method of a transaction, message): transactions}
        """
        for (method, message), transactions in marks.items():
            with transactions._billing_logging_together() as together:
                getattr(together, method)(state_message=message)
