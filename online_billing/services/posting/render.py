"""Fill the pattern of a shape with one invoice."""

from dataclasses import dataclass

from odoo import SUPERUSER_ID

from . import copy_text
from .message_id import make_message_ids

_NULL = copy_text.NULL
_to_text = copy_text.to_text
_to_id = copy_text.to_id


def amount_format(currency):
    return f"%.{currency.decimal_places}f"


def amount_text(template, value):
    """Text of an amount, without a minus sign before nothing."""
    text = template % value
    if text[0] == "-" and not text.strip("-0."):
        return text[1:]
    return text


@dataclass(slots=True)
class Identity:
    """What makes one invoice of a shape this one: its number and ids."""

    move_id: int
    line_ids: list
    name: str
    prefix: str
    number: int


class Renderer:
    """Renders requests into lines of COPY text."""

    def __init__(self, env, reader):
        self.env = env
        self.reader = reader
        line_fields = env["account.move.line"]._fields
        self._quantity_format = self._digits_format(line_fields["quantity"])
        self._discount_format = self._digits_format(line_fields["discount"])
        self._formats = {}
        self._references = {}

    def _digits_format(self, field):
        digits = field.get_digits(self.env)
        return f"%.{digits[1]}f" if digits else "%r"

    def _currency_formats(self, request):
        key = (request.currency.id, request.company.id)
        found = self._formats.get(key)
        if found is None:
            found = self._formats[key] = (amount_format(request.currency), amount_format(request.company.currency_id))
        return found

    def payment_reference(self, request, identity):
        """The reference under which the invoice is paid: given, its number, or one of Odoo's other kinds."""
        if request.payment_reference or request.move_type != "out_invoice":
            return request.payment_reference
        journal = request.journal
        if (journal.invoice_reference_model, journal.invoice_reference_type) == ("odoo", "invoice"):
            return identity.name
        if identity.move_id not in self._references:
            self._references[identity.move_id] = self._ask_for_reference(request, identity)
        return self._references[identity.move_id]

    def _ask_for_reference(self, request, identity):
        """Ask Odoo for the reference of an invoice that is not there yet; it sees what references are made of."""
        move = self.env["account.move"].browse(identity.move_id)
        values = {
            "name": identity.name,
            "sequence_prefix": identity.prefix,
            "sequence_number": identity.number,
            "move_type": request.move_type,
            "journal_id": request.journal.id,
            "company_id": request.company.id,
            "currency_id": request.currency.id,
            "partner_id": request.customer.partner_id,
            "date": request.date,
            "invoice_date": request.date,
            "ref": request.ref,
        }
        for name, value in values.items():
            field = move._fields[name]
            field._update_cache(move, field.convert_to_cache(value, move))
        return move._get_invoice_computed_reference()

    def term_base_name(self, request, reference):
        """The name of a receivable line without its count."""
        if reference and request.ref and reference != request.ref:
            return f"{request.ref} - {reference}"
        return reference or ""

    def move(self, request, template, identity):
        """The row of the invoice."""
        customer, amounts = request.customer, request.amounts
        in_currency, in_company = self._currency_formats(request)
        sign = -1 if request.move_type == "out_invoice" else 1
        residual_currency = sum(term.amount_currency for term in request.terms)
        residual = sum(term.balance for term in request.terms)
        due = max(term.date for term in request.terms)
        values = {
            "id": identity.move_id,
            "name": _to_text(identity.name),
            "sequence_prefix": _to_text(identity.prefix),
            "sequence_number": identity.number,
            "ref": _to_text(request.ref),
            "invoice_origin": _to_text(request.origin),
            "payment_reference": _to_text(self.payment_reference(request, identity)),
            "partner_id": customer.partner_id,
            "commercial_partner_id": customer.commercial_id,
            "partner_shipping_id": customer.shipping_id,
            "fiscal_position_id": _to_id(request.position_id),
            "invoice_partner_display_name": _to_text(customer.display_name),
            "invoice_user_id": _to_id(self._salesperson_id(request)),
            "date": request.date.isoformat(),
            "invoice_date": request.date.isoformat(),
            "invoice_date_due": due.isoformat(),
            "invoice_currency_rate": copy_text.to_float(request.rate),
            "amount_untaxed": amount_text(in_currency, sign * amounts.untaxed_currency),
            "amount_tax": amount_text(in_currency, sign * amounts.tax_currency),
            "amount_total": amount_text(in_currency, sign * amounts.total_currency),
            "amount_residual": amount_text(in_currency, -sign * residual_currency),
            "amount_untaxed_signed": amount_text(in_company, -amounts.untaxed),
            "amount_untaxed_in_currency_signed": amount_text(in_currency, -amounts.untaxed_currency),
            "amount_tax_signed": amount_text(in_company, -amounts.tax),
            "amount_total_signed": amount_text(in_company, -amounts.total),
            "amount_total_in_currency_signed": amount_text(in_currency, -amounts.total_currency),
            "amount_residual_signed": amount_text(in_company, residual),
        }
        if request.more:
            values.update(request.more)
        return template.move.fill(values)

    def _salesperson_id(self, request):
        """The customer's salesperson; a bill that the system's own user makes is nobody's sale."""
        salesperson_id = request.customer.salesperson_id
        billed = request.more.get("billing_account_id", _NULL) != _NULL
        return 0 if billed and salesperson_id == SUPERUSER_ID else salesperson_id

    def lines(self, request, template, identity):
        """The rows of the journal items, and the rows of their taxes and tags."""
        in_currency, in_company = self._currency_formats(request)
        reference = self.payment_reference(request, identity)
        common = {
            "move_id": identity.move_id,
            "move_name": _to_text(identity.name),
            "ref": _to_text(request.ref),
            "date": request.date.isoformat(),
            "invoice_date": request.date.isoformat(),
            "partner_id": request.customer.commercial_id,
            "discount_date": _NULL,
        }
        rows, taxes, tags = [], [], []
        patterns = template.lines
        bases = iter(request.amounts.bases)
        position = 0
        for line in request.lines:
            line_id = identity.line_ids[position]
            values = dict(common, id=line_id, name=_to_text(line.name))
            if line.sequence is not None:
                values["sequence"] = line.sequence
            if line.more:
                values.update(line.more)
            if line.display_type == "product":
                base = next(bases)
                self._product_values(values, line, base, in_currency)
                self._balance_values(
                    values, line.account_id, base.balance, base.amount_currency, in_currency, in_company
                )
                taxes += [f"{line_id}\t{tax_id}" for tax_id in line.tax_ids]
                tags += [f"{line_id}\t{tag_id}" for tag_id in base.tag_ids]
            rows.append(patterns[request.kinds[position]].fill(values))
            position += 1
        for tax in request.amounts.taxes:
            line_id = identity.line_ids[position]
            values = dict(common, id=line_id, tax_base_amount=amount_text(in_company, tax.base))
            self._balance_values(values, tax.kind.account_id, tax.balance, tax.amount_currency, in_currency, in_company)
            taxes += [f"{line_id}\t{tax_id}" for tax_id in tax.tax_ids]
            tags += [f"{line_id}\t{tag_id}" for tag_id in tax.tag_ids]
            rows.append(patterns[request.kinds[position]].fill(values))
            position += 1
        base_name = self.term_base_name(request, reference)
        for term in request.terms:
            kind = request.kinds[position]
            values = dict(
                common,
                id=identity.line_ids[position],
                account_id=request.receivable_id,
                name=template.term_names[kind].replace(_NAME, _to_text(base_name)),
                date_maturity=term.date.isoformat(),
                discount_date=copy_text.to_date(term.discount_date),
                discount_balance=amount_text(in_company, term.discount_balance),
                discount_amount_currency=amount_text(in_currency, term.discount_amount_currency),
            )
            self._balance_values(
                values, request.receivable_id, term.balance, term.amount_currency, in_currency, in_company
            )
            rows.append(patterns[kind].fill(values))
            position += 1
        return rows, taxes, tags

    def _product_values(self, values, line, base, in_currency):
        values["product_id"] = _to_id(line.product_id)
        values["product_uom_id"] = _to_id(line.uom_id)
        values["account_id"] = line.account_id
        values["quantity"] = amount_text(self._quantity_format, line.quantity)
        values["price_unit"] = copy_text.to_float(line.price_unit)
        values["discount"] = amount_text(self._discount_format, line.discount)
        values["price_subtotal"] = amount_text(in_currency, base.subtotal)
        values["price_total"] = amount_text(in_currency, base.total)
        values["analytic_distribution"] = copy_text.to_json(line.analytic)

    def _balance_values(self, values, account_id, balance, amount_currency, in_currency, in_company):
        text = amount_text(in_company, balance)
        text_currency = amount_text(in_currency, amount_currency)
        nothing = in_company % 0.0
        is_debit = text[0] != "-"
        values["balance"] = text
        values["amount_currency"] = text_currency
        values["debit"] = text if is_debit else nothing
        values["credit"] = nothing if is_debit else text[1:]
        if self.reader.is_reconcilable(account_id):
            values["amount_residual"] = text
            values["amount_residual_currency"] = text_currency
            values["reconciled"] = "f" if text.strip("-0.") or text_currency.strip("-0.") else "t"
        else:
            values["amount_residual"] = nothing
            values["amount_residual_currency"] = in_currency % 0.0
            values["reconciled"] = "f"

    def messages(self, template, identity, message_ids):
        """The rows of the chatter: messages, and nothing else that hangs on them."""
        names = make_message_ids(f"{identity.move_id}-account.move", len(template.messages))
        return [
            pattern.fill({"id": message_id, "res_id": identity.move_id, "message_id": _to_text(name)})
            for pattern, message_id, name in zip(template.messages, message_ids, names, strict=True)
        ]

    def followers(self, template, identity, follower_ids):
        """The rows of the followers, and the rows of their subtypes."""
        rows, subtypes = [], []
        for (pattern, subtype_ids), follower_id in zip(template.followers, follower_ids, strict=True):
            rows.append(pattern.fill({"id": follower_id, "res_id": identity.move_id}))
            subtypes += [f"{follower_id}\t{subtype_id}" for subtype_id in subtype_ids]
        return rows, subtypes


_NAME = "\x00"


def term_pattern(text, base_name):
    """The name of a receivable line with a mark where the reference stands; None if it cannot be told apart."""
    if not base_name:
        return text
    escaped = _to_text(base_name)
    if text.count(escaped) != 1:
        return None
    return text.replace(escaped, _NAME)
