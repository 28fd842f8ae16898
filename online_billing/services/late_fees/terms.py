"""The border of late fees: rules as values of the engine."""

from datetime import timedelta

from odoo import api, models

from ...engine import Band, Cadence, EarlierFee, FeeTerms, OverdueDebt, Period, RateTable
from ..shared.numbers import exact


def get_days(first, last):
    """Return the days from the first to the last, both included, as the engine counts them."""
    return Period(first, last + timedelta(days=1))


def get_overdue_debt(debt, earlier, last_settled):
    """Return a debt as the engine sees it.

    :param debt: its steps and spared days, a ``Debt``
    :param earlier: fees of the same rule that were charged or waived
    :param last_settled: the last day of which any rule has charged or waived a fee; None if none has
    """
    fees = tuple(EarlierFee(row.arises_on, row.amount, row.open_amount) for row in earlier)
    return OverdueDebt(debt.due, debt.steps, fees, last_settled, debt.spared)


def get_charged_debt(due, steps, spared):
    """Return a debt as the engine looks at it once more, when a fee has been charged on it."""
    return OverdueDebt(due, steps, spared=spared)


def get_rate_table(index):
    """Return the rates of a `billing.reference.index` and until when they are known."""
    points = index.rate_ids.sorted("valid_from")
    return RateTable(tuple((rate.valid_from, exact(rate.percent)) for rate in points), index.known_until or None)


class BillingLateFeeTerms(models.AbstractModel):
    _name = "billing.late.fee.terms"
    _description = "Late Fee Rules as the Billing Engine Sees Them"

    @api.private
    def get_fee_terms(self, rule, rounding):
        """Return the engine's value of a `billing.late.fee.rule` for a currency that is rounded so."""
        method = rule.method
        return FeeTerms(
            digits=rounding,
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
