"""Overdue debts with their history, the rule that holds for each, and what was charged before: a batch at a time."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import FeeTerms, OverdueDebt, RateTable, as_exact
from ...models.installments.plan import IN_FORCE
from ...models.receivables.due_dates import DUE_DAY_OF_LINE
from ..shared.numbers import get_roundings, money, stored_decimal
from .debts import AccountDebts, LineHistory, MoveHistory
from .terms import get_overdue_debt, get_rate_table


@dataclass(slots=True)
class FeeRow:
    """A row of `billing.late.fee`."""

    id: int
    move_id: int
    due_date: date
    rule_id: int
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
    line_id: int
    move_id: int
    number: str
    rule_id: int
    terms: FeeTerms
    rates: RateTable | None
    debt: OverdueDebt
    #: {day on which it arose: FeeRow} of this rule
    rows: dict[date, FeeRow]
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
        items = defaultdict(list)
        for account_id in accounts:
            for item in account_items[account_id]:
                items[account_id, item.currency_id].append(item)
        late = self._find_paid_late(list(accounts), rule)
        rules = self._get_rules(set(items) | set(late), rule)
        terms = self._get_terms({(rule_id, currency_id) for (_account, currency_id), rule_id in rules.items()})
        closing = {pair for pair, rule_id in rules.items() if terms[rule_id, pair[1]][0].closing}
        histories = self._fetch_histories(
            {item.move_id for own in items.values() for item in own if item.amount > 0},
            [move_id for pair in closing & set(late) for move_id in late[pair]],
        )
        owners = {item.move_id: account_id for (account_id, _currency_id), own in items.items() for item in own}
        owners.update({move_id: one.account_id for move_id, one in histories.items() if move_id not in owners})
        stops = self.env["billing.stops"].get_stops(owners)
        rows = self._fetch_fees(list(account_items))
        cases, seen = [], set()
        for (account_id, currency_id), rule_id in rules.items():
            account, own = accounts[account_id], items.get((account_id, currency_id), [])
            debts = AccountDebts(account, currency_id, own, histories, days[account_id], stops)
            fee_terms, rates = terms[rule_id, currency_id]
            for one in debts.get_debts(self.env["billing.late.fee.rule"].browse(rule_id)):
                every = self._get_own_rows(one, rows.get(one.move_id, ()), histories)
                own_rows = {row.arises_on: row for row in every if row.rule_id == rule_id}
                seen.update(row.id for row in own_rows.values())
                debt = self._get_overdue_debt(one, every, own_rows, rule_id)
                cases.append(
                    FeeCase(
                        account_id=account_id,
                        company_id=account["company_id"],
                        currency_id=currency_id,
                        line_id=one.line_id,
                        move_id=one.move_id,
                        number=one.number,
                        rule_id=rule_id,
                        terms=fee_terms,
                        rates=rates,
                        debt=debt,
                        rows=own_rows,
                        stop=one.stop,
                    )
                )
        loose = {row.id: row for own in rows.values() for row in own if row.state == "announced" and row.id not in seen}
        return cases, loose

    def _get_overdue_debt(self, debt, every, own_rows, rule_id):
        """Return a debt as the engine sees it, with the fees that its rule and others have charged."""
        settled = [row.arises_on for row in every if row.rule_id != rule_id and row.state in ("charged", "waived")]
        earlier = [row for row in own_rows.values() if row.state in ("charged", "waived")]
        return get_overdue_debt(debt, earlier, max(settled, default=None))

    def _get_own_rows(self, debt, rows, histories):
        """Return the fees of a debt; those of a due date that its invoice has no more belong to its first one."""
        lines = histories[debt.move_id].lines if debt.move_id in histories else ()
        dues = {line.due for line in lines} or {debt.due}
        is_first = debt.due == min(dues)
        return [
            row for row in rows if debt.is_whole or row.due_date == debt.due or (is_first and row.due_date not in dues)
        ]

    # -- accounts and rules -------------------------------------------------------------------------------------------

    def _fetch_accounts(self, account_ids):
        """Return {account id: what is to be known of it} of accounts that can be charged."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account.id, account.company_id, account.late_fee_exempt_from,
                       CASE WHEN account.late_fee_exempt
                            THEN COALESCE(account.late_fee_exempt_until, '9999-12-31'::date) END
                  FROM billing_account account
                 WHERE account.id = ANY(%s) AND account.state IN ('active', 'suspended')
                """,
                account_ids,
            )
        )
        names = ("id", "company_id", "exempt_from", "exempt_until")
        return {row[0]: dict(zip(names, row, strict=True)) for row in rows}

    def _get_rules(self, pairs, rule=None):
        """Return the rule that holds for each account and currency, in one query; what has none is left out.

        A rule for named accounts comes before one for customer tags, that before one for countries, that before one for
        a company, that before one for everybody; among equals sequence, then age decide. A rule with amounts of money
        holds for its currency alone.

        :param pairs: (account id, currency id) of what is owed
        :param rule: counts as switched on, whatever its switch says
        :return: {(account id, currency id): rule id}
        """
        if not pairs:
            return {}
        accounts, currencies = zip(*sorted(pairs), strict=True)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (account.id, given.currency_id) account.id, given.currency_id, rule.id
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
                 ORDER BY account.id, given.currency_id, scope.accounts DESC, scope.tags DESC, scope.countries DESC,
                          (rule.company_id IS NOT NULL) DESC, rule.sequence, rule.id
                """,
                accounts=list(accounts),
                currencies=list(currencies),
                extra=rule.id if rule else 0,
            )
        )
        return {(account_id, currency_id): rule_id for account_id, currency_id, rule_id in rows}

    def _get_terms(self, pairs):
        """Return {(rule id, currency id): (FeeTerms, RateTable or None)}."""
        # sudo: the job of the fees reads its rules
        rules = self.env["billing.late.fee.rule"].sudo().browse({rule_id for rule_id, _currency_id in pairs})
        tables = {index: get_rate_table(index) for index in rules.rate_index_id}
        roundings = get_roundings(self.env, {currency_id for _rule_id, currency_id in pairs})
        by_id = {rule.id: rule for rule in rules}
        return {
            (rule_id, currency_id): (
                self.env["billing.late.fee.terms"].get_fee_terms(by_id[rule_id], roundings[currency_id]),
                tables.get(by_id[rule_id].rate_index_id),
            )
            for rule_id, currency_id in pairs
        }

    # -- history ------------------------------------------------------------------------------------------------------

    def _find_paid_late(self, account_ids, rule=None):
        """Return {(account id, currency id): [document id]} of documents paid late of which nobody has looked after.

        Asked only where a rule charges interest at payment.
        """
        rules = self.env["billing.late.fee.rule"].sudo()  # sudo: as above
        if not (rule and rule.closing) and not rules.search_count([("is_on", "=", True), ("closing", "=", True)], 1):
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move.billing_account_id, move.currency_id, array_agg(move.id ORDER BY move.id)
                  FROM account_move move
                 WHERE move.billing_account_id = ANY(%s) AND move.state = 'posted' AND move.move_type = 'out_invoice'
                   AND %s
                 GROUP BY 1, 2
                """,
                account_ids,
                self.get_paid_late_condition(),
            )
        )
        return {(account_id, currency_id): move_ids for account_id, currency_id, move_ids in rows}

    def _fetch_histories(self, open_ids, closed_ids):
        """Return {document id: MoveHistory} of open documents, and of those paid late.

        What was credited or written off was never owed: it is no part of the history. One query, and those of virtual
        plans.
        """
        found = self._read_histories([*open_ids, *closed_ids], ("payment",))
        self._divide_virtual(found)
        return found

    @api.private
    def get_histories(self, move_ids):
        """Return {document id: MoveHistory} with all that took something off their journal items: credits count too.

        A fee was charged on what was owed then; what was credited later was owed until that day.
        """
        self.env.flush_all()
        return self._read_histories(move_ids, ("payment", "credit", "write_off", "exchange"))

    def _read_histories(self, move_ids, kinds):
        """Return {document id: MoveHistory} of documents that have receivable lines.

        :param kinds: of settlements that are part of the history
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move.id, move.billing_account_id, line.currency_id, currency.decimal_places, move.name,
                       COALESCE((SELECT sum(COALESCE(fee.price_total, charge.amount)) FROM billing_charge charge
                                   LEFT JOIN account_move_line fee ON fee.id = charge.invoice_line_id
                                  WHERE charge.invoice_id = move.id AND charge.origin = 'late_fee'), 0),
                       line.id, %(due_day)s, line.amount_residual_currency,
                       array_agg(CASE WHEN partial.id IS NOT NULL THEN %(day)s END ORDER BY %(day)s, partial.id),
                       array_agg(partial.debit_amount_currency ORDER BY %(day)s, partial.id),
                       array_agg(%(kind)s ORDER BY %(day)s, partial.id)
                  FROM account_move move
                  JOIN account_move_line line ON line.move_id = move.id
                  JOIN account_account receivable ON receivable.id = line.account_id
                  JOIN res_currency currency ON currency.id = line.currency_id
                  LEFT JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
                  LEFT JOIN account_move_line credit ON credit.id = partial.credit_move_id
                  LEFT JOIN account_move counter ON counter.id = credit.move_id
                  LEFT JOIN account_payment payment ON payment.id = counter.origin_payment_id
                 WHERE receivable.account_type = 'asset_receivable' AND line.amount_currency > 0
                   AND move.id = ANY(%(moves)s)
                 GROUP BY move.id, line.id, currency.id
                 ORDER BY move.id, line.date_maturity, line.id
                """,
                due_day=DUE_DAY_OF_LINE,
                day=self.env["billing.settlements"].get_day_expression(),
                kind=self.env["billing.settlements"].get_kind_expression(),
                moves=list(move_ids),
            )
        )
        found = {}
        for move_id, account_id, currency_id, digits, number, fee, line_id, due, residual, *settled in rows:
            events = [
                (moment, money(amount, digits))
                for moment, amount, kind in zip(*settled, strict=True)
                if moment and kind in kinds
            ]
            history = found.setdefault(
                move_id, MoveHistory(account_id, currency_id, digits, number or "", money(fee, digits))
            )
            history.lines.append(LineHistory(line_id, due, money(residual, digits), events))
        return found

    @api.private
    def get_paid_late_condition(self):
        """Return the SQL of documents that were paid late and of which nobody has charged what that brings with it.

        They may be more: what was paid in time and booked later, because a period was locked, is found out afterwards.
        """
        return SQL(
            """
            EXISTS (SELECT FROM account_move_line owed
                      JOIN account_partial_reconcile late ON late.debit_move_id = owed.id
                     WHERE owed.move_id = move.id AND late.billing_late_fee_looked IS NOT TRUE
                       AND late.max_date > owed.date_maturity)
            """
        )

    @api.private
    def note_looked_after(self, move_ids):
        """Note that all is charged that the payments of documents bring with them; later ones are looked at anew."""
        if move_ids:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE account_partial_reconcile partial SET billing_late_fee_looked = TRUE
                      FROM account_move_line line
                     WHERE line.id = partial.debit_move_id AND line.move_id = ANY(%s)
                       AND partial.billing_late_fee_looked IS NOT TRUE
                    """,
                    list(move_ids),
                )
            )
            self.env["account.partial.reconcile"].invalidate_model(["billing_late_fee_looked"])

    def _divide_virtual(self, histories):
        """Put the parts of a plan in place of the journal items that stand for them without their dates."""
        # sudo: the job of the fees reads plans
        parts = self.env["billing.installment.part"].sudo()
        virtual = parts.search([("move_id", "in", list(histories)), ("is_virtual", "=", True)])
        virtual = virtual.filtered(lambda part: part.plan_id.state in IN_FORCE)
        if not virtual:
            return
        taken = self.env["billing.installment.history"].get_taken(virtual.move_id)
        for move, own in virtual.grouped("move_id").items():
            history = histories[move.id]
            first = min(line.line_id for line in history.lines)
            history.lines = [
                LineHistory(
                    first,
                    part.date,
                    money(part.amount_open, history.digits),
                    [(one.day, one.amount) for one in taken.get(part, ()) if one.kind == "payment"],
                )
                for part in own.sorted("date")
            ]

    def _fetch_fees(self, account_ids):
        """Return {document id: [FeeRow]} of accounts, with what is still owed of each."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT fee.id, fee.move_id, fee.due_date, fee.rule_id, fee.state, fee.arises_on, fee.announced_on,
                       fee.due_on, fee.amount + given.back,
                       CASE WHEN fee.state = 'charged' AND charge.state <> 'void' AND NOT %(settled)s
                            THEN fee.amount + given.back ELSE 0 END
                  FROM billing_late_fee fee
                  LEFT JOIN billing_charge charge ON charge.id = fee.charge_id
                  CROSS JOIN LATERAL (
                       SELECT COALESCE(sum(correction.amount), 0) AS back FROM billing_charge correction
                        WHERE fee.state = 'charged' AND correction.corrects_id = charge.id
                          AND correction.state <> 'void') given
                  LEFT JOIN account_move invoice ON invoice.id = charge.invoice_id
                 WHERE fee.account_id = ANY(%(accounts)s) ORDER BY fee.move_id, fee.arises_on, fee.id
                """,
                settled=self.env["billing.open.documents"].get_settled_condition("invoice"),
                accounts=account_ids,
            )
        )
        found = defaultdict(list)
        for *head, amount, open_amount in rows:
            amounts = [as_exact(stored_decimal(one)) for one in (amount, open_amount)]
            found[head[1]].append(FeeRow(*head, *amounts))
        return found

    @api.private
    def keep_fees(self, lines):
        """Put the fees of due lines that are about to vanish on the first due line that their invoice keeps.

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
            own.write({"line_id": stays.id})
