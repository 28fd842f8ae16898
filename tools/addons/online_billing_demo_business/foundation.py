"""What stands before the first customer: companies with their books, currencies with rates, resources and users."""

from datetime import timedelta

from odoo import Command

from .catalogue import get_exempt_tax
from .logo import make_logo
from .people import SHARED, identity

PASSWORD = "demo"  # noqa: S105 of invented people
STAFF = (
    ("clerk@demo.example", "Clara Ledgerwood", "clerk@example.com", "group_billing_user"),
    ("manager@demo.example", "Maurice Overbeck", "manager@example.com", "group_billing_manager"),
)
PORTAL = (("customer1@demo.example", "Amelia Hartwood"), ("customer2@demo.example", "Northpine Robotics"))
SHARED_PORTAL = ("customer3@demo.example", SHARED)
# colleagues of the second of them: what each may do on the account, or nothing of their own
COLLEAGUES = (
    ("owner@demo.example", "Ottilie Brandvold", "owner"),
    ("payer@demo.example", "Percival Adeyemi", "payer"),
    ("viewer@demo.example", "Vesna Horvatova", "viewer"),
)
# units of each currency for one US dollar, at the start and then drifting by the month
RATES = {"EUR": (0.86, 0.004), "GBP": (0.74, -0.003), "CHF": (0.80, 0.002)}
RESOURCES = (
    ("Technician", "time", "hour", 38.0),
    ("Line capacity", "capacity", "Mbit/s", 0.09),
    ("Carrier minute", "money", "minute", 0.011),
    ("Support", "time", "hour", 27.0),
    ("Van and driver", "time", "hour", 31.0),
    ("Senior consultant", "time", "hour", 68.0),
    ("Consultant", "time", "hour", 44.0),
)
# Where Odoo's paid services live (text messages, credit, letters, enrichment of addresses): a port at which nobody
# listens, so that nothing about invented people leaves the machine, and what is sent fails visibly.
NOWHERE = "http://127.0.0.1:9"
SERVICES = (
    "sms.endpoint",
    "iap.endpoint",
    "snailmail.endpoint",
    "enrich.endpoint",
    "reveal.endpoint",
    "iap.partner_autocomplete.endpoint",
)


def silence(env):
    """Lead what would go to services on the internet nowhere."""
    for name in SERVICES:
        env["ir.config_parameter"].sudo().set_param(name, NOWHERE)  # sudo: whoever makes a demo is an administrator


