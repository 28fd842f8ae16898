"""The one table from coded errors of the engine to sentences for people."""

from datetime import date

from odoo import api, models
from odoo.tools import format_date


class BillingEngineMessages(models.AbstractModel):
    _name = "billing.engine.messages"
    _description = "Sentences for the Errors of the Billing Engine"

    @api.private
    def get_sentence(self, error):
        """Return the sentence for a coded error of the engine, in the language of the user."""
        return _get_sentence(self.env, error)


def _get_sentence(env, error):
    """Return the translated sentence for an EngineError; an unknown code is shown with its details, never hidden."""
    messages = {
        "schedule.price_missing": env._(
            "There is no price for “%(line)s” on %(day)s in the currency of the account. Add a price version to the"
            " billing code."
        ),
        "charge.amount_missing": env._("The price is a percentage or comes with the charge. Enter the amount."),
        "pricing.tiers_missing": env._(
            "The price has no tiers. Add at least one; the last has the upper bound 0, which means without limit."
        ),
        "pricing.last_tier_not_open": env._(
            "The last tier of the price has an upper bound. Set the bound of the last tier to 0, which means without"
            " limit."
        ),
        "pricing.tiers_not_ascending": env._(
            "The upper bounds of the tiers must increase. Look for a bound that appears twice."
        ),
        "pricing.package_size": env._("The package size must be positive."),
        "pricing.minimum_above_maximum": env._("The minimum amount is above the maximum amount. Correct one of them."),
        "pricing.discount_percent": env._("A discount lies between 0 and 100 percent."),
        "pricing.included_without_units": env._(
            "Included units go only with a price that counts units. Remove them, or choose another price model."
        ),
        "pricing.quantity_negative": env._("The quantity cannot be negative."),
        "cadence.count_not_positive": env._(
            "The number of days, weeks, months or years between two bills must be positive."
        ),
        "money.too_large": env._(
            "The amount is larger than an invoice can hold (999,999,999,999.99). Check quantity and price."
        ),
        "money.not_a_number": env._("This is not a number."),
        "late_fee.rate_missing": env._(
            "The reference rate is not known for %(day)s. Add the rate that was in force, and set the day up to which"
            " the rates are known."
        ),
        "late_fee.minimum_above_cap": env._("The minimum of a late fee is above its maximum. Correct one of them."),
        "late_fee.negative": env._("Days, amounts and percentages of a late fee cannot be negative."),
        "installment.total_not_positive": env._("There is nothing open that could be paid in installments."),
        "installment.count": env._("A plan has 1 to %(most)s installments. Change the number of installments."),
        "installment.part_not_positive": env._(
            "Installment %(sequence)s would be %(amount)s. Every installment must be positive: choose fewer"
            " installments, or smaller amounts for the others."
        ),
        "installment.sum_differs": env._(
            "The installments add up to %(parts)s, but %(total)s is open. Correct the amounts, or let one part take the"
            " rest."
        ),
        "installment.dates_not_ascending": env._(
            "An installment on %(day)s does not come after the one on %(earlier)s. Give every installment a later date"
            " than the one before."
        ),
        "installment.deposit": env._(
            "The deposit of %(deposit)s does not fit: it must be smaller than the open amount of %(total)s and have a"
            " date before the first installment."
        ),
        "installment.rate_negative": env._("The interest cannot be negative."),
        "installment.fee_negative": env._("The fee cannot be negative."),
        "installment.limit_negative": env._("Days of grace and the number of missed installments cannot be negative."),
        "lifecycle.refused": env._("This is not possible in the present state."),
    }
    details = {
        key: format_date(env, value) if isinstance(value, date) else str(value) for key, value in error.details.items()
    }
    try:
        return messages[error.code] % details
    except KeyError:
        shown = ", ".join(f"{key}: {value}" for key, value in details.items())
        return env._("The billing arithmetic refuses this (%(code)s). %(details)s", code=error.code, details=shown)
