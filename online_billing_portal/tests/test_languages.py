"""What customers read in German, Spanish and Arabic: pages, the invoice, its mail; numbers as the language has them."""

from datetime import date

from lxml import html
from odoo.addons.online_billing.tests.delivery.delivery_common import DeliveryCase
from odoo.tests import tagged

from .portal_common import PortalCase

# some words of a document are those of Odoo's own
ADDONS = ("account", "online_billing", "online_billing_portal")
LANGUAGES = ("de_DE", "es_ES", "ar_001")
# what is to be read; amounts without their currency, which stands before or behind
NUMBERS = {"de_DE": "1.234,56", "es_ES": "1.234,56", "ar_001": "1,234.56"}
DIRECTIONS = {"de_DE": ("de-DE", "ltr"), "es_ES": ("es-ES", "ltr"), "ar_001": ("ar-001", "rtl")}
HOME = {
    "de_DE": ("Offener Saldo", "Jetzt bezahlen:", "Übersicht"),
    "es_ES": ("Saldo pendiente", "Pagar ahora:", "Resumen"),
    "ar_001": ("الرصيد غير المدفوع", "الدفع الآن:", "نظرة عامة"),
}
INVOICES = {
    "de_DE": ("Sortieren nach", "Wofür", "Überfällig"),
    "es_ES": ("Ordenar por", "Concepto", "Vencido"),
    "ar_001": ("الترتيب حسب", "مقابل", "متأخر"),
}
PAY = {
    "de_DE": ("Beleg", "Fällig am", "Anderen Betrag bezahlen"),
    "es_ES": ("Documento", "Vence el", "Pagar otro importe"),
    "ar_001": ("المستند", "تاريخ الاستحقاق", "دفع مبلغ آخر"),
}
# one word on the pay page, in the mail and on the document of Odoo's own
REFERENCE = {"de_DE": "zahlungsreferenz", "es_ES": "referencia de pago", "ar_001": "مرجع الدفع"}
SUBJECTS = {"de_DE": "Rechnung", "es_ES": "factura", "ar_001": "فاتورة"}
MAIL = {
    "de_DE": ("Guten Tag", "Rechnung ansehen und bezahlen", "Was berechnet wird"),
    "es_ES": ("Estimado/a", "Ver y pagar la factura", "Lo que se factura"),
    "ar_001": ("مرحبًا", "عرض الفاتورة ودفعها", "ما تمت فوترته"),
}
# Arabic is joined and turned in a PDF, so that its words cannot be found by their letters
PDF = {"de_DE": ("Beschreibung", "Menge", "Einzelpreis"), "es_ES": ("Descripción", "Cantidad", "Precio unitario")}


@tagged("post_install", "-at_install")
class TestLanguages(PortalCase, DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for language in LANGUAGES:
            cls.env["res.lang"]._activate_lang(language)
        addons = cls.env["ir.module.module"].search([("name", "in", ADDONS)])
        addons._update_translations(LANGUAGES)
        for move in cls.account.move_ids:
            move._reverse_moves(cancel=True)
        cls.move = cls.make_invoice(
            cls.account,
            lines=[{"name": "Fibre 250", "price_unit": 1234.56, "tax_ids": []}],
            invoice_date=date(2026, 3, 1),
            invoice_date_due=date(2026, 3, 15),
        )
        cls.env.flush_all()

    def speak(self, language):
        self.people["customer"].lang = language  # that of the account's customer as well, who is this user
        self.env.flush_all()

    def read_page(self, path, language):
        """Return the text of what a customer sees, outside of what is Odoo's; it says its language and direction."""
        self.opener.cookies.pop("frontend_lang", None)  # the last language that was read in this browser
        self.enter("customer")
        answer = self.url_open(path)
        self.assertEqual(answer.status_code, 200)
        [part] = html.fromstring(answer.text).xpath("//div[@lang and @dir]")
        self.assertEqual((part.get("lang"), part.get("dir")), DIRECTIONS[language])
        return " ".join(part.text_content().split())

    def assertSays(self, text, words):
        for word in words:
            self.assertIn(word, text)

    def test_the_first_page(self):
        for language in LANGUAGES:
            with self.subTest(language=language):
                self.speak(language)
                text = self.read_page("/my/billing", language)
                self.assertSays(text, (*HOME[language], NUMBERS[language]))
                self.assertNotIn("Open on balance", text)

    def test_the_list_of_invoices(self):
        for language in LANGUAGES:
            with self.subTest(language=language):
                self.speak(language)
                text = self.read_page("/my/billing/invoices", language)
                self.assertSays(text, (*INVOICES[language], NUMBERS[language]))
                self.assertNotIn("Sort by", text)

    def test_the_page_to_pay(self):
        owner = self.company.partner_id.id
        self.env["res.partner.bank"].create({"acc_number": "DE89370400440532013000", "partner_id": owner})
        path = self.env["billing.pay.links"].get_pay_path(self.account.id, self.account.currency_id.id)
        for language in LANGUAGES:
            with self.subTest(language=language):
                self.speak(language)
                text = self.read_page(path, language)
                self.assertSays(text, (*PAY[language], NUMBERS[language]))
                self.assertNotIn("Due on", text)
                self.assertEqual(text.lower().count(REFERENCE[language]), 2, "its name, and what to do with it")

    def test_the_mail_of_an_invoice_and_the_document_on_it(self):
        for language in LANGUAGES:
            with self.subTest(language=language):
                self.speak(language)
                self.move.billing_delivery_state = "pending"
                self.move.invoice_pdf_report_id.unlink()
                [mail] = self.deliver()
                self.assertSays(mail["subject"], (SUBJECTS[language], NUMBERS[language]))
                page = html.fromstring(mail["body"])
                self.assertEqual(page.xpath("//html/@dir | //body/table/@dir"), [DIRECTIONS[language][1]] * 2)
                text = " ".join(page.text_content().split())
                self.assertSays(text, (*MAIL[language], NUMBERS[language]))
                self.assertIn(REFERENCE[language], text.lower())
                self.assertNotIn("Here is your invoice", text)
                [content] = self.get_pdf(mail)
                self.assertSays(self.read_pdf(content), (*PDF.get(language, ()), NUMBERS[language]))
