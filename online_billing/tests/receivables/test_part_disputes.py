"""A part of an invoice in dispute: it rests everywhere, and nothing beside it does."""

import random
from datetime import date, timedelta
from decimal import Decimal

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from ...services.installments.terms import PlanTerms
from ...services.receivables.values import DISPUTE, NOT_ASKED
from ..collection.collection_common import CollectionCase
from ..installments.installment_common import InstallmentCase
from ..late_fees.late_fee_common import LateFeeCase

DAY = date(2026, 11, 10)


@tagged("post_install", "-at_install")
@freeze_time("2026-11-10 12:00:00")
class TestPartDisputes(CollectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.taxes_id = [Command.clear()]
        cls.account = cls.make_account()
        cls.stops = cls.env["billing.stops"]

    def dispute(self, move, amount=None):
        return self.stops.dispute(move, None if amount is None else Decimal(str(amount)))

    def get_items(self):
        self.env.invalidate_all()
        return self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]

    def get_asked(self):
        return {
            name: float(amount) for name, amount in self.env["billing.open.items"].sum_up(self.get_items(), DAY).items()
        }

    def test_a_part_rests_and_the_rest_is_asked_for(self):
        move = self.owe(self.account, "2026-11-01")
        stop = self.dispute(move, 30)
        self.assertEqual(self.get_asked(), {"all": 70.0, "due": 70.0, "overdue": 70.0})
        self.assertEqual(move.payment_state, "not_paid")
        self.assertFalse(self.get_items()[0].is_blocked)
        self.stops.settle(stop, "company")
        self.assertEqual(self.get_asked()["overdue"], 100.0)
        self.assertEqual((stop.verdict, str(stop.date_to)), ("company", "2026-11-10"))

    def test_several_parts_are_summed_and_no_more_rests_than_is_open(self):
        move = self.owe(self.account, "2026-11-01")
        stops = [self.dispute(move, amount) for amount in (30, 50, 60)]
        self.assertEqual(self.get_asked()["all"], 0.0)
        [item] = self.get_items()
        self.assertEqual((item.disputed, item.is_blocked), (Decimal(100), True))
        self.stops.settle(stops[0], "customer")
        self.stops.settle(stops[2], "customer")
        self.assertEqual(self.get_asked()["all"], 50.0)
        self.pay_invoice(move, 80)
        self.assertEqual(self.get_asked()["all"], 0.0)

    def test_a_part_beside_a_dispute_of_the_whole_rests_on_when_that_ends(self):
        move = self.owe(self.account, "2026-11-01")
        part, whole = self.dispute(move, 30), self.dispute(move)
        self.assertEqual((move.payment_state, self.get_asked()["all"]), ("blocked", 0.0))
        self.assertEqual(whole.amount, 0)
        move.action_toggle_block_payment()
        self.assertTrue(whole.date_to)
        self.assertFalse(part.date_to)
        self.assertEqual(self.get_asked()["all"], 70.0)

    def test_the_block_of_staff_and_a_dispute_of_the_whole_are_the_same(self):
        move = self.owe(self.account, "2026-11-01")
        move.action_toggle_block_payment()
        [stop] = move.billing_stop_ids
        self.assertEqual(self.dispute(move), stop)
        self.stops.settle(stop, "customer")
        self.assertEqual(move.payment_state, "not_paid")

    def test_the_oldest_items_of_the_invoice_alone_are_held(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days}) for days in (0, 60)
                ],
            }
        )
        self.owe(self.account, "2026-10-01")
        move = self.make_invoice(
            self.account, price=100, invoice_date="2026-10-20", invoice_date_due=False, invoice_payment_term_id=term.id
        )
        self.dispute(move, 70)
        held = [(item.move_id == move.id, str(item.due_date), float(item.disputed)) for item in self.get_items()]
        self.assertEqual(held, [(False, "2026-10-01", 0.0), (True, "2026-10-20", 50.0), (True, "2026-12-19", 20.0)])

    def test_what_cannot_be_in_dispute_is_refused(self):
        move = self.owe(self.account, "2026-11-01")
        credit = self.owe(self.account, "2026-11-01", move_type="out_refund")
        for document, amount in ((move, 0), (move, -5), (credit, 5), (credit, None)):
            with self.assertRaises(UserError):
                self.dispute(document, amount)
        self.assertFalse((move | credit).billing_stop_ids)

    def test_a_part_that_was_settled_is_not_opened_again(self):
        stop = self.dispute(self.owe(self.account, "2026-11-01"), 30)
        self.stops.settle(stop, "customer")
        with self.assertRaises(ValidationError):
            stop.with_user(self.manager).date_to = False

    def test_the_collection_sees_a_part_at_once_and_its_end(self):
        self.make_policy(("overdue", 1))
        move = self.owe(self.account, "2026-11-01")
        self.collect("2026-11-10", self.account)
        case = self.get_case(self.account)
        stop = self.dispute(move, 100)
        self.env.cr.flush()
        self.assertEqual((case.state, case.pause_reason), ("paused", "dispute"))
        self.stops.settle(stop, "company")
        self.env.cr.flush()
        self.assertEqual((case.state, case.amount_overdue), ("open", 100.0))
        self.dispute(move, 40)
        self.env.cr.flush()
        self.assertEqual((case.state, case.amount_overdue), ("open", 60.0))

    def test_a_reminder_asks_for_the_rest_and_names_the_part(self):
        text = self.env.ref("online_billing.mail_template_first")
        self.make_policy(("overdue", 1, {"template_id": text.id}))
        self.dispute(self.owe(self.account, "2026-11-01"), 30)
        self.collect("2026-11-10", self.account)
        message = self.get_messages(self.account)
        self.assertEqual(message.amount, 70)
        body = str(message.body).replace("\xa0", " ")
        self.assertIn("of it in dispute, not included", body)
        self.assertIn("30.00", body)

    def test_a_promise_covers_what_is_not_in_dispute(self):
        move = self.owe(self.account, "2026-11-01")
        stop = self.dispute(move, 30)
        promise = self.env["billing.payment.promise"].create(
            {"account_id": self.account.id, "amount": 70, "date": "2026-11-30", "move_ids": [Command.set(move.ids)]}
        )
        self.assertEqual(promise.baseline["documents"], {str(move.id): "70.00"})
        [item] = self.get_items()
        self.assertEqual(float(item.get_resting(DAY)), 100.0)
        self.stops.settle(stop, "company")
        [item] = self.get_items()
        self.assertEqual(float(item.get_resting(DAY)), 70.0)

    def test_all_accounts_at_once_and_each_page_say_the_same(self):
        self.dispute(self.owe(self.account, "2026-11-01"), 30)
        self.env.invalidate_all()
        found = self.env["billing.overdue"].find()
        self.assertEqual(
            (float(found[self.account, self.account.currency_id]), self.account.amount_overdue), (70.0, 70.0)
        )

    def test_property_asked_and_disputed_are_all_that_is_open(self):
        """Whatever is disputed, settled and paid, in any order: nothing is asked for twice, and nothing is lost."""
        draw = random.Random(916)
        moves = [self.owe(self.account, f"2026-11-0{number}", price=40 + 20 * number) for number in range(1, 4)]
        running = []
        for _turn in range(25):
            act, move = draw.choice(("part", "part", "settle", "pay")), draw.choice(moves)
            if act == "part":
                amount = Decimal(draw.randrange(1, 5000)) / 100
                running.append((move, amount, self.dispute(move, amount)))
            elif act == "settle" and running:
                self.stops.settle(running.pop(draw.randrange(len(running)))[2], draw.choice(("customer", "company")))
            elif act == "pay" and move.amount_residual > 5:
                self.pay_invoice(move, 5)
            items = self.get_items()
            expected = Decimal(0)
            for one in moves:
                left = Decimal(f"{one.amount_residual:.2f}")
                expected += left - min(
                    left, sum((amount for owner, amount, _stop in running if owner == one), Decimal(0))
                )
            self.assertEqual(self.env["billing.open.items"].sum_up(items, DAY)["all"], expected)
            for item in items:
                self.assertEqual(
                    item.get_resting(DAY, NOT_ASKED),
                    sum((r.amount for r in item.rests if r.reason == DISPUTE), Decimal(0)),
                )


