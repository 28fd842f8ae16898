"""Understand the values of an invoice, or say why they are left to Odoo."""

from dataclasses import dataclass, field
from datetime import date

from odoo import fields
from odoo.fields import Command

from ...models.receivables.due_dates import get_due_day_without_term
from ..shared.numbers import as_float, rounded_float
from ..shared.origins import is_only_of
from . import configuration, copy_text, known

HEADER_VALUES = frozenset(
    """move_type partner_id company_id currency_id journal_id invoice_date invoice_payment_term_id invoice_date_due
        fiscal_position_id ref invoice_origin payment_reference invoice_line_ids""".split()
)
LINE_VALUES = frozenset(
    """product_id name quantity price_unit discount tax_ids display_type product_uom_id account_id
        analytic_distribution sequence""".split()
)
TEXT_LINES = ("line_section", "line_subsection", "line_note")
PLAIN_TYPES = ("many2one", "char", "text", "selection", "integer", "float", "boolean", "date", "datetime")

# Odoo's way from product, customer and fiscal position to account and taxes; and whose part of it looks at settings
# and products alone
_WAY = {
    "account.fiscal.position": ("map_tax", "map_account"),
    "account.tax": ("_filter_taxes_by_company", "_check_company_domain"),
    "product.template": ("get_product_accounts", "_get_product_accounts"),
    "account.move": ("_get_discount_allocation_account",),
}
_LOOK_AT_SETTINGS = ("account", "stock_account", "mrp_account", "l10n_de")


class LeftToOdoo(Exception):
    """The renderer does not know this case; the text is the reason that is counted."""


@dataclass(slots=True)
class Line:
    """One invoice line of a request."""

    display_type: str
    name: str
    product_id: int = 0
    account_id: int = 0
    uom_id: int = 0
    tax_ids: tuple = ()
    quantity: float = 0.0
    price_unit: float = 0.0
    discount: float = 0.0
    sequence: int | None = None
    analytic: dict | None = None
    more: dict = field(default_factory=dict)
    kind: tuple = ()


@dataclass(slots=True, eq=False)
class Request:
    """One invoice to make, resolved as far as it does not depend on amounts."""

    index: int
    vals: dict
    move_type: str
    company: object
    journal: object
    currency: object
    customer: object
    position_id: int
    term_id: int
    receivable_id: int
    date: date
    due: date | None
    rate: float
    ref: str | None
    origin: str | None
    payment_reference: str | None
    lines: list
    more: dict
    amounts: object = None
    terms: list = None
    shape: tuple = ()
    kinds: tuple = ()


