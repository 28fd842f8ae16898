"""D18: which document the customers of a company get, and who decides it."""

import base64
import io
from unittest.mock import patch

from odoo.addons.account.models.account_move import AccountMove
from odoo.addons.base.models import ir_actions_report
from odoo.fields import Command
from odoo.tests import tagged
from PIL import Image

from ...services.documents.choice import (
    INVOICE_REPORTS,
    INVOICE_TEMPLATE,
    LETTER_REPORT,
    RECEIPT_REPORT,
    STATEMENT_REPORT,
)
from ..delivery.delivery_common import DeliveryCase


@tagged("post_install", "-at_install")
class TestChoice(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.billing_document = "auto"
        cls.documents = cls.env["billing.document"]
        cls.move = cls.make_invoice(cls.make_account("Ada Lovelace"))

    def is_drawn(self, move=None):
        return self.documents.is_drawn(INVOICE_REPORTS[0], (move or self.move).ids)

    def extend(self, key, module="", countries=()):
        """Return a view that writes a word into a template: of an addon, or of nobody."""
        view = self.env["ir.ui.view"].create(
            {
                "name": "a word",
                "type": "qweb",
                "key": f"{module or 'nobody'}.word",
                "mode": "extension",
                "inherit_id": self.env.ref(key).id,
                "arch": "<xpath expr='.' position='inside'><i>word</i></xpath>",
            }
        )
        view.arch_updated = False
        if module:
            addon = self.env["ir.module.module"].search([("name", "=", module)])
            addon = addon or addon.create({"name": module, "shortdesc": "Papers of the Land", "state": "installed"})
            addon.country_ids = [Command.set(self.env["res.country"].search([("code", "in", countries)]).ids)]
            self.env["ir.model.data"].create(
                {"module": module, "name": "word", "model": "ir.ui.view", "res_id": view.id, "noupdate": True}
            )
        return view

    def test_case_D18_the_quick_document_where_nothing_changes_odoos_report(self):
        self.assertEqual(self.documents.get_changes(self.company), [])
        self.assertTrue(self.is_drawn())

    def test_case_D18_what_is_installed_on_the_host_decides_nothing(self):
        info = {"dpi_zoom_ratio": True, "bin": "", "version": "0.12.6", "wkhtmltoimage_bin": ""}
        for setting, drawn in (("auto", True), ("odoo", False), ("drawn", True)):
            self.company.billing_document = setting
            for state, patched in (("ok", True), ("ok", False), ("install", False), ("workers", True)):
                found = ir_actions_report.WkhtmlInfo(
                    **info, state=state, is_patched_qt=patched, wkhtmltoimage_version=None
                )
                with (
                    self.subTest(setting=setting, state=state, patched=patched),
                    patch.object(ir_actions_report, "_wkhtml", lambda found=found: found),
                ):
                    self.assertEqual(self.is_drawn(), drawn)

    def test_case_D18_an_addon_that_changes_the_report_is_taken_unless_somebody_chose(self):
        self.extend(INVOICE_TEMPLATE, "papers_of_the_land")
        self.assertEqual(self.documents.get_changes(self.company), ["Papers of the Land"])
        self.assertFalse(self.is_drawn())
        self.company.billing_document = "drawn"
        self.assertTrue(self.is_drawn())

    def test_case_D18_every_part_of_what_is_printed_counts(self):
        parts = ("web.external_layout", "account.document_tax_totals", f"{LETTER_REPORT}_page")
        for key in (*parts, RECEIPT_REPORT, STATEMENT_REPORT):
            with self.subTest(key=key):
                view = self.extend(key, "papers_of_the_land")
                self.assertFalse(self.is_drawn())
                view.active = False
                self.assertTrue(self.is_drawn())
                view.unlink()

    def test_case_D18_a_localisation_counts_for_the_companies_of_its_country(self):
        self.company.account_fiscal_country_id = self.env.ref("base.us")
        view = self.extend(INVOICE_TEMPLATE, "papers_of_the_land", ["ES", "PT"])
        self.assertTrue(self.is_drawn())
        self.company.account_fiscal_country_id = self.env.ref("base.pt")
        self.assertFalse(self.is_drawn())
        self.assertTrue(view.active)

    def test_case_D18_what_studio_or_a_person_wrote_counts(self):
        view = self.extend(INVOICE_TEMPLATE)
        self.assertEqual(self.documents.get_changes(self.company), ["a word"])
        self.assertFalse(self.is_drawn())
        view.unlink()
        self.assertTrue(self.is_drawn())
        template = self.env.ref("account.report_payment_receipt_document")
        template.arch = template.arch.replace("Memo", "Remark")
        self.assertFalse(self.is_drawn())

    def test_case_D18_a_change_of_a_change_counts_and_a_copy_of_the_report_does_not(self):
        known = self.extend(INVOICE_TEMPLATE, "sale")
        self.assertTrue(self.is_drawn())
        copied = self.env["ir.ui.view"].create(
            {"name": "copy", "type": "qweb", "mode": "primary", "inherit_id": known.id, "arch": "<data/>"}
        )
        self.assertTrue(self.is_drawn())
        copied.write({"mode": "extension"})
        self.assertFalse(self.is_drawn())

    def test_case_D18_a_layout_of_another_addon_counts(self):
        layout = self.env.ref("web.external_layout_bold")
        self.company.external_report_layout_id = layout
        self.assertTrue(self.is_drawn())
        self.env["ir.module.module"].create(
            {"name": "papers_of_the_land", "shortdesc": "Papers of the Land", "state": "installed"}
        )
        own = layout.copy({"key": "papers_of_the_land.layout", "arch_updated": False})
        self.env["ir.model.data"].create(
            {"module": "papers_of_the_land", "name": "layout", "model": "ir.ui.view", "res_id": own.id}
        )
        self.company.external_report_layout_id = own
        self.assertEqual(self.documents.get_changes(self.company), ["Papers of the Land"])
        self.assertFalse(self.is_drawn())

    def test_case_D18_a_report_that_a_localisation_names_for_a_document_counts(self):
        named = patch.object(AccountMove, "_get_name_invoice_report", lambda _move: "l10n_xx.report_invoice_document")
        with named:
            self.assertFalse(self.is_drawn())
            self.company.billing_document = "drawn"
            self.assertTrue(self.is_drawn())

    def test_case_D18_each_company_chooses_for_itself(self):
        other = self.env["res.company"].create({"name": "Other", "billing_document": "odoo"})
        self.assertEqual(self.documents.get_choice(other), "odoo")
        self.assertEqual(self.documents.get_choice(self.company), "drawn")

    def test_case_D18_the_settings_say_what_customers_get_and_why(self):
        printing = type(self.env["billing.report.printing"])
        self.startPatcher(patch.object(printing, "get_way", lambda _printing: "wkhtmltopdf"))
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.billing_document_now, "Customers get the quick document now.")
        self.extend(INVOICE_TEMPLATE, "papers_of_the_land")
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(
            settings.billing_document_now,
            "Customers get Odoo's report now, because it is changed by: Papers of the Land.",
        )
        settings.billing_document = "odoo"
        self.assertEqual(settings.billing_document_now, "Customers get Odoo's report now.")
        with patch.object(printing, "get_way", lambda _printing: ""):
            settings.invalidate_recordset(["billing_document_now"])
            self.assertIn("Install it", settings.billing_document_now)

    def test_case_D18_the_settings_say_that_the_quick_document_cannot_show_the_logo(self):
        printing = type(self.env["billing.report.printing"])
        self.startPatcher(patch.object(printing, "get_way", lambda _printing: "wkhtmltopdf"))
        picture = io.BytesIO()
        Image.new("RGBA", (30, 10), (200, 30, 30, 120)).save(picture, "PNG")
        drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="30" height="10"><rect width="30" height="10"/></svg>'
        for content, is_shown in ((picture.getvalue(), True), (drawing, False)):
            with self.subTest(content[:5]):
                self.company.logo = base64.b64encode(content)
                settings = self.env["res.config.settings"].create({})
                self.assertIn("quick document now", settings.billing_document_now)
                self.assertEqual("logo is missing on it" in settings.billing_document_now, not is_shown)
                # a document goes out all the same
                self.assertTrue(self.env["billing.document.drawing"].draw_invoice(self.move).startswith(b"%PDF"))
