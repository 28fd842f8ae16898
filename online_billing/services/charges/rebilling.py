"""Bill charges once more of which nothing stands any more: the same period and amount, under the same key."""

from dataclasses import replace

from odoo import api, models
from odoo.exceptions import UserError

from ..shared.numbers import EXACT_DIGITS, exact, money
from .new_charge import NewCharge


class BillingChargeRebilling(models.AbstractModel):
    _name = "billing.charge.rebilling"
    _description = "Bill Charges Again"

    @api.private
    def bill_again(self, charges, days, timing):
        """Record the next generation of charges of which nothing stands any more, and of what corrected them.

        :param dict days: {account id: day on which they fall due}
        :param timing: "soon" or "now"
        :return: the new charges, pending
        :raise UserError: a charge still stands, waits, or has been billed again already
        """
        standing = self.env["billing.charge.standing"]
        charges.account_id.hold()  # who brings the first one back at this moment comes before or after
        by_key = charges.sorted("generation").grouped(lambda charge: (charge.company_id.id, charge.key))
        charges = charges.browse([group[-1].id for group in by_key.values()])
        self._check_again(charges)
        made = {}
        corrections = charges.search(
            [("corrects_id", "in", charges.ids), ("origin", "=", "subscription"), ("state", "!=", "void")]
        )
        for group in (charges - corrections, corrections):
            new_charges = []
            for charge in group:
                new = self.prepare_again(charge, days[charge.account_id.id], timing)
                new_charges.append(replace(new, corrects_id=made.get(new.corrects_id, new.corrects_id)))
            for charge, answer in zip(group, self.env["billing.charge.book"].record(new_charges), strict=True):
                if answer.status != "created":
                    raise UserError(standing.get_refusal(charge, charge.browse(answer.charge_id)))
                made[charge.id] = answer.charge_id
        return charges.browse(made.values())

    @api.private
    def prepare_again(self, charge, day, timing):
        """Return the next generation of a charge: the same period and amount, under the same key."""
        digits = charge.currency_id.decimal_places
        pair = (charge.company_id.id, charge.key)
        [generations] = self.env["billing.charge.standing"].find_generations({pair}).values()
        corrected = (
            charge.corrects_id and self._find_keys(charge.corrects_id)[charge.company_id.id, charge.corrects_id.key]
        )
        return NewCharge(
            name=charge.name,
            origin=charge.origin,
            key=charge.key,
            generation=generations[-1].generation + 1,
            replaces_id=charge.id,
            account_id=charge.account_id.id,
            company_id=charge.company_id.id,
            currency_id=charge.currency_id.id,
            code_id=charge.code_id.id,
            subscription_line_id=charge.subscription_line_id.id or None,
            subscription_id=charge.subscription_id.id or None,
            price_id=charge.price_id.id or None,
            corrects_id=corrected.id or None,
            kind=charge.kind,
            sequence=charge.sequence,
            day=day,
            period=(charge.period_start or None, charge.period_end or None),
            service=(charge.service_start or None, charge.service_end or None),
            quantity=exact(charge.quantity),
            amount=money(charge.amount, digits),
            exact=exact(charge.amount_exact, EXACT_DIGITS),
            tax_included=charge.tax_included,
            breakdown=charge.breakdown or None,
            timing=timing,
        )

    def _check_again(self, charges):
        """Refuse charges of which something stands: each would be billed twice."""
        _, standing = self.env._, self.env["billing.charge.standing"]
        left, known = standing.get_standing(charges), self._find_keys(charges)
        for charge in charges:
            other = known[charge.company_id.id, charge.key]
            if charge.state == "pending":
                raise UserError(
                    _("“%(charge)s” has not been billed yet; the next run bills it by itself.", charge=charge.name)
                )
            if other != charge and standing.find_standing(other.ids):
                raise UserError(standing.get_refusal(charge, other))
            if not charge.currency_id.is_zero(left[charge]) or charge.is_netted:
                raise UserError(
                    _(
                        "“%(charge)s” is still billed with %(amount)s. Cancel its invoice or credit it in full first,"
                        " then bill it again.",
                        charge=charge.name,
                        amount=charge.currency_id.format(left[charge]),
                    )
                )

    def _find_keys(self, charges):
        """Return {(company id, key): the charge that stands under it} of the keys of charges."""
        return self.env["billing.charge.book"].find({(charge.company_id.id, charge.key) for charge in charges})