@tagged("post_install", "-at_install")
class TestPartDisputesAndLateFees(LateFeeCase):
    def setUp(self):
        super().setUp()
        self.rule = self.make_rule(method="percent", percent=1, repeat_unit="month")
        self.account = self.make_account()
        self.move = self.make_debt(self.account, due=date(2026, 1, 10))

    def charge(self, *months):
        for month in months:
            with freeze_time(date(2026, month, 11)):
                self.charge_on(self.account, date(2026, month, 11))
        self.env.invalidate_all()
        return [(str(fee.arises_on)[5:], fee.amount) for fee in self.get_fees(self.move) if fee.state == "charged"]

    def dispute(self, day, amount):
        with freeze_time(day):
            return self.env["billing.stops"].dispute(self.move, Decimal(amount))

    def settle(self, stop, day, verdict):
        with freeze_time(day):
            self.env["billing.stops"].settle(stop, verdict)

    def test_no_fee_arises_on_a_part_in_dispute(self):
        self.dispute("2026-01-05", 400)
        self.assertEqual(self.charge(1, 2), [("01-11", 6.0), ("02-11", 6.0)])

    def test_a_part_that_was_right_spares_its_days_and_one_that_was_lost_does_not(self):
        for verdict, fees in (("customer", [6.0, 10.0]), ("company", [10.0, 10.0])):
            account = self.account = self.make_account()
            self.move = self.make_debt(account, due=date(2026, 1, 10))
            stop = self.dispute("2026-01-05", 400)
            self.settle(stop, "2026-02-01", verdict)
            self.assertEqual([amount for _day, amount in self.charge(2)], fees, verdict)

    def test_two_parts_lie_beside_each_other_and_not_upon(self):
        first, second = self.dispute("2026-01-05", 400), self.dispute("2026-01-05", 300)
        self.settle(first | second, "2026-02-01", "customer")
        self.assertEqual(self.charge(2), [("01-11", 3.0), ("02-11", 10.0)])


