"""The border of subscriptions: what was agreed and what was billed, as values of the engine."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ...engine import (
    Anchor,
    Billed,
    Cadence,
    EngineError,
    LineTerms,
    anchor_for,
    as_exact,
    boundary,
    due,
    index_of,
    next_due_date,
    period_of,
)
from ..shared.numbers import ONE, exact, get_roundings, stored_decimal
from ..shared.values import LineRow, day_after


class BillingSubscriptionTerms(models.AbstractModel):
    _name = "billing.subscription.terms"
    _description = "Subscriptions as the Billing Engine Sees Them"

    @api.private
    def get_anchor(self, subscription):
        """Return the anchor from which all periods of a subscription are counted."""
        billing_day = subscription.account_id.billing_day or 1
        if subscription.interval_unit == "week":
            billing_day = min(billing_day, 7)
        cadence = Cadence(subscription.interval_unit, subscription.interval_count)
        return anchor_for(subscription.alignment, subscription.start_date, cadence, billing_day=billing_day)

    @api.private
    def get_period(self, agreed, day):
        """Return the billing period that a day lies in.

        :param agreed: a subscription, or a row of one of its lines
        """
        cadence = Cadence(agreed.interval_unit, agreed.interval_count)
        return period_of(Anchor(agreed.anchor_date, agreed.anchor_day or None), cadence, day)

    @api.private
    def fetch_line_rows(self, condition):
        """Return lines that meet an SQL condition on line, subscription or account, in billing order."""
        return [
            LineRow._make(row)
            for row in self.env.execute_query(
                SQL(
                    """
                    SELECT line.id, subscription.id, subscription.name, subscription.account_id, line.code_id,
                           code.kind, code.product_id, line.name, line.quantity, line.timing, line.prorate,
                           line.discount_percent, COALESCE(line.start_date, subscription.start_date),
                           subscription.end_date, subscription.anchor_date, subscription.anchor_day,
                           subscription.interval_unit, subscription.interval_count, subscription.proration_basis,
                           subscription.trial_end_date, subscription.credit_unused, subscription.term_count,
                           subscription.plan_id, account.currency_id, line.price_id, line.billed_until,
                           line.recheck_from
                      FROM billing_subscription_line line
                      JOIN billing_subscription subscription ON subscription.id = line.subscription_id
                      JOIN billing_account account ON account.id = subscription.account_id
                      JOIN billing_code code ON code.id = line.code_id
                     WHERE %s
                     ORDER BY subscription.account_id, subscription.id, line.sequence, line.id
                    """,
                    condition,
                )
            )
        ]

    @api.private
    def get_line_row(self, line):
        """Return the same row from a record, saved or not, for forecasts of what is being typed."""
        subscription = line.subscription_id
        return LineRow(
            id=line._origin.id or 0,
            subscription_id=subscription._origin.id or 0,
            subscription_name=subscription.name,
            account_id=subscription.account_id._origin.id or 0,
            code_id=line.code_id._origin.id,
            kind=line.code_id.kind,
            product_id=line.code_id.product_id.id,
            name=line.name or line.code_id.name,
            quantity=line.quantity,
            timing=line.timing,
            prorate=line.prorate,
            discount_percent=line.discount_percent,
            start_date=line.start_date or subscription.start_date,
            end_date=subscription.end_date or None,
            anchor_date=subscription.anchor_date,
            anchor_day=subscription.anchor_day,
            interval_unit=subscription.interval_unit,
            interval_count=subscription.interval_count,
            proration_basis=subscription.proration_basis,
            trial_end_date=subscription.trial_end_date or None,
            credit_unused=subscription.credit_unused,
            term_count=subscription.term_count,
            plan_id=subscription.plan_id._origin.id,
            currency_id=subscription.currency_id.id,
            price_id=line.price_id.id or None,
            billed_until=line.billed_until or None,
            recheck_from=line.recheck_from or None,
        )

    @api.private
    def prepare_terms(self, rows, horizon, failed=None):
        """Return {line id: LineTerms} for rows, with few queries however many rows.

        :param list rows: LineRow
        :param date horizon: the last day that will be asked about; renewals up to it are worked out
        :param dict failed: takes up {account id: EngineError}, instead of raising; lines that fail are left out
        :raise EngineError: a line has no price
        """
        changes = defaultdict(list)
        if ids := [row.id for row in rows if row.id > 0]:
            query = SQL(
                "SELECT line_id, date_from, quantity FROM billing_subscription_quantity WHERE line_id = ANY(%s) ORDER"
                " BY line_id, date_from",
                ids,
            )
            for line_id, day, quantity in self.env.execute_query(query):
                changes[line_id].append((day, quantity))
        versions = self._get_candidate_prices(rows)
        shares = self.env["billing.price.taxes"].get_net_shares((row.account_id, row.product_id) for row in rows)
        cache, known, terms = {}, {}, {}
        for row in rows:
            # most customers have what others have: the same terms are one value, and what follows is computed once
            share = shares.get((row.account_id, row.product_id))
            key = (row.agreed, tuple(changes.get(row.id, ())), share)
            try:
                if key not in known:
                    known[key] = self._get_line_terms(
                        row, key[1], ONE if share is None else share, versions, horizon, cache
                    )
            except EngineError as error:
                if failed is None:
                    raise
                failed.setdefault(row.account_id, error)
            else:
                terms[row.id] = known[key]
        return terms

    def _get_line_terms(self, row, changes, share, versions, horizon, cache):
        cadence = Cadence(row.interval_unit, row.interval_count)
        anchor = Anchor(row.anchor_date, row.anchor_day or None)
        return LineTerms(
            start=row.start_date,
            end=day_after(row.end_date),
            anchor=anchor,
            cadence=cadence,
            timing=row.timing,
            basis=row.proration_basis,
            prorate=row.prorate,
            trial_end=day_after(row.trial_end_date),
            quantities=((row.start_date, exact(row.quantity)), *((day, exact(quantity)) for day, quantity in changes)),
            prices=self._get_price_timeline(row, anchor, cadence, share, versions, horizon, cache),
            once=row.kind == "one_time",
            credit_unused=row.credit_unused,
        )

    def _get_candidate_prices(self, rows):
        """Return {(code id, plan id, currency id): prices, earliest first}, plan prices and general ones."""
        prices = (
            self.env["billing.price"]
            .sudo()
            .search(  # sudo: billing needs the prices agreed
                [
                    ("code_id", "in", list({row.code_id for row in rows})),
                    ("currency_id", "in", list({row.currency_id for row in rows})),
                ],
                order="valid_from, id",
            )
        )
        by_code = prices.grouped(lambda price: (price.code_id.id, price.currency_id.id))
        empty = prices.browse()
        return {
            (code_id, plan_id, currency_id): by_code.get((code_id, currency_id), empty).filtered(
                lambda price, plan=plan_id: not price.plan_id or price.plan_id.id == plan
            )
            for code_id, plan_id, currency_id in {(row.code_id, row.plan_id, row.currency_id) for row in rows}
        }

    def _get_price_timeline(self, row, anchor, cadence, share, versions, horizon, cache):
        """Return ((day, PriceVersion), ...): the price agreed, later versions that reach it, and renewals."""
        candidates = versions[row.code_id, row.plan_id, row.currency_id]
        plan = self.env["billing.plan"].browse(row.plan_id)
        agreed = candidates.browse(row.price_id) if row.price_id else candidates._select_valid(row.start_date, plan)
        if not agreed:
            raise EngineError("schedule.price_missing", line=row.name, day=row.start_date)
        timeline = {row.start_date: agreed}
        if len(candidates) > 1:
            for price in candidates.filtered("applies_to_existing_from"):
                timeline[max(price.applies_to_existing_from, row.start_date)] = price
            for day in self._get_renewal_days(row, anchor, cadence, horizon):
                if renewed := candidates._select_valid(day, plan):
                    timeline[day] = renewed
        discount = row.discount_percent or None
        return tuple(
            (day, self._get_cached_version(price, discount, share, cache)) for day, price in sorted(timeline.items())
        )

    def _get_renewal_days(self, row, anchor, cadence, horizon):
        if not row.term_count:
            return
        number = index_of(anchor, cadence, row.start_date) + row.term_count
        while (day := boundary(anchor, cadence, number)) <= horizon:
            yield day
            number += row.term_count

    def _get_cached_version(self, price, discount_percent, share, cache):
        key = (price.id, discount_percent, share)
        if key not in cache:
            cache[key] = self.env["billing.price.terms"].get_price_version(price, discount_percent, share)
        return cache[key]

    @api.private
    def get_billed(self, rows):
        """Return {line id: [Billed]} of the lines that are to be compared with what they should be."""
        rechecked = {row.id: row.recheck_from for row in rows if row.recheck_from}
        billed = defaultdict(list)
        if not rechecked:
            return billed
        # of what was billed again, that counts which stands, with all that corrects it; else the newest
        standing = self.env["billing.charge.standing"]
        query = SQL(
            """
            SELECT charge.subscription_line_id, charge.period_start, charge.kind, charge.sequence, charge.amount,
                   charge.state = 'void' AND charge.is_netted IS NOT TRUE, charge.origin <> 'subscription',
                   NOT EXISTS (SELECT FROM billing_charge other
                                WHERE other.company_id = meant.company_id AND other.key = meant.key
                                  AND other.generation <> meant.generation
                                  AND (%(other_stands)s, other.generation) > (%(stands)s, meant.generation))
              FROM billing_charge charge
              JOIN billing_charge meant ON meant.id = COALESCE(charge.corrects_id, charge.id)
             WHERE charge.subscription_line_id = ANY(%(lines)s) AND charge.period_end >= %(first)s
             ORDER BY charge.period_start, charge.sequence, charge.id
            """,
            lines=list(rechecked),
            first=min(rechecked.values()),
            other_stands=standing.get_standing_condition("other"),
            stands=standing.get_standing_condition("meant"),
        )
        # charges of a code of the kind credit are stored negative; the engine prices them positive
        signs = {row.id: -1 if row.kind == "credit" else 1 for row in rows}
        for line_id, start, kind, sequence, amount, is_void, is_given_back, counts in self.env.execute_query(query):
            was = as_exact(stored_decimal(amount)) * signs[line_id]
            if not counts:
                billed[line_id].append(Billed(start, kind, sequence))  # its number stays taken
            elif not is_given_back:
                billed[line_id].append(Billed(start, kind, sequence, was, was if is_void else 0))
            elif not is_void:
                billed[line_id].append(Billed(start, "adjustment", 0, given_up=-was))
        return billed

    @api.private
    def get_next_due_dates(self, lines):
        """Return {line: next day on which it falls due, or False}."""
        if not lines:
            return {}
        self.env.flush_all()
        rows = self.fetch_line_rows(SQL("line.id = ANY(%s)", lines.ids))
        result = {}
        horizon = max(max(row.start_date, row.billed_until or row.start_date) for row in rows)
        terms, billed = self.prepare_terms(rows, horizon), self.get_billed(rows)
        digits = get_roundings(self.env, {row.currency_id for row in rows})
        for row in rows:
            days = [next_due_date(terms[row.id], row.billed_until)]
            if row.recheck_from:
                until, was = row.billed_until, billed[row.id]
                corrections = due(terms[row.id], until, until, was, row.recheck_from, digits[row.currency_id])
                days += [one.due_date for one in corrections if one.kind == "adjustment"]
            result[lines.browse(row.id)] = min(filter(None, days), default=False)
        return result
