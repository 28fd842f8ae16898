"""The amounts that a reminder names are those of the page that its link opens."""

from datetime import datetime, timedelta
from decimal import Decimal

from lxml import html
from odoo import fields
from odoo.tests import HttpCase, tagged

from ...services.installments.terms import PlanTerms
from .collection_common import CollectionCase


@tagged("post_install", "-at_install")
class TestReminderAmounts(CollectionCase, HttpCase):
    def setUp(self):
        super().setUp()
        # the pay page knows no other day than today
        self.today = fields.Date.today()
        self.tax.amount = 0
        self.account = self.make_account()

    def after(self, days):
        return self.today + timedelta(days=days)

    def owe_in(self, days, price, **vals):
        return self.owe(self.account, self.after(days), price=price, invoice_date=self.after(-60), **vals)

    def remind(self, template, trigger="overdue", days=1):
        """Return (subject and text of the reminder of today, text of the pay page)."""
        text = self.env.ref(f"online_billing.mail_template_{template}")
        self.make_policy((trigger, days, {"template_id": text.id}))
        self.env["billing.collection.day"].run_day(
            datetime.combine(self.today, datetime.min.time()).replace(hour=12), None, commit=False
        )
        self.message = self.get_messages(self.account).filtered(lambda message: message.kind != "installment")
        self.assertEqual(len(self.message), 1)
        address = self.env["billing.pay.links"].get_pay_path(self.account.id, self.account.currency_id.id)
        mail = f"{self.message.subject} {html.fromstring(str(self.message.body)).text_content()}"
        page = html.fromstring(self.url_open(address).text).text_content()
        return " ".join(mail.replace("\ufeff", "").split()), " ".join(page.replace("\ufeff", "").split())

    def money(self, amount):
        return self.account.currency_id.format(float(amount)).replace("\ufeff", "").replace("\xa0", " ")

    def assertAsked(self, amount):
        self.assertEqual(Decimal(str(self.message.amount)), Decimal(str(amount)))

    def assertNames(self, text, *sentences):
        for sentence in sentences:
            self.assertIn(sentence, text)

    def test_what_comes_is_not_added_to_what_is_late(self):
        self.owe_in(-10, 100)
        self.owe_in(5, 40)
        mail, page = self.remind("coming_due", "before", 7)
        self.assertAsked(40)
        money = self.money
        self.assertNames(mail, f"{money(40)} will be due soon", f"Besides, {money(100)} is due already")
        self.assertNames(mail, f"Open in total {money(140)}", f"Of this, overdue {money(100)}")
        self.assertNames(page, f"What is due {money(100)}", f"Everything {money(140)}", f"To be paid {money(100)}")

    def test_one_invoice_that_comes_due(self):
        self.owe_in(5, 40)
        mail, page = self.remind("coming_due", "before", 7)
        self.assertNames(mail, f"{self.money(40)} will be due soon", f"Open in total {self.money(40)}")
        self.assertNotIn("Besides", mail)
        self.assertNotIn("Of this", mail)
        self.assertNames(page, f"To be paid {self.money(40)}", "Nothing is due today")

    def test_a_notice_of_the_day_asks_for_what_is_due_and_not_for_what_comes(self):
        self.owe_in(0, 50)
        self.owe_in(0, 30)
        self.owe_in(20, 70)
        mail, page = self.remind("due", "due", 0)
        self.assertAsked(80)
        self.assertNames(mail, f"{self.money(80)} is due", f"Of this, due by today {self.money(80)}")
        self.assertNames(mail, f"Open in total {self.money(150)}")
        self.assertNotIn("overdue", mail)
        self.assertNames(page, f"What is due {self.money(80)}", f"Everything {self.money(150)}")

    def test_a_reminder_asks_for_what_is_late_and_names_what_is_due_today(self):
        self.owe_in(-10, 100)
        self.owe_in(0, 50)
        self.owe_in(20, 70)
        mail, page = self.remind("first")
        self.assertAsked(100)
        money = self.money
        self.assertNames(mail, f"please pay {money(100)}", f"{money(100)} is overdue", f"Of this, overdue {money(100)}")
        self.assertNames(mail, f"Of this, due by today {money(150)}", f"Open in total {money(220)}")
        self.assertNames(page, f"What is due {money(150)}", f"Everything {money(220)}")

    def test_a_credit_is_taken_off_in_both(self):
        self.owe_in(-10, 100)
        credit = self.owe_in(-5, 30, move_type="out_refund")
        mail, page = self.remind("second")
        self.assertAsked(70)
        self.assertNames(mail, f"please pay {self.money(70)}", f"Open in total {self.money(70)}")
        self.assertNames(mail, f"{credit.name} (credit) {self.money(-30)}")
        self.assertNames(page, credit.name, self.money(-30), f"To be paid {self.money(70)}")

    def test_what_is_promised_rests_and_is_shown_as_promised(self):
        promised = self.owe_in(-10, 100)
        self.owe_in(-8, 60)
        self.env["billing.payment.promise"].create(
            {
                "account_id": self.account.id,
                "amount": 100,
                "date": self.after(10),
                "move_ids": [fields.Command.set(promised.ids)],
            }
        )
        mail, page = self.remind("last")
        self.assertAsked(60)
        self.assertNames(mail, f"{promised.name} (promised)", f"Of this, overdue {self.money(60)}")
        self.assertNames(mail, f"Open in total {self.money(160)}")
        self.assertNames(page, f"To be paid {self.money(160)}")

    def test_a_disputed_invoice_is_in_neither_sum(self):
        self.owe_in(-10, 100).payment_state = "blocked"
        self.owe_in(-8, 60)
        mail, page = self.remind("first")
        self.assertAsked(60)
        self.assertNames(mail, f"Open in total {self.money(60)}")
        self.assertNames(page, f"To be paid {self.money(60)}", "in dispute, not included")

    def test_an_installment_on_a_plan_is_listed_and_not_asked_for(self):
        planned = self.owe_in(-10, 90)
        self.owe_in(-8, 60)
        rule = self.env["billing.installment.rule"].create({"name": "Everybody", "approval_limit": 1000})
        terms = PlanTerms(first_date=self.today, count=3)
        plan = self.env["billing.installment.request"].request(planned, terms, day=self.today, rule=rule)
        self.assertEqual(plan.state, "active")
        mail, page = self.remind("first")
        self.assertAsked(60)
        self.assertNames(mail, f"{planned.name} (installment)", f"Of this, overdue {self.money(60)}")
        self.assertNames(mail, f"Of this, due by today {self.money(90)}", f"Open in total {self.money(150)}")
        self.assertNames(page, f"What is due {self.money(90)}", f"Everything {self.money(150)}")

    def test_the_notice_of_a_fee_names_what_the_page_asks_for(self):
        rule = self.env["billing.late.fee.rule"].create(
            {
                "name": "Rule",
                "currency_id": self.account.currency_id.id,
                "method": "percent",
                "percent": 10,
                "announce": True,
                "notice_days": 7,
            }
        )
        rule.sudo()._switch(True)
        first, second = self.owe_in(-30, 100), self.owe_in(-29, 60)
        self.owe_in(20, 500)
        self.owe_in(-28, 40, move_type="out_refund")
        self.env["billing.late.fee.charging"].charge_due(
            self.account.ids, {self.account.id: self.today}, reminded=False
        )
        notice = self.get_messages(self.account)
        text = " ".join(html.fromstring(str(notice.body)).text_content().replace("\ufeff", "").split())
        self.assertNames(text, f"{first.name}: {self.money(60)} overdue, late fee of {self.money(6)}")
        self.assertNames(text, f"{second.name}: {self.money(60)} overdue, late fee of {self.money(6)}")
        self.assertEqual(notice.amount, 120)
        address = self.env["billing.pay.links"].get_pay_path(self.account.id, self.account.currency_id.id)
        page = " ".join(html.fromstring(self.url_open(address).text).text_content().replace("\ufeff", "").split())
        self.assertNames(page, f"What is due {self.money(120)}")
