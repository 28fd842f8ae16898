"""Promises that customers give by themselves, within what the policy allows."""

from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .portal_common import PortalCase

PATH = "/my/billing/promise"


@tagged("post_install", "-at_install")
class TestPromises(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.account.currency_id
        cls.policy = cls.env["billing.collection.policy"].create(
            {
                "name": "With promises", "company_id": cls.company.id, "promise_days": 14, "promise_limit": 2,
                "threshold_ids": [(0, 0, {"currency_id": cls.currency.id, "amount": 0, "promise_amount": 40})],
            }
        )  # fmt: skip
        cls.account.collection_policy_id = cls.policy
        cls.today = cls.env["billing.days"].get_local_day(cls.account)
        cls.service = cls.env["billing.portal.promises"]
        cls.person = cls.people["payer"].partner_id

    def promise(self, amount="150", days=7, account=None):
        account = account or self.account
        return self.service.promise(account, self.currency, amount, self.today + timedelta(days=days), self.person)

    def test_a_promise_holds_the_reminders_and_says_who_gave_it(self):
        promise = self.promise("100,00")
        self.assertEqual((promise.state, promise.amount, promise.date_made), ("open", 100, self.today))
        self.assertIn(self.person.display_name, "".join(promise.message_ids.mapped("body")))
        items = self.env["billing.open.items"].get_items([self.account.id])[self.account.id]
        resting = [item.get_resting(self.today, {"promise"}) for item in items]
        self.assertEqual(resting, [50, 50, 0])

    def test_what_the_policy_does_not_allow(self):
        for amount, days, told in (
            ("150", 15, "Choose a day"),
            ("150", -1, "Choose a day"),
            ("49.99", 7, "Promise an amount"),
            ("150.01", 7, "Promise an amount"),
            ("0", 7, "Promise an amount"),
            ("-50", 7, "Type an amount"),
            ("NaN", 7, "Type an amount"),
            ("1e2x", 7, "Type an amount"),
            ("50.001", 7, "Type an amount"),
            ("", 7, "Type an amount"),
            ("9" * 35, 7, "Type an amount"),
        ):
            with self.assertRaisesRegex(UserError, told, msg=(amount, days)):
                self.promise(amount, days)
        self.assertFalse(self.account.env["billing.payment.promise"].search([("account_id", "=", self.account.id)]))
        self.assertTrue(self.promise("50", 14))

    def test_a_customer_types_the_amount_as_their_language_writes_it(self):
        self.env["res.lang"]._activate_lang("de_DE")
        german = self.service.with_context(lang="de_DE")
        self.assertEqual(german.get_page(self.account, self.currency)["offer"]["most_typed"], "150,00")
        with self.assertRaises(UserError):  # one hundred thousand, and not one hundred
            german.promise(self.account, self.currency, "100.000", self.today, self.person)
        promise = german.promise(self.account, self.currency, "100,00", self.today, self.person)
        self.assertEqual(promise.amount, 100)

    def test_what_is_promised_is_not_promised_again(self):
        self.assertEqual(len(self.promise("110").move_ids), 2)  # 10 cover no bill
        with self.assertRaisesRegex(UserError, "Promise an amount"):
            self.promise("51")  # 50 are left
        self.assertTrue(self.promise("50"))
        self.policy.promise_limit = 0
        with self.assertRaisesRegex(UserError, "nothing to promise"):
            self.promise("1")

    def test_the_smallest_promise_covers_the_oldest_bill_and_what_the_policy_says(self):
        self.policy.threshold_ids.promise_amount = 70
        with self.assertRaisesRegex(UserError, "Promise an amount"):
            self.promise("69.99")
        self.assertEqual(len(self.promise("70").move_ids), 1)

    def test_how_often(self):
        self.promise("50")
        self.promise("50")
        with self.assertRaisesRegex(UserError, "as often as is possible here within a year"):
            self.promise("50")
        self.account.env["billing.payment.promise"].search([("account_id", "=", self.account.id)])[0].action_cancel()
        self.assertTrue(self.promise("50"))

    def test_without_a_word_of_the_policy_nobody_promises(self):
        self.policy.promise_days = 0
        with self.assertRaisesRegex(UserError, "cannot be given here"):
            self.promise()
        self.account.collection_policy_id = False
        self.company.default_collection_policy_id = False
        with self.assertRaisesRegex(UserError, "cannot be given here"):
            self.promise()

    # -- the page -----------------------------------------------------------------------------------------------------

    def test_page_and_form(self):
        self.enter("payer")
        status, text = self.open(f"{PATH}?account={self.account.id}")
        self.assertEqual(status, 200)
        self.assertIn('value="150.00"', text)
        until = (self.today + timedelta(days=5)).isoformat()
        status, place = self.submit(f"{PATH}/{self.account.id}", amount="60", until=until, currency=self.currency.name)
        self.assertEqual((status, "done=1" in place), (303, True), place[:300])
        promise = self.account.env["billing.payment.promise"].search([("account_id", "=", self.account.id)])
        self.assertEqual((promise.amount, promise.date.isoformat()), (60, until))
        self.assertIn("Thank you", self.open(place.partition("8069")[2] or place)[1])

    def test_why_nothing_is_promised_is_said_once(self):
        self.policy.promise_limit = 1
        self.enter("payer")
        until = (self.today + timedelta(days=5)).isoformat()
        answers = [self.submit(f"{PATH}/{self.account.id}", amount="50", until=until) for _turn in range(2)]
        self.assertEqual([status for status, _text in answers], [303, 200])
        self.assertEqual(answers[1][1].count("as often as is possible here"), 1)

    def test_who_may_not(self):
        until = self.today.isoformat()
        for name, status in (("viewer", 404), ("stranger", 404), ("colleague", 404)):
            self.enter(name)
            self.account.is_open_to_colleagues = False
            self.env.flush_all()
            self.assertEqual(self.submit(f"{PATH}/{self.account.id}", amount="60", until=until)[0], status, name)
        self.enter("viewer")
        self.assertIn("may not promise payments here. Ask an owner or a payer", self.open(PATH)[1])

    def test_b80_parameters_that_make_no_sense(self):
        self.enter("owner")
        for asked in ("account=x", "currency=x", "currency=%00", "account=99999999999999999999", "done=é"):
            self.assertEqual(self.open(f"{PATH}?{asked}")[0], 200, asked)
        for data in (
            {}, {"amount": "9" * 50, "until": "x"}, {"amount": "１", "until": self.today.isoformat()},
            {"amount": "Infinity", "until": self.today.isoformat()}, {"amount": "50", "until": "9999-12-31"},
            {"amount": "1e400", "until": self.today.isoformat()},
        ):  # fmt: skip
            self.assertEqual(self.submit(f"{PATH}/{self.account.id}", **data)[0], 200, data)
