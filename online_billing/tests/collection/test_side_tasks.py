"""What fails beside the reminders of a day stops neither them nor anybody else, and is told once."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .collection_common import CollectionCase

DAYS = ("2024-11-08", "2024-11-09", "2024-11-10")


@tagged("post_install", "-at_install")
class TestSideTasks(CollectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_policy(("overdue", 7))
        cls.account = cls.make_account("Ada Lovelace")
        cls.move = cls.owe(cls.account, "2024-11-01")

    def switch_fees_on(self):
        rule = self.env["billing.late.fee.rule"].create(
            {
                "name": "At once",
                "currency_id": self.company.currency_id.id,
                "fixed_amount": 25,
                "announce": False,
                "invoice_timing": "now",
            }
        )
        rule.sudo()._switch(True)

    def get_journals(self):
        journals = self.env["account.journal"].with_context(active_test=False)
        return journals.search([("type", "=", "sale"), ("company_id", "=", self.company.id)])

    def get_tasks(self, account):
        self.env.invalidate_all()
        return account.activity_search(["online_billing.activity_type_failed_task"])

    def get_fee_tasks(self):
        self.env.invalidate_all()
        return self.account.activity_ids.filtered(lambda activity: "Late fees" in activity.summary)

    def test_a_task_is_known_again_in_whatever_language_it_was_written(self):
        self.env["res.lang"]._activate_lang("de_DE")
        loop, days = self.env["billing.work.loop"], {self.account.id: fields.Date.today()}
        locked = UserError("The plan is locked.")

        def fail(_days):
            raise locked

        def tell(lang, task, key="collection.plans"):
            german = loop.with_context(lang=lang)
            title = german.env._("Installment plans could not be reviewed")
            german.do_side_task(days, task, key, title)
            return self.get_tasks(self.account).mapped("summary")

        first = tell("en_US", fail)
        self.assertEqual(tell("de_DE", fail), first, "one task of a kind on a record")
        self.assertEqual(len(tell("de_DE", fail, "collection.payments")), 2, "another kind is another task")
        other = tell("de_DE", lambda _days: None)
        self.assertEqual(len(other), 1, "what went well again is closed in another language too")
        self.assertNotIn(first[0], other)

    def fees(self):
        return self.env["billing.late.fee"].search([("account_id", "=", self.account.id), ("state", "=", "charged")])

    def test_case_C24_a_fee_that_cannot_be_invoiced_waits_and_the_day_goes_on(self):
        self.switch_fees_on()
        self.get_journals().active = False
        for day in DAYS:
            self.collect(day)
        self.assertEqual(self.get_log(self.account), [("2024-11-08", 1)])
        self.assertEqual(self.get_log(self.account, "failed"), [])
        self.assertEqual(self.fees().charge_id.state, "pending", "it waits for the next bill")
        self.assertEqual(len(self.get_fee_tasks()), 1)

    def test_case_C24_the_job_of_the_fees_tells_the_same_once(self):
        self.switch_fees_on()
        self.get_journals().active = False
        for day in DAYS:
            self.env["billing.late.fee.day"].run_day(fields.Datetime.to_datetime(f"{day} 12:00:00"), commit=False)
            self.collect(day)
        self.assertEqual(len(self.get_fee_tasks()), 1)

    def test_case_C24_plans_that_cannot_be_reviewed_hold_up_no_reminder(self):
        other = self.make_account("Alan Turing")
        self.owe(other, "2024-11-01")
        review = type(self.env["billing.installment.review"])
        original, torn = review.review, "The plan is torn."

        def fail(service, account_ids, days):
            if self.account.id in account_ids:
                raise UserError(torn)
            return original(service, account_ids, days)

        with patch.object(review, "review", fail):
            self.collect("2024-11-08")
        self.assertEqual([self.get_log(account) for account in (self.account, other)], [[("2024-11-08", 1)]] * 2)
        [task] = self.get_tasks(self.account)
        self.assertIn("torn", task.note)
        self.assertFalse(self.get_tasks(other))
