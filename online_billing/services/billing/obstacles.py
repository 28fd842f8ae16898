"""See before billing what would make Odoo refuse an invoice: run and preview say it in the same words."""

from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, float_compare

from ..posting import configuration
from ..posting.customers import Customers
from ..posting.known import ADDONS
from ..shared.origins import is_only_of

# methods that say for what a plan is mandatory
_PLAN_RULES = ("get_relevant_plans", "_get_applicability")


class BillingObstacles(models.AbstractModel):
    _name = "billing.obstacles"
    _description = "What Keeps Accounts from Being Billed"

    @api.private
    def find(self, bills):
        """Return {account id: why no invoice of it could be posted, and what to do}, for those that have such a reason.

        Only what is sure and cheap to see: a fixed number of queries per batch. Anything else is found out by posting.
        An override may add reasons of its own.

        :param list bills: Bill
        """
        # sudo: whether what the account names is archived, told to those who may bill it
        search = _Search(self.sudo().env, bills)
        found, choice = {}, self.env["billing.invoice.choice"]
        for bill in bills:
            if choice.is_skipped(bill):
                continue
            if bill.account.id not in found and (reason := search.find(bill)):
                found[bill.account.id] = reason
        return found


class _Search:
    """Looks into the records that bills name, into each once."""

    def __init__(self, env, bills):
        self.env = env
        self._bills = bills
        self._known = {}
        self._customers = None
        company_ids = sorted({bill.account.company_id for bill in bills})
        archived = [
            *env["account.account"]._check_company_domain(company_ids),
            ("account_type", "=", "asset_receivable"),
            ("active", "=", False),
        ]
        self._has_archived_receivable = configuration.once(
            env,
            ("archived receivable accounts", *company_ids),
            lambda: bool(env["account.account"].search_count(archived, limit=1)),
        )
        self._may_be_mandatory = configuration.once(env, "mandatory plans", self._find_whether_mandatory)

    def find(self, bill):
        account = bill.account
        return (
            self._check_customer(account)
            or self._once(self._check_currency, account.currency_id)
            or self._check_journal(account)
            or self._check_receivable(account)
            or next(filter(None, (self._check_income(account, item) for item in bill.items)), None)
            or next(filter(None, (self._check_taxes(account, item) for item in bill.items)), None)
            or next(filter(None, (self._check_analytic(account, item) for item in bill.items)), None)
        )

    def _once(self, check, *key):
        key = (check.__name__, *key)
        if key not in self._known:
            self._known[key] = check(*key[1:])
        return self._known[key]

    def _check_customer(self, account):
        if account.is_customer_active:
            return None
        return self.env._(
            "The customer “%(customer)s” is archived. Take the customer out of the archive, or end the subscriptions"
            " and close the account.",
            customer=self.env["res.partner"].browse(account.partner_id).name,
        )

    def _check_currency(self, currency_id):
        currency = self.env["res.currency"].browse(currency_id)
        if currency.active:
            return None
        return self.env._(
            "The currency %(currency)s is switched off. Switch it on under Invoicing / Configuration / Currencies, or"
            " choose another one for the account.",
            currency=currency.name,
        )

    def _check_journal(self, account):
        if account.journal_id:
            return self._once(self._check_own_journal, account.journal_id)
        return self._once(self._check_default_journal, account.company_id, account.currency_id)

    def _check_own_journal(self, journal_id):
        journal = self.env["account.journal"].browse(journal_id)
        if journal.active:
            return None
        return self.env._(
            "The journal “%(journal)s” of the account is archived. Choose another one for the account, or take it out"
            " of the archive.",
            journal=journal.name,
        )

    def _check_default_journal(self, company_id, currency_id):
        try:
            self.env["billing.invoice.choice"].get_journal(company_id, currency_id)
        except UserError as error:
            return str(error)
        return None

    def _check_receivable(self, account):
        if not self._has_archived_receivable:
            return None
        customer = self._get_customer(account)
        receivable = self._get_archived(account, self.env["account.account"].browse(customer.receivable_id))
        if not receivable:
            return None
        return self.env._(
            "The receivable account “%(account)s” of the customer is archived. Choose another one on the customer, or"
            " take it out of the archive.",
            account=receivable.display_name,
        )

    def _check_income(self, account, item):
        income = self._get_archived(account, self._once(self._find_income, account.company_id, item.product_id))
        if not income:
            return None
        return self.env._(
            "The income account “%(account)s” of “%(item)s” is archived. Choose another one on the product, or take it"
            " out of the archive.",
            account=income.display_name,
            item=item.name,
        )

    def _check_taxes(self, account, item):
        """See what nobody would see: taxes that were archived are left out, and the customer is billed without any.

        What is given back has the taxes of its invoice, whatever became of them.
        """
        if item.corrected:
            return None
        archived = self._once(self._find_archived_taxes, account.company_id, item.product_id)
        if not archived:
            return None
        return self.env._(
            "“%(item)s” would be billed without tax, because its tax is archived: %(taxes)s. Choose another one on the"
            " product (a tax of zero where none is due), or take it out of the archive.",
            item=item.name,
            taxes=", ".join(archived.mapped("name")),
        )

    def _check_analytic(self, account, item):
        """See what Odoo's own button refuses: a line without the analytic distribution that a plan demands."""
        if not self._may_be_mandatory:
            return None
        mandatory = self._once(self._find_mandatory_plans, account.company_id, item.product_id)
        if not mandatory:
            return None
        shares = self._once(self._find_shares, account.company_id, item.product_id, account.partner_id)
        missing = [plan for plan in mandatory if float_compare(shares.get(plan, 0.0), 100.0, precision_digits=2)]
        if not missing:
            return None
        return self.env._(
            "The analytic plan “%(plan)s” is mandatory for “%(item)s”, and no distribution model gives it 100 percent."
            " Add one under Invoicing / Configuration / Analytic Distribution Models, or make the plan optional.",
            plan=missing[0].name,
            item=item.name,
        )

    def _find_whether_mandatory(self):
        """Tell whether any plan may be mandatory for anything, as far as Odoo's own rules are asked."""
        if not is_only_of(self.env["account.analytic.plan"], _PLAN_RULES, ADDONS):
            return True
        self.env.flush_all()
        query = SQL(
            """
            SELECT EXISTS (SELECT FROM account_analytic_applicability WHERE applicability = 'mandatory')
                OR EXISTS (SELECT FROM account_analytic_plan WHERE default_applicability::text LIKE '%%mandatory%%')
                OR EXISTS (SELECT FROM ir_default WHERE json_value LIKE '%%mandatory%%')
            """
        )
        return self.env.execute_query(query)[0][0]

    def _find_mandatory_plans(self, company_id, product_id):
        plans = self.env["account.analytic.plan"].with_company(company_id)
        relevant = plans.get_relevant_plans(
            company_id=company_id,
            product=product_id,
            account=self._once(self._find_income, company_id, product_id).id,
            business_domain="invoice",
        )
        return plans.browse([plan["id"] for plan in relevant if plan["applicability"] == "mandatory"])

    def _find_shares(self, company_id, product_id, partner_id):
        """Return {root plan: percent} that Odoo would distribute by its models."""
        product = self.env["product.product"].with_company(company_id).browse(product_id)
        partner = self.env["res.partner"].browse(partner_id)
        distribution = self.env["account.analytic.distribution.model"]._get_distribution(
            {
                "product_id": product.id,
                "product_categ_id": product.categ_id.id,
                "partner_id": partner.commercial_partner_id.id,
                "partner_category_id": partner.commercial_partner_id.category_id.ids,
                "account_prefix": self._once(self._find_income, company_id, product_id).code,
                "company_id": company_id,
                "related_root_plan_ids": self.env["account.analytic.plan"],
            }
        )
        shares = defaultdict(float)
        for accounts, percent in distribution.items():
            for account in self.env["account.analytic.account"].browse(map(int, accounts.split(","))).exists():
                shares[account.root_plan_id] += percent
        return shares

    def _find_income(self, company_id, product_id):
        product = self.env["product.product"].with_company(company_id).browse(product_id)
        return product.product_tmpl_id.get_product_accounts()["income"]

    def _find_archived_taxes(self, company_id, product_id):
        """Return the taxes of a product for sales of a company, where all are archived and nothing else says one.

        Beside one that is not archived they were replaced; where a product has none, the income account may.
        """
        company = self.env["res.company"].browse(company_id)
        taxes = self.env["product.product"].with_context(active_test=False).browse(product_id).taxes_id
        taxes = taxes.filtered_domain(taxes._check_company_domain(company))
        income = self._once(self._find_income, company_id, product_id)
        is_replaced = any(tax.active for tax in taxes) or "sale" in income.tax_ids.mapped("type_tax_use")
        return taxes.browse() if is_replaced else taxes

    def _get_archived(self, account, archived):
        """Return the archived account that the invoice would use; a fiscal position may put another in its place."""
        if not archived or archived.active:
            return None
        position_id = account.fiscal_position_id or self._get_customer(account).position_id
        mapped = self.env["account.fiscal.position"].browse(position_id or ()).map_account(archived)
        return None if mapped.active else mapped

    def _get_customer(self, account):
        if not self._customers:
            self._customers = Customers(self.env)
            self._customers.prefetch((bill.account.company_id, bill.account.partner_id) for bill in self._bills)
        return self._customers.get(account.company_id, account.partner_id)
