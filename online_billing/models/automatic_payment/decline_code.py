from odoo import api, fields, models

from ..shared.guarded import ANY, Life, names

CLASSES = [
    ("gone", "Gone for good"),
    ("later", "Try again later"),
    ("customer", "The customer has to act"),
    ("provider", "Trouble of the provider"),
]
NAMED = names("provider_code code decline_class text source")


class BillingDeclineCode(models.Model):
    """What a code means with which a provider declines a payment; one that is in no list is tried later, and listed."""

    _name = "billing.decline.code"
    _description = "Reason for a Declined Payment"
    _inherit = ["billing.guarded"]
    _order = "is_known, provider_code, code"
    _rec_name = "code"
    _life = Life(create=NAMED, write={ANY: NAMED}, delete=names(ANY))

    provider_code = fields.Char(
        string="Provider", required=True, help="The technical name of the provider, such as stripe or demo."
    )
    code = fields.Char(required=True, help="As the provider writes it.")
    decline_class = fields.Selection(
        CLASSES,
        string="What It Means",
        required=True,
        default="later",
        help="Gone for good: never tried again with this method. Try again later: by the days of the retry policy. The"
        " customer has to act: they get a link. Trouble of the provider: tried again soon.",
    )
    text = fields.Char(
        string="In Plain Words", translate=True, help="What the customer and your staff read instead of the code."
    )
    source = fields.Char(help="Where it is described.")
    is_known = fields.Boolean(
        string="Looked At",
        compute="_compute_is_known",
        store=True,
        help="A code that nobody has described yet is tried again later. Describe it, and it leaves the list.",
    )

    _code_unique = models.Constraint("UNIQUE (provider_code, code)", "This code of the provider is listed already.")

    @api.depends("text")
    def _compute_is_known(self):
        for code in self:
            code.is_known = bool(code.text)
