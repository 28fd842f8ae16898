"""Overdue debts with their history, the rule that holds for each, and what was charged before: a batch at a time."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import EarlierFee, FeeTerms, OverdueDebt, RateTable
from ..shared.numbers import money
from .debts import AccountDebts, LineHistory

# how long after a payment the rest of the interest is still looked for
CLOSING_DAYS = 92


@dataclass(slots=True)
class FeeRow:
    """A row of `billing.late.fee`."""

    id: int
    line_id: int
    rule_id: int
    occurrence: int
    state: str
    arises_on: date
    announced_on: date | None
    due_on: date | None
    amount: Fraction
    open_amount: Fraction


@dataclass(slots=True)
class FeeCase:
    """A debt under its rule, with all that a fee is worked out from."""

    account_id: int
    company_id: int
    currency_id: int
    digits: int
    line_id: int
    move_id: int
    number: str
    rule_id: int
    terms: FeeTerms
    rates: RateTable | None
    debt: OverdueDebt
    #: {occurrence: FeeRow} of this rule
    rows: dict[int, FeeRow]
    #: why nothing is announced or charged now, see `receivables/values.py`
    stop: str | None = None


class BillingLateFeeLedger(models.AbstractModel):
    _name = "billing.late.fee.ledger"
    _description = "Read Overdue Debts for Late Fees"

    @api.private
    def get_cases(self, account_items, days, rule=None):
        """Return what late fees are worked out from, with a constant number of queries.

        :param dict account_items: {account id: [OpenItem] in due order}
        :param dict days: {account id: local date}
        :param rule: a `billing.late.fee.rule` that counts as switched on, for a simulation
        :return: (list of FeeCase, {fee id: FeeRow} of announced fees that belong to no case)
        """
        self.env.flush_all()
        accounts = self._fetch_accounts(list(account_items))
        rules = self._get_rules({(one, accounts[one]["currency_id"]) for one in account_items if one in accounts}, rule)
        terms = self._get_terms(set(rules.values()), {one["currency_id"]: one["digits"] for one in accounts.values()})
        histories = self._fetch_histories(
            {item.move_id for items in account_items.values() for item in items if item.amount > 0},
            [one for one, chosen in rules.items() if terms[chosen, accounts[one]["currency_id"]][0].closing],
            min(days.values(), default=date.min) - timedelta(days=CLOSING_DAYS),
        )
        rows = self._fetch_fees(list(account_items))
        cases, seen = [], set()
        for account_id, items in account_items.items():
            if account_id not in rules:
                continue
            account, chosen = accounts[account_id], rules[account_id]
            debts = AccountDebts(account, items, histories, days[account_id])
            for one in debts.get_debts(self.env["billing.late.fee.rule"].browse(chosen)):
                own = {row.occurrence: row for row in rows.get(one.line_id, ()) if row.rule_id == chosen}
                others = [row for row in rows.get(one.line_id, ()) if row.rule_id != chosen]
                settled = [row.arises_on for row in others if row.state in ("charged", "waived")]
                fee_terms, rates = terms[chosen, account["currency_id"]]
                debt = OverdueDebt(
                    one.due,
                    one.steps,
                    tuple(
                        EarlierFee(row.occurrence, row.amount, row.open_amount)
                        for row in own.values()
                        if row.state in ("charged", "waived")
                    ),
                    max(settled, default=None),
                )
                seen.update(row.id for row in own.values())
                cases.append(
                    FeeCase(
                        account_id,
                        account["company_id"],
                        account["currency_id"],
                        account["digits"],
                        one.line_id,
                        one.move_id,
                        one.number,
                        chosen,
                        fee_terms,
                        rates,
                        debt,
                        own,
                        one.stop,
                    )
                )
        loose = {row.id: row for own in rows.values() for row in own if row.state == "announced" and row.id not in seen}
        return cases, loose

    # -- accounts and rules -------------------------------------------------------------------------------------------

    def _fetch_accounts(self, account_ids):
        """Return {account id: what is to be known of it} of accounts that can be charged."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account.id, account.company_id, account.currency_id, currency.decimal_places,
                       CASE WHEN account.late_fee_exempt
                            THEN COALESCE(account.late_fee_exempt_until, '9999-12-31'::date) END
                  FROM billing_account account JOIN res_currency currency ON currency.id = account.currency_id
                 WHERE account.id = ANY(%s) AND account.state IN ('active', 'suspended')
                """,
                account_ids,
            )
        )
        names = ("id", "company_id", "currency_id", "digits", "exempt_until")
        return {row[0]: dict(zip(names, row, strict=True)) for row in rows}

    def _get_rules(self, pairs, rule=None):
        """Return the rule that holds for each account and currency, in one query; what has none is left out.

        A rule for named accounts comes before one for customer tags, that before one for countries, that before one for
        a company, that before one for everybody; among equals sequence, then age decide. A rule with amounts of money
        holds for its currency alone.

        :param pairs: (account id, currency id)
        :param rule: counts as switched on, whatever its switch says
        :return: {account id: rule id}
        """
        if not pairs:
            return {}
        accounts, currencies = zip(*sorted(pairs), strict=True)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (account.id) account.id, rule.id
                  FROM unnest(%(accounts)s, %(currencies)s) AS given(account_id, currency_id)
                  JOIN billing_account account ON account.id = given.account_id
                  JOIN res_partner partner ON partner.id = account.partner_id
                  JOIN billing_late_fee_rule rule
                    ON rule.active AND (rule.is_on OR rule.id = %(extra)s)
                   AND (rule.company_id IS NULL OR rule.company_id = account.company_id)
                   AND (rule.currency_id IS NULL OR rule.currency_id = given.currency_id)
                  CROSS JOIN LATERAL (
                       SELECT rule.id IN (SELECT rule_id FROM billing_late_fee_rule_account_rel) AS accounts,
                              rule.id IN (SELECT rule_id FROM billing_late_fee_rule_category_rel) AS tags,
                              rule.id IN (SELECT rule_id FROM billing_late_fee_rule_country_rel) AS countries
                       ) scope
                 WHERE (NOT scope.accounts OR EXISTS (
                           SELECT FROM billing_late_fee_rule_account_rel own
                            WHERE own.rule_id = rule.id AND own.account_id = account.id))
                   AND (NOT scope.tags OR EXISTS (
                           SELECT FROM billing_late_fee_rule_category_rel own
                             JOIN res_partner_res_partner_category_rel tag ON tag.category_id = own.category_id
                            WHERE own.rule_id = rule.id
                              AND tag.partner_id IN (partner.id, partner.commercial_partner_id)))
                   AND (NOT scope.countries OR EXISTS (
                           SELECT FROM billing_late_fee_rule_country_rel own
                            WHERE own.rule_id = rule.id AND own.country_id = partner.country_id))
                 ORDER BY account.id, scope.accounts DESC, scope.tags DESC, scope.countries DESC,
                          (rule.company_id IS NOT NULL) DESC, rule.sequence, rule.id
                """,
                accounts=list(accounts),
                currencies=list(currencies),
                extra=rule.id if rule else 0,
            )
        )
        return dict(rows)

    def _get_terms(self, rule_ids, digits):
        """Return {(rule id, currency id): (FeeTerms, RateTable or None)}."""
        rules = self.env["billing.late.fee.rule"].sudo().browse(rule_ids)  # sudo: the job of the fees reads its rules
        tables = {index: self._get_rate_table(index) for index in rules.rate_index_id}
        return {
            (rule.id, currency_id): (
                self.env["billing.late.fee.terms"].get_fee_terms(rule, places),
                tables.get(rule.rate_index_id),
            )
            for rule in rules
            for currency_id, places in digits.items()
        }

    def _get_rate_table(self, index):
        points = index.rate_ids.sorted("valid_from")
        return RateTable(
            tuple((rate.valid_from, Fraction(f"{rate.percent:.6f}")) for rate in points), index.known_until or None
        )

    # -- history ------------------------------------------------------------------------------------------------------

    def _fetch_histories(self, move_ids, closing_accounts, paid_since):
        """Return {move id: (account id, number, [LineHistory])} of open documents, and of those paid lately.

        The latter only where a rule charges interest at payment. The day on which something took off a line is the
        later one of the two that were reconciled. One query.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move.id, move.billing_account_id, move.name, line.id,
                       COALESCE(line.date_maturity, move.invoice_date_due, move.date), line.amount_residual_currency,
                       currency.decimal_places,
                       array_agg(partial.max_date ORDER BY partial.max_date, partial.id),
                       array_agg(partial.debit_amount_currency ORDER BY partial.max_date, partial.id),
                       array_agg(counter.move_type ORDER BY partial.max_date, partial.id)
                  FROM account_move move
                  JOIN account_move_line line ON line.move_id = move.id
                  JOIN account_account receivable ON receivable.id = line.account_id
                  JOIN res_currency currency ON currency.id = line.currency_id
                  LEFT JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
                  LEFT JOIN account_move_line credit ON credit.id = partial.credit_move_id
                  LEFT JOIN account_move counter ON counter.id = credit.move_id
                 WHERE receivable.account_type = 'asset_receivable' AND line.amount_currency > 0
                   AND (move.id = ANY(%s) OR (
                        move.billing_account_id = ANY(%s) AND move.state = 'posted' AND move.move_type = 'out_invoice'
                    AND EXISTS (SELECT FROM account_partial_reconcile late
                                 WHERE late.debit_move_id = line.id AND late.max_date >= %s
                                   AND late.max_date > line.date_maturity)))
                 GROUP BY move.id, line.id, currency.id
                 ORDER BY move.id, line.date_maturity, line.id
                """,
                list(move_ids),
                list(closing_accounts),
                paid_since,
            )
        )
        found = {}
        for move_id, account_id, number, line_id, due, residual, digits, when, amounts, kinds in rows:
            events = [(moment, money(amount, digits)) for moment, amount in zip(when, amounts, strict=True) if moment]
            history = LineHistory(
                line_id, move_id, due, money(residual, digits), events, bool(kinds) and kinds[-1] == "out_refund"
            )
            found.setdefault(move_id, (account_id, number or "", []))[2].append(history)
        return found

    def _fetch_fees(self, account_ids):
        """Return {line id: [FeeRow]} of accounts, with what is still owed of each."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT fee.id, fee.line_id, fee.rule_id, fee.occurrence, fee.state, fee.arises_on, fee.announced_on,
                       fee.due_on, fee.amount,
                       CASE WHEN fee.state = 'charged' AND charge.state <> 'void'
                             AND COALESCE(invoice.payment_state, 'not_paid') NOT IN ('paid', 'in_payment', 'reversed')
                            THEN fee.amount ELSE 0 END
                  FROM billing_late_fee fee
                  LEFT JOIN billing_charge charge ON charge.id = fee.charge_id
                  LEFT JOIN account_move invoice ON invoice.id = charge.invoice_id
                 WHERE fee.account_id = ANY(%s) ORDER BY fee.line_id, fee.occurrence
                """,
                account_ids,
            )
        )
        found = defaultdict(list)
        for *head, amount, open_amount in rows:
            found[head[1]].append(FeeRow(*head, Fraction(str(amount)), Fraction(str(open_amount))))
        return found

    @api.private
    def keep_fees(self, lines):
        """Put the fees of due lines that are about to vanish on the first due line that their invoice keeps.

        A number that this line has had already becomes its next free one, so that what is overdue in one sum then is
        not charged again for what its parts were charged for.

        :raise UserError: the invoice would keep no due line
        """
        # sudo: accountants edit invoices without seeing late fees
        fees = self.env["billing.late.fee"].sudo().search([("line_id", "in", lines.ids)], order="occurrence, id")
        for move, own in fees.grouped("move_id").items():
            stays = (move.line_ids - lines).filtered(lambda line: line.display_type == "payment_term").sorted("id")[:1]
            if not stays:
                raise UserError(
                    self.env._(
                        "Late fees were announced or charged on %(invoice)s, so it keeps a due date. Cancel the"
                        " invoice instead of deleting or emptying it.",
                        invoice=move.display_name,
                    )
                )
            others = fees.search([("line_id", "=", stays.id)])
            taken = {(fee.rule_id, fee.occurrence) for fee in others}
            for fee in own:
                number = fee.occurrence
                while (fee.rule_id, number) in taken:
                    number += 1
                taken.add((fee.rule_id, number))
                fee.write({"line_id": stays.id, "occurrence": number})
