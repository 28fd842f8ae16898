"""Asking providers what became of what nobody knows: soon, after an hour, then five times a day, and never given up."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import is_for_a_person, may_send_again, next_question
from ..shared.numbers import as_float, to_decimal
from ..shared.work_loop import Pass, Queue
from .values import DECLINED, NOT_FOUND, SUCCEEDED, UNDECIDED, UNKNOWN, WAITING, Answer

UNKNOWN_TASK = "online_billing.activity_type_payment_unknown"
NOT_CONFIRMED = "not_confirmed"


class BillingAttemptQuestions(models.AbstractModel):
    """A question is noted before it is asked, so that a provider that does not answer is not asked without end."""

    _name = "billing.attempt.questions"
    _inherit = "billing.work.loop"
    _description = "Asking Providers"

    _batch_size = 20

    @api.private
    def work(self):
        """Ask about everything whose time has come, until nothing is left or the cron's time is up."""
        self.work_through(Pass())
        self.env["billing.attempt.settling"].work()  # also what events and people have left

    def _after_commit(self, work, results):
        self._ask_all(self.env["billing.payment.attempt"].browse(results))

    @api.private
    def ask_now(self, attempts):
        """Ask at once, for somebody who waits for it, and say what came of it.

        :raise UserError: nothing of it is under way
        """
        attempts.check_access("read")
        asked = attempts.filtered(lambda attempt: attempt.state in ("sent", "unknown", "waiting"))
        if not asked:
            raise UserError(self.env._("Nothing of this is under way: there is nothing to ask."))
        self._claim(asked.sudo(), is_counted=False)  # sudo: rows of the billing alone
        self.env.cr.commit()  # pylint: disable=invalid-commit
        self._ask_all(asked)
        states = dict(asked._fields["state"]._description_selection(self.env))
        asked.invalidate_recordset()
        lines = [f"{attempt.display_name}: {states[attempt.state]}" for attempt in asked]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": "\n".join(lines), "next": {"type": "ir.actions.client", "tag": "soft_reload"}},
        }

    def _get_queue(self, work):
        condition = SQL(
            "attempt.state IN ('sent', 'unknown', 'waiting') AND attempt.next_time <= %s", fields.Datetime.now()
        )
        return Queue("billing_payment_attempt", "attempt", condition, order=SQL("attempt.next_time, attempt.id"))

    def _handle(self, work, units):
        attempts = self.env["billing.payment.attempt"].sudo().browse(units)  # sudo: a job of the billing
        self._claim(attempts)
        return attempts.ids

    def _note_failure(self, work, unit_id, value, error):
        """Ask again in an hour."""
        attempt = self.env["billing.payment.attempt"].sudo().browse(unit_id)  # sudo: a job of the billing
        attempt.next_time = fields.Datetime.add(fields.Datetime.now(), hours=1)

    def _claim(self, attempts, is_counted=True):
        """Note that a provider is being asked, and when it is asked again if this question is lost.

        :param is_counted: what people ask in between puts off no question of the job; nor is the customer's time to
            confirm a payment put off by any question
        """
        now = fields.Datetime.now()
        for attempt in attempts:
            asked = attempt.asked + (is_counted and not attempt.awaits_call)
            following = next_question(attempt.sent_at, asked, now)
            if attempt.state == "waiting":
                following = min(following, max(attempt._get_waiting_end(), next_question(now, 0)))
            attempt.write({"asked": asked, "next_time": following})
            if attempt.state == "unknown" and is_for_a_person(attempt.sent_at, now):
                self._call_somebody(attempt)
            is_accepted = attempt.state == "sent" and not attempt.awaits_call
            if is_accepted and not attempt.task_given_at and is_for_a_person(attempt.sent_at, now, is_accepted=True):
                attempt.task_given_at = now
                self._ask_to_decide(attempt)

    def _call_somebody(self, attempt):
        self.env["billing.tasks"].give(
            attempt,
            "debits.unknown",
            UNKNOWN_TASK,
            note=self.env._(
                "For a week nobody has been able to say whether this payment was made. Look at your account with"
                " %(provider)s, or ask them, then settle it with “Say What Happened”.",
                provider=attempt.provider_id.name,
            ),
            user_id=self.get_responsible(attempt.account_id).id,
        )

    def _ask_to_decide(self, attempt):
        """Ask somebody once: what is asked of the provider goes on, whatever they have found."""
        provider = attempt.provider_id.name
        note = (
            self.env._(
                "For two weeks %(provider)s has neither given this money back nor refused to. Look at it in your"
                " account there, or ask their support. The provider is asked on: do not give it back besides.",
                provider=provider,
            )
            if attempt.kind == "refund"
            else self.env._(
                "For two weeks %(provider)s has neither taken this payment nor refused it. Look at it in your account"
                " there: what is only reserved has to be captured or voided, and what is stuck is for their support."
                " The provider is asked on, and nothing else is tried for these bills meanwhile.",
                provider=provider,
            )
        )
        self.env["billing.tasks"].give(
            attempt,
            UNDECIDED,
            "mail.mail_activity_data_todo",
            summary=self.env._("Find out why the payment is not decided"),
            note=note,
            user_id=self.get_responsible(attempt.account_id).id,
        )

    def _ask_all(self, attempts):
        adapters = self.env["billing.payment.adapter"].sudo()  # sudo: a job of the billing
        for attempt in attempts.sudo():
            adapter = adapters.get_adapter(attempt.provider_id)
            # where whoever has noted it as sent came no further, nobody has received it
            is_unasked = attempt.awaits_call
            answer = self._send(attempt, adapter) if is_unasked else self._judge(attempt, adapter, adapter.ask(attempt))
            if answer:
                self.env["billing.attempt.answers"].record(attempt, answer)
        self.env["billing.attempt.settling"].work(attempts)

    def _judge(self, attempt, adapter, answer):
        """Return what an answer comes to: what was never received is sent again while its key holds; time runs out.

        :return: :class:`Answer`; None where there is none
        """
        now = fields.Datetime.now()
        if answer.kind == NOT_FOUND and may_send_again(attempt.sent_at, now):
            return self._send(attempt, adapter, again=True)
        is_late = attempt.state == "waiting" and attempt._is_waiting_over(now)
        if answer.kind == WAITING and is_late:
            cancelled = adapter.cancel(attempt)
            if cancelled.kind == DECLINED:
                text = self.env["billing.debit.news"].get_text_not_confirmed(attempt)
                return Answer(DECLINED, cancelled.reference, NOT_CONFIRMED, text, decline_class="customer")
            return cancelled
        return answer

    def _send(self, attempt, adapter, again=False):
        """Ask for what was never received, where it would be sent at this moment as well.

        Else it is only looked up until nothing can come of it any more: what was asked for may arrive still.

        :param again: it was asked for, and the provider knows nothing of it; else nobody has been asked yet
        :return: :class:`Answer`; None where somebody else asks for it, or it has ended
        """

        def find_obstacle():
            attempt.account_id.hold()
            return self.env["billing.attempt.readiness"].get_obstacle(attempt)

        if not (obstacle := self.try_again(find_obstacle)):
            return adapter.refund(attempt, again) if attempt.kind == "refund" else adapter.charge(attempt, again)
        if not again:
            nothing = Answer(NOT_FOUND, text=obstacle if attempt.kind == "refund" else "")
            return nothing if adapter.take_up(attempt) else None
        text = self.env._("The provider has never received it, and it is not sent again: %(reason)s", reason=obstacle)
        return Answer(UNKNOWN, text=text)

    # -- what a person knows ------------------------------------------------------------------------------------------

    @api.private
    def settle_by_hand(self, attempt, answer, reason, amount=None):
        """Settle an unknown attempt by what somebody has found out.

        :param answer: :class:`Answer`: succeeded or declined
        :param amount: what has moved, where that is not what was asked for: the attempt is about it from then on, in
            the books and in all figures
        :raise UserError: it is not unknown, or the amount is above what was asked for and what the provider says
        """
        attempt.check_access("write")
        if attempt.state != "unknown":
            raise UserError(self.env._("%(attempt)s is not unknown.", attempt=attempt.display_name))
        attempt.account_id.hold()
        self.env["billing.attempt.settling"].settle(attempt)  # what the provider has said outranks it
        if attempt.state != "unknown":
            raise UserError(
                self.env._(
                    "The provider has answered meanwhile. Look at %(attempt)s again.", attempt=attempt.display_name
                )
            )
        said = self.env._("Settled by %(user)s: %(reason)s", user=self.env.user.name, reason=reason)
        if answer.kind == SUCCEEDED and amount is not None:
            said = " ".join([*self._take_amount(attempt, amount), said])
        attempt.sudo().message_post(body=said)  # sudo: the record is kept whoever decides
        self.env["billing.attempt.answers"].note(attempt.sudo(), answer)
        self.env["billing.attempt.settling"].settle(attempt)
        attempt.sudo().activity_ids.action_feedback(feedback=reason)

    def _take_amount(self, attempt, amount):
        """Let an attempt be about what has moved; return what is to be noted of it."""
        currency = attempt.currency_id
        moved = self.env["billing.paying"].read_wanted(amount, currency)
        most = to_decimal(max(attempt.amount, attempt.provider_amount), currency)
        if not 0 < moved <= most:
            raise UserError(
                self.env._(
                    "Say an amount above zero and up to %(most)s, which is what is known of this payment. Take what"
                    " came besides as a payment of its own.",
                    most=currency.format(as_float(most)),
                )
            )
        asked = to_decimal(attempt.amount, currency)
        if moved == asked:
            return []
        attempt.sudo().amount = as_float(moved)  # sudo: what was asked for is kept in the note
        return [
            self.env._(
                "%(moved)s has moved; %(asked)s was asked for.",
                moved=currency.format(as_float(moved)),
                asked=currency.format(as_float(asked)),
            )
        ]
