"""Turn invoices and payments into the texts of a printed document, in the customer's language."""

import base64
import re
from itertools import takewhile

from odoo import api, models
from odoo.tools import formatLang, html2plaintext
from odoo.tools.misc import format_date

from .pdf_document import Column, Document, Link, Row, Total
from .pdf_layout import draw

MOST_DECIMALS = 6


class BillingDocumentDrawing(models.AbstractModel):
    """A layout of our own for invoices, receipts and letters, for machines without Odoo's PDF engine or in a hurry."""

    _name = "billing.document.drawing"
    _description = "Drawn Billing Documents"

    @api.private
    def draw_invoice(self, move, with_payments=True, proforma=False):
        """Return the PDF of an invoice or credit note.

        :param bool with_payments: whether what was paid stands below the total
        :param bool proforma: the caller asks for a copy that is not the legal document
        """
        return draw(self._get_invoice_document(move, with_payments, proforma))

    @api.private
    def draw_receipt(self, payment):
        """Return the PDF of a payment receipt."""
        return draw(self._get_receipt_document(payment))

    # -- invoice ------------------------------------------------------------------------------------------------------

    def _get_invoice_document(self, move, with_payments=True, proforma=False):
        """Return the Document of an invoice or credit note; an override may change any text or add notes."""
        move = move.with_context(
            lang=move.partner_id.lang or move.company_id.partner_id.lang or self.env.lang
        ).with_company(move.company_id)
        document = self._get_letter(move.env, move.company_id, move.partner_id, self._get_invoice_title(move, proforma))
        document.facts = self._get_invoice_facts(move)
        document.columns, document.rows = self._get_invoice_table(move)
        document.totals = self._get_invoice_totals(move, with_payments)
        if move.move_type == "out_invoice":
            document.schedule = self._get_schedule(move)
            document.instructions = self._get_instructions(move)
            document.link = self._get_pay_link(move)
        document.notes = self._get_invoice_notes(move)
        return document

    def _get_invoice_title(self, move, proforma):
        env = move.env
        kinds = {
            "out_invoice": env._("Invoice"),
            "out_refund": env._("Credit Note"),
            "out_receipt": env._("Sales Receipt"),
        }
        title = kinds[move.move_type]
        if move.state == "draft":
            title = env._("Draft: %(document)s", document=title)
        elif move.state == "cancel":
            title = env._("Cancelled: %(document)s", document=title)
        elif proforma and not move.billing_account_id:
            title = env._("Pro forma: %(document)s", document=title)
        return f"{title} {move.name}" if move.name and move.name != "/" else title

    def _get_invoice_facts(self, move):
        env = move.env
        label = env._("Credit note date") if move.move_type == "out_refund" else env._("Invoice date")
        facts = [
            (label, self._date(env, move.invoice_date)),
            (
                env._("Due date"),
                self._date(env, move.invoice_date_due)
                if move.move_type == "out_invoice" and move.state == "posted"
                else "",
            ),
            (env._("Delivery date"), self._date(env, move.delivery_date)),
            (
                env._("Billing account"),
                move.billing_account_id.sudo().name or "",
            ),  # sudo: whoever may print the invoice may read the number on it
            (
                env._("Source"),
                move.invoice_origin
                if move.invoice_origin and move.invoice_origin != move.billing_account_id.sudo().name
                else "",
            ),
            (env._("Your reference"), move.ref or ""),
            (env._("Customer number"), move.partner_id.ref or ""),
            (env._("Corrects"), move.reversed_entry_id.name or ""),
        ]
        return [(name, value) for name, value in facts if value]

    def _get_invoice_table(self, move):
        env = move.env
        with_discount = any(line.discount for line in move.invoice_line_ids)
        with_taxes = any(line.tax_ids for line in move.invoice_line_ids)
        columns = [
            Column(env._("Description"), None, right=False),
            Column(env._("Quantity"), 0.12),
            Column(env._("Unit price"), 0.14),
        ]
        columns += [Column(env._("Disc. %"), 0.08)] if with_discount else []
        columns += [Column(env._("Taxes"), 0.12)] if with_taxes else []
        columns.append(Column(env._("Amount"), 0.16))

        def cells(name, quantity="", price="", discount="", taxes="", amount=""):
            return (
                name,
                quantity,
                price,
                *([discount] if with_discount else []),
                *([taxes] if with_taxes else []),
                amount,
            )

        rows, section, subsection = [], None, None
        lines = move.invoice_line_ids.sorted("sequence")
        if any(line.collapse_composition or line.collapse_prices for line in lines):
            lines = move._get_move_lines_to_report()
        for number, line in enumerate(lines):
            section, subsection = (
                (line, None)
                if line.display_type == "line_section"
                else (section, line if line.display_type == "line_subsection" else subsection)
            )
            indent = (
                0
                if line.display_type == "line_section"
                else 1
                if line.display_type == "line_subsection" or not subsection
                else 2
            )
            indent = indent if section else 0
            if line.collapse_composition or line.collapse_prices:
                rows += [self._get_collapsed_row(move, line, child, cells) for child in line._get_child_lines()]
            elif line.display_type == "line_note":
                rows.append(Row((line.name or "",), "note", indent))
            elif line.display_type in ("line_section", "line_subsection"):
                subtotal = self._get_section_amount(lines[number:])
                rows.append(
                    Row(
                        cells(line.name or "", amount=self._amount(move, subtotal) if subtotal else ""),
                        "section",
                        indent,
                    )
                )
            else:
                quantity, price = (
                    self._get_quantity(line),
                    self._number(env, line.price_unit, move.currency_id.decimal_places),
                )
                discount = self._number(env, line.discount, 0) if line.discount else ""
                taxes = ", ".join(tax.tax_label for tax in line.tax_ids if tax.tax_label)
                rows.append(
                    Row(
                        cells(
                            line.name or "",
                            quantity,
                            price,
                            discount,
                            taxes,
                            self._amount(move, self._get_line_amount(move, line)),
                        ),
                        indent=indent,
                    )
                )
        return columns, rows

    def _get_section_amount(self, lines):
        """Return the amount of a section: of what stands between its line, the first, and the next of its rank."""
        ends = ("line_section",) if lines[0].display_type == "line_section" else ("line_section", "line_subsection")
        served = takewhile(lambda line: line.display_type not in ends, lines[1:])
        return sum(self._get_line_amount(line.move_id, line) for line in served if line.display_type == "product")

    def _get_collapsed_row(self, move, line, child, cells):
        """Return one row of a section whose lines or prices are hidden, as Odoo summarises it."""
        heads = child["display_type"] in ("line_section", "line_subsection")
        amount = self._get_line_amount(move, child) if heads or line.collapse_composition else None
        quantity = "1" if line.collapse_composition else "" if heads else self._number(move.env, child["quantity"], 0)
        return Row(
            cells(
                child["name"] or "",
                quantity,
                taxes=", ".join(child.get("taxes") or ()),
                amount="" if amount is None else self._amount(move, amount),
            ),
            "section" if heads else "line",
        )

    def _get_line_amount(self, move, line):
        return line["price_total"] if move.company_price_include == "tax_included" else line["price_subtotal"]

    def _get_quantity(self, line):
        quantity = self._number(line.env, line.quantity, 0)
        if line.product_uom_id and line.env["res.groups"]._is_feature_enabled("uom.group_uom"):
            quantity = f"{quantity} {line.product_uom_id.name}"
        return quantity

    def _get_invoice_totals(self, move, with_payments):
        """Return subtotals, taxes by group, total, payments and what is left: the figures of Odoo's form."""
        env, taxes, totals = move.env, move.tax_totals or {}, []
        for subtotal in taxes.get("subtotals", ()):
            if subtotal["tax_groups"]:
                totals.append(Total(subtotal["name"], self._amount(move, subtotal["base_amount_currency"])))
            for group in subtotal["tax_groups"]:
                label, base = group["group_name"], group["display_base_amount_currency"]
                if not taxes["same_tax_base"] and base is not False:
                    label = env._("%(tax)s on %(amount)s", tax=label, amount=self._amount(move, base))
                totals.append(Total(label, self._amount(move, group["tax_amount_currency"])))
        if "cash_rounding_base_amount_currency" in taxes:
            totals.append(Total(env._("Rounding"), self._amount(move, taxes["cash_rounding_base_amount_currency"])))
        totals.append(
            Total(
                env._("Total"), self._amount(move, taxes.get("total_amount_currency", move.amount_total)), strong=True
            )
        )
        paid = (
            (move.sudo().invoice_payments_widget or {}).get("content", []) if with_payments else []
        )  # sudo: payments are shown to whoever may see the invoice
        for payment in paid:
            if not payment["is_exchange"]:
                label = (
                    env._("Credited on %(day)s", day=self._date(env, payment["date"]))
                    if payment["is_refund"]
                    else env._("Paid on %(day)s", day=self._date(env, payment["date"]))
                )
                totals.append(Total(label, self._amount(move, -payment["amount"])))
        if paid:
            totals.append(Total(env._("Amount due"), self._amount(move, move.amount_residual), strong=True))
        return totals

    def _get_schedule(self, move):
        """Return one text for each due date of an open invoice."""
        if move.state != "posted" or move.currency_id.is_zero(move.amount_residual):
            return []
        env = move.env
        texts = [
            env._("Due on %(day)s: %(amount)s", day=day, amount=amount)
            for day, amount in move._get_billing_open_terms()
        ]
        if move._is_eligible_for_early_payment_discount(move.currency_id, move.invoice_date):
            term = move.invoice_payment_term_id
            texts.append(
                env._(
                    "%(amount)s is enough if you pay by %(day)s.",
                    amount=self._amount(move, term._get_amount_due_after_discount(move.amount_total, move.amount_tax)),
                    day=term._get_last_discount_date_formatted(move.invoice_date),
                )
            )
        return texts

    def _get_instructions(self, move):
        env = move.env
        pairs = [(env._("Payment reference"), move.payment_reference or "")]
        if account := move.partner_bank_id:
            pairs += [
                (env._("To the account"), account.acc_number or ""),
                (env._("Bank"), " ".join(filter(None, [account.bank_id.name, account.bank_id.bic]))),
            ]
        return (
            [(name, value) for name, value in pairs if value] if move.state == "posted" and move.amount_residual else []
        )

    def _get_pay_link(self, move):
        env = move.env
        if move.state != "posted" or move.currency_id.is_zero(move.amount_residual):
            return None
        return Link(
            env._("View and pay this invoice online"),
            move._get_billing_pay_url(),
            env._("Scan the code with your phone, or open this address:"),
        )

    def _get_invoice_notes(self, move):
        notes = [
            move.fiscal_position_id.note,
            move.taxes_legal_notes,
            move.invoice_payment_term_id.note,
            move.narration,
        ]
        texts = [self._plain(note) for note in notes]
        if move.company_id.display_invoice_amount_total_words:
            texts.insert(0, move.env._("Total in words: %(words)s", words=move.amount_total_words))
        return [text for text in texts if text]

    # -- every document -----------------------------------------------------------------------------------------------

    def _get_letter(self, env, company, partner, title):
        """Return a Document with letterhead, recipient and footer, and nothing in between yet."""
        company = company.with_env(env)
        owner = company.partner_id
        details = self._lines(company.company_details) or [
            *self._get_address(owner),
            *(self._get_tax_number(env, owner, company.account_fiscal_country_id)),
        ]
        if details and details[0] == company.name:
            details = details[1:]
        footer = self._lines(company.report_footer) or [
            " | ".join(filter(None, [company.name, company.phone, company.email, company.website]))
        ]
        return Document(
            title=title,
            language=(env.lang or "en_US").replace("_", "-"),
            page_format="Letter" if company.paperformat_id.format == "Letter" else "A4",
            page_label=env._("Page %(page)s of %(pages)s"),
            company_name=company.name,
            company_lines=details + self._lines(company.report_header),
            logo=base64.b64decode(company.logo) if company.logo and not company.uses_default_logo else None,
            color=company.primary_color if re.fullmatch("#[0-9a-fA-F]{6}", company.primary_color or "") else "#1f4e79",
            sender_line=" · ".join([company.name, *self._get_address(owner)[:2]]),
            recipient=[
                *self._get_names(partner),
                *self._get_address(partner),
                *self._get_tax_number(env, partner.commercial_partner_id, partner.country_id),
            ],
            footer=footer[:4],
        )

    def _get_names(self, partner):
        """Return the company and the person, as on an envelope."""
        names = [partner.commercial_company_name or "", partner.name or ""]
        return list(dict.fromkeys(name for name in names if name))

    def _get_address(self, partner):
        return [
            line.strip() for line in (partner._display_address(without_company=True) or "").split("\n") if line.strip()
        ]

    def _get_tax_number(self, env, partner, country):
        if not partner.vat or partner.vat == "/":
            return []
        return [f"{country.vat_label or env._('Tax ID')}: {partner.vat}"]

    def _plain(self, html):
        return html2plaintext(html, include_references=False).strip() if html else ""

    def _lines(self, html):
        return [line.strip() for line in self._plain(html).split("\n") if line.strip()]

    def _date(self, env, day):
        return format_date(env, day) if day else ""

    def _amount(self, move, amount):
        return move.currency_id.with_env(move.env).format(amount)

    def _number(self, env, value, least_decimals):
        """Return a number with as many decimals as it has, at least as many as asked for."""
        digits = next(
            (
                digits
                for digits in range(least_decimals, MOST_DECIMALS)
                if round(value, digits) == round(value, MOST_DECIMALS)
            ),
            MOST_DECIMALS,
        )
        return formatLang(env, value, digits=digits)
