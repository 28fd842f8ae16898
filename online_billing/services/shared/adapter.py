"""The one border between records and the engine: floats become exact numbers, records become values."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import (
    Adjustments,
    Anchor,
    Band,
    Billed,
    Cadence,
    EngineError,
    FeeTerms,
    LineTerms,
    PriceVersion,
    Tier,
    Usage,
    anchor_for,
    boundary,
    build_price_model,
    due,
    index_of,
    next_due_date,
    next_state,
)
from .engine_messages import get_message
from .values import LineRow, day_after

# decimals of the fields; a float of so many digits has one exact decimal behind it
PRICE_DIGITS = 8
QUANTITY_DIGITS = 6
ONE = Fraction(1)


def exact(value, digits=QUANTITY_DIGITS):
    """Return the exact number that a stored float of so many decimals stands for."""
    return Fraction(Decimal(f"{value or 0.0:.{digits}f}"))


class BillingAdapter(models.AbstractModel):
    _name = "billing.adapter"
    _description = "Adapter between Records and the Billing Engine"

    # -- prices -------------------------------------------------------------------------------------------------------

    @api.private
    def get_price_version(self, price, discount_percent=None):
        """Return the engine's value of a `billing.price`.

        :param discount_percent: replaces the discount of the price where a customer has one of their own
        :raise EngineError: the price cannot be computed with, for instance tiers without a last one
        """
        discount = price.discount_percent if discount_percent is None else discount_percent
        return PriceVersion(
            build_price_model(price.model, **self._prepare_price_model_values(price)),
            adjustments=Adjustments(
                included=exact(price.included_quantity),
                minimum=exact(price.minimum_amount) if price.minimum_amount else None,
                maximum=exact(price.maximum_amount) if price.maximum_amount else None,
                discount_percent=exact(discount),
            ),
            scale_bounds=price.scale_bounds,
            identifier=price.id or None,
        )

    def _prepare_price_model_values(self, price):
        on_zero = {"yes": True, "no": False}.get(price.charge_flat_on_zero)
        values = {
            "unit_price": exact(price.unit_price, PRICE_DIGITS),
            "package_size": exact(price.package_size),
            "free_units": exact(price.free_units),
            "rate": exact(price.rate, PRICE_DIGITS),
            "fixed": exact(price.fixed_amount),
            "free_events": price.free_events,
            "free_amount": exact(price.free_amount),
            "minimum": exact(price.event_minimum) if price.event_minimum else None,
            "maximum": exact(price.event_maximum) if price.event_maximum else None,
            "tiers": [
                Tier(
                    exact(tier.up_to) if tier.up_to else None,
                    exact(tier.unit_price, PRICE_DIGITS),
                    exact(tier.flat_amount),
                    exact(tier.rate, PRICE_DIGITS),
                )
                for tier in price.tier_ids.sorted(lambda tier: (not tier.up_to, tier.up_to))
            ],
        }
        return values if on_zero is None else {**values, "charge_flat_on_zero": on_zero}

    @api.private
    def get_comparable_amount(self, price):
        """Return what one unit costs, as a float for lists and charts."""
        if price.model == "dynamic":
            return 0.0
        if price.model in ("percentage", "graduated_percentage"):
            usage = Usage(Fraction(100), events=(Fraction(100),))
        else:
            # one unit beyond what is free, so that the first package counts
            usage = Usage(exact(price.free_units) + ONE if price.model == "package" else ONE)
        return float(self.get_price_version(price).model.price(usage).amount)

    # -- late fees ----------------------------------------------------------------------------------------------------

    @api.private
    def get_fee_terms(self, rule, digits):
        """Return the engine's value of a `billing.late.fee.rule` for a currency of so many decimals."""
        method = rule.method
        return FeeTerms(
            digits=digits,
            grace_days=rule.grace_days,
            fixed=exact(rule.fixed_amount) if method == "fixed" else 0,
            percent=exact(rule.percent) if method == "percent" else 0,
            yearly_rate=exact(rule.interest_rate) if rule._has_interest() else None,
            bands=tuple(Band(exact(band.lower), exact(band.amount)) for band in rule.band_ids)
            if rule._has_compensation()
            else (),
            minimum=exact(rule.minimum_amount),
            cap=exact(rule.maximum_amount) if rule.maximum_amount else None,
            total_cap=exact(rule.total_maximum) if rule.total_maximum else None,
            most=rule.max_count or None,
            repeat=Cadence(rule.repeat_unit, rule.repeat_count) if rule.repeat_unit != "once" else None,
            compound=rule.compound,
            year_days=rule.year_days,
            rounding=rule.rounding,
            tolerance=exact(rule.tolerance),
            fixing=rule.rate_fixing,
            locked=rule.rate_locked,
            closing=rule.closing and rule._has_interest(),
        )

    # -- subscription terms -------------------------------------------------------------------------------------------

    @api.private
    def get_anchor(self, subscription):
        """Return the anchor from which all periods of a subscription are counted."""
        billing_day = subscription.account_id.billing_day or 1
        if subscription.interval_unit == "week":
            billing_day = min(billing_day, 7)
        cadence = Cadence(subscription.interval_unit, subscription.interval_count)
        return anchor_for(subscription.alignment, subscription.start_date, cadence, billing_day=billing_day)

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
                changes[line_id].append((day, exact(quantity)))
        versions = self._get_candidate_prices(rows)
        cache, known, terms = {}, {}, {}
        for row in rows:
            # most customers have what others have: the same terms are one value, and what follows is computed once
            key = (row.agreed, tuple(changes.get(row.id, ())))
            try:
                if key not in known:
                    known[key] = self._get_line_terms(row, key[1], versions, horizon, cache)
            except EngineError as error:
                if failed is None:
                    raise
                failed.setdefault(row.account_id, error)
            else:
                terms[row.id] = known[key]
        return terms

    def _get_line_terms(self, row, changes, versions, horizon, cache):
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
            quantities=((row.start_date, exact(row.quantity)), *changes),
            prices=self._get_price_timeline(row, anchor, cadence, versions, horizon, cache),
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
            (row.code_id, row.plan_id, row.currency_id): (
                by_code.get((row.code_id, row.currency_id), empty).filtered(
                    lambda price, plan=row.plan_id: not price.plan_id or price.plan_id.id == plan
                )
            )
            for row in rows
        }

    def _get_price_timeline(self, row, anchor, cadence, versions, horizon, cache):
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
        return tuple((day, self._get_cached_version(price, discount, cache)) for day, price in sorted(timeline.items()))

    def _get_renewal_days(self, row, anchor, cadence, horizon):
        if not row.term_count:
            return
        number = index_of(anchor, cadence, row.start_date) + row.term_count
        while (day := boundary(anchor, cadence, number)) <= horizon:
            yield day
            number += row.term_count

    def _get_cached_version(self, price, discount_percent, cache):
        key = (price.id, discount_percent)
        if key not in cache:
            cache[key] = self.get_price_version(price, discount_percent)
        return cache[key]

    @api.private
    def get_billed(self, rows):
        """Return {line id: [Billed]} of the lines that are to be compared with what they should be."""
        rechecked = {row.id: row.recheck_from for row in rows if row.recheck_from}
        billed = defaultdict(list)
        if not rechecked:
            return billed
        query = SQL(
            "SELECT subscription_line_id, period_start, kind, sequence, amount FROM billing_charge WHERE"
            " subscription_line_id = ANY(%s) AND period_end >= %s ORDER BY period_start, sequence",
            list(rechecked),
            min(rechecked.values()),
        )
        # charges of a code of the kind credit are stored negative; the engine prices them positive
        signs = {row.id: -1 if row.kind == "credit" else 1 for row in rows}
        for line_id, period_start, kind, sequence, amount in self.env.execute_query(query):
            was = Fraction(Decimal(str(amount))) * signs[line_id]
            billed[line_id].append(Billed(period_start, kind, sequence, was))
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
        digits = self.env["billing.rating"].get_digits({row.currency_id for row in rows})
        for row in rows:
            days = [next_due_date(terms[row.id], row.billed_until)]
            if row.recheck_from:
                until, was = row.billed_until, billed[row.id]
                corrections = due(terms[row.id], until, until, was, row.recheck_from, digits[row.currency_id])
                days += [one.due_date for one in corrections if one.kind == "adjustment"]
            result[lines.browse(row.id)] = min(filter(None, days), default=False)
        return result

    # -- states, dates, errors ----------------------------------------------------------------------------------------

    @api.private
    def apply_event(self, machine, records, event):
        """Move records along the table of their life; refuse what the table does not have.

        :raise UserError: the event is not possible in the record's state
        """
        records.check_access("write")
        for record in records:
            try:
                record.sudo().state = next_state(machine, record.state, event)  # sudo: only along this table
            except EngineError as error:
                states = dict(record._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(record)s is in the state “%(state)s”, where this is not possible. Reload the page to see"
                        " what is.",
                        record=record.display_name,
                        state=states[record.state],
                    )
                ) from error

    @api.private
    def parse_date(self, value, field="date"):
        """Return a date from ISO text.

        :raise UserError: not a date
        """
        if isinstance(value, date):
            return fields.Date.to_date(value)
        try:
            if not isinstance(value, str) or len(value) != 10:
                raise ValueError(value)
            return date.fromisoformat(value)
        except ValueError as error:
            raise UserError(
                self.env._(
                    "“%(value)s” is not a date for “%(field)s”. Write it as year-month-day, for instance 2026-01-31.",
                    value=value,
                    field=field,
                )
            ) from error

    @api.private
    def get_error_message(self, error):
        """Return the sentence for a coded error of the engine, in the language of the user."""
        return get_message(self.env, error)
