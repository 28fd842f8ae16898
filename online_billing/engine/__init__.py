"""The arithmetic of billing: pure Python, exact, without Odoo, without a clock.

A guided tour, each module needing only those before it:

1. :mod:`.errors`: refusals with codes; :mod:`.money`: exact numbers, one rounding, splitting a total.
2. :mod:`.period`: half-open days; :mod:`.cadence`: periods counted from an anchor; :mod:`.proration`: shares of them.
3. :mod:`.pricing`: nine price models, adjustments, price versions; :mod:`.rating`: the one rating function;
   :mod:`.commitment`: minimum and maximum over a period.
4. :mod:`.schedule`: what falls due up to a day, given what was billed; :mod:`.explain`: why an amount is what it is.
5. :mod:`.lifecycle`: the tables of states; :mod:`.receivable`: what is open.
6. :mod:`.reference_rate`, :mod:`.late_fee_terms`, :mod:`.late_fee`: what being late costs.
7. :mod:`.installment`: how an open amount is cut into dated parts; :mod:`.settlement`: what becomes of them.
8. :mod:`.collection`: which step an account has reached and when the next one comes; :mod:`.retry`: the days of payment
   retries.

The day for which something is computed is always an argument. Import from this package, not from its modules.
"""

from .cadence import (
    Alignment,
    Anchor,
    Cadence,
    Unit,
    anchor_for,
    boundary,
    index_of,
    month_length,
    period_at,
    period_of,
    periods_between,
)
from .collection import (
    EARLY,
    Decision,
    Item,
    QuietDays,
    Rules,
    Situation,
    Step,
    Trigger,
    decide,
    fall_back,
    get_furthest,
    get_own_steps,
    has_eased,
    next_decision,
    take,
)
from .collection import forecast as forecast_steps
from .commitment import cap_discount, true_up
from .errors import ERROR_CODES, EngineError
from .explain import abbreviate, abbreviate_priced, exact_text, spell_out, spell_out_priced
from .installment import (
    MOST_PARTS,
    InstallmentRow,
    InstallmentTerms,
    Method,
    Part,
    annuity_payment,
    installment_schedule,
    period_rate,
    split_equally,
)
from .late_fee import accrue, describe_late_fee, describe_occurrence, fees_due, look_again, trigger_day, triggers
from .late_fee_terms import (
    Band,
    EarlierFee,
    FeeOccurrence,
    FeePart,
    FeeTerms,
    InterestSegment,
    OverdueDebt,
    Rounding,
    YearDays,
    is_open,
)
from .lifecycle import MACHINES, Machine, next_state
from .money import AMOUNT_LIMIT, allocate, as_exact, check_amount, round_down, round_half_up
from .period import Period
from .pricing import (
    NO_ADJUSTMENTS,
    NO_USAGE,
    PRICE_MODELS,
    Adjustments,
    Dynamic,
    Flat,
    Graduated,
    GraduatedPercentage,
    Package,
    Percentage,
    PerUnit,
    Priced,
    PriceModel,
    PriceVersion,
    Slice,
    StairStep,
    Tier,
    Usage,
    Volume,
    build_price_model,
)
from .proration import Basis, ratio
from .rating import rate
from .receivable import net_open, share_credits
from .reference_rate import Fixing, RateTable
from .retry import retry_days, state_days
from .schedule import Billed, Due, LineTerms, Segment, Timing, due, forecast, next_due_date
from .settlement import (
    Judgement,
    PlanRow,
    interest_on_open,
    judge,
    pay_rows,
    shorten_from_end,
    spread_over_invoices,
    spread_payments,
)

__all__ = [
    "AMOUNT_LIMIT",
    "EARLY",
    "ERROR_CODES",
    "MACHINES",
    "MOST_PARTS",
    "NO_ADJUSTMENTS",
    "NO_USAGE",
    "PRICE_MODELS",
    "Adjustments",
    "Alignment",
    "Anchor",
    "Band",
    "Basis",
    "Billed",
    "Cadence",
    "Decision",
    "Due",
    "Dynamic",
    "EarlierFee",
    "EngineError",
    "FeeOccurrence",
    "FeePart",
    "FeeTerms",
    "Fixing",
    "Flat",
    "Graduated",
    "GraduatedPercentage",
    "InstallmentRow",
    "InstallmentTerms",
    "InterestSegment",
    "Item",
    "Judgement",
    "LineTerms",
    "Machine",
    "Method",
    "OverdueDebt",
    "Package",
    "Part",
    "PerUnit",
    "Percentage",
    "Period",
    "PlanRow",
    "PriceModel",
    "PriceVersion",
    "Priced",
    "QuietDays",
    "RateTable",
    "Rounding",
    "Rules",
    "Segment",
    "Situation",
    "Slice",
    "StairStep",
    "Step",
    "Tier",
    "Timing",
    "Trigger",
    "Unit",
    "Usage",
    "Volume",
    "YearDays",
    "abbreviate",
    "abbreviate_priced",
    "accrue",
    "allocate",
    "anchor_for",
    "annuity_payment",
    "as_exact",
    "boundary",
    "build_price_model",
    "cap_discount",
    "check_amount",
    "decide",
    "describe_late_fee",
    "describe_occurrence",
    "due",
    "exact_text",
    "fall_back",
    "fees_due",
    "forecast",
    "forecast_steps",
    "get_furthest",
    "get_own_steps",
    "has_eased",
    "index_of",
    "installment_schedule",
    "interest_on_open",
    "is_open",
    "judge",
    "look_again",
    "month_length",
    "net_open",
    "next_decision",
    "next_due_date",
    "next_state",
    "pay_rows",
    "period_at",
    "period_of",
    "period_rate",
    "periods_between",
    "rate",
    "ratio",
    "retry_days",
    "round_down",
    "round_half_up",
    "share_credits",
    "shorten_from_end",
    "spell_out",
    "spell_out_priced",
    "split_equally",
    "spread_over_invoices",
    "spread_payments",
    "state_days",
    "take",
    "trigger_day",
    "triggers",
    "true_up",
]
