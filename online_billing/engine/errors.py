"""Coded errors of the engine.

The engine never writes sentences for people. It raises :class:`EngineError` with a stable code and plain details;
the services map each code to a translated sentence in one table. A test proves that every raise uses a listed code.
"""

ERROR_CODES = frozenset(
    {
        # money
        "money.is_float",
        "money.not_a_number",
        "money.not_finite",
        "money.too_large",
        "money.too_precise",
        "money.digits",
        "money.not_representable",
        "money.weights",
        # periods and cadences
        "period.not_a_date",
        "period.reversed",
        "period.empty",
        "cadence.unit_unknown",
        "cadence.count_not_positive",
        "cadence.day_of_month",
        "cadence.day_of_week",
        "cadence.alignment_unknown",
        "cadence.billing_day_missing",
        "cadence.out_of_range",
        # proration
        "proration.basis_unknown",
        "proration.month_days",
        "proration.outside",
        # prices
        "pricing.model_unknown",
        "pricing.quantity_negative",
        "pricing.ratio_not_positive",
        "pricing.tiers_missing",
        "pricing.tiers_not_ascending",
        "pricing.last_tier_not_open",
        "pricing.tier_not_for_model",
        "pricing.package_size",
        "pricing.allowance_negative",
        "pricing.minimum_above_maximum",
        "pricing.bound_negative",
        "pricing.discount_percent",
        "pricing.net_share",
        "pricing.included_without_units",
        # schedule
        "schedule.timing_unknown",
        "schedule.kind_unknown",
        "schedule.quantity_missing",
        "schedule.price_missing",
        "schedule.not_in_order",
        "schedule.count_negative",
        # late fees
        "late_fee.negative",
        "late_fee.minimum_above_cap",
        "late_fee.option_unknown",
        "late_fee.not_in_order",
        "late_fee.rate_missing",
        # installments
        "installment.total_not_positive",
        "installment.count",
        "installment.remainder_unknown",
        "installment.method_unknown",
        "installment.kind_unknown",
        "installment.part_not_positive",
        "installment.sum_differs",
        "installment.dates_not_ascending",
        "installment.deposit",
        "installment.rate_negative",
        "installment.fee_negative",
        "installment.limit_negative",
        "installment.overpayment_unknown",
        # automatic payment
        "debit.rule_unknown",
        "debit.number",
        "retry.failures",
        # life cycles
        "lifecycle.machine_unknown",
        "lifecycle.state_unknown",
        "lifecycle.event_unknown",
        "lifecycle.refused",
    }
)


class EngineError(ValueError):
    """A refusal of the engine.

    :param code: stable word from :data:`ERROR_CODES`, ``"<module>.<reason>"``
    :param details: plain values that a translated sentence may quote (never a sentence)
    """

    def __init__(self, code, **details):
        super().__init__(code, details)
        self.code = code
        self.details = details

    def __str__(self):
        if not self.details:
            return self.code
        shown = ", ".join(f"{name}={value!r}" for name, value in self.details.items())
        return f"{self.code} ({shown})"

    def __reduce__(self):
        return _rebuild, (self.code, self.details)


def _rebuild(code, details):
    return EngineError(code, **details)
