"""What further addons of Odoo do to an invoice that is posted, done to those that are written after an example.

A part belongs to an addon by its exact name, and works only where that is installed. What it does not know it leaves to
Odoo. Whatever a part does is compared with Odoo like everything else.
"""

from types import MappingProxyType
from typing import NamedTuple

from . import copy_text
from .request import LeftToOdoo


class Part:
    """What one addon does; nothing, unless said otherwise."""

    addon = ""
    # by model the columns that begin as nothing and that ``finish`` sets
    finished = MappingProxyType({})

    def __init__(self, env):
        self.env = env

    def find_position(self, company, partner, shipping):
        """Return the id of the fiscal position of a customer, 0 for none; None where the addon has no say."""
        return

    def complete(self, request):
        """Set columns that follow from the request (``request.more``, ``line.more``), or leave it to Odoo."""

    def get_shape(self, request):
        """Return what of the request makes another shape, because columns that no slot fills follow from it."""
        return

    def finish(self, moves):
        """Do to written invoices what the addon does to posted ones."""


class German(Part):
    """The day of delivery stands on each German invoice: the day of the invoice, unless another one is given."""

    addon = "l10n_de"

    def complete(self, request):
        if _is_in(request.company, "DE"):
            request.more["delivery_date"] = request.date.isoformat()


class Stock(Part):
    """What is taken from a valued stock adds the cost of the goods to the journal items."""

    addon = "stock_account"

    def __init__(self, env):
        super().__init__(env)
        self._valued = {}

    def complete(self, request):
        if any(line.product_id and self._is_valued(request.company, line.product_id) for line in request.lines):
            raise LeftToOdoo("product from a valued stock")

    def _is_valued(self, company, product_id):
        key = (company.id, product_id)
        if key not in self._valued:
            product = self.env["product.product"].browse(product_id).with_company(company)
            self._valued[key] = product.is_storable and product.valuation == "real_time"
        return self._valued[key]


class Supply(NamedTuple):
    """Where an Indian company delivers to, and what kind of customer that is."""

    treatment: str
    state_id: int
    has_number: bool
    position_id: int


class Indian(Part):
    """Place of supply, treatment under GST and code of each good, and the section of the return that a line is in."""

    addon = "l10n_in"
    finished = MappingProxyType({"account.move.line": ("l10n_in_gstr_section",)})
    _REGISTERED = ("regular", "composition", "special_economic_zone", "deemed_export")

    def __init__(self, env):
        super().__init__(env)
        self._supplies, self._codes = {}, {}

    def find_position(self, company, partner, shipping):
        return self._get_supply(company, partner, shipping).position_id if _is_in(company, "IN") else None

    def complete(self, request):
        company = request.company
        if not _is_in(company, "IN"):
            return
        partners = self.env["res.partner"].with_company(company)
        partner = partners.browse(request.customer.partner_id)
        supply = self._get_supply(company, partner, partners.browse(request.customer.shipping_id))
        request.more["l10n_in_gst_treatment"] = copy_text.to_text(supply.treatment)
        request.more["l10n_in_state_id"] = copy_text.to_id(supply.state_id)
        if company.l10n_in_is_gst_registered:
            if supply.state_id and not supply.has_number or supply.treatment in self._REGISTERED and not partner.vat:
                raise LeftToOdoo("GST number")  # Odoo refuses it
            request.more["l10n_in_gstin"] = copy_text.to_text(partner.vat or None)
        for line in request.lines:
            if line.display_type == "product":
                line.more["l10n_in_hsn_code"] = self._get_code(line.product_id)

    def finish(self, moves):
        # it is no change by hand
        lines = moves.line_ids.with_context(tracking_disable=True, skip_is_manually_modified=True)
        lines._set_l10n_in_gstr_section(lines._get_l10n_in_tax_tag_ids())

    def _get_code(self, product_id):
        if product_id not in self._codes:
            product = self.env["product.product"].browse(product_id or ())
            self._codes[product_id] = copy_text.to_text(product.l10n_in_hsn_code or None)
        return self._codes[product_id]

    def _get_supply(self, company, partner, shipping):
        """Ask Odoo once for each kind of customer, on an invoice that is never saved."""
        commercial = partner.commercial_partner_id
        key = (
            *(company.id, partner.l10n_in_gst_treatment, partner.check_vat_in(partner.vat)),
            *(partner.country_id.id, partner.state_id.id, commercial.state_id.id),
            *(shipping.country_id.id, shipping.state_id.id, shipping.commercial_partner_id == commercial),
            *(partner.property_account_position_id.id, shipping.property_account_position_id.id),
        )
        if key not in self._supplies:
            moves = self.env["account.move"].with_company(company)
            move = moves.new({"move_type": "out_invoice", "company_id": company.id, "partner_id": partner.id})
            state, position = move.l10n_in_state_id, move.fiscal_position_id
            self._supplies[key] = Supply(
                move.l10n_in_gst_treatment, state.id, bool(state.l10n_in_tin), position._origin.id or 0
            )
        return self._supplies[key]


def _is_in(company, code):
    return company.account_fiscal_country_id.code == code


_PARTS = (German, Indian, Stock)


def get_parts(env):
    """Return the parts of the addons that are installed."""
    return [part(env) for part in _PARTS if part.addon in env.registry._init_modules]
