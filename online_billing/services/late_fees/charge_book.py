"""What becomes of late fees when the charges that gave them back are void, or stand again."""

from odoo import models


class BillingChargeBook(models.AbstractModel):
    _inherit = "billing.charge.book"

    def _follow_void(self, charges):  # pylint: disable=missing-return
        """Bring waived fees back whose charges stand again, because what gave them back is void."""
        super()._follow_void(charges)
        fees = self._find_late_fees(charges.corrects_id, "waived")
        standing = self.env["billing.charge.standing"].get_standing(fees.charge_id)
        back = fees.filtered(lambda fee: not fee.currency_id.is_zero(standing[fee.charge_id]))
        self.env["billing.life"].apply_event("late_fee", back, "reinstate")
        back.write({"reason": False, "waived_by_id": False, "credit_note_id": False})
        lowered = self._find_late_fees(charges.corrects_id, "charged")
        lowered.filtered(lambda fee: fee.credit_note_id in charges.invoice_id).write({"credit_note_id": False})
        self.env["billing.late.fee.review"].note(lowered.move_id)

    def _follow_restored(self, charges):  # pylint: disable=missing-return
        """Waive fees once more whose credit note was cancelled and comes back; one over a part lowers its fee again."""
        super()._follow_restored(charges)
        waivers = charges.filtered(lambda charge: charge.origin == "late_fee_waiver")
        standing = self.env["billing.charge.standing"].get_standing(waivers.corrects_id)
        charged = self._find_late_fees(waivers.corrects_id, "charged")
        fees = charged.grouped("charge_id")
        for waiver in waivers.filtered(lambda waiver: waiver.corrects_id in fees):
            fee = fees[waiver.corrects_id]
            fee.credit_note_id = waiver.invoice_id
            if fee.currency_id.is_zero(standing[waiver.corrects_id]):
                fee.write({"reason": waiver.breakdown["reason"], "waived_by_id": self.env.uid})
                fee.write({"not_owed": False, "amount_not_owed": 0})
                self.env["billing.life"].apply_event("late_fee", fee, "waive")
        self.env["billing.late.fee.review"].note(charged.move_id)

    def _find_late_fees(self, charges, state):
        # sudo: the rows of fees are kept by the billing, whoever cancels a credit note
        fees = self.env["billing.late.fee"].sudo()
        return fees.search([("charge_id", "in", charges.ids), ("state", "=", state)]) if charges else fees
