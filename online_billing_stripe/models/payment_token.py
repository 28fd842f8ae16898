from odoo import api, fields, models
from odoo.tools.date_utils import end_of


class PaymentToken(models.Model):
    _inherit = "payment.token"

    stripe_expires_on = fields.Date(
        string="Card Expires", readonly=True, copy=False, help="The last day on which the card can be charged."
    )
    stripe_seen_on = fields.Date(
        string="Asked About At Stripe", readonly=True, copy=False, help="When Stripe was asked what it is."
    )

    _stripe_unseen_idx = models.Index("(id) WHERE stripe_payment_method IS NOT NULL AND stripe_seen_on IS NULL")

    @api.model
    def _get_stripe_expiry(self, method):
        """Return the last day of a card.

        :param dict method: of Stripe
        :return: date; None for what does not expire
        """
        card = method.get("card") or {}
        if not card.get("exp_year") or not card.get("exp_month"):
            return None
        return end_of(fields.Date.to_date(f"{card['exp_year']:04d}-{card['exp_month']:02d}-01"), "month")
