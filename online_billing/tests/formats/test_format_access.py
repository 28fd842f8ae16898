"""Who may have a document may have it in every format, and nobody else."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .formats_common import CODES, FormatsCase


@tagged("post_install", "-at_install")
class TestFormatAccess(FormatsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account, cls.foreign = cls.make_receiver(*CODES, name="Ada"), cls.make_receiver(*CODES, name="Alan")
        cls.move, cls.foreign_move = cls.make_full_invoice(cls.account), cls.make_full_invoice(cls.foreign)
        cls.customer_user = new_test_user(cls.env, "ada", "base.group_portal", partner_id=cls.account.partner_id.id)
        cls.env["billing.invoice.delivery"].send_now(cls.move | cls.foreign_move)

    def test_a_customer_gets_their_own_documents_in_every_format_and_no_other(self):
        formats = self.env["billing.document.formats"].with_user(self.customer_user)
        self.assertTrue(CODES)
        for code in CODES:
            with self.subTest(code):
                _name, mimetype, content = formats.render(self.move.with_user(self.customer_user), code)
                self.assertEqual(mimetype, self.formats[code].mimetype)
                self.assertTrue(content)
                with self.assertRaises(AccessError):
                    formats.render(self.foreign_move.with_user(self.customer_user), code)

    def test_clerks_get_all_of_their_company(self):
        formats = self.env["billing.document.formats"].with_user(self.clerk)
        self.assertTrue(CODES)
        for move in (self.move, self.foreign_move):
            for code in CODES:
                self.assertTrue(formats.render(move.with_user(self.clerk), code)[2])

    def test_colleagues_without_a_part_in_billing_get_nothing(self):
        colleague = new_test_user(self.env, "colleague", "base.group_user", email="colleague@example.com")
        formats = self.env["billing.document.formats"].with_user(colleague)
        self.assertTrue(CODES)
        for code in CODES:
            with self.assertRaises(AccessError):
                formats.render(self.move.with_user(colleague), code)

    def test_the_files_are_readable_and_changed_by_staff_alone(self):
        files = self.move.billing_file_ids
        self.assertEqual(len(files), 4)
        self.assertTrue(files.with_user(self.clerk).mapped("raw"))
        for act in (
            lambda: files.with_user(self.customer_user).mapped("raw"),
            files.with_user(self.customer_user).unlink,
        ):
            with self.assertRaises(AccessError):
                act()
