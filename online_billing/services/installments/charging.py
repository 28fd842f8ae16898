"""What a plan costs: its fee and its interest become charges, each key once."""

from odoo import api, models
from odoo.exceptions import UserError

from ...engine import EngineError, as_exact
from ..shared.failpoint import failpoint
from ..shared.numbers import to_decimal


class BillingInstallmentCharging(models.AbstractModel):
    _name = "billing.installment.charging"
    _description = "Fee and Interest of Installment Plans"

    @api.private
    def charge_fee(self, plan, day):
        if plan.fee:
            text = self.env._("Installment plan %(plan)s: fee", plan=plan.name)
            self.charge([(plan, plan._get_fee_key(), plan.fee_code_id, plan.fee, text, day)])

    @api.private
    def charge(self, wanted):
        """Record charges of plans, each key once.

        :param list wanted: (plan, key, billing code, amount, text, day)
        :return: the new charges
        """
        charges = self.env["billing.charge"].sudo()  # sudo: the key is for services to give
        keys = [key for _plan, key, *_rest in wanted]
        known = set(charges.search([("key", "in", keys)]).mapped(lambda charge: (charge.company_id.id, charge.key)))
        values, instant = [], []
        for plan, key, code, amount, text, day in wanted:
            if (plan.company_id.id, key) in known:
                continue
            exact = as_exact(to_decimal(amount, plan.currency_id))
            try:
                prepared = self.env["billing.charging"].prepare_values(
                    plan.account_id, code, key, as_exact(1), exact, text, day, plan.charge_timing
                )
            except EngineError as error:
                raise UserError(self.env["billing.engine.messages"].get_sentence(error)) from error
            values.append({**prepared, "currency_id": plan.account_id.currency_id.id})
            instant.append(plan.charge_timing == "now")
        made = charges.create(values)
        failpoint("installment_charges_made")
        self.env["billing.installment.plan"].invalidate_model(["charge_ids", "charge_count"])
        now = made.browse([charge.id for charge, at_once in zip(made, instant, strict=True) if at_once])
        if now:
            self.env["billing.invoicing"].invoice_now(now)
        return made
