"""Turn payments into the texts of a printed receipt."""

from odoo import models

from .pdf_document import Column, Row, Total


class BillingDocumentDrawing(models.AbstractModel):
    _inherit = "billing.document.drawing"

    def _get_receipt_document(self, payment):
        """Return the Document of a payment receipt; an override may change any text."""
        payment = payment.with_context(
            lang=payment.partner_id.lang or payment.company_id.partner_id.lang or self.env.lang
        ).with_company(payment.company_id)
        env, currency = payment.env, payment.currency_id
        title = payment.payment_receipt_title if payment.payment_type == "inbound" else env._("Refund Receipt")
        document = self._get_letter(
            env, payment.company_id, payment.partner_id, f"{title} {payment.name or ''}".strip()
        )
        shown, labels = payment._get_payment_receipt_report_values(), self._get_labels(env)
        facts = [
            (labels.get("payment date") or env._("Payment Date"), self._date(env, payment.date)),
            (labels.get("payment amount") or env._("Payment Amount"), currency.with_env(env).format(payment.amount)),
            (
                labels.get("payment method") or env._("Payment Method"),
                payment._get_billing_method_label() if shown["display_payment_method"] else "",
            ),
            (labels.get("memo") or env._("Memo"), payment.memo or ""),
        ]
        document.facts = [(name, value) for name, value in facts if value]
        if shown["display_invoices"]:
            document.columns = [
                Column(labels.get("out_invoice") or env._("Invoice"), None, right=False),
                Column(labels.get("date out_invoice") or env._("Invoice Date"), 0.16, right=False),
                Column(env._("Invoice total"), 0.2),
                Column(env._("Paid with this payment"), 0.22),
                Column(env._("Still open"), 0.18),
            ]
            document.rows = [
                Row(
                    (
                        invoice.name,
                        self._date(env, invoice.invoice_date),
                        self._amount(invoice, invoice.amount_total),
                        self._amount(invoice, applied),
                        self._amount(invoice, invoice.amount_residual),
                    )
                )
                for invoice, applied in payment._get_billing_applied_amounts()
            ]
        document.totals = [
            Total(
                env._("Received") if payment.payment_type == "inbound" else env._("Refunded"),
                currency.with_env(env).format(payment.amount),
                strong=True,
            )
        ]
        document.notes = [env._("Thank you for your payment.")] if payment.payment_type == "inbound" else []
        return document
