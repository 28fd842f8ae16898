"""The life of a plan: kept, broken, settled early, rescheduled, cancelled; surplus money; interest and fee."""

from datetime import date
from decimal import Decimal

from lxml import etree
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from ...models.delivery.notes import Notes
from .. import builders
from ..statements import Statements
from .installment_common import TODAY, InstallmentCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInstallmentLife(InstallmentCase):
    def states(self, plan):
        return [row[3] for row in self.get_rows(plan)]

    def test_a_plan_that_is_paid_to_its_end_is_kept(self):
        move = self.make_invoice(900)
        plan = self.plan(move)
        for day in ("2026-07-01", "2026-08-01", "2026-09-01"):
            self.pay(move, 300, day)
            self.review(plan, day)
        self.assertEqual((plan.state, str(plan.ended_on)), ("kept", "2026-09-01"))
        self.assertEqual(self.states(plan), ["paid"] * 3)
        self.assertFalse(self.review(plan, "2026-09-02"))

    def test_a_missed_installment_is_known_after_grace_and_forgotten_once_paid(self):
        move = self.make_invoice(900)
        plan = self.plan(move, grace_days=5)
        self.assertFalse(self.review(plan, "2026-07-06"))
        news = self.review(plan, "2026-07-07")
        self.assertEqual(news[plan.id]["missed"], plan.installment_ids[0].ids)
        self.assertEqual((plan.state, plan.missed_count, self.states(plan)), ("active", 1, ["missed", "open", "open"]))
        self.assertFalse(self.review(plan, "2026-07-07"))
        self.assertFalse(self.review(plan, "2026-07-08"))
        self.pay(move, 300, "2026-07-08")
        self.assertEqual(self.states(plan), ["paid", "open", "open"])
        self.review(plan, "2026-07-08")
        self.assertFalse(plan.installment_ids[0].missed_on)
        self.assertConsistent(plan)

    def test_the_message_of_a_missed_installment_asks_for_what_is_late_and_not_for_what_comes(self):
        plan = self.plan(self.make_invoice(900), grace_days=0)
        self.review(plan, "2026-07-02")
        message = self.env["billing.collection.message"].search(
            [("res_model", "=", plan._name), ("res_id", "=", plan.id), ("key", "like", ":missed:")]
        )
        self.assertEqual((len(message), message.amount), (1, 300))
        self.assertIn("/billing/pay/", message.body)

    def test_an_invoice_on_a_plan_names_the_plan_in_place_of_its_due_date(self):
        move, other = self.make_invoice(900), self.make_invoice(100)
        plan = self.plan(move)
        accountant = new_test_user(self.env, "dates.accountant", "account.group_account_invoice")
        self.assertEqual((move | other).with_user(accountant).mapped("billing_keeps_plan"), [True, False])
        arch = self.env["account.move"].with_user(accountant).get_view(view_type="form")["arch"]
        [box] = etree.fromstring(arch).xpath("//div[@name='due_date']")
        for name in ("invoice_date_due", "invoice_payment_term_id"):
            [field] = box.xpath(f"./field[@name='{name}']")
            self.assertIn("billing_keeps_plan", field.get("invisible"))
        self.env["billing.installment.ending"].cancel(plan, day=date(2026, 6, 2))
        self.assertFalse(move.billing_keeps_plan)

    def test_so_many_missed_installments_break_the_plan_and_the_rest_falls_due(self):
        move = self.make_invoice(900)
        plan = self.plan(move, grace_days=0, missed_limit=2)
        self.review(plan, "2026-07-02")
        self.assertEqual(plan.state, "active")
        news = self.review(plan, "2026-08-02")
        self.assertEqual((news[plan.id]["event"], plan.state), ("break", "broken"))
        self.assertEqual(
            self.get_terms(move),
            [
                ("2026-07-01", "300.00", "300.00"),
                ("2026-08-01", "300.00", "300.00"),
                ("2026-08-02", "300.00", "300.00"),
            ],
        )
        self.assertEqual(self.states(plan), ["missed", "missed", "open", "cancelled"])
        self.assertConsistent(plan)
        self.assertFalse(self.review(plan, "2026-08-02"))
        self.pay(move, 900, "2026-08-10")
        self.assertEqual(self.review(plan, "2026-08-10")[plan.id]["event"], "settle")
        self.assertEqual(plan.state, "settled")

    def test_a_broken_plan_waits_for_staff_where_they_decide(self):
        move = self.make_invoice(900)
        plan = self.plan(move, grace_days=0, missed_limit=1, on_break="decide")
        self.review(plan, "2026-07-02")
        self.assertEqual(plan.state, "broken")
        self.assertEqual([entry[0] for entry in self.get_terms(move)], ["2026-07-01", "2026-08-01", "2026-09-01"])
        self.assertTrue(plan.activity_ids)
        plan.action_resume()
        self.assertEqual(plan.state, "active")
        self.review(plan, "2026-07-03")
        self.assertEqual(plan.state, "active")
        self.review(plan, "2026-08-02")
        self.assertEqual(plan.state, "broken")
        self.env["billing.installment.ending"].make_rest_due(plan, date(2026, 8, 3))
        self.assertEqual([entry[0] for entry in self.get_terms(move)], ["2026-07-01", "2026-08-01", "2026-08-03"])
        self.assertConsistent(plan)

    def test_a_plan_without_limit_is_never_broken_by_itself(self):
        plan = self.plan(self.make_invoice(900), missed_limit=0)
        self.review(plan, "2027-01-01")
        self.assertEqual((plan.state, plan.missed_count), ("active", 3))

    # -- surplus money ------------------------------------------------------------------------------------------------

    def test_paying_more_than_due_goes_to_the_next_installment(self):
        move = self.make_invoice(900)
        plan = self.plan(move, overpayment="next")
        self.pay(move, 400)
        self.review(plan, TODAY)
        self.assertEqual([row[2] for row in self.get_rows(plan)], ["0.00", "200.00", "300.00"])
        self.assertConsistent(plan)

    def test_paying_more_than_due_shortens_the_plan_from_its_end(self):
        move = self.make_invoice(900)
        plan = self.plan(move, overpayment="shorten")
        self.pay(move, 400)
        self.review(plan, TODAY)
        self.assertEqual(
            self.get_rows(plan),
            [
                (TODAY, "100.00", "0.00", "paid"),
                ("2026-07-01", "300.00", "0.00", "paid"),
                ("2026-08-01", "300.00", "300.00", "open"),
                ("2026-09-01", "200.00", "200.00", "open"),
            ],
        )
        self.assertEqual(sum(plan.installment_ids.mapped("amount")), 900)
        self.assertConsistent(plan)
        before = self.get_terms(move)
        self.review(plan, TODAY)
        self.assertEqual(self.get_terms(move), before)

    def test_a_part_payment_of_the_next_installment_is_no_surplus(self):
        move = self.make_invoice(900)
        plan = self.plan(move, overpayment="shorten")
        self.pay(move, 100)
        self.review(plan, TODAY)
        self.assertEqual([row[2] for row in self.get_rows(plan)], ["200.00", "300.00", "300.00"])

    def test_surplus_shortens_after_installments_that_it_paid_in_full(self):
        move = self.make_invoice(900)
        plan = self.plan(move, overpayment="shorten", count=9)
        self.pay(move, 100 + 150)
        self.review(plan, TODAY)
        self.assertEqual([row[2] for row in self.get_rows(plan)], ["0.00"] * 3 + ["100.00"] * 6 + ["50.00"])
        self.assertEqual(sum(row.amount_open for row in plan.installment_ids), 650)
        self.assertConsistent(plan)

    # -- interest and fee ---------------------------------------------------------------------------------------------

    def make_plan_with_interest(self, move, **values):
        tax = self.env["account.tax"].create({"name": "Interest Tax", "amount": 10})
        interest = self.make_code("INT", name="Interest", tax=tax)
        fee = self.make_code("FEE", name="Plan Fee")
        return self.plan(
            move,
            method="annuity",
            annual_percent=Decimal("12"),
            fee=Decimal("5.00"),
            interest_code_id=interest.id,
            fee_code_id=fee.id,
            **values,
        )

    def test_interest_and_fee_are_charges_of_their_own_and_never_touch_the_invoice(self):
        move = self.make_invoice(900)
        plan = self.make_plan_with_interest(move)
        self.assertEqual([f"{row.interest:.2f}" for row in plan.installment_ids], ["9.00", "6.03", "3.03"])
        self.assertEqual(
            [(charge.key, charge.amount) for charge in plan.charge_ids], [(f"installment_fee:{plan.id}", 5.0)]
        )
        self.review(plan, "2026-07-01")
        self.review(plan, "2026-07-01")
        keys = {charge.key: charge.amount for charge in plan.charge_ids}
        first = plan.installment_ids[0]
        self.assertEqual(keys, {f"installment_fee:{plan.id}": 5.0, f"installment_interest:{first.id}": 9.0})
        self.assertEqual((move.amount_total, move.amount_residual), (900.0, 900.0))
        charge = plan.charge_ids.filtered(lambda charge: charge.amount == 9.0)
        self.assertEqual((charge.state, str(charge.charge_date)), ("pending", "2026-07-01"))
        self.bill(self.account, "2026-07-01")
        self.assertEqual(charge.state, "invoiced")
        self.assertEqual(charge.invoice_line_id.tax_ids.name, "Interest Tax")
        self.assertNotEqual(charge.invoice_id, move)

    def test_interest_can_be_invoiced_at_once(self):
        plan = self.make_plan_with_interest(self.make_invoice(900), charge_timing="now")
        self.assertEqual(plan.charge_ids.mapped("state"), ["invoiced"])

    def test_early_settlement_drops_the_interest_of_later_installments(self):
        move = self.make_invoice(900)
        plan = self.make_plan_with_interest(move)
        self.pay(move, plan.installment_ids[0].amount, "2026-07-01")
        self.review(plan, "2026-07-01")
        self.env["billing.installment.ending"].settle_early(plan, date(2026, 7, 10))
        self.assertEqual(plan.state, "settled")
        self.assertEqual([entry[0] for entry in self.get_terms(move)], ["2026-07-01", "2026-07-10"])
        self.review(plan, "2026-12-01")
        self.assertEqual(len(plan.charge_ids), 2)
        self.pay(move, move.amount_residual, "2026-07-10")
        self.assertEqual(move.payment_state, "paid")

    def test_paying_everything_before_the_end_settles_the_plan_early(self):
        move = self.make_invoice(900)
        plan = self.make_plan_with_interest(move)
        self.pay(move, 900, "2026-07-01")
        self.assertEqual(self.review(plan, "2026-07-01")[plan.id]["event"], "settle")
        self.assertEqual((plan.state, plan.amount_open), ("settled", 0.0))
        self.review(plan, "2026-12-01")
        self.assertEqual(len(plan.charge_ids), 2)  # the fee, and interest that was due on the day

    # -- end ----------------------------------------------------------------------------------------------------------

    def test_a_cancelled_plan_gives_the_invoice_its_due_date_back(self):
        move = self.make_invoice(900)
        plan = self.plan(move)
        self.pay(move, 400)
        plan.action_cancel()
        self.assertEqual(plan.state, "cancelled")
        self.assertEqual(
            [(entry[0], entry[2]) for entry in self.get_terms(move) if entry[2] != "0.00"], [("2026-05-01", "500.00")]
        )
        self.assertEqual((move.amount_residual, move.payment_state), (500.0, "partial"))
        self.assertConsistent(plan)
        again = self.plan(move)
        self.assertEqual((again.state, again.principal), ("active", 500.0))

    def test_a_payment_that_bounces_reopens_a_kept_plan(self):
        move = self.make_invoice(900)
        plan = self.plan(move)
        payment = self.pay(move, 900, "2026-09-01")
        self.review(plan, "2026-09-01")
        self.assertEqual(plan.state, "kept")
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(self.review(plan, "2026-09-02")[plan.id]["event"], "reopen")
        self.assertEqual((plan.state, plan.amount_open), ("active", 900.0))

    def test_a_plan_ends_with_its_invoices_and_rests_while_one_is_edited(self):
        move = self.make_invoice(900)
        plan = self.plan(move, grace_days=0, missed_limit=1)
        move.button_draft()
        self.assertFalse(self.review(plan, "2026-07-02"))
        self.assertEqual(plan.state, "active")
        move.button_cancel()
        self.assertEqual(self.review(plan, "2026-07-02")[plan.id]["event"], "cancel")
        self.assertEqual(plan.state, "cancelled")

    def test_a_divided_invoice_whose_period_was_locked_since_is_replanned_on_the_plan_alone(self):
        move = self.make_invoice(900)
        first = self.plan(move)
        self.pay(move, 400)
        self.company.fiscalyear_lock_date = "2026-05-31"
        lines = self.get_terms(move)
        second = self.plan(move, previous=first, first_date=date(2026, 10, 1), count=2)
        self.assertEqual((second.mode, self.get_terms(move)), ("virtual", lines))
        self.assertEqual([row[2] for row in self.get_rows(second)], ["250.00", "250.00"])
        self.assertEqual(move._get_invoice_next_payment_values()["next_amount_to_pay"], 250.0)
        self.pay(move, 250)
        self.assertEqual([row[2] for row in self.get_rows(second)], ["0.00", "250.00"])

    def test_a_plan_can_be_rescheduled_with_the_service(self):
        move = self.make_invoice(900)
        plan = self.plan(move, grace_days=0, missed_limit=1)
        self.review(plan, "2026-07-02")
        self.assertEqual(plan.state, "broken")
        new = self.env["billing.installment.request"].reschedule(
            plan,
            self.terms(first_date=date(2026, 8, 1), count=9),
            self.env["billing.installment.rule"],
            day=date(2026, 7, 3),
        )
        self.assertEqual((plan.state, new.state, new.previous_plan_id), ("rescheduled", "active", plan))
        self.assertEqual([entry[1] for entry in self.get_terms(move)], ["100.00"] * 9)
        self.assertConsistent(new)

    def test_everything_is_written_into_the_chatter_of_plan_and_invoice(self):
        move = self.make_invoice(900)
        plan = self.plan(move)
        self.assertIn(plan.name, " ".join(move.message_ids.mapped("body")))
        body = " ".join(plan.message_ids.mapped("body"))
        self.assertIn("in installments", body)
        self.assertIn("300.00", body)

    def plan_in_the_office(self, move, rule):
        """Request a plan as the office does, where creations are noted; return it and how many statements note it."""
        env = self.env(context=dict(self.env.context, tracking_disable=False))
        with Statements() as statements:
            plan = env["billing.installment.request"].request(
                move.with_env(env), self.terms(), rule=rule, day=date.fromisoformat(TODAY)
            )
        return plan, len([query for query in statements.of("mail_message") if query.startswith("INSERT")])

    def test_the_notes_of_a_request_are_written_by_one_statement_in_their_order(self):
        move, rule = self.make_invoice(900), self.make_rule()
        before = move.message_ids
        plan, count = self.plan_in_the_office(move, rule)
        self.assertEqual(count, 1)
        created, started = plan.message_ids.sorted("id")
        [logged] = move.message_ids - before
        self.assertIn("created", created.body)
        self.assertIn("300.00", started.body)
        self.assertEqual(started.subject, f"Your installment plan {plan.name}")
        self.assertIn(plan.name, logged.body)
        self.assertEqual([created.id, logged.id, started.id], sorted([created.id, logged.id, started.id]))

    def test_notes_wait_for_their_end_and_nothing_else_does(self):
        move, text = self.make_invoice(900), "Posted meanwhile"
        with Notes() as notes:
            noted = notes.on(move)
            noted._message_log(body="First")
            self.assertNotIn("First", "".join(move.message_ids.mapped("body")))
            posted = noted.message_post(body=text)
            self.assertEqual((len(posted), posted.res_id), (1, move.id))
        noted._message_log(body="Second")
        texts = [str(body) for body in move.message_ids.sorted("id").mapped("body")]
        self.assertEqual(texts[-3:], ["<span>Posted meanwhile</span>", "<span>First</span>", "<span>Second</span>"])

    def test_an_exception_is_noted_after_the_creation_of_its_plan(self):
        plan, _count = self.plan_in_the_office(self.make_invoice(900), self.env["billing.installment.rule"])
        created, exception, started = plan.message_ids.sorted("id").mapped("body")
        for text, body in (("created", created), ("Exception", exception), ("300.00", started)):
            self.assertIn(text, body)

    def test_buttons_that_make_no_sense_in_a_state_are_refused(self):
        plan = self.plan(self.make_invoice(900))
        with self.assertRaisesRegex(UserError, "not possible"):
            plan.action_approve()
        with self.assertRaisesRegex(UserError, "not broken"):
            plan.action_make_due()
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            plan.unlink()

    # -- what the collection sees -------------------------------------------------------------------------------------

    def get_items(self, move):
        items = self.env["billing.open.items"].get_items(self.account.ids)[self.account.id]
        return [
            (str(item.due_date), str(item.amount), item.plan_id, item.installment_id)
            for item in items
            if item.move_id == move.id
        ]

    def test_open_items_name_the_running_plan_and_the_installment(self):
        move = self.make_invoice(900)
        self.assertEqual(self.get_items(move), [("2026-05-01", "900.00", None, None)])
        plan = self.plan(move, grace_days=0, missed_limit=1, on_break="decide")
        first, second, third = plan.installment_ids.ids
        self.assertEqual(
            self.get_items(move),
            [
                ("2026-07-01", "300.00", plan.id, first),
                ("2026-08-01", "300.00", plan.id, second),
                ("2026-09-01", "300.00", plan.id, third),
            ],
        )
        self.review(plan, "2026-07-02")
        self.assertEqual({item[2] for item in self.get_items(move)}, {None})

    def test_a_virtual_plan_gives_an_open_item_for_each_installment(self):
        move = self.make_invoice(900)
        self.company.fiscalyear_lock_date = "2026-05-31"
        plan = self.plan(move)
        self.pay(move, 400)
        self.assertEqual(
            self.get_items(move),
            [
                ("2026-08-01", "200.00", plan.id, plan.installment_ids[1].id),
                ("2026-09-01", "300.00", plan.id, plan.installment_ids[2].id),
            ],
        )

    def test_the_customer_is_told_once_of_each_thing(self):
        move = self.make_invoice(900)
        plan = self.plan(move, grace_days=0, missed_limit=3)
        for _time in range(2):
            self.review(plan, "2026-07-02")
        messages = self.env["billing.collection.message"].search(
            [("res_model", "=", plan._name), ("res_id", "=", plan.id)], order="id"
        )
        self.assertEqual(
            messages.mapped("key"),
            [f"installment_plan:{plan.id}:started:2026-06-01", f"installment_plan:{plan.id}:missed:2026-07-02"],
        )
        self.assertEqual(messages[0].move_ids, move)
        self.assertIn("300.00", messages[1].body)

    # -- what rests ---------------------------------------------------------------------------------------------------

    def test_case_C18_a_plan_rests_while_its_invoice_is_in_dispute(self):
        move = self.make_invoice(900)
        plan = self.plan(move, missed_limit=1, grace_days=0)
        move.payment_state = "blocked"
        own = [("account_id", "=", self.account.id)]
        told = self.env["billing.collection.message"].search_count(own)
        self.review(plan, "2026-07-10")
        self.assertEqual((plan.state, plan.missed_count), ("active", 0))
        self.assertEqual(self.env["billing.collection.message"].search_count(own), told)
        move.payment_state = "not_paid"
        self.review(plan, "2026-07-11")
        self.assertEqual(plan.state, "broken")

    def test_case_C18_a_part_that_is_promised_is_not_missed_before_the_day(self):
        plan = self.plan(self.make_invoice(900), missed_limit=1, grace_days=0)
        self.env["billing.payment.promise"].create(
            {"account_id": self.account.id, "amount": 300, "date": "2026-07-15", "date_made": "2026-07-02"}
        )
        self.review(plan, "2026-07-10")
        self.assertEqual((plan.state, plan.missed_count), ("active", 0))
        self.review(plan, "2026-07-16")
        self.assertEqual(plan.state, "broken")

    def test_case_C18_what_is_being_paid_is_not_missed(self):
        move = self.make_invoice(900)
        plan = self.plan(move, missed_limit=1, grace_days=0)
        provider = self.env["payment.provider"].create({"name": "Bank", "state": "test", "code": "none"})
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": builders.get_payment_method(self.env).id,
                "reference": "part",
                "amount": 300,
                "currency_id": move.currency_id.id,
                "partner_id": move.partner_id.id,
                "invoice_ids": [Command.set(move.ids)],
                "state": "pending",
            }
        )
        self.review(plan, "2026-07-10")
        self.assertEqual(plan.state, "active")
        transaction.state = "error"
        self.review(plan, "2026-07-11")
        self.assertEqual(plan.state, "broken")