@tagged("post_install", "-at_install")
class TestPartDisputesAndPlans(InstallmentCase):
    def dispute(self, move, amount):
        return self.env["billing.stops"].dispute(move, Decimal(amount))

    def test_a_plan_leaves_out_what_is_in_dispute(self):
        move = self.make_invoice(900)
        stop = self.dispute(move, 300)
        plan = self.plan(move)
        self.assertEqual((plan.principal, plan.installment_ids.mapped("amount")), (600, [200, 200, 200]))
        self.assertEqual(
            self.get_terms(move),
            [
                ("2026-05-01", "300.00", "300.00"),
                ("2026-07-01", "200.00", "200.00"),
                ("2026-08-01", "200.00", "200.00"),
                ("2026-09-01", "200.00", "200.00"),
            ],
        )
        items = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        self.assertEqual([float(item.disputed) for item in items], [300.0, 0.0, 0.0, 0.0])
        self.assertEqual([bool(item.plan_id) for item in items], [False, True, True, True])
        self.env["billing.stops"].settle(stop, "company")
        items = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        self.assertEqual(float(items[0].get_resting(date(2026, 6, 2))), 0.0)
        self.assertEqual(float(items[1].get_resting(date(2026, 6, 2))), 200.0)

    def test_a_plan_beside_a_part_in_dispute_is_kept_by_its_installments(self):
        move = self.make_invoice(900)
        self.dispute(move, 300)
        plan = self.plan(move)
        credit = move._reverse_moves([{"invoice_date": "2026-06-05", "date": "2026-06-05"}])
        credit.invoice_line_ids.price_unit = 300
        credit.action_post()
        lines = (credit | move).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        )
        lines.reconcile()
        for day in ("2026-07-01", "2026-08-01", "2026-09-01"):
            self.pay(move, 200, day)
            self.review(plan, day)
        self.assertEqual((plan.state, plan.missed_count), ("kept", 0))
        self.assertFalse(move.amount_residual)

    def test_nothing_is_planned_of_an_invoice_that_is_in_dispute_wholly(self):
        move = self.make_invoice(900)
        self.dispute(move, 900)
        with self.assertRaisesRegex(UserError, "is in dispute"):
            self.plan(move)

    def test_a_plan_that_waits_for_approval_does_not_start_over_another_amount(self):
        move = self.make_invoice(900)
        rule = self.make_rule(approval_limit=1)
        terms = PlanTerms(first_date=date(2026, 7, 1), count=3)
        plan = (
            self.env["billing.installment.request"]
            .with_user(self.clerk)
            .request(move.with_user(self.clerk), terms, rule=rule, day=date(2026, 6, 1))
        )
        self.assertEqual(plan.state, "requested")
        self.dispute(move, 300)
        with self.assertRaisesRegex(UserError, "as it was when the plan was"):
            self.env["billing.installment.request"].approve(plan.sudo(False).with_env(self.env), date(2026, 6, 1))

    def test_case_C18_a_plan_rests_where_its_installment_is_in_dispute(self):
        move = self.make_invoice(900)
        plan = self.plan(move, missed_limit=1, grace_days=0)
        stop = self.dispute(move, 300)
        self.review(plan, "2026-07-10")
        self.assertEqual((plan.state, plan.missed_count), ("active", 0))
        self.env["billing.stops"].settle(stop, "company")
        self.review(plan, str(date(2026, 7, 10) + timedelta(days=1)))
        self.assertEqual(plan.state, "broken")
