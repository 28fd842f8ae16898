"""Read an invoice once, neutrally: what every format of it is written from."""

from odoo import api, models
from odoo.tools import html2plaintext

from ...models.delivery.batch import get_batch
from ..shared.numbers import plain_decimal, to_decimal
from .content import (
    Amount,
    BankAccount,
    Correction,
    Currency,
    DuePart,
    EarlyPayment,
    InvoiceContent,
    Line,
    LineTax,
    Party,
    TaxTotal,
)

KINDS = {"out_invoice": "invoice", "out_refund": "credit_note", "out_receipt": "receipt"}
STATES = {"posted": "posted", "draft": "draft", "cancel": "cancelled"}
HEADS = {"line_section": "section", "line_subsection": "subsection", "line_note": "note"}


class BillingInvoiceContent(models.AbstractModel):
    """The amounts are those of the posted entry and its lines: nothing is worked out anew but sums of them."""

    _name = "billing.invoice.content"
    _description = "What an Invoice Says"

    @api.private
    def get_content(self, move):
        """Return what an invoice, credit note or sales receipt says, in its customer's language.

        While a batch is being sent each is read once, for all its formats.

        :param move: of which the caller may read everything that is printed
        :return: InvoiceContent
        """
        if batch := get_batch(move):
            return batch.get(("content", move.id), lambda: self._get_content(move))
        return self._get_content(move)

    @api.private
    def get_language(self, move):
        """Return the language in which a document is written: the customer's, else the company's."""
        return move.partner_id.lang or move.company_id.partner_id.lang or self.env.lang or "en_US"

    def _get_content(self, move):
        move = move.with_context(lang=self.get_language(move)).with_company(move.company_id)
        is_owed = move.move_type != "out_refund" and move.state == "posted"
        return InvoiceContent(
            kind=KINDS[move.move_type],
            state=STATES[move.state],
            number=move.name if move.name and move.name != "/" else "",
            title=move._get_billing_title(),
            language=move.env.context["lang"].replace("_", "-").partition("@")[0],
            is_right_to_left=move.env["res.lang"]._get_data(code=move.env.context["lang"]).direction == "rtl",
            invoice_date=move.invoice_date or None,
            due_date=move.invoice_date_due or None if is_owed else None,
            delivery_date=move.delivery_date or None,
            supply_date=move.taxable_supply_date or None if move.show_taxable_supply_date else None,
            account=move.billing_account_id.name or "",
            reference=move.ref or "",
            origin=move.invoice_origin or "",
            corrects=self._get_correction(move),
            currency=Currency(move.currency_id.name, move.currency_id.decimal_places),
            seller=self._get_seller(move),
            buyer=self._get_buyer(move, move.partner_id),
            delivered_to=self._get_place(move),
            lines=tuple(self._get_lines(move)),
            taxes=self._get_taxes(move),
            net=self._amount(move, move.amount_untaxed),
            tax=self._amount(move, move.amount_tax),
            rounding=self._amount(move, self._get_rounding(move)),
            total=self._amount(move, move.amount_total),
            open=self._amount(move, move.amount_residual),
            due=self._get_due(move),
            early_payment=self._get_early_payment(move) if is_owed else None,
            payment_reference=move.payment_reference or "" if is_owed else "",
            bank_account=self._get_bank_account(move) if is_owed else None,
            pay_link=self._get_pay_link(move) if is_owed else "",
            notes=self._get_notes(move),
        )

    # -- head ---------------------------------------------------------------------------------------------------------

    def _get_correction(self, move):
        corrected = move.reversed_entry_id
        return Correction(corrected.name, corrected.invoice_date or None) if corrected.name else None

    def _get_seller(self, move):
        company = move.company_id
        foreign = move.fiscal_position_id.foreign_vat
        return self._get_party(company.partner_id, company.name, foreign or company.vat, company.email)

    def _get_buyer(self, move, partner):
        names = dict.fromkeys(filter(None, [partner.commercial_company_name, partner.name]))
        return self._get_party(partner, ", ".join(names), partner.commercial_partner_id.vat, partner.email)

    def _get_place(self, move):
        """Return where it is delivered to, where that is elsewhere."""
        place = move.partner_shipping_id
        return self._get_buyer(move, place) if place and place != move.partner_id else None

    def _get_party(self, partner, name, tax_number, email):
        address = (partner._display_address(without_company=True) or "").split("\n")
        return Party(
            name=name or "",
            street=partner.street or "",
            street2=partner.street2 or "",
            zip_code=partner.zip or "",
            city=partner.city or "",
            state=partner.state_id.name or "",
            country=partner.country_id.code or "",
            address=tuple(line.strip() for line in address if line.strip()),
            tax_number=tax_number if tax_number and tax_number != "/" else "",
            email=email or "",
            reference=partner.ref or "",
        )

    # -- lines and sums -----------------------------------------------------------------------------------------------

    def _get_lines(self, move):
        """Yield what stands on an invoice, line by line; of what its writer hides, what the printed document says."""
        lines = move.invoice_line_ids.sorted("sequence")
        if any(line.collapse_composition or line.collapse_prices for line in lines):
            lines = move._get_move_lines_to_report()
        for line in lines:
            if line.collapse_composition or line.collapse_prices:
                yield from self._get_hidden(move, line)
            else:
                yield self._get_line(move, line)

    def _get_hidden(self, move, section):
        """Yield a section whose lines or prices are hidden: its sums by the taxes that are on them.

        Where only prices are hidden, what it is made of is named below them, without an amount.
        """
        own = section._get_section_lines().sorted("sequence")
        for taxes, lines in own.filtered(lambda line: line.display_type == "product").grouped("tax_ids").items():
            net = self._amount(move, sum(lines.mapped("price_subtotal")))
            yield Line(
                "line",
                section.name or "",
                quantity=plain_decimal(1),
                unit_price=net.value,
                discount=plain_decimal(0),
                taxes=self._get_line_taxes(taxes),
                net=net,
                gross=self._amount(move, sum(lines.mapped("price_total"))),
            )
            for line in lines if section.collapse_prices else ():
                quantity = " ".join(filter(None, [f"{plain_decimal(line.quantity):f}", line.product_uom_id.name]))
                yield Line("note", f"{quantity} {line.name or line.product_id.name or ''}")
        for line in own if section.collapse_prices else ():
            if line.display_type == "line_note":
                yield self._get_line(move, line)

    def _get_line(self, move, line):
        if line.display_type in HEADS:
            return Line(HEADS[line.display_type], line.name or "")
        return Line(
            "line",
            line.name or line.product_id.name or "",
            quantity=plain_decimal(line.quantity),
            unit=line.product_uom_id.name or "",
            unit_price=plain_decimal(line.price_unit),
            discount=plain_decimal(line.discount),
            taxes=self._get_line_taxes(line.tax_ids),
            net=self._amount(move, line.price_subtotal),
            gross=self._amount(move, line.price_total),
        )

    def _get_line_taxes(self, taxes):
        return tuple(
            LineTax(tax.tax_label or tax.name, plain_decimal(tax.amount) if tax.amount_type == "percent" else None)
            for tax in taxes.flatten_taxes_hierarchy()
        )

    def _get_taxes(self, move):
        """Return what each group of taxes comes to, from the journal items of the taxes and of what they are on."""
        bases, amounts = {}, {}
        for line in move.line_ids:
            own = line.tax_line_id.tax_group_id
            for group in line.tax_ids.flatten_taxes_hierarchy().tax_group_id - own:
                bases[group] = bases.get(group, 0.0) + line.amount_currency
            if own:
                amounts[own] = amounts.get(own, 0.0) + line.amount_currency
        groups = move.env["account.tax.group"].union(*bases, *amounts).sorted(lambda group: (group.sequence, group.id))
        sign = move.direction_sign
        return tuple(
            TaxTotal(
                group.name,
                self._amount(move, sign * bases.get(group, 0.0)),
                self._amount(move, sign * amounts.get(group, 0.0)),
            )
            for group in groups
        )

    def _get_rounding(self, move):
        rounded = move.line_ids.filtered(lambda line: line.display_type == "rounding" and not line.tax_line_id)
        return move.direction_sign * sum(rounded.mapped("amount_currency"))

    # -- payment ------------------------------------------------------------------------------------------------------

    def _get_due(self, move):
        if move.state != "posted":
            return ()
        sign = -move.direction_sign
        return tuple(
            DuePart(day, self._amount(move, sign * amount), self._amount(move, sign * left))
            for day, amount, left in move._get_billing_terms()
        )

    def _get_early_payment(self, move):
        # as the books have it on the day on which it is read
        found = move.env["billing.open.documents"].get_discount(move, move._get_billing_day())
        return EarlyPayment(self._amount(move, found[0]), found[1]) if found else None

    def _get_bank_account(self, move):
        account = move.partner_bank_id
        if not account:
            return None
        return BankAccount(
            account.acc_number,
            account.acc_holder_name or move.company_id.name,
            account.bank_id.name or "",
            account.bank_id.bic or "",
        )

    def _get_pay_link(self, move):
        return move._get_billing_pay_url() if move.env["billing.open.documents"].is_open(move) else ""

    def _get_notes(self, move):
        notes = [
            move.fiscal_position_id.note,
            move.taxes_legal_notes,
            move.invoice_payment_term_id.note,
            move.narration,
        ]
        texts = [html2plaintext(note, include_references=False).strip() for note in notes if note]
        return tuple(text for text in texts if text)

    def _amount(self, move, amount):
        return Amount(to_decimal(amount, move.currency_id) + 0, move.currency_id.name)  # +0: there is no -0.00
