"""What an invoice takes from its customer, read for a whole batch."""

import re
from dataclasses import dataclass

from odoo.tools import SQL

from ..shared.origins import is_only_of
from . import configuration

# How Odoo finds the fiscal position of a customer, and the addons by which it follows from the kind of customer alone.
_FINDING = (
    ("account.fiscal.position", ("_get_fiscal_position", "_get_first_matching_fpos", "_get_fpos_validation_functions")),
    ("res.partner", ("_get_vat_required_valid",)),
)
_BY_KIND = frozenset(("account", "base_vat", "l10n_br"))
# what is read of them, by one query: what they have themselves, and what they have in a company
FIELDS = (
    *("name", "complete_name", "email", "type", "parent_id", "commercial_partner_id", "is_company", "company_name"),
    *("active", "lang", "user_id", "company_id", "country_id", "state_id", "zip", "vat", "customer_rank"),
    *("property_account_position_id", "property_account_receivable_id", "property_payment_term_id"),
    "property_inbound_payment_method_line_id",
)
# how Odoo calls a partner, what in the context has it say more, and the empty lines that it leaves out
_NAMING = ("_compute_display_name", "_get_complete_name")
_SHOWN = {"formatted_display_name", "partner_show_db_id", "show_address", "show_email", "show_vat"}
_EMPTY_LINES = re.compile(r"\s+\n")
# so many letters of a VAT number, its country, decide beside whether it is valid
VAT_COUNTRY = 2


def fetch(env, company_id, partner_ids):
    """Return partners as a company sees them, with what an invoice takes from them read."""
    partners = env["res.partner"].with_company(company_id).browse(dict.fromkeys(partner_ids))
    partners.fetch([name for name in FIELDS if partners._has_field_access(partners._fields[name], "read")])
    return partners


@dataclass(slots=True)
class Customer:
    """One partner as seen by one company; ids are 0 where there is none.

    :ivar is_known_customer: an invoice was posted before, for the partner and for whoever pays
    """

    partner_id: int
    commercial_id: int
    shipping_id: int
    display_name: str
    salesperson_id: int
    company_id: int
    language: str
    term_id: int
    payment_method_line_id: int
    receivable_id: int
    position_id: int
    is_known_customer: bool


class Customers:
    """Customers of a batch, by company and partner, read once with one query per table."""

    def __init__(self, env, parts=()):
        self.env = env
        self._parts = parts
        self._known = {}
        self._records = {}
        self._positions = {}
        self._with_others = set()
        self._is_by_kind = all(is_only_of(env[name], methods, _BY_KIND) for name, methods in _FINDING)
        # then a partner who belongs to no company is called by the name alone
        self._is_named_alone = is_only_of(env["res.partner"], _NAMING, ("base",)) and not _SHOWN & env.context.keys()

    def prefetch(self, pairs):
        """Make all later reads hit the cache: one recordset, one prefetch."""
        by_company = {}
        for company_id, partner_id in pairs:
            by_company.setdefault(company_id, []).append(partner_id)
        for company_id, partner_ids in by_company.items():
            company = self.env["res.company"].browse(company_id)
            partners = fetch(self.env, company_id, partner_ids)
            self._note_others(partners)
            for partner in partners:
                self._records[company_id, partner.id] = partner
                self._known[company_id, partner.id] = self._read(company, partner)

    def _note_others(self, partners):
        """Note which partners have addresses or contacts of their own: most have none, and are where they are."""
        partners.flush_model(["parent_id"])
        query = SQL("SELECT DISTINCT parent_id FROM res_partner WHERE parent_id = ANY(%s)", list(partners._ids))
        self._with_others.update(partner_id for [partner_id] in self.env.execute_query(query))

    def get(self, company_id, partner_id):
        return self._known[company_id, partner_id]

    def has_bank(self, company_id, partner_id):
        """Tell whether a customer has a bank account; the first question reads those of all."""
        return bool(self._records[company_id, partner_id].commercial_partner_id.bank_ids)

    def _read(self, company, partner):
        commercial = partner.commercial_partner_id
        shipping = self._shipping(partner)
        receivable = (
            commercial.property_account_receivable_id
            or company.partner_id.with_company(company).property_account_receivable_id
        )  # the same chain as Odoo's, without its last resort: an invoice without either goes to Odoo
        return Customer(
            partner_id=partner.id,
            commercial_id=commercial.id,
            shipping_id=shipping.id,
            display_name=self._get_display_name(partner),
            salesperson_id=(partner.user_id or commercial.user_id or self.env.user).id,
            company_id=partner.company_id.id or 0,
            language=partner.lang or "",
            term_id=partner.property_payment_term_id.id or 0,
            payment_method_line_id=partner.property_inbound_payment_method_line_id.id or 0,
            receivable_id=receivable.id or 0,
            position_id=self._position(company, partner, shipping),
            is_known_customer=bool(partner.customer_rank and commercial.customer_rank),
        )

    def _get_display_name(self, partner):
        """Return what Odoo calls a partner in the environment of the caller, as the stored field of the move is."""
        if self._is_named_alone and partner.name and not (partner.parent_id or partner.company_name):
            return _EMPTY_LINES.sub("\n", partner.name).strip()
        return partner.with_env(self.env).display_name

    def _shipping(self, partner):
        if partner.parent_id or partner.id in self._with_others or partner.type not in ("contact", "delivery"):
            return partner.browse(partner.address_get(["delivery"])["delivery"])
        return partner

    def _position(self, company, partner, shipping):
        """The fiscal position that Odoo finds, asked once per kind of customer; of each where an addon has a say."""
        for part in self._parts:
            position_id = part.find_position(company, partner, shipping)
            if position_id is not None:
                return position_id
        kind = (
            company.id,
            partner.property_account_position_id.id,
            shipping.property_account_position_id.id,
            partner.country_id.id,
            (partner.vat or "")[:VAT_COUNTRY],
            shipping.country_id.id,
            shipping.state_id.id,
            shipping.zip,
            # the rule about VAT numbers may look at more than the number itself: its answer is what tells kinds apart
            bool(shipping.vat and shipping._get_vat_required_valid(company=company)),
            0 if self._is_by_kind else shipping.id,
            0 if self._is_by_kind else partner.id,
        )
        position_id = self._positions.get(kind)
        if position_id is None:
            is_of_kind = self._is_by_kind and not shipping.vat
            position_id = self._positions[kind] = (
                configuration.once(
                    self.env, ("position", *kind), lambda: self._find_position(company, partner, shipping)
                )
                if is_of_kind
                else self._find_position(company, partner, shipping)
            )
        return position_id

    def _find_position(self, company, partner, shipping):
        positions = self.env["account.fiscal.position"].with_company(company)
        return positions._get_fiscal_position(partner, delivery=shipping).id or 0