class Reader:
    """Turns values into requests; remembers everything that many invoices of a batch share."""

    def __init__(self, env, customers):
        self.env = env
        self.customers = customers
        self.today = fields.Date.context_today(env["account.move"])
        self._journals = {}
        self._currencies = {}
        self._products = {}
        self._accounts_and_taxes = {}
        self._is_known_way = all(is_only_of(env[name], methods, _LOOK_AT_SETTINGS) for name, methods in _WAY.items())
        self._rates = {}
        self._dates = {}
        self._reconcilable = {}
        self._move_fields = env["account.move"]._fields
        self._line_fields = env["account.move.line"]._fields
        self._quantity_digits = self._line_fields["quantity"].get_digits(env)
        self._discount_digits = self._line_fields["discount"].get_digits(env)
        # terms and conditions are copied to the invoice in the language of the customer
        self.language_matters = bool(
            env["ir.config_parameter"].sudo().get_param("account.use_invoice_terms")
        )  # sudo: a setting
        # the sales team of an invoice follows from its salesperson
        self.salesperson_matters = "team_id" in self._move_fields
        self._distribution_models = configuration.once(
            env,
            "distribution models",
            lambda: bool(env["account.analytic.distribution.model"].sudo().search_count([], limit=1)),
        )  # sudo: whether any exists

    def company_and_partner(self, vals):
        """The pair to prefetch; raise LeftToOdoo for values that are not even that clear."""
        if vals.get("move_type") not in ("out_invoice", "out_refund"):
            raise LeftToOdoo("document type")
        for name in ("partner_id", "journal_id", "invoice_date"):
            if not vals.get(name):
                raise LeftToOdoo(f"no {name}")
        journal = self._journal(vals["journal_id"])
        company_id = vals.get("company_id") or journal.company_id.id
        if company_id != journal.company_id.id:
            raise LeftToOdoo("journal of another company")
        return company_id, vals["partner_id"]

    def read(self, index, vals):
        journal = self._journal(vals["journal_id"])
        company = journal.company_id
        customer = self.customers.get(company.id, vals["partner_id"])
        key = (vals["journal_id"], vals.get("currency_id"))
        if (currency := self._currencies.get(key)) is None:
            currency = self._currencies[key] = self._currency(vals, journal)
        invoice_date = self._date(company, journal, fields.Date.to_date(vals["invoice_date"]))
        position_id = vals["fiscal_position_id"] or 0 if "fiscal_position_id" in vals else customer.position_id
        term_id = vals["invoice_payment_term_id"] or 0 if "invoice_payment_term_id" in vals else customer.term_id
        given_due_day = fields.Date.to_date(vals.get("invoice_date_due"))
        if term_id and given_due_day:
            raise LeftToOdoo("due date beside payment term")
        if vals["move_type"] == "out_refund" and self.customers.has_bank(company.id, customer.partner_id):
            raise LeftToOdoo("bank account of the customer on a credit note")
        receivable_id = self._map_account(position_id, customer.receivable_id)
        self._check_receivable(receivable_id, currency, company)
        commands = vals.get("invoice_line_ids") or ()
        lines = [self._line(company, position_id, command) for command in commands]
        if not any(line.display_type == "product" for line in lines):
            raise LeftToOdoo("no product line")
        return Request(
            index=index,
            vals=vals,
            move_type=vals["move_type"],
            company=company,
            journal=journal,
            currency=currency,
            customer=customer,
            position_id=position_id,
            term_id=term_id,
            receivable_id=receivable_id,
            date=invoice_date,
            due=None
            if term_id
            else get_due_day_without_term(fields.Date.to_date(vals.get("invoice_date_due")), self.today),
            rate=self._rate(company, currency, invoice_date),
            ref=vals.get("ref") or None,
            origin=vals.get("invoice_origin") or None,
            payment_reference=vals.get("payment_reference") or None,
            lines=lines,
            more=self._plain_values(vals, HEADER_VALUES, self._move_fields),
        )

    def _check_receivable(self, account_id, currency, company):
        """Leave to Odoo what it may refuse: the account is the customer's own, so no example of the shape shows it."""
        if not account_id:
            raise LeftToOdoo("no receivable account")
        account = self.env["account.account"].browse(account_id)
        if not account.active:
            raise LeftToOdoo("archived receivable account")
        if account.account_type != "asset_receivable":
            raise LeftToOdoo("receivable account of another type")
        if account.currency_id and account.currency_id not in (currency, company.currency_id):
            raise LeftToOdoo("receivable account in another currency")

    def is_reconcilable(self, account_id):
        """Does a line on this account carry a residual?"""
        known = self._reconcilable.get(account_id)
        if known is None:
            account = self.env["account.account"].browse(account_id)
            known = self._reconcilable[account_id] = bool(
                account.reconcile or account.account_type in ("asset_cash", "liability_credit_card")
            )
        return known

    # ---- header

    def _journal(self, journal_id):
        journal = self._journals.get(journal_id)
        if journal is None:
            journal = self.env["account.journal"].browse(journal_id)
            reason = self._ask_once(("journal", journal_id), lambda: self._journal_reason(journal))
            self._journals[journal_id] = journal = reason or journal
        if isinstance(journal, str):
            raise LeftToOdoo(journal)
        return journal

    def _journal_reason(self, journal):
        company = journal.company_id
        if journal.type != "sale":
            return "not a sales journal"
        if journal.restrict_mode_hash_table:
            return "hashed journal"
        if journal.is_self_billing:
            return "self-billing journal"
        if journal.invoice_reference_type not in ("invoice", "partner"):
            return "payment reference of the journal"
        if company.account_storno:
            return "storno accounting"
        if (
            self.env["account.move"]
            .new({"journal_id": journal.id, "company_id": company.id, "move_type": "out_invoice"})
            ._get_discount_allocation_account()
        ):
            return "discount allocation account"
        return None

    def _currency(self, vals, journal):
        own = journal.currency_id or journal.company_id.currency_id
        if not vals.get("currency_id") or vals["currency_id"] == own.id:
            return own
        if journal.currency_id:
            raise LeftToOdoo("journal in another currency")
        return self.env["res.currency"].browse(vals["currency_id"])

    def _date(self, company, journal, day):
        key = (journal.id, day)
        known = self._dates.get(key)
        if known is None:
            # with taxes assumed: the strictest case
            known = self._dates[key] = not company._get_violated_lock_dates(day, True, journal)
        if not known:
            raise LeftToOdoo("lock date")
        return day

    def _rate(self, company, currency, day):
        key = (company.id, currency.id, day)
        rate = self._rates.get(key)
        if rate is None:
            rate = self._rates[key] = self.env["res.currency"]._get_conversion_rate(
                from_currency=company.currency_id, to_currency=currency, company=company, date=day
            )
        if not rate:
            raise LeftToOdoo("no currency rate")
        return rate

    def _map_account(self, position_id, account_id):
        if not position_id or not account_id:
            return account_id
        key = ("map", position_id, account_id)
        mapped = self._accounts_and_taxes.get(key)
        if mapped is None:
            position = self.env["account.fiscal.position"].browse(position_id)
            account = self.env["account.account"].browse(account_id)
            mapped = self._accounts_and_taxes[key] = self._ask_once(key, lambda: position.map_account(account).id)
        return mapped

    # ---- lines

    def _line(self, company, position_id, command):
        if command[0] != Command.CREATE:
            raise LeftToOdoo("line command")
        vals = command[2]
        display_type = vals.get("display_type") or "product"
        if not vals.get("name"):
            raise LeftToOdoo("line without description")
        sequence = vals.get("sequence")
        more = self._plain_values(vals, LINE_VALUES, self._line_fields)
        if display_type in TEXT_LINES:
            if set(vals) & {"product_id", "quantity", "price_unit", "tax_ids", "account_id"}:
                raise LeftToOdoo("amounts on a text line")
            return Line(display_type=display_type, name=vals["name"], sequence=sequence, more=more)
        if display_type != "product":
            raise LeftToOdoo(f"line type {display_type}")
        if "price_unit" not in vals:
            raise LeftToOdoo("line without price")
        if self._distribution_models and "analytic_distribution" not in vals:
            raise LeftToOdoo("analytic distribution models")
        product_id = vals.get("product_id") or 0
        uom_id = self._product(company, product_id) if product_id else 0
        if vals.get("product_uom_id"):
            uom_id = vals["product_uom_id"]
        account_id, tax_ids = self._account_and_taxes(company, position_id, product_id, vals)
        analytic = vals.get("analytic_distribution") or None
        return Line(
            display_type="product",
            name=vals["name"],
            product_id=product_id,
            account_id=account_id,
            uom_id=uom_id,
            tax_ids=tax_ids,
            quantity=rounded_float(vals.get("quantity", 1.0) or 0.0, self._quantity_digits),
            price_unit=as_float(vals["price_unit"] or 0.0),
            discount=rounded_float(vals.get("discount") or 0.0, self._discount_digits),
            sequence=sequence,
            analytic=analytic,
            more=more,
            kind=(product_id, account_id, tax_ids, uom_id, repr(analytic) if analytic else None),
        )

    def _product(self, company, product_id):
        key = (company.id, product_id)
        uom_id = self._products.get(key)
        if uom_id is None:
            product = self.env["product.product"].browse(product_id)
            of_company = not product.company_id or product.company_id in company.parent_ids
            uom_id = self._products[key] = product.uom_id.id if of_company else -1
        if uom_id < 0:
            raise LeftToOdoo("product of another company")
        return uom_id

    def _account_and_taxes(self, company, position_id, product_id, vals):
        given = _given_taxes(vals["tax_ids"]) if "tax_ids" in vals else None
        key = (company.id, position_id, product_id, vals.get("account_id"), given)
        known = self._accounts_and_taxes.get(key)
        if known is None:
            asked = (company, position_id, product_id, vals.get("account_id"), given)
            known = self._accounts_and_taxes[key] = self._ask_once(
                ("account and taxes", *key), lambda: self._find_account_and_taxes(*asked), product_id
            )
        return known

    def _ask_once(self, question, ask, product_id=0):
        """Ask what Odoo answers from its settings alone; each time where an addon may look at something else."""
        return configuration.once(self.env, question, ask, product_id) if self._is_known_way else ask()

    def _find_account_and_taxes(self, company, position_id, product_id, account_id, given):
        env = self.env
        position = env["account.fiscal.position"].browse(position_id)
        product = env["product.product"].browse(product_id)
        if account_id:
            account = env["account.account"].browse(account_id)
        elif product:
            template = product.product_tmpl_id.with_company(company)
            account = template.get_product_accounts(fiscal_pos=position)["income"]
        else:
            # Odoo takes the account that this customer was billed on most often
            raise LeftToOdoo("line without product and account")
        if not account:
            raise LeftToOdoo("no income account")
        if given is not None:
            return account.id, tuple(env["account.tax"].browse(given).sorted()._ids)
        # not read as the company: what its rules leave out would stay hidden from the other companies of the batch
        taxes = product.taxes_id.filtered_domain(
            env["account.tax"]._check_company_domain(company)
        ) or account.tax_ids.filtered(lambda tax: tax.type_tax_use == "sale")
        taxes = taxes._filter_taxes_by_company(company)
        if taxes and position:
            taxes = position.map_tax(taxes)
        return account.id, tuple(taxes.sorted()._ids)

    def _plain_values(self, vals, handled, model_fields):
        """Texts of the values of plain columns that need no understanding."""
        more = {}
        for name, value in vals.items():
            if name in handled:
                continue
            field = model_fields.get(name)
            if field is None or not is_mere_column(field):
                raise LeftToOdoo(f"value: {name}")
            more[name] = _plain_text(field, value)
        return more


def _given_taxes(commands):
    ids = []
    for command in commands or ():
        if isinstance(command, int):
            ids.append(command)
        elif command[0] == Command.SET:
            ids = list(command[2])
        elif command[0] == Command.LINK:
            ids.append(command[1])
        elif command[0] == Command.CLEAR:
            ids = []
        else:
            raise LeftToOdoo("tax command")
    return tuple(dict.fromkeys(ids))


def is_mere_column(field):
    """Is this a mere column that no part of Odoo acts upon?"""
    if field._module in known.ACTED_UPON or not field.store or field.type not in PLAIN_TYPES:
        return False
    return not (field.compute or field.related or field.inverse or field.company_dependent or field.translate)


def _plain_text(field, value):
    if field.type == "boolean":
        return "t" if value else "f"
    if field.type in ("integer", "many2one"):
        if field.type == "integer":
            return str(value or 0)
        return copy_text.to_id(value)
    if field.type == "float":
        raise LeftToOdoo(f"value: {field.name}")
    if field.type == "date":
        return copy_text.to_date(fields.Date.to_date(value))
    if field.type == "datetime":
        return fields.Datetime.to_string(value) if value else copy_text.NULL
    return copy_text.to_text(value)
