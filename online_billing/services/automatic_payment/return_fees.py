"""What a customer pays because their bank took a payment back: a charge like any other, where the company has a fee."""

from odoo import api, models

from ...engine import EngineError
from ..shared.numbers import ONE

ACCOUNT_STATES = ("active", "suspended")


class BillingReturnFees(models.AbstractModel):
    _name = "billing.return.fees"
    _description = "Fees of Returned Payments"

    @api.private
    def charge(self, entry, day):
        """Charge the fee of the company for a payment that was taken back, once; nothing where it has none.

        The payment is taken back all the same where there is no price: then somebody reads why nothing was charged.

        :param entry: of `billing.payment.returns`
        """
        account = entry.billing_account_id.sudo()  # sudo: events come by jobs
        code = account.company_id.billing_return_fee_code_id
        if not code or account.state not in ACCOUNT_STATES:
            return
        try:
            new = self.env["billing.charging"].prepare_charge(
                account, code, ONE, None, day, origin="returned", key=self._get_key(entry), name=code.name
            )
        except EngineError as error:
            reason = self.env["billing.engine.messages"].get_sentence(error)
            account.message_post(
                body=self.env._("No fee was charged for the returned payment: %(reason)s", reason=reason)
            )
            return
        self.env["billing.charge.book"].record([new])
        self.env["billing.rating"].refresh_next_billing_date(account)

    @api.private
    def take_back(self, entry):
        """Let the fee go with what it was charged for: the payment stands again.

        What is billed already stays, and somebody is told so that they can credit it.

        :param entry: as above
        """
        charges = self.env["billing.charge"].sudo()  # sudo: as above
        charge = charges.search(
            [("company_id", "=", entry.company_id.id), ("key", "=", self._get_key(entry)), ("state", "!=", "void")]
        )
        if not charge:
            return
        if charge.state == "pending":
            self.env["billing.charging"].sudo().void(charge, self.env._("The payment stands again"))  # sudo: as above
            return
        charge.account_id.message_post(
            body=self.env._(
                "The payment stands again, and its fee is billed with %(invoice)s. Give it back with a credit note if"
                " you want to.",
                invoice=charge.invoice_id.display_name,
            )
        )

    def _get_key(self, entry):
        return f"returned:{entry.id}"
