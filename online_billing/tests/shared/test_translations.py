import io

import polib
from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_open
from odoo.tools.translate import trans_export


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    def test_the_template_of_translations_has_every_text_and_no_other(self):
        """Where it fails: ``make translations``."""
        with io.BytesIO() as buffer:
            trans_export(None, ["online_billing"], buffer, "po", self.env)
            texts = {entry.msgid for entry in polib.pofile(buffer.getvalue().decode())}
        with file_open("online_billing/i18n/online_billing.pot") as template:
            kept = {entry.msgid for entry in polib.pofile(template.read())}
        self.assertGreater(len(kept), 1000)
        self.assertEqual((sorted(texts - kept), sorted(kept - texts)), ([], []))
