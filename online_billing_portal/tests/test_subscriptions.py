"""Subscriptions as the customer sees and ends them."""

from datetime import date, timedelta

from odoo.fields import Command
from odoo.tests import tagged

from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestSubscriptions(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls.account.subscription_ids
        cls.today = cls.env["billing.days"].get_local_day(cls.account)

    def test_the_list_and_the_page(self):
        self.enter("viewer")
        _status, text = self.open("/my/billing/subscriptions")
        self.assertIn(self.subscription.name, text)
        self.assertNotIn(self.foreign_account.subscription_ids.name, text)
        status, text = self.open(f"/my/billing/subscriptions/{self.subscription.id}")
        self.assertEqual(status, 200)
        self.assertIn("The next bills", text)
        self.assertNotIn("End it", text)

    def test_the_next_bills_are_said_with_tax(self):
        tax = self.env["account.tax"].create({"name": "19 %", "amount": 19, "company_id": self.company.id})
        self.code.product_id.taxes_id = [Command.set(tax.ids)]
        self.env.flush_all()
        self.enter("viewer")
        _status, text = self.open(f"/my/billing/subscriptions/{self.subscription.id}")
        self.assertIn("With tax", text)
        self.assertEqual(text.count("59.50"), 12)

    def test_foreign_and_missing_ones_answer_alike(self):
        self.enter("customer")
        for number in (self.foreign_account.subscription_ids.id, 2**31 - 1, 10**20, 0):
            self.assertEqual(self.open(f"/my/billing/subscriptions/{number}")[0], 404)

    def test_who_may_end_it(self):
        self.plan.customer_end = "any_day"
        day = (self.today + timedelta(days=5)).isoformat()
        for name, may in (("viewer", False), ("payer", False), ("stranger", False), ("owner", True)):
            self.enter(name)
            answer = self.post(f"/my/billing/subscriptions/{self.subscription.id}/end", day=day)
            self.assertEqual(answer.status_code, 303 if may else 404, name)
            self.env.invalidate_all()
            self.assertEqual(bool(self.subscription.end_date), may, name)
        self.assertEqual(self.subscription.end_date.isoformat(), day)
        self.assertIn("Ended in the portal by", " ".join(self.subscription.message_ids.mapped("body")))

    def test_a_plan_that_says_never_is_not_ended(self):
        self.enter("owner")
        answer = self.post(f"/my/billing/subscriptions/{self.subscription.id}/end", day=self.today.isoformat())
        self.assertIn("cannot be ended here", answer.text)
        self.env.invalidate_all()
        self.assertFalse(self.subscription.end_date)

    def test_at_the_end_of_the_period_what_was_shown_is_what_is_agreed_to(self):
        self.plan.customer_end = "period_end"
        end = self.env["billing.subscription.lifecycle"].get_period_end(self.subscription, self.today)
        self.enter("owner")
        path = f"/my/billing/subscriptions/{self.subscription.id}/end"
        self.assertIn("has changed meanwhile", self.post(path, day="2020-01-01").text)
        self.env.invalidate_all()
        self.assertFalse(self.subscription.end_date)
        self.post(path, day=end.isoformat())
        self.env.invalidate_all()
        self.assertEqual(self.subscription.end_date, end)

    def test_what_would_be_credited_is_shown_before_anything_can_be_ended(self):
        self.plan.write({"customer_end": "period_end", "credit_unused": True})
        end = self.env["billing.subscription.lifecycle"].get_period_end(self.subscription, self.today)
        path, button = f"/my/billing/subscriptions/{self.subscription.id}", "End this subscription"
        self.enter("owner")
        text = self.open(path)[1]
        self.assertIn("See what happens", text)
        self.assertNotIn(button, text)
        text = self.open(f"{path}?day={end}")[1]
        self.assertIn("Nothing is credited", text)
        self.assertIn(button, text)
        self.plan.customer_end = "any_day"
        self.env.flush_all()
        self.assertNotIn(button, self.open(path)[1])
        self.assertIn(button, self.open(f"{path}?day={self.today + timedelta(days=3)}")[1])
        status, place = self.submit(f"{path}/end", day=end.isoformat())
        self.assertEqual((status, "ended=1" in place), (303, True))
        self.assertIn("Ended: the last day is", self.open(f"{path}?ended=1")[1])

    def test_what_is_still_to_be_credited_of_an_ended_one_is_shown_until_it_is(self):
        path = f"/my/billing/subscriptions/{self.subscription.id}"
        self.enter("viewer")
        self.assertNotIn('name="coming_credit"', self.open(path)[1])
        self.assertTrue(self.subscription.credit_unused)
        self.env["billing.subscription.lifecycle"].set_end(self.subscription, date(2026, 3, 15))
        self.env.flush_all()
        said = self.open(path)[1].partition('name="coming_credit"')[2].partition("</section>")[0]
        self.assertIn("before tax", said)
        self.assertIn("Mar 16 – 31, 2026", said)
        self.assertIn("25.81", said)  # 16 days of 31, of 50.00
        self.bill(self.account, "2026-04-01")
        self.env.flush_all()
        self.assertNotIn('name="coming_credit"', self.open(path)[1])

    def test_who_has_to_ask_is_told_so(self):
        for name, is_told in (("owner", True), ("viewer", False)):
            self.enter(name)
            text = self.open(f"/my/billing/subscriptions/{self.subscription.id}?ended=1")[1]
            self.assertEqual('name="must_ask"' in text, is_told, name)
            self.assertNotIn("Ended: the last day is", text)

    def test_days_that_cannot_be_chosen(self):
        self.plan.customer_end = "any_day"
        self.enter("owner")
        for day in ("2020-01-01", "9999-12-31", "abc", "", "2026-02-30", (self.today - timedelta(days=1)).isoformat()):
            answer = self.post(f"/my/billing/subscriptions/{self.subscription.id}/end", day=day)
            self.assertIn("Choose a day from today on", answer.text, day)
            self.env.invalidate_all()
            self.assertFalse(self.subscription.end_date, day)

    def test_a13_without_the_token_of_the_form_nothing_ends(self):
        self.plan.customer_end = "any_day"
        self.enter("owner")
        answer = self.url_open(
            f"/my/billing/subscriptions/{self.subscription.id}/end",
            data={"day": self.today.isoformat()},
            allow_redirects=False,
        )
        self.assertEqual(answer.status_code, 400)
        self.env.invalidate_all()
        self.assertFalse(self.subscription.end_date)
