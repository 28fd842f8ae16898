"""Turn invoices and payments into the texts of a printed document, in the customer's language."""

import base64
import re
from itertools import takewhile

from odoo import api, models
from odoo.tools import formatLang, html2plaintext

from ...models.delivery.batch import ask_once, format_amount, format_day, get_batch
from .pdf_document import BankCode, Column, Document, Link, Row, Total
from .pdf_layout import draw

MOST_DECIMALS = 6


class BillingDocumentDrawing(models.AbstractModel):
    """A layout of our own for invoices, receipts and letters, for machines without Odoo's PDF engine or in a hurry."""

    _name = "billing.document.drawing"
    _description = "Drawn Billing Documents"

    @api.private
    def draw_invoice(self, move, with_payments=True, proforma=False, design=None):
        """Return the PDF of an invoice or credit note.

        :param bool with_payments: whether what was paid stands below the total
        :param bool proforma: the caller asks for a copy that is not the legal document
        :param design: instead of that of the account or its company
        """
        return draw(self._get_invoice_document(move, with_payments, proforma, design))

    @api.private
    def draw_receipt(self, payment):
        """Return the PDF of a payment receipt."""
        return draw(self._get_receipt_document(payment))

    @api.private
    def get_logo(self, company):
        """Return the logo that a company has chosen, as the bytes of a picture, or None; forms ask for sizes alone."""
        logo = company.with_context(bin_size=False).logo
        return base64.b64decode(logo) if logo and not company.uses_default_logo else None

    # -- invoice ------------------------------------------------------------------------------------------------------

    def _get_invoice_document(self, move, with_payments=True, proforma=False, design=None):
        """Return the Document of an invoice or credit note; an override may change any text or add notes."""
        move = move.with_context(
            lang=move.partner_id.lang or move.company_id.partner_id.lang or self.env.lang
        ).with_company(move.company_id)
        title = self._get_invoice_title(move, proforma)
        document = self._get_letter(move.env, move.company_id, move.partner_id, title)
        if foreign_vat := move.fiscal_position_id.foreign_vat:
            label = move.fiscal_position_id.country_id.vat_label or move.env._("Tax ID")
            document.company_lines.append(f"{label}: {foreign_vat}")
        document.delivery = self._get_delivery(move)
        document.facts = self._get_invoice_facts(move)
        document.columns, document.rows = self._get_invoice_table(move)
        document.totals = self._get_invoice_totals(move, with_payments)
        if move.move_type in ("out_invoice", "out_receipt"):
            document.schedule = self._get_schedule(move)
            document.instructions = self._get_instructions(move)
            document.bank_code = self._get_bank_code(move)
            document.link = self._get_pay_link(move)
        document.notes = self._get_invoice_notes(move)
        self._apply_design(document, move, design or self._get_design(move))
        return document

    def _get_invoice_title(self, move, proforma):
        env = move.env
        title = move._get_billing_title(self._get_labels(env))
        if proforma and move.state == "posted" and not move.billing_account_id:
            title = env._("Pro forma: %(document)s", document=title)
        return f"{title} {move.name}" if move.name and move.name != "/" else title

    def _get_invoice_facts(self, move):
        env, labels, kind = move.env, self._get_labels(move.env), move.move_type
        account = self._get_account_fact(move)
        is_owed = kind == "out_invoice" and move.state == "posted"
        incoterm = " ".join(filter(None, [move.invoice_incoterm_id.code, move.incoterm_location]))
        facts = [
            (labels.get(f"date {kind}") or env._("Date"), self._date(env, move.invoice_date)),
            (labels.get("due") or env._("Due Date"), self._date(env, is_owed and move.invoice_date_due)),
            (
                labels.get("supplied") or env._("Taxable Supply"),
                self._date(env, move.show_taxable_supply_date and move.taxable_supply_date),
            ),
            (labels.get("delivered") or env._("Delivery Date"), self._date(env, move.delivery_date)),
            account,
            (labels.get("source") or env._("Source"), move.invoice_origin if move.invoice_origin != account[1] else ""),
            (labels.get("reference") or env._("Reference"), move.ref),
            (labels.get("customer") or env._("Customer Code"), move.partner_id.ref),
            (env._("Corrects"), move.reversed_entry_id.name),
            (labels.get("incoterm") or env._("Incoterm"), incoterm if move.invoice_incoterm_id else ""),
        ]
        return [(name, value) for name, value in facts if value]

    def _get_account_fact(self, move):
        # sudo: whoever may print the invoice may read the number of the account on it
        return move.env._("Billing account"), move.billing_account_id.sudo().name or ""

    def _get_delivery(self, move):
        """Return where it is delivered to, under what Odoo calls that, where it is elsewhere and Odoo shows it."""
        place = move.partner_shipping_id
        if not place or place == move.partner_id:
            return []
        if not move.env["res.groups"]._is_feature_enabled("account.group_delivery_invoice_address"):
            return []
        label = self._get_labels(move.env).get("shipping") or move.env._("Shipping Address")
        return [label, *self._get_names(place), *self._get_address(place)]

    def _get_invoice_table(self, move):
        env, labels = move.env, self._get_labels(move.env)
        with_discount = any(line.discount for line in move.invoice_line_ids)
        with_taxes = any(line.tax_ids for line in move.invoice_line_ids)
        columns = [
            Column(labels.get("description") or env._("Description"), None, right=False),
            Column(labels.get("quantity") or env._("Quantity"), 0.12, name="quantity"),
            Column(labels.get("price") or env._("Unit Price"), 0.14, name="price"),
        ]
        columns += [Column(labels.get("discount") or env._("Disc.%"), 0.08)] if with_discount else []
        columns += [Column(labels.get("taxes") or env._("Taxes"), 0.12, name="taxes")] if with_taxes else []
        columns.append(Column(labels.get("amount") or env._("Amount"), 0.16))

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
        env, labels, taxes = move.env, self._get_labels(move.env), move.tax_totals or {}
        totals = self._get_tax_totals(move, taxes, move.currency_id, "_currency")
        if "cash_rounding_base_amount_currency" in taxes:
            rounding = self._amount(move, taxes["cash_rounding_base_amount_currency"])
            totals.append(Total(labels.get("rounding") or env._("Rounding"), rounding))
        total = self._amount(move, taxes.get("total_amount_currency", move.amount_total))
        totals.append(Total(labels.get("total") or env._("Total"), total, strong=True))
        is_paid = with_payments and move.amount_residual != move.amount_total
        # sudo: payments are shown to whoever may see the invoice
        paid = (move.sudo().invoice_payments_widget or {}).get("content", []) if is_paid else []
        for payment in paid:
            if not payment["is_exchange"]:
                kind, other = ("credited", env._("Reversed on")) if payment["is_refund"] else ("paid", env._("Paid on"))
                label = f"{labels.get(kind) or other} {self._date(env, payment['date'])}"
                totals.append(Total(label, self._amount(move, -payment["amount"])))
        if paid:
            label = labels.get("residual") or env._("Amount Due")
            totals.append(Total(label, self._amount(move, move.amount_residual), strong=True))
        if taxes.get("display_in_company_currency"):
            totals += self._get_totals_of_company(move, taxes)
        return totals

    def _get_tax_totals(self, move, taxes, currency, suffix):
        """Return subtotals and taxes by group in a currency: that of the document, or the company's."""
        totals = []
        for subtotal in taxes.get("subtotals", ()):
            if subtotal["tax_groups"]:
                totals.append(Total(subtotal["name"], self._format(move, currency, subtotal[f"base_amount{suffix}"])))
            for group in subtotal["tax_groups"]:
                label, base = group["group_name"], group[f"display_base_amount{suffix}"]
                if not taxes["same_tax_base"] and base is not False:
                    base = self._format(move, currency, base)
                    label = move.env._("%(tax)s on %(amount)s", tax=label, amount=base)
                totals.append(Total(label, self._format(move, currency, group[f"tax_amount{suffix}"])))
        return totals

    def _get_totals_of_company(self, move, taxes):
        """Return the taxes in the company's currency, which many laws ask for on documents in another."""
        currency = move.company_currency_id
        label = self._get_labels(move.env).get("taxes of company") or move.env._("Taxes")
        return [Total(f"{label} {currency.name}", ""), *self._get_tax_totals(move, taxes, currency, "")]

    def _get_schedule(self, move):
        """Return one text for each due date of an open invoice."""
        if move.state != "posted" or move.currency_id.is_zero(move.amount_residual):
            return []
        env = move.env
        texts = [
            env._("Due on %(day)s: %(amount)s", day=day, amount=amount)
            for day, amount in move._get_billing_open_terms()
        ]
        if discount := move._get_billing_discount():
            texts.append(env._("%(amount)s is enough if you pay by %(day)s.", amount=discount[0], day=discount[1]))
        return texts

    def _get_instructions(self, move):
        env, account = move.env, move.partner_bank_id
        if move.state != "posted" or not move.amount_residual:
            return []
        labels = self._get_labels(env)
        pairs = [(labels.get("communication") or env._("Payment Communication"), move.payment_reference)]
        if account:
            holder = account.acc_holder_name if account.acc_holder_name != move.company_id.name else ""
            pairs += [
                (labels.get("account") or env._("on this account"), account.acc_number),
                (env._("Account holder"), holder),
                (env._("Bank"), " ".join(filter(None, [account.bank_id.name, account.bank_id.bic]))),
            ]
        return [(name, value) for name, value in pairs if value]

    def _get_bank_code(self, move):
        """Return the QR code for banking applications, where the company wants one and a module of Odoo knows it."""
        account = move.partner_bank_id
        if not account or not move.display_qr_code or not move.amount_residual or move.state != "posted":
            return None
        vals = account._build_qr_code_vals(
            move.amount_residual,
            move.payment_reference or move.name,
            move.payment_reference,
            move.currency_id,
            move.partner_id,
            move.qr_code_method or None,
        )
        params = account._get_qr_code_generation_params(**vals) if vals else {}
        if params.get("barcode_type") != "QR" or params.get("mask"):
            return None
        hint = self._get_labels(move.env).get("scan")
        return BankCode(params["value"], hint or move.env._("Scan this QR Code with your banking application"))

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
            label = self._get_labels(move.env).get("words") or move.env._("Total amount in words")
            texts.insert(0, f"{label}: {move.amount_total_words}")
        return [text for text in texts if text]

    # -- every document -----------------------------------------------------------------------------------------------

    def _get_letter(self, env, company, partner, title):
        """Return a Document with letterhead, recipient and footer, and nothing in between yet."""
        batch, find = get_batch(company.with_env(env)), lambda: self._get_letterhead(env, company.with_env(env))
        head = batch.get(("letterhead", company.id, env.lang, env.uid, env.su), find) if batch else find()
        return Document(
            title=title,
            recipient=[
                *self._get_names(partner),
                *self._get_address(partner),
                *self._get_tax_number(env, partner.commercial_partner_id, partner.country_id),
            ],
            **{name: list(value) if isinstance(value, list) else value for name, value in head.items()},
        )

    def _get_letterhead(self, env, company):
        """Return what all letters of a company say and look like, as values of a Document."""
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
        return {
            "language": (env.lang or "en_US").replace("_", "-"),
            "page_format": "Letter" if company.paperformat_id.format == "Letter" else "A4",
            "page_label": f"{self._get_labels(env).get('page') or env._('Page')} %(page)s / %(pages)s",
            "right_to_left": env["res.lang"]._get_data(code=env.lang or "en_US").direction == "rtl",
            "company_name": company.name,
            "tagline": self._lines(company.report_header),
            "company_lines": details,
            "logo": self.get_logo(company),
            "color": self._get_color(company.primary_color),
            "accent": self._get_color(company.secondary_color),
            "sender_line": " · ".join([company.name, *self._get_address(owner)[:2]]),
            "footer": footer,
        }

    def _get_labels(self, env):
        return self.env["billing.document.labels"].with_env(env).get_labels()

    def _get_color(self, color):
        """Return a colour of the company; without one Odoo's documents are black."""
        return color if re.fullmatch("#[0-9a-fA-F]{6}", color or "") else "#000000"

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
        label = country.vat_label or self._get_labels(env).get("tax number") or env._("Tax ID")
        return [f"{label}: {partner.vat}"]

    def _plain(self, html):
        return html2plaintext(html, include_references=False).strip() if html else ""

    def _lines(self, html):
        return [line.strip() for line in self._plain(html).split("\n") if line.strip()]

    def _date(self, env, day):
        return format_day(env, day) if day else ""

    def _amount(self, move, amount):
        return self._format(move, move.currency_id, amount)

    def _format(self, move, currency, amount):
        return format_amount(currency.with_env(move.env), amount)

    def _number(self, env, value, least_decimals):
        """Return a number with as many decimals as it has, at least as many as asked for."""
        # quantities and prices are mostly those of the document before; -0.0 equals 0.0, but is written in another way
        key = ("number", repr(value), least_decimals)
        return ask_once(env, key, lambda: self._write_number(env, value, least_decimals))

    def _write_number(self, env, value, least_decimals):
        digits = next(
            (
                digits
                for digits in range(least_decimals, MOST_DECIMALS)
                if round(value, digits) == round(value, MOST_DECIMALS)
            ),
            MOST_DECIMALS,
        )
        return formatLang(env, value, digits=digits)
