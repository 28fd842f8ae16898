"""The words of Odoo's documents, in the languages that Odoo has been translated into."""

from lxml import etree
from odoo import api, models
from odoo.tools import ormcache

INVOICE, RECEIPT = "account.report_invoice_document", "account.report_payment_receipt_document"
LAYOUT = "web.external_layout_standard"
TOTALS = "account.document_tax_totals_template"
TOTALS_OF_COMPANY = "account.document_tax_totals_company_currency_template"
# where each word stands in a template of Odoo; several texts found are one word with a line break in it
PLACES = {
    "out_invoice": (INVOICE, "//t[@name='invoice_title']//text()"),
    "out_invoice draft": (INVOICE, "//t[@name='draft_invoice_title']//text()"),
    "out_invoice cancel": (INVOICE, "//t[@name='cancelled_invoice_title']//text()"),
    "out_refund": (INVOICE, "//t[@name='credit_note_title']//text()"),
    "out_refund draft": (INVOICE, "//t[@name='draft_credit_note_title']//text()"),
    "out_refund cancel": (INVOICE, "//t[@name='cancelled_credit_note_title']//text()"),
    "date out_invoice": (INVOICE, "//div[@name='invoice_date']/t[1]/strong/text()"),
    "date out_refund": (INVOICE, "//div[@name='invoice_date']/t[2]/strong/text()"),
    "date out_receipt": (INVOICE, "//div[@name='invoice_date']/t[3]/strong/text()"),
    "due": (INVOICE, "//div[@name='due_date']/strong/text()"),
    "supplied": (INVOICE, "//div[@name='taxable_supply_date']/strong/text()"),
    "delivered": (INVOICE, "//div[@name='delivery_date']/strong/text()"),
    "source": (INVOICE, "//div[@name='origin']/strong/text()"),
    "customer": (INVOICE, "//div[@name='customer_code']/strong/text()"),
    "reference": (INVOICE, "//div[@name='reference']/strong/text()"),
    "incoterm": (INVOICE, "//div[@name='incoterm_id']/strong/text()"),
    "shipping": (INVOICE, "//div[@name='shipping_address_block']/strong/text()"),
    "description": (INVOICE, "//th[@name='th_description']//text()"),
    "quantity": (INVOICE, "//th[@name='th_quantity']//text()"),
    "price": (INVOICE, "//th[@name='th_priceunit']//text()"),
    "discount": (INVOICE, "//th[@name='th_discount']//text()"),
    "taxes": (INVOICE, "//th[@name='th_taxes']//text()"),
    "amount": (INVOICE, "//th[@name='th_subtotal']//text()"),
    "residual": (INVOICE, "//tr[td/span[@t-field='o.amount_residual']]/td[1]//text()"),
    "words": (INVOICE, "//p[small/span[@t-field='o.amount_total_words']]/text()"),
    "communication": (INVOICE, "//p[@name='payment_communication']/text()[1]"),
    "account": (INVOICE, "//p[@name='payment_communication']/t/br/following-sibling::text()[1]"),
    "paid": (INVOICE, "//i[contains(@class, 'oe_payment_label')]/t[@t-else]/text()"),
    "credited": (INVOICE, "//i[contains(@class, 'oe_payment_label')]/t[@t-if]/text()"),
    "tax number": (INVOICE, "//div[@id='partner_vat_no_shipping']/t[@t-else]/text()"),
    "scan": (INVOICE, "//div[@id='qrcode']//div[@id='qrcode_info']//text()"),
    "page": (LAYOUT, "//div[span[@class='page']]/text()[1]"),
    "total": (TOTALS, "//tr[@class='o_total']/td[1]//text()"),
    "rounding": (TOTALS, "//tr[@t-if]/td[1]/text()[normalize-space() != '']"),
    "taxes of company": (TOTALS_OF_COMPANY, "//p[@class='tax_computation_company_currency']/text()"),
    "payment date": (RECEIPT, "//div[@name='date']/div/text()"),
    "payment method": (RECEIPT, "//div[@name='payment_method']/text()"),
    "payment amount": (RECEIPT, "//div[span[@t-field='o.amount']]/text()"),
    "memo": (RECEIPT, "//div[span[@t-field='o.memo']]/text()"),
}


class BillingDocumentLabels(models.AbstractModel):
    """Odoo is translated into many languages: what its own documents say need not be translated once more."""

    _name = "billing.document.labels"
    _description = "Words of Odoo's Documents"

    @api.private
    def get_labels(self):
        """Return {name: word} in the language of the environment; a word that is not found is missing."""
        return self._find_labels(self.env.lang)

    @ormcache("lang", cache="templates")
    def _find_labels(self, lang):
        labels, trees = {}, {}
        for name, (key, path) in PLACES.items():
            if key not in trees:
                # sudo: the words of a printed page are no secret
                view = self.env["ir.ui.view"].sudo().with_context(lang=lang).search([("key", "=", key)], limit=1)
                trees[key] = etree.fromstring(view.arch_db) if view else None
            texts = [] if trees[key] is None else trees[key].xpath(path)
            word = " ".join(" ".join(texts).split()).rstrip(" :：").strip()
            if word:
                labels[name] = word
        return labels
