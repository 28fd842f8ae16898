"""A saved method that is charged on a page: its row is there first, and nothing is taken twice."""

from unittest.mock import patch

from odoo.tests import tagged

from ...services.automatic_payment.values import ACCEPTED, DECLINED, NOT_FOUND, UNKNOWN, WAITING, Answer
from .page_common import PagePayCase


@tagged("post_install", "-at_install")
class TestPagePayments(PagePayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.save_method(cls.account.partner_id)
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.authenticate(self.person.login, self.person.login)

    def get_call(self, scope="all"):
        return self.get_route(scope, flow="token", token_id=self.token.id, payment_method_id=None)

    def pay_by_token(self, amount, scope="all", answer=None):
        """Pay on the page; return the attempt that was made of it.

        :param answer: what the provider says, another than the saved method chooses
        """
        route, given = self.get_call(scope)
        before = self.get_attempts(self.account)
        adapter = self.env.registry["billing.payment.adapter.demo"]
        said = [answer] if answer else []

        def send(adapter, request):
            self.asked.append(request)
            if not said:
                return origin(adapter, request)
            if isinstance(said[0], Exception):
                raise said[0]
            return said[0]

        origin, self.asked = adapter._send_charge, []
        with patch.object(adapter, "_send_charge", send):
            self.start_payment(route, amount, self.get_link(), **given)
        self.env.invalidate_all()
        # a debit that made way for a part of its bills leaves a row as well
        return (self.get_attempts(self.account) - before).filtered(lambda one: one.origin == "page")

    def refuse(self, amount, scope="all"):
        route, given = self.get_call(scope)
        return self.get_refusal(route, amount, **given)

    def get_places(self, attempt):
        return [(line.move_id, f"{line.amount:.2f}", line.is_open) for line in attempt.line_ids.sorted("id")]

    def test_its_row_is_made_and_the_money_lands_on_what_was_chosen(self):
        attempt = self.pay_by_token(119.0)
        self.assertEqual((attempt.state, attempt.origin, attempt.amount), ("succeeded", "page", 119.0))
        self.assertEqual(self.get_places(attempt), [(self.invoice, "119.00", False)])
        self.assertEqual(self.invoice.payment_state, "paid")
        self.assertEqual(attempt.payment_id.payment_transaction_id, attempt.transaction_id)
        self.assertEqual(attempt.transaction_id.operation, "online_token")
        attempt.transaction_id.sudo()._charge_with_token()
        self.assertEqual(len(self.get_attempts(self.account)), 1, "what was asked for is not asked for again")

    def test_the_row_is_committed_before_the_provider_is_asked(self):
        seen = []
        adapter = self.env.registry["billing.payment.adapter.demo"]
        prepare = adapter._prepare_charge

        def look(adapter, attempt):
            seen.append((attempt.state, bool(attempt.transaction_id), len(attempt.line_ids)))
            return prepare(adapter, attempt)

        with patch.object(adapter, "_prepare_charge", look):
            self.pay_by_token(119.0)
        self.assertEqual(seen, [("sent", True, 1)])

    def test_what_nobody_knows_is_asked_after_and_not_paid_twice(self):
        attempt = self.pay_by_token(119.0, answer=TimeoutError())
        self.assertEqual((attempt.state, attempt.transaction_id.state), ("unknown", "draft"))
        self.env.cr.execute("UPDATE payment_transaction SET create_date = create_date - interval '1 day'")
        self.env.invalidate_all()
        self.assertIn("is being paid", self.refuse(119.0))
        self.assertEqual(self.invoice.payment_state, "not_paid")
        with self.worker() as env:
            env["billing.attempt.questions"].ask_now(env["billing.payment.attempt"].browse(attempt.id))
        self.env.invalidate_all()
        self.assertEqual((attempt.state, self.invoice.payment_state), ("succeeded", "paid"))
        self.assertEqual(self.env["account.payment"].search_count([("billing_account_id", "=", self.account.id)]), 1)

    def test_what_was_never_received_is_charged_later_only_while_all_of_it_is_open(self):
        attempt = self.pay_by_token(119.0, answer=TimeoutError())
        adapter, charged = self.env.registry["billing.payment.adapter.demo"], []

        def ask():
            with (
                self.worker() as env,
                patch.object(adapter, "_send_question", lambda self, request: Answer(NOT_FOUND)),
                patch.object(adapter, "_send_charge", lambda self, request: charged.append(1) or Answer(UNKNOWN)),
            ):
                env["billing.attempt.questions"].ask_now(env["billing.payment.attempt"].browse(attempt.id))
            self.env.invalidate_all()

        ask()
        self.assertEqual((attempt.state, len(charged)), ("unknown", 1))
        self.pay(self.invoice, 10)
        ask()
        self.assertEqual((attempt.state, len(charged)), ("unknown", 1))
        self.assertIn("Not all of it is open", attempt.reason)

    def test_a_decline_is_told_on_the_page_alone_and_frees_the_bill(self):
        self.consent(self.account, self.token)
        attempt = self.pay_by_token(119.0, answer=Answer(DECLINED, code="declined", text="No."))
        self.assertEqual((attempt.state, attempt.transaction_id.state), ("failed", "error"))
        self.assertEqual(self.get_places(attempt), [(self.invoice, "119.00", False)])
        self.assertFalse(self.env["billing.collection.message"].search([("kind", "=", "debit")]))
        self.assertEqual(self.pay_by_token(119.0).state, "succeeded")
        self.assertEqual(self.invoice.payment_state, "paid")

    def test_what_has_to_be_confirmed_waits_with_a_link(self):
        attempt = self.pay_by_token(119.0, answer=Answer(WAITING, url="https://example.com/confirm"))
        self.assertEqual((attempt.state, attempt.transaction_id.state), ("waiting", "pending"))
        self.assertIn("sent you the link", attempt.transaction_id.state_message)
        self.assertIn("is being paid", self.refuse(119.0))

    def test_a_planned_debit_makes_way(self):
        self.owe(self.account, "2026-11-05", 50)
        self.consent(self.account, self.token)
        self.run_jobs("2026-11-04 09:00")
        planned = self.get_attempts(self.account)
        self.assertEqual((planned.state, planned.amount), ("planned", 178.5))
        attempt = self.pay_by_token(119.0, scope=f"documents-{self.invoice.id}")
        self.assertEqual(attempt.state, "succeeded")
        self.assertEqual((planned.state, planned.amount), ("planned", 59.5))
        [part] = self.get_attempts(self.account) - planned - attempt
        self.assertEqual((part.state, part.made_way, part.line_ids.move_id), ("given_up", True, self.invoice))
        self.assertEqual((part.amount, part.day, part.consent_id), (119, planned.day, planned.consent_id))
        last = self.pay_by_token(59.5)
        self.assertEqual((last.state, planned.state), ("succeeded", "given_up"))
        self.assertIn("pays it on a page", planned.reason)

    def test_a_part_holds_its_line_until_it_is_in_the_books(self):
        first = self.pay_by_token(19.0, scope="other", answer=Answer(UNKNOWN))
        self.assertEqual(self.get_places(first), [(self.invoice, "19.00", True)])
        self.assertIn("is being paid", self.refuse(50.0, scope="other"))
        with self.worker() as env:
            env["billing.attempt.questions"].ask_now(env["billing.payment.attempt"].browse(first.id))
        self.assertEqual(self.pay_by_token(100.0).state, "succeeded")
        self.env.invalidate_all()
        self.assertEqual(self.invoice.payment_state, "paid")

    def test_a_credit_that_the_page_takes_off_settles_the_rest(self):
        with self.worker() as env:
            account = env["billing.account"].browse(self.account.id)
            env["billing.payment.taking"].book(
                account,
                account.currency_id,
                19.0,
                {},
                {"journal_id": self.provider.journal_id.id, "date": "2026-11-01"},
            )
        self.env.invalidate_all()
        attempt = self.pay_by_token(100.0)
        self.assertEqual((attempt.state, attempt.amount), ("succeeded", 100.0))
        self.assertEqual(self.invoice.payment_state, "paid")

    def test_a_credit_note_that_is_being_given_back_is_not_taken_along(self):
        payment = self.pay_by_token(119.0).payment_id
        note = self.make_invoice(self.account, price=50, move_type="out_refund", reversed_entry_id=self.invoice.id)
        bill = self.owe(self.account, "2026-11-05", 100)
        adapter = self.env.registry["billing.payment.adapter.demo"]
        with self.worker() as env, patch.object(adapter, "_send_refund", return_value=Answer(ACCEPTED)):
            env["billing.payment.refunds"].refund(
                env["account.payment"].browse(payment.id), 40, "Agreed", env["account.move"].browse(note.id)
            )
        attempt = self.pay_by_token(99.5)
        self.assertEqual((attempt.state, attempt.transaction_id.invoice_ids), ("succeeded", bill))
        self.assertEqual((bill.amount_residual, note.amount_residual), (19.5, 59.5))

    def test_bills_of_two_accounts_are_left_to_odoo(self):
        other = self.make_account("Twin")
        second = self.owe(other, "2026-11-05", 10)
        self.env.flush_all()
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id, "payment_method_id": self.method.id, "token_id": self.token.id,
                "amount": 130.9, "currency_id": self.currency.id, "partner_id": self.account.partner_id.id,
                "operation": "online_token", "reference": "both",
                "invoice_ids": [(6, 0, (self.invoice + second).ids)],
            }
        )  # fmt: skip
        self.assertFalse(self.env["billing.page.payments"].charge(transaction))
        self.assertFalse(self.get_attempts(self.account))
