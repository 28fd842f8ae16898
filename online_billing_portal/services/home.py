"""What a customer meets first: what is owed, what comes next, and the one thing to do."""

from collections import defaultdict

from odoo import api, models
from odoo.addons.online_billing.services.receivables.values import NOT_ASKED
from odoo.addons.online_billing.services.shared.numbers import as_float

from .access import AGREE, AUTOMATIC, PAY, PROMISE

LATEST_PAYMENTS = 3


class BillingPortalHome(models.AbstractModel):
    _name = "billing.portal.home"
    _description = "First Page of a Customer"

    @api.private
    def get_cards(self, roles):
        """Return what the first page shows of accounts, in their order.

        :param dict roles: {`billing.account` (elevated): role}, see `billing.portal.access`
        :return: [{"account", "sums": [...], "may_agree", "may_promise", "may_automate", "next_bill", "payments",
            "plans", "automatic"}]; amounts are floats in the currency that stands beside them
        """
        accounts = self.env["billing.account"].sudo().union(*roles)
        access = self.env["billing.portal.access"]
        items = self.env["billing.open.items"].sudo().get_items(accounts.ids)
        payments = self.env["billing.money.book"].get_latest(accounts, LATEST_PAYMENTS)
        plans = self._get_plans(accounts)
        bills = self._get_next_bills(accounts)
        automatic = self.env["billing.portal.automatic.payment"].get_summaries(accounts, items)
        return [
            {
                "account": account,
                "sums": self._get_sums(account, items[account.id], access.allows(role, PAY)),
                "may_agree": access.allows(role, AGREE),
                "may_promise": access.allows(role, PROMISE),
                "may_automate": access.allows(role, AUTOMATIC) and account.state != "closed",
                "next_bill": bills.get(account),
                "payments": payments[account],
                "plans": plans[account],
                "automatic": automatic.get(account),
            }
            for account, role in roles.items()
        ]

    def _get_sums(self, account, items, may_pay):
        """Return what is open in each currency, that of the account first."""
        receivables = self.env["billing.open.items"].sudo()  # sudo: the caller knows the role on the account
        day = self.env["billing.days"].get_local_day(account)
        by_currency = defaultdict(list)
        for item in items:
            by_currency[item.currency_id].append(item)
        currencies = self.env["res.currency"].sudo().browse(by_currency) or account.currency_id
        sums = []
        for currency in currencies.sorted(lambda one: (one != account.currency_id, one.name)):
            own = by_currency[currency.id]
            asked = receivables.sum_up(own, day)
            upcoming = [
                one for one in receivables.stand(own, day, NOT_ASKED) if one.active > 0 and one.item.due_date > day
            ]
            first = min((one.item.due_date for one in upcoming), default=None)
            next_amount = sum(one.active for one in upcoming if one.item.due_date == first)
            pays = may_pay and asked["all"] > 0
            sums.append(
                {
                    "currency": currency,
                    "balance": as_float(receivables.get_balance(own)["balance"]),
                    **{name: as_float(amount) for name, amount in asked.items()},
                    "next_day": first,
                    "next_amount": as_float(next_amount),
                    "resting": as_float(sum((item.get_resting(day, NOT_ASKED) for item in own), start=0)),
                    "more_time": asked["due"] > 0,
                    "pay_path": pays and self.env["billing.pay.links"].get_pay_path(account.id, currency.id),
                }
            )
        return sums

    def _get_next_bills(self, accounts):
        """Return {account: day and amount, with tax, of its next bill}, worked out as a run would, and kept nowhere."""
        found = {}
        waiting = accounts.filtered(lambda account: account.state == "active" and account.next_billing_date)
        for company, own in waiting.grouped("company_id").items():
            rating = self.env["billing.rating"].sudo().with_company(company)  # sudo: as above
            bills = rating.work_out({account.id: account.next_billing_date for account in own}).bills
            totals = defaultdict(list)
            for bill, total in zip(bills, rating.env["billing.bill.lines"].get_totals(bills), strict=True):
                totals[bill.account.id, bill.account.currency_id].append(total)
            for account in own:
                # what is billed in another currency is a bill of its own
                if amounts := totals[account.id, account.currency_id.id]:
                    found[account] = {"day": account.next_billing_date, "amount": as_float(sum(amounts))}
        return found

    def _get_plans(self, accounts):
        """Return {account: running installment plans with their next row}."""
        plans = (
            self.env["billing.installment.plan"]
            .sudo()  # sudo: as above
            .search([("account_id", "in", accounts.ids), ("state", "in", ("active", "broken", "requested"))])
        )
        found = defaultdict(list)
        for plan in plans:
            rows = plan.installment_ids.filtered(lambda row: row.kind == "regular")
            left = rows.filtered(lambda row: row.state in ("open", "partial", "missed"))
            found[plan.account_id].append(
                {
                    "plan": plan,
                    "paid": len(rows) - len(left),
                    "count": len(rows),
                    "next": left.sorted(lambda row: (row.date, row.id))[:1],
                }
            )
        return found
