"""What is missing is said before the first bill, and only to those who want electronic invoices."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .einvoice_common import EinvoiceCase
from .en16931 import find_faults


class ReadinessCase(EinvoiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.code = cls.make_code("NET", 40, tax=cls.tax)
        cls.plan = cls.make_plan(cls.code)
        cls.company.billing_late_fee_code_id = False

    def find(self, account):
        """Return what is missing for the company of an account and for the account."""
        of_companies, of_accounts = self.env["billing.einvoice.readiness"].find(account.company_id, account)
        return of_companies.get(account.company_id.id, []), of_accounts.get(account.id, [])

    def make_draft(self, *codes, **vals):
        partner = self.env["res.partner"].create({"name": "Buyer", "email": "buyer@example.com", **vals})
        return self.env["billing.account"].create(
            {"partner_id": partner.id, "timezone": "UTC", "document_format_ids": self.choose(*codes)}
        )

    def is_made_and_valid(self, account):
        lines = [self.make_line(100, self.code.product_id.taxes_id)]
        try:
            content = self.render(self.make_invoice(account, lines=lines), "xml")
        except UserError:
            return False
        return not find_faults(content)


@tagged("post_install", "-at_install")
class TestReadiness(ReadinessCase):
    def test_case_B25_who_lacks_nothing_is_told_nothing_and_the_document_is_valid(self):
        for edi_format in ("ubl_bis3", "xrechnung", "facturx"):
            account = self.make_buyer(edi_format)
            self.subscribe(account, self.plan, "2026-11-01")
            with self.subTest(edi_format=edi_format):
                self.assertEqual(self.find(account), ([], []))
                self.assertTrue(self.is_made_and_valid(account))

    def test_case_B25_what_a_customer_chooses_alone_is_judged_as_activation_judges_it(self):
        account = self.make_draft("pdf")
        self.assertEqual(account._get_format_obstacles(), ([], []))
        account.document_format_ids = self.choose("pdf", "xml")
        by_customer, by_company = account._get_format_obstacles()
        self.assertEqual(by_customer, ["Buyer has no country in the address."])
        with self.assertRaisesRegex(UserError, "no country in the address"):
            account.action_activate()
        account.partner_id.country_id = self.env.ref("base.be")
        self.assertEqual(account._get_format_obstacles(), ([], by_company))
        self.bank_account.active = False
        self.company.partner_id.vat = False
        self.assertIn("has no tax number", " ".join(account._get_format_obstacles()[1]))
        self.assertFalse(account._get_format_obstacles()[0])

    def test_case_B25_a_shop_that_sends_pdfs_is_told_nothing(self):
        account = self.make_account("Small Shop")
        account.partner_id.invoice_edi_format = False
        self.company.partner_id.write({"vat": False, "country_id": False, "zip": False})
        self.bank_account.active = False
        self.assertEqual(self.find(account), ([], []))
        self.assertFalse(account.einvoice_lacks or self.company.einvoice_lacks)

    def test_case_B25_what_blocks_a_document_is_said_and_does_block_it(self):
        company, late = self.company.partner_id, self.bank_account
        untaxed = lambda: self.code.product_id.write({"taxes_id": [Command.clear()]})  # noqa: E731
        nameless = self.make_tax("Reverse", 0, ubl_cii_tax_category_code="AE")
        reasonless = lambda: self.code.product_id.write({"taxes_id": [Command.set(nameless.ids)]})  # noqa: E731
        cases = (
            ("facturx", "has no tax number", lambda: company.write({"vat": False})),
            ("facturx", "no bank account", late.unlink),
            ("xrechnung", "telephone number", lambda: company.write({"phone": False})),
            ("ubl_bis3", "bears no tax", untaxed),
            ("ubl_bis3", "does not say why", reasonless),
            ("ubl_bis3", "Buyer has no country", None),
        )
        for edi_format, expected, spoil in cases:
            with self.subTest(expected=expected), self.env.cr.savepoint() as savepoint:
                account = self.make_buyer(edi_format)
                self.subscribe(account, self.plan, "2026-11-01")
                self.assertEqual(self.find(account), ([], []))
                if spoil:
                    spoil()
                else:
                    account.partner_id.country_id = False
                said = [lack for lacks in self.find(account) for lack in lacks if lack.is_blocking]
                self.assertEqual([expected in lack.text for lack in said], [True], said)
                self.assertFalse(self.is_made_and_valid(account))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_case_B25_what_a_reader_may_want_is_said_and_blocks_nothing(self):
        account = self.make_buyer()
        account.partner_id.write({"peppol_eas": False, "peppol_endpoint": False})
        self.company.partner_id.write({"street": False})
        self.bank_account.unlink()
        of_company, of_account = self.find(account)
        self.assertEqual(len(of_company), 2, of_company)
        self.assertEqual(len(of_account), 1, of_account)
        self.assertFalse([lack for lack in of_company + of_account if lack.is_blocking])
        self.assertTrue(self.is_made_and_valid(account))

    def test_case_B25_a_late_fee_without_a_tax_is_said_of_the_company(self):
        account = self.make_buyer()
        code = self.company._get_late_fee_code()
        self.assertFalse(code.product_id.taxes_id)
        self.assertIn("bears no tax", self.find(account)[0][0].text)
        code.product_id.taxes_id = [Command.set(self.exempt.ids)]
        self.assertEqual(self.find(account), ([], []))

    def test_case_B25_a_contact_that_names_a_format_counts_as_wanting_one(self):
        account = self.make_account("Contact")
        account.partner_id.write({"invoice_edi_format": "ubl_bis3", "country_id": False})
        self.assertIn("no country", self.find(account)[1][0].text)

    def test_case_B25_a_charge_that_waits_counts_as_well(self):
        account = self.make_buyer()
        free = self.make_code("FREE", 10, kind="one_time", name="Installation")
        self.env["billing.charge"].record(
            [{"account": account.name, "code": "FREE", "key": "one", "quantity": 1, "date": "2026-11-01"}]
        )
        self.assertEqual(free.company_id, account.company_id)
        self.assertIn("“Installation” bears no tax", self.find(account)[1][0].text)

    def test_case_B25_many_accounts_are_asked_about_in_as_many_queries_as_few(self):
        accounts = self.env["billing.account"]
        for number in range(12):
            accounts |= self.make_buyer(name=f"Buyer {number}", vat=False, peppol_eas=False, peppol_endpoint=False)
        for account in accounts:
            self.subscribe(account, self.plan, "2026-11-01")

        def count(group):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(self.env["billing.einvoice.readiness"].find(self.company, group), ({}, {}))
            return self.env.cr.sql_log_count - before

        count(accounts)  # what is read once of the database and kept
        self.assertEqual(count(accounts), count(accounts[:2]))
        accounts.partner_id.write({"vat": "BE0246697724", "is_company": False})
        count(accounts)
        self.assertEqual(count(accounts), count(accounts[:2]))

    def test_case_B25_clerks_see_it_and_need_no_rights_on_taxes_or_banks(self):
        account = self.make_buyer()
        account.partner_id.country_id = False
        self.assertIn("no country", account.with_user(self.clerk).einvoice_lacks)


@tagged("post_install", "-at_install")
class TestActivation(ReadinessCase):
    def test_case_B25_an_account_whose_xml_cannot_be_made_is_not_activated(self):
        draft = self.make_draft("pdf", "xml")
        with self.assertRaisesRegex(UserError, "Buyer has no country.*take XML out"):
            draft.action_activate()
        self.assertEqual(draft.state, "draft")
        draft.partner_id.country_id = self.env.ref("base.be")
        draft.action_activate()
        self.assertEqual(draft.state, "active")

    def test_case_B25_what_blocks_nothing_is_a_warning(self):
        draft = self.make_draft("pdf", "xml", country_id=self.env.ref("base.be").id)
        self.bank_account.unlink()
        answer = draft.action_activate()
        self.assertEqual(draft.state, "active")
        self.assertIn("no bank account", answer["params"]["message"])

    def test_case_B25_a_contacts_own_format_warns_and_refuses_nothing(self):
        draft = self.make_draft("pdf", invoice_edi_format="ubl_bis3")
        answer = draft.action_activate()
        self.assertEqual(draft.state, "active")
        self.assertIn("no country", answer["params"]["message"])

    def test_case_B25_without_electronic_invoices_activation_is_as_before(self):
        draft = self.make_draft("pdf")
        self.company.partner_id.vat = False
        self.assertFalse(draft.action_activate())
        self.assertEqual(draft.state, "active")


@tagged("post_install", "-at_install")
class TestWhereItIsSaid(ReadinessCase):
    def test_case_B25_the_preview_of_a_run_counts_and_lists_who_lacks_something(self):
        lacking, complete = self.make_buyer(name="Lacking"), self.make_buyer(name="Complete")
        for account in lacking + complete + self.make_account("Pdf Only"):
            self.subscribe(account, self.plan, "2026-11-01")
        lacking.partner_id.country_id = False
        run = self.env["billing.run"].create({"target_date": "2026-11-30"})
        preview = self.env["billing.run.preview"].with_context(default_run_id=run.id).create({})
        self.assertEqual(preview.einvoice_lacking_count, 1)
        action = preview.action_view_einvoice_lacking()
        self.assertEqual(self.env["billing.account"].search(action["domain"]), lacking)

    def test_case_B25_the_forms_show_it(self):
        account = self.make_buyer()
        account.partner_id.country_id = False
        self.bank_account.unlink()
        with Form(account.with_user(self.clerk)) as form:
            self.assertIn("no country", form.einvoice_lacks)
        with Form(self.env["billing.settings"].with_user(self.manager)) as form:
            self.assertIn("no bank account", form.einvoice_lacks)
        self.assertIn("no bank account", Form(self.company).einvoice_lacks)
