"""Promises to pay that customers give by themselves."""

from odoo import api, models
from odoo.addons.online_billing.services.shared.numbers import as_float
from odoo.addons.online_billing.services.shared.typed_amounts import write_amount
from odoo.exceptions import UserError

from .typed_amounts import read_amount

LISTED = 10


class BillingPortalPromises(models.AbstractModel):
    _name = "billing.portal.promises"
    _description = "Promises of a Customer"

    @api.private
    def get_page(self, account, currency):
        """Return what has been promised, and what may be.

        :param account: a `billing.account` (elevated)
        :param currency: a `res.currency`
        :return: {"promises", "offer": {"least", "most", "most_typed", "first", "latest"} or None, "refusal": why there
            is none}; amounts are floats in the currency, and one is a text as it would be typed
        """
        promises = account.env["billing.payment.promise"].search(
            [("account_id", "=", account.id), ("state", "!=", "cancelled")], limit=LISTED
        )
        day = self.env["billing.days"].get_local_day(account)
        try:
            offer = self._get_rules().get_offer(account, currency, day)
        except UserError as refusal:
            return {"promises": promises, "offer": None, "refusal": str(refusal)}
        return {
            "promises": promises,
            "offer": {
                "least": as_float(offer.least),
                "most": as_float(offer.most),
                "most_typed": write_amount(self.env, offer.most, currency),
                "first": day,
                "latest": offer.latest,
            },
            "refusal": None,
        }

    @api.private
    def promise(self, account, currency, text, until, person):
        """Note a promise.

        :param str text: the amount as it was typed
        :param until: the last day, or None where none was chosen
        :param person: the `res.partner` who promises
        :raise UserError: it is not allowed
        """
        if not until:
            raise UserError(self.env._("Choose the day by which you will pay."))
        day = self.env["billing.days"].get_local_day(account)
        promise = self._get_rules().promise(account, currency, read_amount(self.env, text, currency), until, day)
        promise.message_post(
            body=self.env._("Promised in the portal by %(person)s.", person=person.display_name),
            author_id=person.id,
            subtype_xmlid="mail.mt_note",
        )
        return promise

    def _get_rules(self):
        return self.env["billing.promise.rules"].sudo()  # sudo: the caller knows the role on the account
