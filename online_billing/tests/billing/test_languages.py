from odoo.tests import tagged

from ..common import BillingCase


@tagged("post_install", "-at_install")
class TestLanguages(BillingCase):
    """Customers read their invoices in their own language, whoever subscribed them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("de_DE")
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.net = cls.make_code("NET", price=50, name="Line rental")
        cls.net.with_context(lang="de_DE").name = "Anschlussmiete"
        cls.plan = cls.make_plan(cls.net, alignment="calendar")
        cls.account = cls.make_account("Ada Lovelace")

    def speak(self, account, lang):
        account.partner_id.lang = lang

    def get_texts(self, account):
        return "\n".join(self.get_invoices(account).invoice_line_ids.mapped("name"))

    def test_case_B14_what_was_subscribed_in_the_language_of_staff_is_said_in_that_of_the_customer(self):
        self.subscribe(self.account, self.plan, "2026-08-01")
        self.speak(self.account, "de_DE")
        self.bill(self.account, "2026-08-01")
        self.assertTrue(self.get_texts(self.account).startswith("Anschlussmiete"))

    def test_days_are_written_as_each_language_writes_them(self):
        first, last = self.day("2026-12-01"), self.day("2026-12-24")
        following = self.day("2027-01-05")
        for lang, day, within_month, over_years in (
            ("en_US", "Dec 24, 2026", "Dec 1 – 24, 2026", "Dec 24, 2026 – Jan 5, 2027"),
            ("de_DE", "24. Dez. 2026", "1.–24. Dez. 2026", "24. Dez. 2026 – 5. Jan. 2027"),
            ("es_ES", "24 dic 2026", "1–24 dic 2026", "24 dic 2026 – 5 ene 2027"),
            ("fr_FR", "24 déc. 2026", "1–24 déc. 2026", "24 déc. 2026 – 5 janv. 2027"),
            ("ar_001", "24 ديسمبر 2026", "1–24 ديسمبر 2026", "24 ديسمبر 2026 – 5 يناير 2027"),
        ):
            self.env["res.lang"]._activate_lang(lang)
            write = self.env["billing.explanation"].with_context(lang=lang).get_dates_label
            said = (write(last, last), write(first, last), write(last, following))
            self.assertEqual(said, (day, within_month, over_years), lang)

    def test_a_bill_in_german_names_its_days_with_dots(self):
        self.subscribe(self.account, self.plan, "2026-08-01")
        self.speak(self.account, "de_DE")
        self.bill(self.account, "2026-08-01")
        self.assertIn("1.–31. Aug. 2026", self.get_texts(self.account))

    def test_case_B14_the_other_way_round(self):
        german = self.env(context=dict(self.env.context, lang="de_DE"))
        subscription = (
            self.env["billing.subscription"]
            .with_env(german)
            .create({"account_id": self.account.id, "plan_id": self.plan.id, "start_date": "2026-08-01"})
        )
        subscription.action_activate()
        self.speak(self.account, "en_US")
        self.bill(self.account, "2026-08-01")
        self.assertTrue(self.get_texts(self.account).startswith("Line rental"))

    def test_case_B14_names_of_lines_of_a_plan(self):
        line = self.plan.line_ids
        line.name = "Fast line"
        line.with_context(lang="de_DE").name = "Schnelle Leitung"
        self.subscribe(self.account, self.plan, "2026-08-01")
        self.speak(self.account, "de_DE")
        self.bill(self.account, "2026-08-01")
        self.assertTrue(self.get_texts(self.account).startswith("Schnelle Leitung"))

    def test_case_B14_charges_of_a_program_and_what_was_billed_at_once(self):
        self.speak(self.account, "de_DE")
        self.subscribe(self.account, self.plan, "2026-08-01")
        once = self.make_code("HELP", price=9, name="Help", kind="one_time")
        once.with_context(lang="de_DE").name = "Hilfe"
        self.env["billing.charge"].record(
            [
                {"account": self.account.name, "code": "HELP", "key": "1", "date": "2026-07-20", "invoice": "now"},
                {"account": self.account.name, "code": "HELP", "key": "2", "date": "2026-07-21"},
            ]
        )
        self.bill(self.account, "2026-08-01")
        texts = self.get_texts(self.account)
        self.assertEqual(texts.count("Hilfe"), 3, texts)
        self.assertNotIn("Help", texts)

    def test_case_B14_what_somebody_wrote_stays(self):
        subscription = self.subscribe(self.account, self.plan, "2026-08-01")
        subscription.line_ids.name = "As agreed with Mrs. Byron"
        self.speak(self.account, "de_DE")
        self.bill(self.account, "2026-08-01")
        self.assertTrue(self.get_texts(self.account).startswith("As agreed with Mrs. Byron"))

    def test_case_B14_without_a_translation_it_stays_english(self):
        self.subscribe(self.account, self.plan, "2026-08-01")
        self.speak(self.account, "fr_FR")
        self.bill(self.account, "2026-08-01")
        self.assertTrue(self.get_texts(self.account).startswith("Line rental"))

    def test_case_B23_quantities_are_written_in_plain_digits(self):
        code = self.make_code("BYTE", price=0.00000001)
        self.env["billing.charge"].record(
            [{"account": self.account.name, "code": "BYTE", "key": "1", "quantity": 1_000_000_000}]
        )
        charge = self.account.charge_ids
        self.assertEqual(self.env["billing.explanation"].get_breakdown(charge)["quantity"], "1000000000")
        self.assertNotIn("e+", charge.explanation)
        package = self.make_price(
            code, {"model": "package", "package_size": 12_345_678, "unit_price": 5}, valid_from="2027-01-01"
        )
        self.assertIn("12345678", package.summary)
