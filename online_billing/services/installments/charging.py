"""What a plan costs: its fee and its interest become charges, each key once."""

from datetime import date
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError

from ...engine import EngineError, as_exact
from ..shared.numbers import to_decimal


class PlanCharge(NamedTuple):
    """What a plan is to be charged, once for its key."""

    plan: models.BaseModel
    origin: str
    key: str
    code: models.BaseModel
    amount: float
    text: str
    day: date


class BillingInstallmentCharging(models.AbstractModel):
    _name = "billing.installment.charging"
    _description = "Fee and Interest of Installment Plans"

    @api.private
    def charge_fee(self, plan, day):
        if plan.fee:
            text = self.env._("Installment plan %(plan)s: fee", plan=plan.name)
            key = plan._get_fee_key()
            self.charge([PlanCharge(plan, "installment_fee", key, plan.fee_code_id, plan.fee, text, day)])

    @api.private
    def charge(self, wanted):
        """Record charges of plans, each key once.

        :param list wanted: PlanCharge
        :return: the new charges
        """
        book, new_charges = self.env["billing.charge.book"], []
        known = book.find({(one.plan.company_id.id, one.key) for one in wanted})
        for one in wanted:
            plan = one.plan
            if (plan.company_id.id, one.key) in known:
                continue
            try:
                new_charges.append(
                    self.env["billing.charging"].prepare_charge(
                        plan.account_id,
                        one.code,
                        as_exact(1),
                        as_exact(to_decimal(one.amount, plan.currency_id)),
                        one.day,
                        origin=one.origin,
                        key=one.key,
                        name=one.text,
                        timing=plan.charge_timing,
                    )
                )
            except EngineError as error:
                raise UserError(self.env["billing.engine.messages"].get_sentence(error)) from error
        recorded = book.record(new_charges)
        # sudo: what a plan costs is charged whoever works on it
        charges = self.env["billing.charge"].sudo()
        made = charges.browse([one.charge_id for one in recorded if one.status == "created"])
        self.env["billing.installment.plan"].invalidate_model(["charge_ids", "charge_count"])
        self.env["billing.rating"].refresh_next_billing_date(made.account_id)
        if now := made.filtered(lambda charge: charge.invoice_timing == "now"):
            self.env["billing.invoicing"].invoice_now(now)
        return made