class Foundation:
    """Make companies, currencies, resources and users."""

    def __init__(self, env, today):
        self.env = env(
            context=dict(env.context, tracking_disable=True, mail_create_nosubscribe=True, no_reset_password=True)
        )
        self.today = today
        self.companies = {}

    def prepare(self, businesses):
        env = self.env
        silence(env)
        currencies = env["res.currency"].with_context(active_test=False).search([("name", "in", ("USD", *RATES))])
        currencies.active = True
        env["billing.resource"].create(
            [{"name": name, "kind": kind, "unit_name": unit, "unit_cost": cost} for name, kind, unit, cost in RESOURCES]
        )
        for business in businesses:
            self.companies[business] = self._get_company(business)
            self._prepare_books(business, self.companies[business])
        companies = env["res.company"].union(*self.companies.values())
        (env.ref("base.user_admin") | env.user).company_ids |= companies
        self._add_rates(companies)
        self._add_staff(companies)

    def _get_company(self, business):
        """Return the company of a business: for the first one, that of the database, if nothing is booked in it."""
        env = self.env
        country = env.ref("base.uk" if business.country == "GB" else f"base.{business.country.lower()}")
        values = {
            "name": business.name,
            "country_id": country.id,
            "currency_id": env.ref(f"base.{business.currency}").id,
            "billing_send_receipts": business.mails_receipts,
            "logo": make_logo(business.name, business.colour),
            **business.place,
            **business.pay_texts,
        }
        if "iap_enrich_auto_done" in env["res.company"]._fields:
            values["iap_enrich_auto_done"] = True  # no service on the internet is asked about invented firms
        # the generic chart of accounts is enough: a new country must not install the localization of that country
        companies = env["res.company"].with_context(chart_template_load=True)
        company = companies.browse(env.ref("base.main_company").id)
        if not self.companies and not env["account.move"].search_count([("company_id", "=", company.id)], limit=1):
            company.write(values)
        else:
            company = companies.create(values)
        company = company.with_env(env)
        company.partner_id.write({"tz": business.timezone, **identity(business.name, business.country)})
        if not company.chart_template:
            env["account.chart.template"].with_company(company).try_loading("generic_coa", company, install_demo=False)
            company.currency_id = values["currency_id"]  # the chart brings its own
        return company

    def _prepare_books(self, business, company):
        """Set the sales tax of the country, and how money comes in: transfer, cheque, cash, online."""
        env = self.env(context=dict(self.env.context, allowed_company_ids=company.ids))
        company = company.with_env(env)
        self._set_fiscal_country(company)
        company.account_sale_tax_id.write(
            {"amount": business.tax_percent, "name": business.tax_label, "invoice_label": business.tax_label}
        )
        company.account_sale_tax_id.tax_group_id.name = business.tax_label
        company.billing_write_off_account_id = env["account.account"].create(
            {"name": "Bad Debts", "code": "629000", "account_type": "expense", "company_ids": company.ids}
        )
        bank = env["account.journal"].search([("company_id", "=", company.id), ("type", "=", "bank")], limit=1)
        bank.bank_account_id = env["res.partner.bank"].create(
            {
                "acc_number": business.bank_account,
                "partner_id": company.partner_id.id,
                "company_id": company.id,
                "allow_out_payment": True,
            }
        )
        company._get_late_fee_code().product_id.taxes_id = get_exempt_tax(company)
        manual = env.ref("account.account_payment_method_manual_in")
        bank.inbound_payment_method_line_ids.filtered(
            lambda line: line.payment_method_id == manual
        ).name = "Bank Transfer"
        bank.action_receive_cheques()
        if not env["account.journal"].search_count([("company_id", "=", company.id), ("type", "=", "cash")], limit=1):
            env["account.journal"].create({"name": "Cash", "code": "CSH1", "type": "cash", "company_id": company.id})
        providers = (
            env["payment.provider"].sudo().search([("company_id", "=", company.id), ("code", "=", "demo")])
        )  # sudo: providers are the administrator's
        providers.write({"state": "test", "is_published": True})
        if without := providers.payment_method_ids.filtered(lambda method: not method.image):
            without.image = make_logo("Demo Pay", "#5b6770")  # else the pay page shows a large placeholder

    def _set_fiscal_country(self, company):
        """Make the company's country the one of its taxes; the generic chart of accounts takes the United States."""
        env, own = company.env, [("company_id", "=", company.id)]
        home = company.account_fiscal_country_id
        if home == company.country_id:
            return
        company.account_fiscal_country_id = company.country_id
        for model in ("account.tax.group", "account.tax", "account.fiscal.position"):
            env[model].search([*own, ("country_id", "=", home.id)]).country_id = company.country_id

    def _add_rates(self, companies):
        rates = []
        for name, (first, drift) in RATES.items():
            for company in companies:
                own = RATES.get(company.currency_id.name, (1.0, 0.0))
                for month in range(6):
                    day = self.today - timedelta(days=150 - 30 * month)
                    rate = (first + drift * month) / (own[0] + own[1] * month)
                    rates.append(
                        {
                            "currency_id": self.env.ref(f"base.{name}").id,
                            "company_id": company.id,
                            "name": day,
                            "rate": rate,
                        }
                    )
                    if name == company.currency_id.name:
                        rates[-1].update({"currency_id": self.env.ref("base.USD").id, "rate": 1 / own[0]})
        self.env["res.currency.rate"].create(rates)

    def _add_staff(self, companies):
        for login, name, email, group in STAFF:
            self.env["res.users"].create(
                {
                    "name": name,
                    "login": login,
                    "email": email,
                    "password": PASSWORD,
                    "company_id": self.env.ref("base.main_company").id,
                    "company_ids": [Command.set(companies.ids)],
                    "group_ids": [
                        Command.set([self.env.ref("base.group_user").id, self.env.ref(f"online_billing.{group}").id])
                    ],
                }
            )

    def add_portal_users(self):
        """Give two customers access to their own invoices, and one to those of two businesses."""
        for login, name in PORTAL:
            account = self.env["billing.account"].search([("partner_id.name", "=", name)], limit=1)
            self._add_portal_user(account.partner_id, login)
        # the last of them is a firm; its colleagues have roles
        account.partner_id.is_company = True
        for login, name, role in COLLEAGUES:
            person = self.env["res.partner"].create(
                {
                    "name": name,
                    "email": login,
                    "parent_id": account.partner_id.id,
                    "company_id": account.partner_id.company_id.id,
                }
            )
            self._add_portal_user(person, login)
            self.env["billing.account.member"].create({"account_id": account.id, "partner_id": person.id, "role": role})
        login, name = SHARED_PORTAL
        accounts = self.env["billing.account"].search([("partner_id.name", "=", name)])
        self._add_portal_user(accounts.partner_id, login, accounts.company_id)
        self.env["billing.plan"].search([]).customer_end = "period_end"

    def _add_portal_user(self, partner, login, companies=None):
        """Let a contact log in.

        :param companies: those of which they are a customer; None: the one that has the contact
        """
        companies = companies or partner.company_id
        self.env["res.users"].create(
            {
                "partner_id": partner.id,
                "login": login,
                "password": PASSWORD,
                "company_id": companies[:1].id,
                "company_ids": [Command.set(companies.ids)],
                "group_ids": [Command.set([self.env.ref("base.group_portal").id])],
            }
        )
