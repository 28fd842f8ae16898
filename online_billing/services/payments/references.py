"""The reference by which a transfer is known that pays an account, and not one document of it."""

from odoo import api, models
from odoo.addons.account.tools import is_valid_structured_reference_iso, sanitize_structured_reference
from odoo.addons.account.tools.structured_reference import format_structured_reference_iso

from ..shared.reader import ID_LIMIT

# tells it from the references that Odoo makes of single documents, which have figures alone
MARK = "BA"
DIGITS = 6


class BillingPaymentReferences(models.AbstractModel):
    """A creditor reference of ISO 11649: banks check its figures, banking apps have a field of its own for it.

    It is made of the account's id, which every pay link says anyway, so that it tells nobody who the customer is.
    """

    _name = "billing.payment.references"
    _description = "References of Payments"

    @api.private
    def get_reference(self, account_id):
        """Return the reference of an account, in groups of four: "RF71 BA00 0012"."""
        return format_structured_reference_iso(f"{MARK}{account_id:0{DIGITS}d}").strip()

    @api.private
    def read_account_id(self, text):
        """Return the id of the account that a reference names; None where it is none of ours.

        :param str text: whatever a bank statement or a customer says
        """
        plain = sanitize_structured_reference(text or "").upper()
        number = plain[4 + len(MARK) :]
        if plain[:2] != "RF" or plain[4 : 4 + len(MARK)] != MARK or not (number.isascii() and number.isdigit()):
            return None
        if not is_valid_structured_reference_iso(plain) or int(number) > ID_LIMIT:
            return None
        return int(number)
