"""D19: documents and mails have the colours of the company, and none of ours."""

import re
from pathlib import Path

from odoo.modules import module
from odoo.tests import tagged

from ..delivery.delivery_common import DeliveryCase


@tagged("post_install", "-at_install")
class TestColors(DeliveryCase):
    def get_mail(self, name, record):
        template = self.env.ref(f"online_billing.{name}")
        return str(template._render_field("body_html", record.ids)[record.id])

    def get_colors(self, **vals):
        self.company.write(vals)
        return self.company._get_billing_colors()

    def test_case_D19_a_mail_has_the_colours_of_the_documents(self):
        self.company.write({"primary_color": "#12AB34"})
        move = self.make_invoice(self.make_account())
        self.assertIn("background-color: #12AB34", self.get_mail("mail_template_invoice", move))
        credit = self.make_invoice(self.make_account("Alan Turing"), move_type="out_refund")
        self.assertIn("background-color: #12AB34", self.get_mail("mail_template_credit_note", credit))

    def test_case_D19_what_the_settings_of_mails_say_comes_first(self):
        colors = self.get_colors(
            primary_color="#12AB34", email_secondary_color="#AA0011", email_primary_color="#EEEEEE"
        )
        self.assertEqual(colors, {"button": "#AA0011", "text": "#EEEEEE", "link": "#AA0011"})

    def test_case_D19_letters_on_a_light_button_are_dark(self):
        self.assertEqual(
            self.get_colors(primary_color="#FFEE88"), {"button": "#FFEE88", "text": "#000000", "link": "#000000"}
        )

    def test_case_D19_without_a_colour_mails_look_as_odoos(self):
        for color in (False, "red", "url(x)"):
            with self.subTest(color=color):
                self.assertEqual(self.get_colors(primary_color=color)["button"], "#875A7B")

    def test_case_D19_the_drawn_document_has_both_colours(self):
        self.company.write({"primary_color": "#12AB34", "secondary_color": "#AA0011"})
        document = self.env["billing.document.drawing"]._get_invoice_document(self.make_invoice(self.make_account()))
        self.assertEqual((document.color, document.accent), ("#12AB34", "#AA0011"))

    def test_case_D19_no_text_has_a_button_of_a_fixed_colour(self):
        addon = Path(module.get_module_path("online_billing"))
        texts = [*addon.glob("data/**/*.xml"), *addon.glob("views/**/*templates.xml")]
        self.assertGreater(len(texts), 5)
        for text in texts:
            links = re.findall(r"<(?:a|td)\b[^>]*background-color: #(?!f2f4f6)[^>]*>", text.read_text())
            self.assertEqual(links, [], text.name)
