import io

import polib
from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_open
from odoo.tools.translate import trans_export


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    def test_the_templates_of_translations_have_every_text_and_no_other(self):
        """Where it fails: ``make translations``."""
        addons = self.env["ir.module.module"].search(
            [("name", "=like", "online_billing%"), ("state", "=", "installed")]
        )
        self.assertIn("online_billing", addons.mapped("name"))
        for name in addons.mapped("name"):
            with self.subTest(name):
                with io.BytesIO() as buffer:
                    trans_export(None, [name], buffer, "po", self.env)
                    texts = {entry.msgid for entry in polib.pofile(buffer.getvalue().decode())}
                with file_open(f"{name}/i18n/{name}.pot") as template:
                    kept = {entry.msgid for entry in polib.pofile(template.read())}
                self.assertTrue(kept)
                self.assertEqual((sorted(texts - kept), sorted(kept - texts)), ([], []))
