"""What a late fee rule would charge today; the same arithmetic as the job's, and nothing is written."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ..shared.numbers import as_float

BATCH_SIZE = 1000


class BillingLateFeeEstimate(models.AbstractModel):
    _name = "billing.late.fee.estimate"
    _description = "What a Late Fee Rule Would Charge"

    @api.private
    def simulate(self, rule, as_of, limit=200):
        """Return what a rule would charge by a day over today's ledger, as if it had been switched on.

        :param rule: `billing.late.fee.rule`, on or off; where another rule that is on comes before it, it charges
            nothing
        :param date as_of: the day, the same for all accounts
        :return: {"fees", "accounts", "invoices": counts, "stopped": debts that are exempt, disputed, promised or on a
            plan, "totals": {currency: amount}, "lines": [at most `limit` dictionaries], "problem": sentence or None,
            "left_out": names of the currencies of overdue debts for which the rule does not hold, because it names
            amounts in another one}
        """
        answer = {"fees": 0, "stopped": 0, "totals": defaultdict(int), "lines": [], "problem": None, "left_out": set()}
        accounts, invoices, last = set(), set(), 0
        while account_ids := self._get_accounts_with_debts(rule, last):
            last = account_ids[-1]
            items = self.env["billing.open.items"].get_items(account_ids)
            days = dict.fromkeys(account_ids, as_of)
            cases, _loose = self.env["billing.late.fee.ledger"].get_cases(items, days, rule)
            answer["left_out"] |= self._get_left_out(rule, items, as_of)
            for case in cases:
                if case.rule_id != rule.id:
                    continue
                occurrences, problem = self.env["billing.late.fee.charging"].get_occurrences(case, as_of)
                answer["problem"] = problem or answer["problem"]
                if occurrences and case.stop:
                    answer["stopped"] += 1
                    continue
                if occurrences:
                    accounts.add(case.account_id)
                    invoices.add(case.move_id)
                self._add_simulated(answer, case, occurrences, limit)
        answer["lines"] = self._name_accounts(answer["lines"])
        totals = {name: as_float(amount) for name, amount in answer["totals"].items()}
        left_out = sorted(self.env["res.currency"].browse(answer["left_out"]).mapped("name"))
        figures = {"accounts": len(accounts), "invoices": len(invoices), "totals": totals, "left_out": left_out}
        return {**answer, **figures}

    def _get_left_out(self, rule, items, as_of):
        """Return the currencies of overdue debts of which the rule says nothing."""
        if not rule.currency_id:
            return set()
        overdue = (item for own in items.values() for item in own if item.amount > 0 and item.due_date < as_of)
        return {item.currency_id for item in overdue} - {rule.currency_id.id}

    def _get_accounts_with_debts(self, rule, last):
        # sudo: the rule and its companies were checked by whoever opened it
        companies = rule.sudo().company_id.ids or self.env.companies.ids
        query = SQL(
            """
            SELECT account.id FROM billing_account account
             WHERE account.id > %(last)s AND account.company_id = ANY(%(companies)s)
               AND account.state IN ('active', 'suspended')
               AND (%(is_open)s
                    OR (%(closing)s
                        AND EXISTS (SELECT FROM account_move move
                                     WHERE move.billing_account_id = account.id AND move.state = 'posted'
                                       AND move.move_type = 'out_invoice' AND %(late)s)))
             ORDER BY account.id LIMIT %(limit)s
            """,
            last=last,
            companies=companies,
            is_open=self.env["billing.open.items"].get_open_condition(),
            closing=rule.closing,
            late=self.env["billing.late.fee.ledger"].get_paid_late_condition(),
            limit=BATCH_SIZE,
        )
        self.env.flush_all()
        return [row[0] for row in self.env.execute_query(query)]

    def _add_simulated(self, answer, case, occurrences, limit):
        currency = self.env["res.currency"].browse(case.currency_id).name
        for occurrence in occurrences:
            answer["fees"] += 1
            answer["totals"][currency] += occurrence.amount
            if len(answer["lines"]) < limit:
                answer["lines"].append(
                    {
                        "account_id": case.account_id,
                        "invoice": case.number,
                        "due_date": str(case.debt.due),
                        "arises_on": str(occurrence.day),
                        "number": occurrence.number,
                        "base": as_float(occurrence.base),
                        "amount": as_float(occurrence.amount),
                        "currency": currency,
                    }
                )

    def _name_accounts(self, lines):
        accounts = self.env["billing.account"].browse({line["account_id"] for line in lines})
        names = {account.id: account.display_name for account in accounts}
        return [{**line, "account": names[line["account_id"]]} for line in lines]
