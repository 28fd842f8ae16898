"""Give late fees up, or back."""

from dataclasses import replace
from decimal import Decimal

from odoo import Command, api, models
from odoo.exceptions import UserError

from ...engine import as_exact, describe_occurrence
from ..charges.new_charge import NewCharge
from ..shared.numbers import as_float, to_decimal

NOTHING = Decimal(0)


class BillingLateFeeWaiver(models.AbstractModel):
    _name = "billing.late.fee.waiver"
    _description = "Give Late Fees Up, or Back"

    @api.private
    def waive(self, fees, reason, day=None, is_mistake=False):
        """Waive fees with a reason: announced ones are given up, charged ones are voided or credited.

        The fee's invoice is never altered: what it charged is given back, with its tax, by a credit note that settles
        it.

        :param fees: `billing.late.fee`, announced or charged
        :param date day: date of the credit notes; None: the local day of each account
        :param is_mistake: the fees were not owed, so that no limit holds for giving them back
        :return: the credit notes
        :raise UserError: no reason, a fee that cannot be waived, or one above what a clerk may waive
        """
        self._check_waiver(fees, reason)
        if not is_mistake:
            self._check_limit(fees)
        fees = fees.sudo()  # sudo: rows and charges are kept by the billing; rights were checked above
        pending = self._lock_pending(fees)
        if pending:
            self.env["billing.charge.book"].void(pending, self.env._("Late fee waived: %(reason)s", reason=reason))
            self.env["billing.rating"].refresh_next_billing_date(pending.account_id)
        notes = self._credit_all(fees, dict.fromkeys(fees, NOTHING), reason, day)
        fees.write({"reason": reason, "waived_by_id": self.env.uid, "not_owed": False, "amount_not_owed": 0})
        self.env["billing.life"].apply_event("late_fee", fees, "waive")
        return notes

    @api.private
    def give_back(self, fees):
        """Give fees back that are not owed by what is known now.

        :return: the credit notes
        :raise UserError: one is owed
        """
        review = self.env["billing.late.fee.review"]
        review.review(fees.sudo())  # sudo: the rows are kept by the billing
        if owed := fees.filtered(lambda fee: fee.state != "charged" or not fee.not_owed):
            raise UserError(
                self.env._(
                    "%(fee)s stays as it is: nothing is known that shows that it was not owed. Enter or match the"
                    " payment with the day on which the money came in, or waive the fee with a reason.",
                    fee=owed[0].display_name,
                )
            )
        reasons = dict(self.env["billing.late.fee"]._fields["not_owed"]._description_selection(self.env))
        notes = self.env["account.move"]
        for not_owed, own in fees.grouped("not_owed").items():
            if not_owed == "part":
                left = {fee: found for fee, (found, _paid) in review.look_again(own.sudo()).items()}  # sudo: as above
                notes |= self._lower(own, left, reasons[not_owed])
            else:
                notes |= self.waive(own, reasons[not_owed], is_mistake=True)
        review.review(fees.sudo())  # sudo: as above
        return notes

    def _lower(self, fees, found, reason):
        """Give back what charged fees are too high: they stay charged, with what is left of them.

        What is invoiced is credited; what waits for its bill waits with the lower amount.

        :param fees: `billing.late.fee`, charged
        :param dict found: {fee: what is left of it, a ``FeeOccurrence``}
        :return: the credit notes
        :raise UserError: they are being billed at this moment
        """
        self._check_waiver(fees, reason)
        fees = fees.sudo()  # sudo: as above
        book, rebilling = self.env["billing.charge.book"], self.env["billing.charge.rebilling"]
        pending = self._lock_pending(fees)
        for fee in fees.filtered(lambda fee: fee.charge_id in pending):
            charge, left = fee.charge_id, found[fee]
            breakdown = {**charge.breakdown, **describe_occurrence(left)}
            new = replace(
                rebilling.prepare_again(charge, charge.charge_date, charge.invoice_timing),
                amount=left.amount,
                exact=left.exact,
                breakdown=breakdown,
            )
            book.void(charge, self.env._("Late fee lowered: %(reason)s", reason=reason))
            [answer] = book.record([new])
            fee.write({"charge_id": answer.charge_id, "amount": as_float(left.amount), "breakdown": breakdown})
        return self._credit_all(fees, {fee: found[fee].amount for fee in fees}, reason)

    def _lock_pending(self, fees):
        """Return the charges of fees that wait for their bill, locked.

        :raise UserError: they are being billed at this moment
        """
        pending = fees.charge_id.filtered(lambda charge: charge.state == "pending")
        if pending and pending.try_lock_for_update(allow_referencing=True) != pending:
            raise UserError(self.env._("These fees are being billed at this moment. Reload the page and try again."))
        return pending

    def _credit_all(self, fees, left, reason, day=None):
        """Return the credit notes over what stands of invoiced fees above what is to be left of them.

        :param dict left: {fee: Decimal}
        """
        notes = self.env["account.move"].sudo()  # sudo: as above
        standing = self.env["billing.charge.standing"].get_standing(fees.charge_id)
        amounts = {
            fee: to_decimal(standing[fee.charge_id], fee.currency_id) - left[fee]
            for fee in fees
            if fee.charge_id.state == "invoiced"
        }
        to_credit = fees.filtered(lambda fee: amounts.get(fee, NOTHING) > 0)
        for move, own in to_credit.grouped("invoice_id").items():
            local_day = day or self.env["billing.days"].get_local_day(own[0].account_id)
            note = self._credit(move, own, {fee: (amounts[fee], left[fee]) for fee in own}, reason, local_day)
            own.write({"credit_note_id": note.id})
            notes |= note
        if notes:
            self.env["billing.invoice.delivery"].wake()
        return notes.sudo(False)

    def _check_waiver(self, fees, reason):
        _ = self.env._
        fees.check_access("read")
        if not self.env.user.has_group("online_billing.group_billing_user"):
            fees.check_access("write")
        if not reason or not reason.strip():
            raise UserError(_("A late fee is waived with a reason. Write down why."))
        if settled := fees.filtered(lambda fee: fee.state not in ("announced", "charged")):
            raise UserError(
                _(
                    "%(fee)s is neither announced nor charged any more, so there is nothing to waive.",
                    fee=settled[0].display_name,
                )
            )

    def _check_limit(self, fees):
        """Refuse what is above the limit of clerks."""
        if self.env.user.has_group("online_billing.group_billing_manager"):
            return
        for fee in fees:
            company = fee.company_id
            limit = company.billing_late_fee_waive_limit
            amount = fee.currency_id._convert(fee.amount, company.currency_id, company, fee.arises_on)
            if company.currency_id.compare_amounts(amount, limit) > 0:
                raise UserError(
                    self.env._(
                        "%(fee)s is above what clerks may waive (%(limit)s). Ask a billing manager to waive it.",
                        fee=fee.display_name,
                        limit=company.currency_id.format(limit),
                    )
                )

    def _credit(self, move, fees, amounts, reason, day):
        """Return the posted credit note over the lines of an invoice that charge these fees.

        :param dict amounts: {fee: (what is given back, what is left)}
        """
        note = move._reverse_moves([self._prepare_credit_note_values(move, reason, day)])
        copies = {line.billing_origin_line_id: line for line in note.invoice_line_ids}
        kept = self.env["account.move.line"]
        for fee, (amount, _left) in amounts.items():
            charge, line = fee.charge_id, copies[fee.charge_id.invoice_line_id]
            if amount != to_decimal(charge.amount, charge.currency_id):
                line.write({"quantity": 1, "discount": 0, "price_unit": as_float(amount)})
            kept |= line
        if others := note.invoice_line_ids - kept:
            note.write({"invoice_line_ids": [Command.delete(line.id) for line in others]})
        self._save_credits(note, amounts, copies, reason, day)
        note.action_post()
        return note

    def _prepare_credit_note_values(self, move, reason, day):
        account = move.billing_account_id
        return {
            "ref": self.env._("Late fee given back: %(reason)s", reason=reason),
            "invoice_date": day,
            "date": day,
            "invoice_date_due": day,
            "invoice_origin": move.name,
            "billing_account_id": account.id,
            **self.env["billing.network.delivery"].get_first_states(account.delivery_channel),
        }

    def _save_credits(self, note, amounts, copies, reason, day):
        """Record what is given back as charges of its own, so that the charges of a document add up to its amount."""
        book, new_charges = self.env["billing.charge.book"], []
        keys = {fee: self._get_key(fee, left) for fee, (_amount, left) in amounts.items()}
        # what was given back before, and whose credit note was cancelled, has a charge under this key already
        known = book.find({(fee.company_id.id, key) for fee, key in keys.items()})
        for fee, (amount, left) in amounts.items():
            charge, before = fee.charge_id, known.get((fee.company_id.id, keys[fee]))
            name = (
                self.env._("Given back in part: %(charge)s", charge=charge.name)
                if left
                else self.env._("Waived: %(charge)s", charge=charge.name)
            )
            new_charges.append(
                NewCharge(
                    name=name,
                    origin="late_fee_waiver",
                    key=keys[fee],
                    generation=before.generation + 1 if before else 1,
                    replaces_id=before.id if before else None,
                    account_id=charge.account_id.id,
                    company_id=charge.company_id.id,
                    currency_id=charge.currency_id.id,
                    code_id=charge.code_id.id,
                    day=day,
                    service=(day, day),
                    exact=as_exact(-amount),
                    amount=-amount,
                    tax_included=charge.tax_included,
                    breakdown={"kind": "waiver", "invoice": charge.invoice_id.name, "reason": reason},
                    timing="now",
                    corrects_id=charge.id,
                    state="invoiced",
                    invoice_id=note.id,
                    invoice_line_id=copies[charge.invoice_line_id].id,
                )
            )
        book.record_settled(new_charges)

    def _get_key(self, fee, left):
        """Return what is given back once only: all of a fee, or down to an amount."""
        return f"late_fee_waiver:{fee.id}:{left}" if left else f"late_fee_waiver:{fee.id}"
