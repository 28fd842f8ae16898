"""What was billed and paid, this month beside the last one, and what is open and overdue."""

from collections import defaultdict
from datetime import timedelta
from itertools import accumulate

from dateutil.relativedelta import relativedelta
from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..shared.numbers import as_float

INVOICES = "online_billing.account_move_action_billing"
PAYMENTS = "online_billing.billing_money_action"
ACCOUNTS = "online_billing.billing_account_action"


class BillingHomeMoney(models.AbstractModel):
    _name = "billing.home.money"
    _description = "Money of the First Page"

    @api.private
    def get_rows(self, today):
        """Return the sums of each chosen company and currency in which something was billed, paid or is open.

        :param date today: of the user
        :return: [{"company", "company_id", "currency", "currency_id", "billed", "billed_last", "paid", "paid_last",
            "open", "overdue": amounts as texts, "charts": {"billed", "paid": see `_get_chart`}}]
        """
        this = today.replace(day=1)
        sums, days = defaultdict(float), defaultdict(lambda: defaultdict(float))
        for kind, field, amount in (
            ("billed", "invoice_date", "amount_total_in_currency_signed"),
            ("paid", "date", "amount"),
        ):
            domain = self._get_domain(kind, today) | self._get_domain(f"{kind}_last", today)
            groups = ["company_id", "currency_id", f"{field}:day"]
            for *place, day, total in self._get_model(kind)._read_group(domain, groups, [f"{amount}:sum"]):
                sums[(*place, kind if day >= this else f"{kind}_last")] += total
                days[(*place, kind)][day] += total
        groups = ["company_id", "currency_id", "move_type"]
        domain = self._get_domain("open", today)
        for *place, move_type, total in self._get_model("open")._read_group(domain, groups, ["amount_residual:sum"]):
            sums[(*place, "open")] += -total if move_type == "out_refund" else total
        # what is overdue is what the page of each account says, installments and credits counted
        overdue = self.env["billing.overdue"].find()
        own = Domain("id", "in", {account.id for account, _currency in overdue})
        readable = self.env["billing.account"].search_fetch(own, ["company_id"], order="id")
        companies = {account.id: account.company_id for account in readable}
        for (account, currency), amount in overdue.items():
            if company := companies.get(account.id):
                sums[company, currency, "overdue"] += as_float(amount)
        places = sorted({(company, currency) for company, currency, _kind in sums}, key=self._get_order)
        return [
            {
                **self._describe(company, currency, sums),
                "charts": {kind: self._get_chart(days[company, currency, kind], today) for kind in ("billed", "paid")},
            }
            for company, currency in places
        ]

    def _get_chart(self, days, today):
        """Return how a sum has grown from day to day, this month and last month, on one scale.

        :param dict days: {date: what was added on it}
        :return: {"this", "last": heights before the month and after each of its days, the lowest 0.0 and the highest
            1.0}; this month ends today, or where something is dated later, there. Without anything on any day, None
        """
        if not any(days.values()):
            return None
        this = today.replace(day=1)
        last = this - relativedelta(months=1)
        lines = {"last": (last, this - timedelta(days=1)), "this": (this, max(today, *days))}
        sums = {
            name: list(
                accumulate(
                    (days.get(first + timedelta(days=day), 0.0) for day in range((end - first).days + 1)), initial=0.0
                )
            )
            for name, (first, end) in lines.items()
        }
        low, high = (choose(*sums["this"], *sums["last"]) for choose in (min, max))
        return {name: [round((point - low) / (high - low), 3) for point in line] for name, line in sums.items()}

    @api.private
    def get_action(self, name, today, company, currency):
        """Return the action that opens what a sum is made of.

        :param str name: of the sum, as `get_rows` returns it
        :param company: a `res.company`
        :param currency: a `res.currency`
        :raise UserError: there is no such sum
        """
        labels = self._get_labels()
        if name not in labels:
            raise UserError(self.env._("There is no such list any more. Load the page anew."))
        own = Domain("company_id", "=", company.id)
        if name == "overdue":
            domain = own & Domain("overdue_currency_ids", "in", currency.ids)
            return self.env["billing.home.lists"].prepare_action(ACCOUNTS, labels[name], domain)
        domain = own & Domain("currency_id", "=", currency.id) & self._get_domain(name, today)
        action = PAYMENTS if name.startswith("paid") else INVOICES
        return self.env["billing.home.lists"].prepare_action(action, labels[name], domain)

    def _get_labels(self):
        _ = self.env._
        return {
            "billed": _("Billed This Month"),
            "billed_last": _("Billed Last Month"),
            "paid": _("Paid This Month"),
            "paid_last": _("Paid Last Month"),
            "open": _("Open"),
            "overdue": _("Overdue"),
        }

    def _get_domain(self, name, today):
        """Return which documents a sum is made of, in the companies that are chosen."""
        this = today.replace(day=1)
        first = this - relativedelta(months=1) if name.endswith("_last") else this
        after = first + relativedelta(months=1)
        own = Domain("company_id", "in", self.env.companies.ids)
        if name.startswith("paid"):
            received = Domain("amount", ">", 0) & self.env["billing.money.book"].get_confirmed_domain()
            days = Domain("date", ">=", first) & Domain("date", "<", after)
            return own & days & received & self._get_shown_domain(PAYMENTS)
        domain = own & self._get_shown_domain(INVOICES) & Domain("state", "=", "posted")
        if name.startswith("billed"):
            return domain & Domain("invoice_date", ">=", first) & Domain("invoice_date", "<", after)
        return domain & self.env["billing.open.documents"].get_open_domain()

    def _get_shown_domain(self, action):
        _model, domain = self.env["billing.home.lists"].get_shown(action)
        return domain

    def _get_model(self, name):
        return self.env["billing.money" if name == "paid" else "account.move"]

    def _get_order(self, place):
        company, currency = place
        return company.sequence, company.id, currency != company.currency_id, currency.name

    def _describe(self, company, currency, sums):
        amounts = {name: currency.format(sums[company, currency, name] + 0.0) for name in self._get_labels()}
        names = {"company": company.name, "currency": currency.name}
        return {"company_id": company.id, "currency_id": currency.id, **names, **amounts}
