from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..shared.guarded import ANY, Life, names
from .decline_code import CLASSES

TERMS = names("policy_id decline_class waits unit")
MOST_WAITS, LONGEST = 15, timedelta(days=60)


class BillingRetryRule(models.Model):
    """The times between the tries of one kind of decline."""

    _name = "billing.retry.rule"
    _description = "Retries of a Kind of Decline"
    _inherit = ["billing.guarded"]
    _order = "decline_class, id"
    _life = Life(create=TERMS, write={ANY: TERMS}, delete=names(ANY))

    policy_id = fields.Many2one("billing.retry.policy", required=True, index=True, ondelete="cascade")
    # what is gone for good is never tried again
    decline_class = fields.Selection(
        [one for one in CLASSES if one[0] != "gone"],
        string="Decline",
        required=True,
        help="What is gone for good is never tried again, and has no line.",
    )
    waits = fields.Char(
        string="Tried Again After",
        required=True,
        help="Whole numbers with commas between them: from each failure to the next try. 1, 3, 5, 7 with days: a day"
        " after the first failure, three days after the second, and so on.",
    )
    unit = fields.Selection([("days", "Days"), ("hours", "Hours")], required=True, default="days")

    @api.constrains("policy_id", "decline_class")
    def _check_one_of_kind(self):
        """See to it that a policy says once when a kind of decline is tried again, whoever adds a line to it."""
        for policy in self.policy_id:
            classes = self.search([("policy_id", "=", policy.id)]).mapped("decline_class")
            if len(classes) != len(set(classes)):
                raise ValidationError(
                    self.env._("%(policy)s has two lines for the same kind of decline. Join them.", policy=policy.name)
                )

    @api.constrains("waits", "unit")
    def _check_waits(self):
        for rule in self:
            if rule._read_waits() is None:
                raise ValidationError(
                    self.env._(
                        "“%(waits)s”: write 1 to %(most)s whole numbers above zero with commas between them, none"
                        " longer than %(longest)s days.",
                        waits=rule.waits,
                        most=MOST_WAITS,
                        longest=LONGEST.days,
                    )
                )

    def _read_waits(self):
        """Return the waits as timedeltas; None where they cannot be read."""
        self.ensure_one()
        parts = [part.strip() for part in self.waits.split(",")]
        if not 0 < len(parts) <= MOST_WAITS or not all(part.isascii() and part.isdecimal() for part in parts):
            return None
        waits = tuple(timedelta(**{self.unit: int(part[:6])}) for part in parts)
        return waits if all(timedelta(0) < wait <= LONGEST for wait in waits) else None

    def _get_waits(self):
        """Return the waits of one rule, none for no rule."""
        return self._read_waits() or () if self else ()
