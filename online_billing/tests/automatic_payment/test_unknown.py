"""What nobody knows: noted as unknown, asked after, never tried again meanwhile, settled once."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tests.common import freeze_time
from psycopg2 import OperationalError
from psycopg2.errorcodes import SERIALIZATION_FAILURE

from ...services.automatic_payment.answers import BillingAttemptAnswers
from ...services.automatic_payment.demo_adapter import BillingPaymentAdapterDemo
from ...services.automatic_payment.values import ACCEPTED, DECLINED, NOT_FOUND, SUCCEEDED, UNKNOWN, WAITING, Answer
from ..tiers import IS_NIGHT
from .debit_common import DebitCase

#: where booking may fail, each time
BOOKING = (
    ("billing.payment.taking", "book_all"),
    ("billing.debit.booking", "_note_captured"),
    ("billing.debit.booking", "_get_shares"),
    ("billing.debit.booking", "_get_way"),
    ("billing.payment.taking", "_create_payments"),
    ("billing.payment.taking", "_link"),
    ("account.payment", "action_post"),
    ("account.move.line", "_reconcile_plan"),
    ("billing.debit.booking", "_note_booked"),
    ("payment.transaction", "_post_process"),
)
#: how it is heard at last that an unknown payment was made
NEWS = ("hear_by_job", "hear_by_hand", "hear_by_event", "hear_from_somebody", "hear_by_transaction")


@tagged("post_install", "-at_install")
@freeze_time("2026-10-20 08:00:00")
class TestUnknown(DebitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.owe(cls.account, "2026-11-02", 100)
        cls.consent(cls.account)

    def setUp(self):
        super().setUp()
        self.charged, self.asked, self.keys = [], [], []
        # what the network answers, one after the other; an exception is raised, what can be called is called
        self.charge_answers, self.ask_answers = [], []

        def answer(given, noted):
            def send(adapter, request):
                noted.append(request)
                said = given.pop(0)
                if isinstance(said, BaseException):
                    raise said
                return said(adapter) if callable(said) else said

            return send

        for name, given, noted in (
            ("_send_charge", self.charge_answers, self.charged),
            ("_send_question", self.ask_answers, self.asked),
            ("_send_cancel", self.ask_answers, self.asked),
        ):
            self.startPatcher(patch.object(BillingPaymentAdapterDemo, name, answer(given, noted)))

    def send(self, *answers):
        self.charge_answers += answers
        self.run_jobs("2026-10-30 10:00:00")
        self.run_jobs("2026-11-02 10:00:00")
        return self.get_attempts(self.account)

    def ask(self, moment, *answers):
        self.ask_answers += answers
        self.run_jobs(moment)
        self.assertEqual(self.ask_answers, [], "all of it was asked for")
        return self.get_attempts(self.account)

    def test_questions_that_were_missed_are_not_asked_in_a_row(self):
        attempt = self.send(TimeoutError())
        self.ask_answers += [Answer(UNKNOWN)] * 50
        self.run_jobs("2026-11-09 10:00:00")
        self.assertEqual((len(self.asked), attempt.asked), (1, 1))
        self.run_jobs("2026-11-09 10:05:00")
        self.assertEqual((len(self.asked), attempt.asked), (2, 2))

    def test_what_people_ask_does_not_put_off_the_end_of_waiting(self):
        attempt = self.send(Answer(WAITING, url="https://example.com/confirm"))
        end = attempt._get_waiting_end()
        self.ask_answers += [Answer(WAITING)] * 30
        with freeze_time("2026-11-02 12:00:00"):
            for _time in range(30):
                with self.worker() as env:
                    env["billing.attempt.questions"].ask_now(attempt.with_env(env))
                self.env.invalidate_all()
        self.assertEqual((attempt.state, attempt.asked), ("waiting", 0))
        self.assertLessEqual(attempt.next_time, end)

    def test_K22_a_timeout_is_unknown_and_nothing_else_is_tried(self):
        attempt = self.send(TimeoutError())
        self.assertEqual((attempt.state, attempt.asked, attempt.is_final), ("unknown", 0, False))
        self.assertEqual(attempt.transaction_id.state, "draft")
        self.run_jobs("2026-11-02 10:04:00")
        self.assertEqual(self.asked, [], "asked after five minutes and not before")
        self.ask("2026-11-02 10:05:00", Answer(UNKNOWN))
        self.ask("2026-11-02 11:00:00", TimeoutError())
        self.ask("2026-11-02 15:48:00", Answer(SUCCEEDED, "ref-1"))
        self.assertEqual((attempt.state, attempt.provider_reference, attempt.asked), ("succeeded", "ref-1", 3))
        self.assertEqual((self.invoice.payment_state, len(self.charged)), ("paid", 1))
        self.assertAttempts(self.account, [("2026-11-02", "119.00", "succeeded")])

    def test_K25_nothing_else_takes_the_same_bill_while_it_is_unknown(self):
        self.send(TimeoutError())
        with self.assertRaisesRegex(UserError, "Nothing is open"):
            self.env["billing.charging.now"].charge(self.account)
        paying = self.env["billing.paying"]
        with self.assertRaisesRegex(UserError, "is being paid"):
            paying.check_amount(119.0, self.invoice, self.invoice.currency_id)
        [item] = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        self.assertEqual([(rest.reason, rest.until) for rest in item.rests], [("payment_under_way", None)])

    def test_what_was_never_received_is_sent_again_with_the_same_key_and_later_only_looked_up(self):
        attempt = self.send(ConnectionResetError())
        key = attempt.key
        self.charge_answers.append(ConnectionResetError())
        self.ask("2026-11-02 10:05:00", Answer(NOT_FOUND))
        self.assertEqual((attempt.state, len(self.charged), attempt.key), ("unknown", 2, key))
        self.ask("2026-11-03 10:00:00", Answer(NOT_FOUND))
        self.assertEqual((attempt.state, len(self.charged)), ("failed", 2), "its key may be forgotten: not sent again")
        self.assertEqual((attempt.decline_class, attempt.decline_code), ("provider", "not_found"))
        following = self.get_attempts(self.account) - attempt
        self.assertEqual((following.state, following.origin), ("planned", "retry"))
        self.assertNotEqual(following.key, key)

    def owe_another(self, name):
        """Return a further account that is debited on the same day, and its invoice."""
        account = self.make_account(name)
        invoice = self.owe(account, "2026-11-02", 100)
        self.consent(account)
        return account, invoice

    def test_what_has_ended_while_others_were_asked_for_is_not_charged_any_more(self):
        other, _invoice = self.owe_another("Bob")

        def settle_the_second(adapter):
            second = self.get_attempts(other).with_env(adapter.env)
            adapter.env["billing.attempt.answers"].note(second, Answer(DECLINED, code="cancelled"))
            adapter.env["billing.attempt.settling"].settle(second)
            adapter.env.cr.commit()
            return Answer(SUCCEEDED)

        self.send(settle_the_second)
        self.assertEqual(len(self.charged), 1)
        self.assertEqual(self.get_attempts(other)[0].state, "failed")

    def test_what_a_killed_process_has_asked_nobody_for_is_asked_for_once(self):
        other, invoice = self.owe_another("Bob")
        adapter = self.env.registry["billing.payment.adapter.demo"]
        charge = adapter.charge
        with patch.object(adapter, "charge", lambda *given, **more: None if self.charged else charge(*given, **more)):
            self.send(TimeoutError())  # and the process ends before the second
        first, second = self.get_attempts(self.account), self.get_attempts(other)
        self.assertEqual((first.awaits_call, second.awaits_call), (False, True))
        self.charge_answers.append(Answer(SUCCEEDED))
        self.ask("2026-11-02 10:06:00", Answer(UNKNOWN))
        self.assertEqual((first.state, second.state, invoice.payment_state), ("unknown", "succeeded", "paid"))
        self.assertEqual((len(self.charged), len(self.asked)), (2, 1), "of the second nobody asks: it was not charged")
        self.assertFalse(second.activity_ids)

    def test_a_slow_provider_does_not_make_unknown_what_comes_next(self):
        other, _invoice = self.owe_another("Bob")

        def let_the_questions_work(adapter):
            with freeze_time("2026-11-02 10:06:00"):
                adapter.env["billing.attempt.questions"].work()
            return Answer(SUCCEEDED)

        self.ask_answers.append(Answer(UNKNOWN))  # of the one that is being asked for
        self.send(let_the_questions_work, Answer(SUCCEEDED))
        self.assertEqual((self.charge_answers, len(self.charged)), ([], 2))
        self.assertEqual(self.get_attempts(other).state, "succeeded")

    def test_what_was_never_received_is_charged_only_as_sending_would_charge_it(self):
        withdrawn, archived, paid = accounts = [self.owe_another(name) for name in ("Bob", "Carol", "Dan")]
        self.send(*[ConnectionResetError()] * 4)
        with freeze_time("2026-11-02 10:01:00"):
            self.consents.withdraw(withdrawn[0].consent_id, withdrawn[0].partner_id)
            archived[0].consent_id.method_ids.token_id.active = False
            self.pay(paid[1], 119)
        self.charge_answers.append(Answer(SUCCEEDED))
        self.ask("2026-11-02 10:05:00", *[Answer(NOT_FOUND)] * 4)
        self.assertEqual((len(self.charged), self.invoice.payment_state), (5, "paid"), "what is owed is charged again")
        attempts = [self.get_attempts(account) for account, _invoice in accounts]
        self.assertEqual([one.state for one in attempts], ["unknown"] * 3)
        self.assertIn("is not sent again: The consent does not hold", attempts[0].reason)
        self.ask("2026-11-03 10:00:00", *[Answer(NOT_FOUND)] * 3)
        self.assertEqual(len(self.charged), 5)
        for (account, invoice), attempt in zip(accounts, attempts, strict=True):
            self.assertEqual((attempt.state, attempt.decline_code, attempt.is_final), ("failed", "not_found", True))
            self.assertEqual(self.get_attempts(account), attempt)
            told = [one.subject for one in self.get_messages(account) if "please pay" in one.subject]
            self.assertEqual(len(told), invoice.payment_state == "not_paid", "who has paid is not asked to pay")

    def test_a_refund_that_was_never_received_is_sent_again_while_its_credit_note_leaves_it(self):
        payment = self.send(Answer(SUCCEEDED)).payment_id
        note = self.make_invoice(self.account, price=100, move_type="out_refund")
        other = self.owe(self.account, "2026-11-20", 100)
        self.charge_answers += [ConnectionResetError()] * 2
        with freeze_time("2026-11-02 11:00:00"), self.worker() as env:
            refunds, own = env["billing.payment.refunds"], env["account.payment"].browse(payment.id)
            refund = refunds.refund(own, 119, "Agreed", env["account.move"].browse(note.id))
        refund = self.env["billing.payment.attempt"].browse(refund.id)
        self.ask("2026-11-02 11:05:00", Answer(NOT_FOUND))
        self.assertEqual((refund.state, len(self.charged)), ("unknown", 3), "the debit, the refund, and again")
        due = (note | other).line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        due.with_context(billing_refund_booking=True).reconcile()  # past what refuses it
        self.ask("2026-11-02 12:00:00", Answer(NOT_FOUND))
        self.assertEqual((refund.state, len(self.charged)), ("unknown", 3))
        self.assertIn("credit note does not leave it", refund.reason)

    def test_a_person_gets_the_task_after_a_week_and_settles_it_with_a_reason(self):
        attempt = self.send(TimeoutError())
        self.ask("2026-11-09 09:00:00", Answer(UNKNOWN))
        self.assertFalse(attempt.activity_ids)
        self.ask("2026-11-09 14:00:00", Answer(UNKNOWN))
        self.assertIn("For a week", attempt.activity_ids.note)
        self.ask("2026-11-10 14:00:00", Answer(UNKNOWN))
        self.assertEqual(len(attempt.activity_ids), 1, "told once")
        questions = self.env["billing.attempt.questions"]
        with self.assertRaises(AccessError):
            questions.with_user(self.clerk).settle_by_hand(attempt.with_user(self.clerk), Answer(SUCCEEDED), "seen")
        with self.worker() as env:
            own = env["billing.payment.attempt"].browse(attempt.id)
            env["billing.attempt.questions"].settle_by_hand(own, Answer(SUCCEEDED), "Seen on their page")
        attempt.invalidate_recordset()
        self.assertEqual((attempt.state, self.invoice.payment_state), ("succeeded", "paid"))
        self.assertFalse(attempt.activity_ids)
        with self.assertRaisesRegex(UserError, "not unknown"):
            questions.settle_by_hand(attempt, Answer(DECLINED), "again")

    def test_what_a_provider_does_not_decide_in_two_weeks_is_a_task_for_somebody_once(self):
        attempt = self.send(Answer(ACCEPTED))
        self.ask("2026-11-16 09:00:00", Answer(ACCEPTED))
        self.assertFalse(attempt.activity_ids)
        self.ask("2026-11-16 22:00:00", Answer(ACCEPTED))
        self.assertIn("neither taken this payment nor refused it", attempt.activity_ids.note)
        attempt.activity_ids.action_feedback()
        self.ask("2026-11-20 10:00:00", Answer(ACCEPTED))
        self.assertEqual((attempt.state, attempt.activity_ids.ids), ("sent", []), "who has looked is not asked again")

    def test_a_late_refusal_ends_the_task_to_look_into_it(self):
        attempt = self.send(Answer(ACCEPTED))
        self.ask("2026-11-17 10:00:00", Answer(ACCEPTED))
        self.assertEqual(attempt.activity_ids.mapped("billing_key"), ["debits.undecided"])
        self.ask("2026-11-19 10:00:00", Answer(DECLINED, code="declined"))
        self.assertEqual((attempt.state, attempt.activity_ids.ids), ("failed", []))

    def test_W09_a_late_decline_changes_nothing_and_late_money_is_booked(self):
        attempt = self.send(Answer(SUCCEEDED, "ref-1"))
        with self.worker() as env:
            own = env["billing.payment.attempt"].browse(attempt.id)
            for late in (Answer(DECLINED, code="declined"), Answer(ACCEPTED), Answer(UNKNOWN), Answer(SUCCEEDED)):
                env["billing.attempt.answers"].note(own, late)
                env["billing.attempt.settling"].work()
                env["billing.debit.booking"].work()
        attempt.invalidate_recordset()
        self.assertEqual((attempt.state, self.invoice.payment_state), ("succeeded", "paid"))
        self.assertEqual(self.env["account.payment"].search_count([("billing_account_id", "=", self.account.id)]), 1)

    def test_money_that_came_after_a_decline_is_booked_and_the_excess_is_a_credit(self):
        attempt = self.send(Answer(DECLINED, "ref-1", "declined"))[0]
        self.pay(self.invoice, 119)
        with self.worker() as env:
            own = env["billing.payment.attempt"].browse(attempt.id)
            env["billing.attempt.answers"].note(own, Answer(SUCCEEDED, "ref-1"))
            env["billing.attempt.settling"].work()
            env["billing.debit.booking"].work()
        attempt.invalidate_recordset()
        self.assertEqual((attempt.state, attempt.is_booked), ("succeeded", True))
        items = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        self.assertEqual([item.amount for item in items], [-119])
        self.run_jobs("2026-11-03 10:30:00")
        self.assertEqual(self.get_attempts(self.account).mapped("state"), ["succeeded", "given_up"])

    def test_W07_another_amount_than_was_asked_for_is_a_task_and_no_payment(self):
        attempt = self.send(Answer(SUCCEEDED, "ref-1", amount="11.90", currency="USD"))
        self.assertEqual((attempt.state, attempt.is_booked), ("unknown", False))
        self.assertIn("11.90 USD", attempt.activity_ids.note)
        self.assertEqual(self.invoice.payment_state, "not_paid")
        self.ask("2026-11-02 10:05:00", Answer(SUCCEEDED, "ref-1", amount="119.00", currency="usd"))
        self.assertEqual((attempt.state, self.invoice.payment_state), ("succeeded", "paid"))

    def test_the_customer_confirms_in_time_or_the_payment_is_given_up(self):
        attempt = self.send(Answer(WAITING, "ref-1", url="https://pay.example/confirm"))
        self.assertEqual((attempt.state, attempt.action_url), ("waiting", "https://pay.example/confirm"))
        message = self.get_messages(self.account).filtered(lambda one: "confirm" in one.subject)
        self.assertIn("https://pay.example/confirm", message.body)
        self.run_jobs("2026-11-04 10:00:00")
        self.assertEqual(self.asked, [])
        self.ask("2026-11-05 10:00:00", Answer(WAITING, "ref-1"), Answer(DECLINED, "ref-1"))
        self.assertEqual((attempt.state, attempt.decline_code), ("failed", "not_confirmed"))
        self.assertTrue(attempt.is_final, "no policy tries again what the customer did not confirm")

    def test_a_payment_that_the_provider_decides_later_is_under_way(self):
        attempt = self.send(Answer(ACCEPTED, "ref-1"))
        self.assertEqual((attempt.state, attempt.transaction_id.state), ("sent", "pending"))
        self.ask("2026-11-02 22:00:00", Answer(ACCEPTED, "ref-1"))
        self.ask("2026-11-03 10:00:00", Answer(SUCCEEDED, "ref-1"))
        self.assertEqual((attempt.state, self.invoice.payment_state), ("succeeded", "paid"))

    def test_K24_what_cannot_be_booked_stays_succeeded_is_told_once_and_is_not_charged_again(self):
        places = BOOKING if IS_NIGHT else BOOKING[:1]
        customers = [(self.account, self.invoice), *[self.owe_another(name) for _model, name in places[1:]]]
        for number, (model, name) in enumerate(places):
            account, invoice = customers[number]
            self.charged.clear()
            for later, _invoice in customers[number + 1 :]:
                later.consent_id.sudo().looked_on = "2026-12-31"  # it is not their turn
            account.consent_id.sudo().looked_on = False
            with self.subTest(place=f"{model}.{name}"):
                with patch.object(self.registry[model], name, side_effect=ValueError("no journal")) as failing:
                    self.send(Answer(SUCCEEDED, f"ref-{number}"))
                    self.assertEqual(len(self.get_told_of_booking(account)), 1, "on the first day")
                    for day in range(3, 13):
                        self.run_jobs(f"2026-11-{day:02} 10:00:00")
                self.assertGreaterEqual(failing.call_count, 10, "it is tried again each day")
                attempt = self.get_attempts(account)
                self.assertEqual((attempt.state, attempt.is_booked, len(self.charged)), ("succeeded", False, 1))
                self.assertIn("ValueError", attempt.booking_error)
                self.assertEqual(len(self.get_told_of_booking(account)), 1)
                self.run_jobs("2026-11-13 10:00:00")
                self.assertEqual((attempt.is_booked, attempt.payment_id.journal_id), (True, self.provider.journal_id))
                self.assertEqual((invoice.payment_state, len(self.charged)), ("paid", 1))
                self.assertFalse(self.get_told_of_booking(account))
        self.assertTrue(all(self.get_attempts(account).is_booked for account, _invoice in customers))

    def get_told_of_booking(self, account):
        return account.activity_ids.filtered(lambda one: "not in the books" in (one.summary or ""))

    # -- K-25: what was unknown turns out to have been paid -----------------------------------------------------------

    def hear_by_job(self, attempt):
        attempt.sudo().next_time = "2026-11-02 10:00:30"  # of all others it is not asked yet
        self.ask("2026-11-02 10:01:00", Answer(SUCCEEDED))

    def hear_by_hand(self, attempt):
        self.ask_answers.append(Answer(SUCCEEDED))
        with self.worker() as env:
            env["billing.attempt.questions"].ask_now(attempt.with_env(env))

    def hear_by_event(self, attempt):
        with self.worker() as env:
            env["billing.attempt.answers"].note(attempt.with_env(env), Answer(SUCCEEDED))
            env["billing.attempt.settling"].settle(attempt.with_env(env))

    def hear_from_somebody(self, attempt):
        with self.worker() as env:
            env["billing.attempt.questions"].settle_by_hand(attempt.with_env(env), Answer(SUCCEEDED), "Seen there")

    def hear_by_transaction(self, attempt):
        """Odoo's own route hears of it, and its job works it off."""
        with self.worker() as env:
            transaction = attempt.with_env(env).transaction_id
            transaction._set_done()
            env["billing.attempt.answers"].note_transactions(transaction)
            env["billing.attempt.settling"].work()

    def test_K25_what_was_unknown_is_paid_once_and_what_was_paid_elsewhere_becomes_a_credit(self):
        """Whoever wants to pay the same again is refused; a transfer that has come all the same is not lost."""
        cases = [(news, is_elsewhere) for news in NEWS for is_elsewhere in (True, False)]
        if not IS_NIGHT:
            cases = cases[:1]
        customers = [self.owe_another(f"Customer {number}") for number in range(len(cases))]
        self.send(*[TimeoutError()] * (1 + len(cases)))
        for (news, is_elsewhere), (account, invoice) in zip(cases, customers, strict=True):
            attempt = self.get_attempts(account)
            with self.subTest(news=news, elsewhere=is_elsewhere), freeze_time("2026-11-02 10:00:40"):
                self.assertEqual(attempt.state, "unknown")
                with self.assertRaisesRegex(UserError, "Nothing is open"):
                    self.env["billing.charging.now"].charge(account)
                with self.assertRaisesRegex(UserError, "is being paid"):
                    self.env["billing.paying"].check_amount(119.0, invoice, invoice.currency_id)
                if is_elsewhere:
                    self.pay(invoice, 119)
                getattr(self, news)(attempt)
                self.env.invalidate_all()
                self.assertEqual((attempt.state, attempt.is_booked, invoice.payment_state), ("succeeded", True, "paid"))
                self.assertEqual(self.get_attempts(account), attempt)
                [items] = self.env["billing.open.items"].get_items(account.ids).values()
                self.assertEqual([item.amount for item in items], [-119] if is_elsewhere else [])
        self.assertEqual(len(self.charged), 1 + len(cases), "each was charged once")

    def test_an_answer_that_loses_a_race_is_noted_again(self):
        attempt = self.send(Answer(ACCEPTED, "ref-1"))
        original, lost = BillingAttemptAnswers.note, []

        class Lost(OperationalError):
            pgcode = SERIALIZATION_FAILURE

        def note(answers, *arguments):
            if len(lost) < 2:
                lost.append(arguments)
                raise Lost
            return original(answers, *arguments)

        with self.worker() as env, patch.object(BillingAttemptAnswers, "note", note):
            own = env["billing.payment.attempt"].browse(attempt.id)
            env["billing.attempt.answers"].record(own, Answer(SUCCEEDED, "ref-1"))
        attempt.invalidate_recordset()
        self.assertEqual((len(lost), attempt.answer["kind"]), (2, "succeeded"))
