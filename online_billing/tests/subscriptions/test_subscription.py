from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..common import BillingCase


@tagged("post_install", "-at_install")
class TestSubscription(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.net = cls.make_code("NET", price=50)
        cls.account = cls.make_account()
        cls.calendar = cls.make_plan(cls.net, alignment="calendar")

    def test_lines_are_a_snapshot_of_the_plan(self):
        subscription = self.subscribe(self.account, self.calendar, "2026-08-01")
        with self.assertRaises(AccessError):
            self.calendar.interval_unit = "year"
        self.calendar.line_ids.quantity = 7
        self.assertEqual((subscription.interval_unit, subscription.line_ids.quantity), ("month", 1))

    def test_first_month_of_a_calendar_plan_is_charged_by_its_days(self):
        self.subscribe(self.account, self.calendar, "2026-08-10")
        self.bill(self.account, "2026-09-01")
        self.assertCharges(self.account, [("2026-08-10", "35.48"), ("2026-09-01", "50.00")])

    def test_anniversary_of_the_31st_returns_to_the_31st(self):
        self.subscribe(self.account, self.make_plan(self.net, name="A"), "2026-01-31")
        self.bill(self.account, "2026-05-31")
        days = [str(charge.charge_date) for charge in self.get_charges(self.account)]
        self.assertEqual(days, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"])

    def test_billing_day_of_the_account_sets_the_periods(self):
        self.account.billing_day = 25
        self.subscribe(self.account, self.make_plan(self.net, name="B", alignment="billing_day"), "2026-09-16")
        self.bill(self.account, "2026-09-25")
        self.assertCharges(self.account, [("2026-09-16", "14.52"), ("2026-09-25", "50.00")])

    def test_arrears_are_billed_the_day_after_the_period(self):
        plan = self.make_plan((self.net, {"timing": "arrears"}), alignment="calendar")
        self.subscribe(self.account, plan, "2026-08-10")
        self.bill(self.account, "2026-08-31")
        self.assertCharges(self.account, [])
        self.bill(self.account, "2026-09-01")
        self.assertCharges(self.account, [("2026-09-01", "35.48")])

    def test_trial_days_are_not_charged(self):
        plan = self.make_plan(self.net, alignment="calendar", trial_days=5)
        self.subscribe(self.account, plan, "2026-04-01")
        self.bill(self.account, "2026-04-30")
        self.assertCharges(self.account, [("2026-04-06", "41.67")])

    def test_start_in_the_future_is_not_billed_yet(self):
        self.subscribe(self.account, self.calendar, "2027-03-01")
        self.bill(self.account, "2027-02-28")
        self.assertCharges(self.account, [])
        self.assertEqual(self.account.next_billing_date, self.day("2027-03-01"))

    def test_set_up_fee_is_billed_once(self):
        fee = self.make_code("SETUP", price={"model": "flat", "unit_price": 99}, kind="one_time")
        self.subscribe(self.account, self.make_plan(fee, self.net, name="C"), "2026-01-15")
        self.bill(self.account, "2026-03-15")
        amounts = [charge.amount for charge in self.get_charges(self.account) if charge.code_id == fee]
        self.assertEqual(amounts, [99])

    def test_ended_subscription_credits_unused_days_and_closes(self):
        subscription = self.subscribe(self.account, self.calendar, "2026-08-01")
        self.bill(self.account, "2026-08-01")
        self.env["billing.subscription.lifecycle"].set_end(subscription, self.day("2026-08-10"))
        self.bill(self.account, "2026-09-30")
        self.assertCharges(self.account, [("2026-08-01", "50.00"), ("2026-08-11", "-33.87")])
        self.assertEqual(subscription.state, "ended")
        self.assertEqual(self.get_invoices(self.account)[-1].move_type, "out_refund")

    def test_end_without_credit_leaves_the_period_paid(self):
        subscription = self.subscribe(self.account, self.calendar, "2026-08-01", credit_unused=False)
        self.bill(self.account, "2026-08-01")
        self.env["billing.subscription.lifecycle"].set_end(subscription, self.day("2026-08-10"))
        self.bill(self.account, "2026-09-30")
        self.assertCharges(self.account, [("2026-08-01", "50.00")])

    def test_taking_back_an_end_charges_again_what_was_credited(self):
        service = self.env["billing.subscription.lifecycle"]
        subscription = self.subscribe(self.account, self.calendar, "2026-08-01")
        self.bill(self.account, "2026-08-01")
        service.set_end(subscription, self.day("2026-08-20"))
        self.bill(self.account, "2026-08-21")
        service.set_end(subscription, False)
        self.bill(self.account, "2026-08-31")
        self.assertEqual(sum(charge.amount for charge in self.get_charges(self.account)), 50.0)

    def test_quantity_change_in_a_billed_period_is_corrected_by_days(self):
        subscription = self.subscribe(self.account, self.calendar, "2026-08-01")
        self.bill(self.account, "2026-08-01")
        self.env["billing.subscription.lifecycle"].change_quantity(subscription.line_ids, self.day("2026-08-17"), 3)
        self.bill(self.account, "2026-09-01")
        # 15 of 31 days with two more units: 2 x 50 x 15/31
        self.assertCharges(self.account, [("2026-08-01", "50.00"), ("2026-08-17", "48.39"), ("2026-09-01", "150.00")])

    def test_quantity_up_and_down_again_nets_to_nothing(self):
        service = self.env["billing.subscription.lifecycle"]
        subscription = self.subscribe(self.account, self.calendar, "2026-08-01")
        self.bill(self.account, "2026-08-01")
        service.change_quantity(subscription.line_ids, self.day("2026-08-17"), 3)
        self.bill(self.account, "2026-08-17")
        service.change_quantity(subscription.line_ids, self.day("2026-08-17"), 1)
        self.bill(self.account, "2026-08-18")
        self.assertEqual(sum(charge.amount for charge in self.get_charges(self.account)), 50.0)

    def test_price_stays_agreed_until_the_term_ends(self):
        plan = self.make_plan(self.net, alignment="calendar", term_count=3)
        self.subscribe(self.account, plan, "2026-01-01")
        self.make_price(self.net, 60, valid_from="2026-02-01")
        self.bill(self.account, "2026-05-01")
        amounts = [charge.amount for charge in self.get_charges(self.account)]
        self.assertEqual(amounts, [50, 50, 50, 60, 60])

    def test_price_without_term_stays_unless_it_says_otherwise(self):
        self.subscribe(self.account, self.calendar, "2026-01-01")
        price = self.make_price(self.net, 60, valid_from="2026-02-01")
        self.bill(self.account, "2026-03-01")
        price.applies_to_existing_from = "2026-04-15"
        self.bill(self.account, "2026-06-01")
        amounts = [charge.amount for charge in self.get_charges(self.account)]
        self.assertEqual(amounts, [50, 50, 50, 50, 60, 60])

    def test_discount_of_a_line_replaces_that_of_the_price(self):
        subscription = self.subscribe(self.account, self.calendar, "2026-01-01", activate=False)
        subscription.line_ids.discount_percent = 10
        subscription.action_activate()
        self.bill(self.account, "2026-01-01")
        self.assertCharges(self.account, [("2026-01-01", "45.00")])

    def test_subscription_without_price_cannot_begin_and_says_what_to_do(self):
        with self.assertRaises(UserError) as caught:
            self.subscribe(self.account, self.make_plan(self.make_code("TV")), "2026-01-01")
        self.assertIn("price version", str(caught.exception))

    def test_subscription_without_lines_cannot_begin(self):
        with self.assertRaises(UserError):
            self.subscribe(self.account, self.make_plan(), "2026-01-01")

    def test_billed_subscription_keeps_its_start(self):
        subscription = self.subscribe(self.account, self.calendar, "2026-01-01")
        self.bill(self.account, "2026-01-01")
        for start in ("2026-02-10", "2026-01-10"):
            with self.assertRaises(UserError):
                subscription.start_date = start

    def test_unbilled_subscription_can_go_back_to_draft(self):
        subscription = self.subscribe(self.account, self.calendar, "2026-01-01")
        subscription.action_reset_to_draft()
        self.assertEqual((subscription.state, subscription.line_ids.price_id.id), ("draft", False))
        self.assertFalse(self.account.next_billing_date)

    def test_billed_subscription_cannot_be_cancelled_or_deleted(self):
        subscription = self.subscribe(self.account, self.calendar, "2026-01-01")
        self.bill(self.account, "2026-01-01")
        for act in (subscription.action_cancel, subscription.action_reset_to_draft, subscription.unlink):
            with self.assertRaises(UserError):
                act()

    def test_forecast_shows_the_next_twelve_dates_and_amounts(self):
        subscription = self.subscribe(self.account, self.calendar, "2026-08-10")
        days = self.env["billing.rating"]._get_forecast(subscription)
        self.assertEqual(len(days), 12)
        self.assertEqual([str(day) for day, _items in days[:3]], ["2026-08-10", "2026-09-01", "2026-10-01"])
        self.assertEqual([str(items[0][2]) for _day, items in days[:2]], ["35.48", "50.00"])

    def test_forecast_is_what_is_billed(self):
        subscription = self.subscribe(self.account, self.calendar, "2026-08-10")
        foretold = [
            (str(day), str(items[0][2])) for day, items in self.env["billing.rating"]._get_forecast(subscription)
        ]
        self.bill(self.account, foretold[-1][0])
        self.assertCharges(self.account, foretold)

    def test_line_added_to_a_running_subscription_begins_on_its_own_day(self):
        subscription = self.subscribe(self.account, self.calendar, "2026-08-01")
        self.bill(self.account, "2026-08-01")
        tv = self.make_code("TV", price=31)
        self.env["billing.subscription.line"].create(
            {"subscription_id": subscription.id, "code_id": tv.id, "start_date": "2026-08-22"}
        )
        self.bill(self.account, "2026-09-01")
        self.assertEqual([c.amount for c in self.get_charges(self.account) if c.code_id == tv], [10.0, 31.0])

    def test_correction_explains_itself_by_what_it_costs_now_and_what_was_billed(self):
        subscription = self.subscribe(self.account, self.calendar, "2026-08-01")
        self.bill(self.account, "2026-08-01")
        self.env["billing.subscription.lifecycle"].change_quantity(subscription.line_ids, self.day("2026-08-17"), 3)
        self.bill(self.account, "2026-08-17")
        correction = self.get_charges(self.account)[-1]
        steps = {step["label"]: step["amount"] for step in self.env["billing.explanation"]._get_steps(correction)}
        # 16 days with one unit and 15 with three, of 31: 50 x (16 + 45) / 31
        self.assertEqual((steps["The period costs now"], steps["Billed of it before"]), ("98.39", "50.00"))
        self.assertEqual(correction.amount, 48.39)

    def test_next_billing_after_a_change_is_the_day_of_the_change(self):
        subscription = self.subscribe(self.account, self.calendar, "2026-08-01")
        self.bill(self.account, "2026-08-01")
        self.env["billing.subscription.lifecycle"].change_quantity(subscription.line_ids, self.day("2026-08-17"), 3)
        self.assertEqual(subscription.next_due_date, self.day("2026-08-17"))
        self.assertEqual(self.account.next_billing_date, self.day("2026-08-17"))

    def test_clerk_does_the_daily_work_but_cannot_set_what_the_billing_keeps(self):
        subscription = self.subscribe(self.account, self.calendar, "2026-08-01", activate=False).with_user(self.clerk)
        subscription.action_activate()
        self.bill(self.account, "2026-08-01")
        service = self.env["billing.subscription.lifecycle"].with_user(self.clerk)
        service.change_quantity(subscription.line_ids, self.day("2026-08-17"), 3)
        service.set_end(subscription, self.day("2026-09-10"))
        line, account = subscription.line_ids, subscription.account_id
        for record, vals in (
            (subscription, {"state": "draft"}),
            (subscription, {"anchor_date": "2026-01-01"}),
            (line, {"billed_until": False}),
            (line, {"price_id": False}),
            (account, {"next_billing_date": "2030-01-01"}),
            (account, {"state": "closed"}),
        ):
            with self.assertRaises(AccessError, msg=vals):
                record.write(vals)
        self.bill(self.account, "2026-09-30")
        self.assertEqual(subscription.state, "ended")

    def test_dialogues_mean_the_day_of_the_account(self):
        self.account.timezone = "America/Los_Angeles"
        subscription = self.subscribe(self.account, self.calendar, "2026-08-01")
        with freeze_time("2026-09-10 02:00:00"):  # the 10th in London, the 9th in Los Angeles
            line = subscription.line_ids.with_context(tz="Europe/London")
            line.quantity_ids.create({"line_id": line.id, "date_from": "2026-09-10", "quantity": 3})
            action = line.action_change_quantity()
            dialogue = self.env[action["res_model"]].with_context(tz="Europe/London", **action["context"]).create({})
            self.assertEqual((dialogue.date_from, dialogue.current_quantity), (self.day("2026-09-09"), 1))
            ending = self.env["billing.subscription.end"].with_context(tz="Europe/London")
            ending.create({"subscription_ids": subscription.ids, "when": "now"}).action_end()
        self.assertEqual(subscription.end_date, self.day("2026-09-09"))
