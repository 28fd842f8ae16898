"""One truth on what is open: debits and credits of every origin, what rests of them, and what ends a promise."""

from datetime import date, timedelta
from decimal import Decimal
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .. import builders
from ..collection.collection_common import CollectionCase

DAY = date(2024, 11, 10)


@tagged("post_install", "-at_install")
class TestOpenCases(CollectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account()
        cls.bank = cls.env["account.account"].create(
            {"name": "Bank", "code": "BNK9", "account_type": "asset_current", "reconcile": True}
        )
        cls.expense = cls.env["account.account"].create(
            {"name": "Bad debts", "code": "BAD9", "account_type": "expense"}
        )
        cls.company.billing_write_off_account_id = cls.expense
        cls.receivable = cls.account.partner_id.property_account_receivable_id
        cls.general = cls.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.policy = cls.make_policy(("overdue", 7), ("overdue", 14), ("overdue", 21))

    def book(self, amount, contra=None, partner=None, day="2024-11-05", currency=None):
        """Return a posted entry on the receivable: owed by the customer above zero, in favour below."""
        contra = contra or self.bank
        common = {"currency_id": currency.id} if currency else {}
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": self.general.id,
                "date": day,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.receivable.id,
                            "partner_id": (partner or self.account.partner_id).id,
                            "balance": amount,
                            **({"amount_currency": amount, **common} if currency else {}),
                        }
                    ),
                    Command.create(
                        {
                            "account_id": contra.id,
                            "balance": -amount,
                            **({"amount_currency": -amount, **common} if currency else {}),
                        }
                    ),
                ],
            }
        )
        move.action_post()
        return move

    def line_of(self, move):
        return move.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")

    def match(self, *moves):
        lines = self.env["account.move.line"].union(*(self.line_of(move) for move in moves))
        lines.filtered(lambda line: not line.reconciled).reconcile()

    def items(self, account=None):
        account = account or self.account
        return self.env["billing.open.items"].get_items(account.ids)[account.id]

    def balance(self, account=None):
        return sum(item.amount for item in self.items(account))

    def ledger(self, partner=None):
        partner = (partner or self.account.partner_id).commercial_partner_id
        lines = self.env["account.move.line"].search(
            [
                ("partner_id", "child_of", partner.id),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("company_id", "=", self.company.id),
            ]
        )
        return sum(lines.mapped("balance"))

    # -- C1 -----------------------------------------------------------------------------------------------------------

    def write_off(self, day="2024-11-08"):
        self.collect(day)
        self.get_case(self.account).with_user(self.manager).action_write_off()
        return sum(self.env["account.move.line"].search([("account_id", "=", self.expense.id)]).mapped("balance"))

    def test_case_C1_what_is_written_off_is_what_the_case_shows(self):
        self.owe(self.account, "2024-11-01")
        self.book(-30)
        self.assertAlmostEqual(self.write_off(), 89.0)
        self.assertAlmostEqual(self.ledger(), 0.0)
        self.assertEqual((self.items(), self.get_case(self.account).state), ([], "closed"))

    def test_case_C1_a_credit_note_is_taken_off_before_the_write_off(self):
        self.owe(self.account, "2024-11-01")
        self.owe(self.account, "2024-11-02", price=10, move_type="out_refund")
        self.assertAlmostEqual(self.write_off(), 107.1)
        self.assertAlmostEqual(self.ledger(), 0.0)

    def test_case_C1_what_is_in_dispute_is_not_written_off(self):
        self.owe(self.account, "2024-11-01", price=50).payment_state = "blocked"
        self.owe(self.account, "2024-11-02")
        self.assertAlmostEqual(self.write_off(), 119.0)
        self.assertAlmostEqual(self.ledger(), 59.5)

    def test_case_C1_credit_for_another_account_is_left_to_it(self):
        other = self.make_account()
        other.partner_id = self.account.partner_id
        self.owe(other, "2024-10-20", price=10)
        self.owe(self.account, "2024-11-01")
        self.book(-30)
        self.assertAlmostEqual(self.write_off(), 119 - 18.1)
        self.assertEqual((self.balance(), self.balance(other)), (0, 0))

    # -- C2: what a reconciliation is ---------------------------------------------------------------------------------

    def test_case_C2_a_reconciliation_is_a_payment_a_credit_or_a_write_off(self):
        invoice = self.owe(self.account, "2024-11-01")
        for amount, contra in ((-20, self.bank), (-30, self.expense)):
            self.match(invoice, self.book(amount, contra))
        self.match(invoice, self.owe(self.account, "2024-11-02", price=10, move_type="out_refund"))
        self.pay_invoice(invoice, 5)
        line = self.line_of(invoice)
        found = self.env["billing.settlements"].get_settlements(line.ids)[line.id]
        kinds = {(one.kind, one.amount) for one in found}
        self.assertLessEqual(
            {("payment", Decimal("20.00")), ("write_off", Decimal("30.00")), ("credit", Decimal("11.90"))}, kinds
        )

    # -- C3 -----------------------------------------------------------------------------------------------------------

    def test_case_C3_a_returned_cheque_is_open_and_reminded(self):
        returned = self.book(75, day="2024-11-01")
        [item] = self.items()
        self.assertEqual((item.number, item.kind, item.amount), (returned.name, "entry", Decimal("75.00")))
        self.collect("2024-11-10")
        self.assertFalse(self.get_case(self.account).failure)
        [message] = self.get_messages(self.account)
        self.assertEqual(message.amount, 75.0)
        self.assertEqual(self.account.amount_due, 75.0)

    def test_case_C3_an_invoice_by_hand_goes_to_the_only_account(self):
        self.owe(self.account, "2024-11-01").billing_account_id = False
        self.assertEqual(self.balance(), Decimal("119.00"))

    def test_case_C3_a_credit_that_is_paid_out_is_open_no_more(self):
        credit = self.owe(self.account, "2024-11-01", price=10, move_type="out_refund")
        self.book(11.9)
        self.assertEqual(self.balance(), 0)
        self.assertEqual((self.account.amount_owed, self.account.amount_credit), (11.9, 11.9))
        self.assertEqual(credit.amount_residual, 11.9)

    def test_case_C3_where_there_are_several_accounts_a_debt_is_on_none_until_somebody_says(self):
        other = self.make_account()
        other.partner_id = self.account.partner_id
        returned = self.book(75)
        self.assertEqual((self.items(), self.items(other)), ([], []))
        [(_key, [item])] = self.env["billing.open.items"].get_unassigned(other.ids).items()
        self.assertEqual((item.move_id, item.amount), (returned.id, Decimal("75.00")))
        self.env.invalidate_all()
        service = type(self.env["billing.open.items"])
        with patch.object(service, "_collect", autospec=True, side_effect=service._collect) as asked:
            self.assertEqual((self.account.amount_due, self.account.has_unassigned), (0.0, True))
        self.assertEqual(asked.call_count, 1)
        action = other.with_user(self.clerk).action_view_unassigned()
        returned.with_user(self.clerk).with_context(**action["context"]).action_put_on_billing_account()
        self.env.invalidate_all()
        self.assertEqual((self.balance(), self.balance(other)), (0, Decimal("75.00")))
        self.assertFalse(self.account.has_unassigned)
        with self.assertRaises(UserError):  # it has an account now
            self.env["billing.assignment"].assign(returned, self.account)

    def test_case_C3_a_document_of_another_customer_is_put_on_no_account(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        with self.assertRaises(UserError):
            self.env["billing.assignment"].assign(self.book(75, partner=stranger), self.account)

    # -- C7, C6, C9: promises -----------------------------------------------------------------------------------------

    def promise(self, **vals):
        return self.env["billing.payment.promise"].create(
            {"account_id": self.account.id, "amount": 119, "date": "2024-11-20", "date_made": "2024-11-05", **vals}
        )

    def get_reasons(self):
        return {item.number: [rest.reason for rest in item.get_holding(DAY)] for item in self.items()}

    def test_case_C7_a_promise_covers_what_was_open_when_it_was_given(self):
        old = self.owe(self.account, "2024-11-01")
        self.promise()
        new = self.owe(self.account, "2024-11-02", price=50)
        self.assertEqual(self.get_reasons(), {old.name: ["promise"], new.name: []})
        self.collect("2024-11-10")
        [message] = self.get_messages(self.account)
        self.assertEqual(message.amount, 59.5)

    def test_case_C7_after_its_day_a_promise_holds_nothing(self):
        self.owe(self.account, "2024-11-01")
        self.promise()
        [item] = self.items()
        held = [item.get_resting(date(2024, 11, day)) for day in (20, 21)]
        self.assertEqual(held, [Decimal("119.00"), Decimal(0)])

    def check_promise(self, promise, day, state):
        self.collect(day)
        self.assertEqual(promise.state, state)
        self.assertEqual(bool(promise.end_reason), state == "lapsed")

    def test_case_C6_a_promise_whose_debt_is_credited_is_not_kept(self):
        invoice, promise = self.owe(self.account, "2024-11-01"), self.promise()
        self.match(invoice, self.owe(self.account, "2024-11-05", move_type="out_refund"))
        self.check_promise(promise, "2024-11-10", "lapsed")

    def test_case_C6_a_promise_whose_invoice_is_cancelled_is_not_kept(self):
        invoice, promise = self.owe(self.account, "2024-11-01"), self.promise()
        invoice.button_draft()
        self.check_promise(promise, "2024-11-09", "open")  # somebody is editing it
        invoice.button_cancel()
        self.check_promise(promise, "2024-11-10", "lapsed")

    def test_case_C6_a_promise_outlives_the_hour_in_which_its_invoice_is_a_draft(self):
        invoice, promise = self.owe(self.account, "2024-11-01"), self.promise()
        invoice.button_draft()
        self.collect("2024-11-09")
        invoice.action_post()
        self.check_promise(promise, "2024-11-10", "open")
        self.book(-119, day="2024-11-11")
        self.check_promise(promise, "2024-11-12", "kept")

    def test_case_C6_a_write_off_keeps_no_promise_and_money_that_lay_there_before_neither(self):
        self.book(-119, day="2024-11-01")
        invoice = self.owe(self.account, "2024-11-01", price=200)
        promise = self.promise()
        self.match(invoice, self.book(-119, self.expense))
        self.check_promise(promise, "2024-11-10", "lapsed")

    def test_case_C6_what_came_in_and_bounced_keeps_no_promise(self):
        invoice, promise = self.owe(self.account, "2024-11-01"), self.promise()
        payment = self.book(-119)
        self.match(invoice, payment)
        self.line_of(payment).remove_move_reconcile()
        self.match(payment, self.book(119))
        self.check_promise(promise, "2024-11-10", "open")
        self.check_promise(promise, "2024-11-21", "broken")

    def get_states(self, *promises):
        return [promise.state for promise in promises]

    def promise_twice(self):
        """Return promises of the same amount: the one that was noted first is for the later day."""
        self.owe(self.account, "2024-11-01", price=200)
        return self.promise(date="2024-11-25"), self.promise()

    def test_case_C6_one_payment_that_is_not_matched_keeps_the_promise_of_the_nearest_day(self):
        later, nearer = self.promise_twice()
        self.book(-119)
        self.collect("2024-11-10")
        self.assertEqual(self.get_states(nearer, later), ["kept", "open"])
        self.collect("2024-11-11")
        self.assertEqual(later.state, "open")
        self.book(-119, day="2024-11-12")
        self.collect("2024-11-13")
        self.assertEqual(later.state, "kept")

    def test_case_C6_one_payment_that_is_matched_keeps_one_promise(self):
        later, nearer = self.promise_twice()
        self.match(self.env["account.move"].browse(self.items()[0].move_id), self.book(-119))
        self.collect("2024-11-10")
        self.assertEqual(self.get_states(nearer, later), ["kept", "open"])
        self.collect("2024-11-26")
        self.assertEqual(later.state, "broken")

    def test_case_C6_money_that_kept_a_promise_keeps_no_other_when_it_is_matched(self):
        later, nearer = self.promise_twice()
        invoice, payment = self.env["account.move"].browse(self.items()[0].move_id), self.book(-119)
        self.collect("2024-11-10")
        self.match(invoice, payment)
        self.collect("2024-11-11")
        self.assertEqual(self.get_states(nearer, later), ["kept", "open"])

    def test_case_C6_what_a_payment_leaves_counts_for_the_next_promise(self):
        later, nearer = self.promise_twice()
        self.book(-238)
        self.collect("2024-11-10")
        self.assertEqual(self.get_states(nearer, later), ["kept", "kept"])

    def test_case_C7_a_promise_rests_only_as_far_as_no_other_took_the_money(self):
        later, nearer = self.promise_twice()
        self.book(-119)
        [owed] = [item for item in self.items() if item.amount > 0]
        self.assertEqual([rest.until for rest in owed.rests], [later.date])
        self.assertNotEqual(nearer.date, later.date)

    def test_case_C7_a_promise_that_is_changed_covers_what_is_open_now(self):
        old = self.owe(self.account, "2024-11-01")
        new = self.owe(self.account, "2024-11-02", price=50)
        promise = self.promise(move_ids=[Command.set(old.ids)])
        promise.move_ids = new
        self.assertEqual(self.get_reasons(), {old.name: [], new.name: ["promise"]})

    def test_case_C7_an_amount_that_is_changed_is_what_is_still_to_come(self):
        invoice = self.owe(self.account, "2024-11-01")
        promise = self.promise()
        self.match(invoice, self.book(-60))
        promise.amount = 59
        self.check_promise(promise, "2024-11-10", "open")
        self.match(invoice, self.book(-59, day="2024-11-11"))
        self.check_promise(promise, "2024-11-12", "kept")

    def test_case_C7_a_day_that_is_changed_leaves_what_came_in_and_the_case_follows(self):
        self.owe(self.account, "2024-11-01", price=200)
        self.collect("2024-11-08")
        promise = self.promise(date="2024-11-09")
        self.book(-60)
        case = self.get_case(self.account)
        self.assertEqual(case.state, "open")
        promise.date = "2099-11-28"
        self.assertEqual((case.state, case.pause_reason), ("paused", "promise"))
        self.book(-59, day="2024-11-11")
        self.check_promise(promise, "2024-11-12", "kept")

    def test_case_C7_a_promise_that_has_ended_keeps_what_was_noted(self):
        self.owe(self.account, "2024-11-01")
        promise = self.promise()
        self.book(-119)
        self.collect("2024-11-10")
        noted = promise.baseline
        promise.amount = 100
        self.assertEqual((promise.state, promise.baseline), ("kept", noted))

    def test_case_C9_a_promise_keeps_the_currency_of_its_case(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.owe(self.account, "2024-11-01", currency_id=euro.id)
        self.collect("2024-11-08")
        case = self.get_case(self.account)
        self.assertEqual(case.currency_id, euro)
        promise = (
            self.env["billing.payment.promise"]
            .with_context(**case.action_promise()["context"])
            .create({"date": "2024-11-20", "date_made": "2024-11-05"})
        )
        self.assertEqual((promise.currency_id, promise.amount), (euro, case.amount_overdue))

    def test_case_C7_a_promise_of_what_is_overdue_leaves_later_bills_alone(self):
        overdue = self.owe(self.account, "2024-10-01")
        self.owe(self.account, "2030-12-01")
        self.collect("2024-11-08")
        case = self.get_case(self.account)
        promise = (
            self.env["billing.payment.promise"]
            .with_context(**case.action_promise()["context"])
            .create({"date": fields.Date.today() + timedelta(days=5)})
        )
        self.assertEqual((promise.move_ids, promise.amount), (overdue, overdue.amount_residual))
        self.assertEqual(case.item_ids.filtered("resting").move_id, overdue)

    def test_case_C9_a_promise_about_an_invoice_in_another_currency_is_refused(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        invoice = self.owe(self.account, "2024-11-01", currency_id=euro.id)
        with self.assertRaises(ValidationError):
            self.promise(move_ids=[Command.set(invoice.ids)], currency_id=self.account.currency_id.id)

    # -- B17 ----------------------------------------------------------------------------------------------------------

    def test_case_B17_open_is_what_is_owed_on_balance(self):
        self.owe(self.account, "2024-11-01")
        self.book(-119)
        self.assertEqual(
            (self.account.amount_due, self.account.amount_owed, self.account.amount_credit), (0.0, 119.0, 119.0)
        )
        self.book(-1)
        self.env.invalidate_all()
        self.assertEqual((self.account.amount_due, self.account.amount_overdue), (-1.0, 0.0))

    def test_case_B17_another_currency_is_not_added_to_the_figure(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.owe(self.account, "2024-11-01", currency_id=euro.id)
        self.owe(self.account, "2024-11-01", price=10)
        self.assertEqual(self.account.amount_due, 11.9)

    # -- F7: what is being paid ---------------------------------------------------------------------------------------

    def test_case_F7_what_is_being_paid_rests_and_is_asked_for_once(self):
        invoice = self.owe(self.account, "2024-11-01")
        provider = self.env["payment.provider"].create({"name": "Bank", "state": "test", "code": "none"})
        method = builders.get_payment_method(self.env)
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": "under way",
                "amount": 100,
                "currency_id": invoice.currency_id.id,
                "partner_id": invoice.partner_id.id,
                "invoice_ids": [Command.set(invoice.ids)],
                "state": "pending",
            }
        )
        [item] = self.items()
        self.assertEqual([(rest.reason, rest.amount) for rest in item.rests], [("payment_under_way", Decimal(100))])
        service = self.env["billing.open.items"]
        self.assertEqual(service.sum_up([item], DAY)["all"], Decimal("19.00"))
        self.assertEqual(self.balance(), Decimal("119.00"))
        transaction.state = "cancel"
        self.assertEqual(service.sum_up(self.items(), DAY)["all"], Decimal("119.00"))
