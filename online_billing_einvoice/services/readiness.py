"""What is missing for a valid electronic invoice, in words, before there is one."""

from collections import defaultdict
from typing import NamedTuple

from odoo import api, models
from odoo.addons.online_billing.models.delivery.account_move_send import PLAIN_METHODS
from odoo.addons.online_billing.services.catalogue.sale_taxes import SaleTaxes
from odoo.addons.online_billing.services.formats.xml_format import EMBEDDED, MOST_DECIMALS

XML = "xml"
# formats whose rules ask for a telephone number and an e-mail address of the seller
NAMING_CONTACTS = frozenset({"xrechnung", EMBEDDED})
# why no tax is on something has to be said, and Odoo says it of itself only for the other kinds
CATEGORIES_WITH_REASON = frozenset({"AE", "O"})
RUNNING = ("draft", "active")


class Lack(NamedTuple):
    """Something that is missing, in plain words."""

    text: str
    is_blocking: bool  # whether no valid document can be made without it; else a network or a reader may refuse it
    is_of_buyer: bool = False  # whether the customer can enter it


class BillingEinvoiceReadiness(models.AbstractModel):
    """Asked of companies and accounts that want electronic invoices or are on a network; of all others nothing is said.

    What is said here is what the rules of EN 16931 ask of every document of an account: who sells and buys, where the
    money goes, and a tax, or a reason for none, on all that is billed. The amounts are right by themselves.
    """

    _name = "billing.einvoice.readiness"
    _description = "What Is Missing for Electronic Invoices"

    @api.private
    def find(self, companies, accounts):
        """Return what is missing, however many are asked about in the same few queries.

        :param companies: `res.company`
        :param accounts: `billing.account` of any companies
        :return: ({company id: [Lack]}, {account id: [Lack]}); those that lack nothing, or want nothing, are left out
        """
        # sudo: names of what is missing, told to those who see the account or keep the company
        companies, accounts = companies.sudo(), accounts.sudo()
        of_companies = {company.id: lacks for company in companies if (lacks := self._find_of_company(company))}
        of_accounts = {}
        for company, wanting in self.filter_wanting(accounts).grouped("company_id").items():
            untaxed = self._find_untaxed(company, wanting)
            union = self.env.ref("base.europe").country_ids
            for account in wanting:
                lacks = [*self._find_of_buyer(company, account, union), *untaxed[account.id]]
                if lacks:
                    of_accounts[account.id] = lacks
        return of_companies, of_accounts

    @api.private
    def filter_wanting(self, accounts):
        """Return the accounts that get electronic invoices: by their formats, their contact's, or over a network."""
        wanting = self.env["billing.account"]
        for company, group in accounts.sudo().grouped("company_id").items():  # sudo: as above
            is_default = XML in company.billing_document_format_ids.mapped("code")
            for account in group:
                chosen = account.document_format_ids
                if (XML in chosen.mapped("code") if chosen else is_default) or self._is_on_network(account, company):
                    wanting |= account
        return wanting.with_env(accounts.env)

    @api.private
    def is_wanted(self, account):
        """Tell whether XML is among the formats of an account."""
        account = account.sudo()  # sudo: as above
        chosen = account.document_format_ids or account.company_id.billing_document_format_ids
        return XML in chosen.mapped("code")

    def _is_on_network(self, account, company):
        partner = account.partner_id.commercial_partner_id.with_company(company)
        method = partner.invoice_sending_method
        return bool(partner.invoice_edi_format or (method and method not in PLAIN_METHODS))

    # -- the seller ---------------------------------------------------------------------------------------------------

    def _find_of_company(self, company):
        formats = self._get_formats_of(company)
        if not formats:
            return []
        partner, name = company.partner_id, company.name
        lacks = []
        if not company.country_id:
            lacks.append(Lack(self.env._("%(company)s has no country in its address.", company=name), True))
        if not all((partner.street, partner.city, partner.zip)):
            lacks.append(
                Lack(self.env._("The address of %(company)s lacks street, town or postal code.", company=name), False)
            )
        if not partner.vat or partner.vat == "/":
            lacks.append(Lack(self.env._("%(company)s has no tax number.", company=name), True))
        if not self._get_bank_accounts(company):
            is_blocking = EMBEDDED in formats
            lacks.append(Lack(self.env._("%(company)s has no bank account to pay to.", company=name), is_blocking))
        if not (partner.peppol_eas and partner.peppol_endpoint):
            lacks.append(
                Lack(self.env._("%(company)s has no end point (Peppol e-address) on its contact.", company=name), False)
            )
        if formats & NAMING_CONTACTS and not (partner.phone and partner.email):
            lacks.append(
                Lack(self.env._("%(company)s has no telephone number or no e-mail address.", company=name), True)
            )
        if code := company.billing_late_fee_code_id:
            lacks += self._find_of_taxes(code.name, SaleTaxes(self.env, ()).get_listed(company.id, code.product_id.id))
        return lacks

    def _get_formats_of(self, company):
        """Return the electronic formats that customers of a company get; empty where none is wanted."""
        formats = self.env["billing.format.xml"]
        accounts = self.env["billing.account"].sudo().with_company(company)  # sudo: as above
        own = [("company_id", "=", company.id), ("state", "in", (*RUNNING, "suspended"))]
        found = set()
        is_default = XML in company.billing_document_format_ids.mapped("code")
        if is_default or accounts.search_count([*own, ("document_format_ids.code", "=", XML)], limit=1):
            found.add(formats.get_customer_format(company.partner_id, company))
        by_contact = self.env["res.partner"].with_company(company).sudo()  # sudo: as above
        for edi_format in by_contact._get_ubl_cii_formats():
            named = [("partner_id.commercial_partner_id.invoice_edi_format_store", "=", edi_format)]
            if accounts.search_count([*own, *named], limit=1):
                found.add(edi_format)
        return found - {""}

    def _get_bank_accounts(self, company):
        return company.partner_id.bank_ids.filtered(lambda bank: bank.company_id in (company, company.browse()))

    # -- the buyer ----------------------------------------------------------------------------------------------------

    def _find_of_buyer(self, company, account, union):
        partner = account.partner_id
        buyer = partner.commercial_partner_id
        lacks = []
        if not partner.country_id:
            lacks.append(
                Lack(
                    self.env._("%(customer)s has no country in the address.", customer=partner.display_name), True, True
                )
            )
        is_business = bool(buyer.vat) or buyer.is_company
        if (
            buyer.is_company
            and not buyer.vat
            and buyer.country_id != company.country_id
            and buyer.country_id in union
            and company.country_id in union
        ):
            lacks.append(
                Lack(
                    self.env._(
                        "%(customer)s is a business in another country and has no tax number.", customer=buyer.name
                    ),
                    False,
                    True,
                )
            )
        if is_business and not (buyer.peppol_eas and buyer.peppol_endpoint):
            lacks.append(
                Lack(
                    self.env._("%(customer)s has no end point (Peppol e-address).", customer=buyer.display_name),
                    False,
                    True,
                )
            )
        if account.currency_id.decimal_places > MOST_DECIMALS:
            lacks.append(
                Lack(
                    self.env._(
                        "Amounts in %(currency)s have more decimals than an electronic invoice: it goes out in the"
                        " other formats.",
                        currency=account.currency_id.name,
                    ),
                    False,
                )
            )
        return lacks

    # -- what is billed -----------------------------------------------------------------------------------------------

    def _find_untaxed(self, company, accounts):
        """Return {account id: [Lack]} for what is subscribed or waits to be billed without a tax or a reason."""
        codes = defaultdict(set)
        for model, domain in (
            ("billing.subscription.line", [("subscription_id.state", "in", RUNNING)]),
            ("billing.charge", [("state", "=", "pending")]),
        ):
            # sudo: as above
            found = (
                self.env[model]
                .sudo()
                ._read_group([("account_id", "in", accounts.ids), *domain], ["account_id", "code_id"])
            )
            for account, code in found:
                codes[account.id].add(code)
        sale = SaleTaxes(self.env, [(company.id, account.partner_id.id) for account in accounts])
        lacks = defaultdict(list)
        for account in accounts:
            position_id = 0
            if codes[account.id]:
                position_id = sale.get_position(company.id, account.partner_id.id, account.fiscal_position_id.id)
            for code in sorted(codes[account.id], key=lambda code: code.id):
                taxes = sale.get_owed(company.id, position_id, code.product_id.id)
                lacks[account.id] += self._find_of_taxes(code.name, taxes)
        return lacks

    def _find_of_taxes(self, name, taxes):
        if not taxes:
            return [
                Lack(
                    self.env._(
                        "“%(code)s” bears no tax. Give its product a tax; one of 0%% with the reason of the exemption"
                        " where it is exempt.",
                        code=name,
                    ),
                    True,
                )
            ]
        return [
            Lack(
                self.env._(
                    "“%(code)s” bears the tax “%(tax)s”, which does not say why it is 0%%: choose the reason on the"
                    " tax.",
                    code=name,
                    tax=tax.name,
                ),
                True,
            )
            for tax in taxes.flatten_taxes_hierarchy()
            if tax.ubl_cii_tax_category_code in CATEGORIES_WITH_REASON and not tax.ubl_cii_tax_exemption_reason_code
        ]
