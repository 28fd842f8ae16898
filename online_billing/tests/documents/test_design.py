"""The designer: what stands on documents besides what always does, seen before anybody gets it."""

import base64
import io
from unittest.mock import patch

from odoo.addons.base.models import ir_actions_report
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from PIL import Image

from ...models.documents.ir_actions_report import LeftToReport
from ..delivery.delivery_common import DeliveryCase


@tagged("post_install", "-at_install")
class TestDesign(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account("Ada Lovelace")
        cls.account.partner_id.ref = "4711"
        cls.trusted = new_test_user(
            cls.env,
            "trusted",
            "online_billing.group_billing_manager,online_billing.group_billing_confidential",
            email="trusted@example.com",
        )
        cls.move = cls.make_invoice(cls.account)
        cls.design = cls.env["billing.document.design"].create(
            {
                "name": "Shops",
                "text_above": "Thank you for your order.\n\nIt is on its way.",
                "text_below": "Questions? Call us.",
                "show_quantity": False,
                "show_taxes": False,
                "fact_ids": [
                    Command.create({"label": "Your number", "path": "partner_id.ref"}),
                    Command.create({"label": "Channel", "path": "billing_account_id.delivery_channel"}),
                    Command.create({"label": "Your sign", "path": "ref"}),
                ],
            }
        )

    def read_invoice(self, move=None):
        return self.read_pdf(self.env["billing.document.drawing"].draw_invoice(move or self.move))

    def read_preview(self, design):
        return self.read_pdf(base64.b64decode(design.preview))

    def test_texts_fields_and_columns_of_a_design_are_those_of_the_document(self):
        before = self.read_invoice()
        self.assertIn("Quantity", before)
        self.account.document_design_id = self.design
        text = self.read_invoice()
        for word in ("Thank you for your order. It is on its way.", "Questions? Call us.", "Your number"):
            self.assertIn(word, text)
            self.assertNotIn(word, before)
        self.assertEqual(text.count("4711"), before.count("4711") + 1)
        self.assertIn("Channel", text)
        self.assertNotIn("Quantity", text)
        self.assertNotIn("Your sign", text, "the field is empty")
        self.assertLess(text.index("Thank you"), text.index("Fibre 250"))
        self.assertGreater(text.index("Questions?"), text.index("119.00"))

    def test_an_account_without_a_design_has_that_of_its_company_and_others_none(self):
        other = self.make_invoice(self.make_account("Alan Turing"))
        self.account.document_design_id = self.design
        self.assertNotIn("Thank you", self.read_invoice(other))
        self.design.action_use_for_company()
        self.assertTrue(self.design.is_of_company)
        self.assertIn("Thank you", self.read_invoice(other))
        stray = self.make_invoice(self.account, billing_account_id=False, delivery="none")
        self.assertEqual(self.env["billing.document.drawing"].get_design_values(stray)["above"], "")

    def test_odoos_report_says_the_same_texts_and_fields(self):
        self.account.document_design_id = self.design
        report = self.env["ir.actions.report"]._render_qweb_html("account.account_invoices", self.move.ids)[0].decode()
        for word in ("Thank you for your order.", "Questions? Call us.", "Your number", "4711"):
            self.assertIn(word, report)

    def test_the_form_shows_a_change_at_once_and_stores_nothing_of_it(self):
        with Form(self.design) as form:
            self.assertEqual(form.preview_move_id, self.move)
            form.text_above = "A new greeting"
            self.assertIn("A new greeting", self.read_pdf(base64.b64decode(form.preview)))
            form.show_price = False
            self.assertNotIn("Unit Price", self.read_pdf(base64.b64decode(form.preview)))
            with form.fact_ids.edit(0) as fact:
                fact.label = "Customer no"
            self.assertIn("Customer no", self.read_pdf(base64.b64decode(form.preview)))
            self.assertNotIn("A new greeting", self.read_invoice())
            form.text_above = "Thank you"
        self.assertEqual(self.design.text_above, "Thank you")

    def test_the_form_shows_the_logo_of_the_company(self):
        """The web client asks for the sizes of pictures alone while it reads a form."""
        picture = io.BytesIO()
        Image.new("RGB", (30, 10), (200, 30, 30)).save(picture, "PNG")
        self.company.logo = base64.b64encode(picture.getvalue())
        self.assertFalse(self.company.uses_default_logo)
        self.env.invalidate_all()
        with Form(self.design) as form:
            form.text_above = "A new greeting"
            self.assertIn("A new greeting", self.read_pdf(base64.b64decode(form.preview)))
        fields = {"preview": {}, "preview_missing": {}, "preview_note": {}}
        [read] = self.design.with_context(bin_size=True).web_read(fields)
        self.assertFalse(read["preview_missing"])

    def test_a_new_design_is_shown_before_it_is_saved(self):
        form = Form(self.env["billing.document.design"].with_user(self.manager))
        form.text_below = "See you soon"
        self.assertIn("See you soon", self.read_pdf(base64.b64decode(form.preview)))

    def test_the_preview_shows_an_invoice_before_a_credit_note_and_its_own_accounts_before_others(self):
        self.make_invoice(self.account, move_type="out_refund")
        self.env.invalidate_all()
        self.assertEqual(self.design.preview_move_id, self.move)
        other = self.make_account("Grace Hopper")
        other.document_design_id = self.design
        credit = self.make_invoice(other, move_type="out_refund")
        self.env.invalidate_all()
        self.assertEqual(self.design.preview_move_id, credit)

    def test_without_an_invoice_there_is_no_preview(self):
        other = self.env["res.company"].create({"name": "Other"})
        design = self.env["billing.document.design"].create({"name": "Other", "company_id": other.id})
        self.assertFalse(design.preview)
        self.assertIn("no invoice of an account yet", design.preview_missing)

    def test_texts_are_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.design.with_context(lang="de_DE").text_above = "Danke für Ihre Bestellung."
        self.account.document_design_id = self.design
        self.account.partner_id.lang = "de_DE"
        self.assertIn("Danke für Ihre Bestellung.", self.read_invoice())

    def test_nobody_prints_a_field_that_does_not_exist_or_that_they_may_not_read(self):
        for path in ("no_such_field", "partner_id.no_such", "ref.name", "partner_id.image_128", "", "partner_id."):
            with self.subTest(path=path), self.assertRaises(ValidationError):
                self.design.fact_ids[0].path = path
        with self.assertRaises(ValidationError):
            self.design.with_user(self.manager).fact_ids[0].path = "create_uid.login_date_that_is_not"
        for path in ("billing_account_id.credit_score", "company_id.root_id.user_ids.api_key_ids.name"):
            with self.subTest(path=path), self.assertRaises(ValidationError), self.cr.savepoint():
                self.design.with_user(self.manager).fact_ids[0].path = path
        with self.assertRaises(ValidationError), self.cr.savepoint():
            vals = {"design_id": self.design.id, "label": "Score", "path": "billing_account_id.credit_score"}
            self.env["billing.document.fact"].with_user(self.manager).create(vals)

    def test_nobody_sees_in_the_preview_what_they_may_not_read(self):
        """A field that is not stored yet has been checked by nobody: the preview shows it to those who may read it."""
        self.account.credit_score = 417
        path = "billing_account_id.credit_score"
        designs = self.env["billing.document.design"]
        spec = {"preview": {}, "preview_move_id": {}, "fact_ids": {"fields": {"label": {}, "path": {}}}}
        for design in (designs, self.design):
            command = [0, "virtual", {"label": "Score", "path": path}]
            values = {"fact_ids": [command], "preview_move_id": self.move.id}
            for user, is_shown in ((self.manager, False), (self.trusted, True)):
                with self.subTest(design=design, user=user.login):
                    answer = design.with_user(user).onchange(values, ["fact_ids"], spec)
                    text = self.read_pdf(base64.b64decode(answer["value"]["preview"]))
                    self.assertEqual("Score 417" in text, is_shown)
        command = [1, self.design.fact_ids[0].id, {"path": path}]
        answer = self.design.with_user(self.manager).onchange({"fact_ids": [command]}, ["fact_ids"], spec)
        self.assertNotIn("Your number 417", self.read_pdf(base64.b64decode(answer["value"]["preview"])))
        with self.assertRaises(ValidationError):
            self.design.with_user(self.manager).fact_ids[0].path = path
        self.design.with_user(self.trusted).fact_ids[0].path = path
        self.assertIn("Your number 417", self.read_preview(self.design.with_user(self.trusted)))

    def test_no_name_is_printed_of_what_the_one_who_writes_it_may_not_read(self):
        hidden = [
            f"{prefix}{name}"
            for prefix, model in (("", "account.move"), ("company_id.", "res.company"), ("create_uid.", "res.users"))
            for name, field in self.env[model]._fields.items()
            if field.relational and not self.env[field.comodel_name].with_user(self.manager).has_access("read")
        ]
        self.assertTrue(hidden)
        for path in hidden:
            with self.subTest(path=path), self.assertRaises(ValidationError), self.cr.savepoint():
                self.design.with_user(self.manager).fact_ids[0].path = path

    def test_the_number_of_the_account_alone_is_left_out(self):
        """What is the same by chance stays: a customer who takes the number of the account as reference reads it."""
        move = self.make_invoice(self.account, ref=self.account.name)
        self.assertEqual(self.read_invoice(move).count(self.account.name), 2)
        designs = self.env["billing.document.design"]
        self.account.document_design_id = designs.create({"name": "Plain", "show_account": False})
        text = self.read_invoice(move)
        self.assertEqual(text.count(self.account.name), 1)
        self.assertIn(f"Reference {self.account.name}", text)

    def test_what_is_longer_than_a_page_is_left_to_odoos_report(self):
        self.account.document_design_id = self.design
        move = self.make_invoice(self.account, ref="Your order of last week " * 200)
        with self.assertRaises(LeftToReport):
            self.env["billing.document"].draw("account.report_invoice", move.id)
        with patch.object(type(self.env["billing.report.printing"]), "get_way", lambda _self: ""):
            self.design.preview_move_id = move
            self.assertFalse(self.design.preview)
            self.assertIn("longer than a page", self.design.preview_missing)

    def test_where_customers_get_odoos_report_the_preview_shows_it(self):
        self.company.billing_document = "odoo"
        pages, base = [], ir_actions_report.IrActionsReport

        def run(_self, bodies, **_options):
            pages.extend(bodies)
            return b"%PDF by Odoo"

        with (
            patch.object(type(self.env["billing.report.printing"]), "get_way", lambda _self: "wkhtmltopdf"),
            patch.object(base, "_run_wkhtmltopdf", run),
        ):
            form = Form(self.design.with_user(self.manager))
            form.text_above = "A new greeting"
            self.assertEqual(base64.b64decode(form.preview), b"%PDF by Odoo")
        self.assertFalse(form.is_drawn)
        for words in ("A new greeting", "Questions? Call us.", "Your number", self.move.name):
            self.assertIn(words, str(pages[-1]))
        with self.assertRaisesRegex(AssertionError, "readonly"):
            form.show_taxes = True

    def test_a_preview_that_nothing_can_print_says_why(self):
        self.account.partner_id.name = "北京"
        with patch.object(type(self.env["billing.report.printing"]), "get_way", lambda _self: ""):
            self.assertIn("cannot print these letters", self.design.preview_missing)

    def test_clerks_choose_nothing_and_managers_choose_for_the_company(self):
        with self.assertRaises(AccessError):
            self.design.with_user(self.clerk).action_use_for_company()
        self.design.with_user(self.manager).action_use_for_company()
        self.assertEqual(self.company.billing_design_id, self.design)
