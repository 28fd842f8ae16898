"""Formats are records that addons bring: who may change what of them, and where they are chosen."""

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .formats_common import CODES, FormatsCase


@tagged("post_install", "-at_install")
class TestFormatSettings(FormatsCase):
    def test_six_formats_come_with_the_addon_and_each_has_its_renderer(self):
        self.assertEqual(set(self.formats), set(CODES))
        renderers = {kind.renderer for kind in self.formats.values()}
        self.assertEqual(len(renderers), len(CODES))
        self.assertFalse(any(kind.obstacle for kind in self.formats.values()))

    def test_a_format_names_a_renderer_and_nothing_else(self):
        given = {"name": "X", "code": "x", "mimetype": "text/plain", "extension": "txt"}
        for wrong in ("res.partner", "billing.format.renderer", "no.such.model"):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.env["billing.document.format"].sudo().create({**given, "renderer": wrong})

    def test_managers_name_and_order_formats_and_change_nothing_else(self):
        kind = self.formats["csv"].with_user(self.manager)
        kind.write({"name": "Comma Separated", "sequence": 5})
        for vals in ({"code": "other"}, {"renderer": "billing.format.json"}, {"mimetype": "text/html"}):
            with self.assertRaises(UserError):
                kind.write(vals)
        with self.assertRaises(UserError):
            self.formats["csv"].with_user(self.clerk).write({"name": "Mine"})

    def test_a_format_that_somebody_wants_is_not_deleted(self):
        self.make_receiver("csv")
        with self.assertRaises(Exception), self.cr.savepoint():  # noqa: B017  the database refuses
            self.formats["csv"].sudo().unlink()
        self.assertTrue(self.formats["csv"].exists())

    def test_a_clerk_chooses_the_formats_of_an_account(self):
        account = self.make_receiver()
        form = Form(account.with_user(self.clerk))
        form.document_format_ids.add(self.formats["json"])
        form.save()
        self.assertEqual(account.document_format_ids, self.formats["json"])

    def test_a_manager_chooses_those_of_the_company_and_empty_is_pdf(self):
        formats, move = self.env["billing.document.formats"], self.make_invoice(self.make_receiver())
        self.assertTrue(formats.is_plain(move))
        settings = self.env["billing.settings"].with_user(self.manager)
        settings.create({"billing_document_format_ids": [Command.set(self.formats["csv"].ids)]})
        self.assertEqual(formats.get_formats(move), self.formats["csv"])
        self.company.billing_document_format_ids = [Command.clear()]
        self.assertEqual(formats.get_formats(move), self.formats["pdf"])
