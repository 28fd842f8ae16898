"""What a correction corrects: which charge a bill item changes, and how that charge was posted."""

from odoo import api, models
from odoo.tools import SQL

from ..shared.numbers import EXACT_DIGITS, money
from ..shared.values import Corrected


class BillingChargeCorrections(models.AbstractModel):
    _name = "billing.charge.corrections"
    _description = "What Corrections Correct"

    @api.private
    def fill_corrected(self, items):
        """Tell items that change what was billed which charge they change, and how it was posted.

        :param list items: BillItem; corrections among them get `corrects_id`, and `corrected` where a posted invoice
            says how
        """
        periods = {
            (item.line.id, item.due.period.start): None for item in items if item.due and item.due.kind == "adjustment"
        }
        if periods:
            periods = self._find_periods(periods)
        for item in items:
            if item.due and item.due.kind == "adjustment":
                item.corrects_id = periods.get((item.line.id, item.due.period.start))
        if not (ids := {item.corrects_id for item in items if item.corrects_id}):
            return
        posted = self._find_posted(ids)
        for item in items:
            found = posted.get(item.corrects_id)
            if found and item.amount * found.amount < 0:
                item.corrected = found

    def _find_periods(self, pairs):
        """Return {(subscription line id, first day of a period): id of the charge that stands for it}."""
        query = SQL(
            """
            SELECT subscription_line_id, period_start, id FROM billing_charge
             WHERE subscription_line_id = ANY(%s) AND period_start = ANY(%s) AND kind IN ('period', 'once')
               AND origin = 'subscription'
             ORDER BY %s, generation, id
            """,
            list({line_id for line_id, _start in pairs}),
            list({start for _line_id, start in pairs}),
            self.env["billing.charge.standing"].get_standing_condition("billing_charge"),
        )
        return {(line_id, start): charge_id for line_id, start, charge_id in self.env.execute_query(query)}

    def _find_posted(self, charge_ids):
        """Return {charge id: Corrected} of charges that stand on a posted document."""
        query = SQL(
            """
            SELECT charge.id, charge.amount, move.id, move.name, line.account_id,
                   ARRAY(SELECT tax.account_tax_id FROM account_move_line_account_tax_rel tax
                          WHERE tax.account_move_line_id = line.id ORDER BY tax.account_tax_id)
              FROM billing_charge charge
              JOIN account_move_line line ON line.id = charge.invoice_line_id
              JOIN account_move move ON move.id = line.move_id
             WHERE charge.id = ANY(%s) AND charge.state = 'invoiced' AND move.state = 'posted'
            """,
            list(charge_ids),
        )
        self.env["account.move"].flush_model(["name", "state"])
        self.env["account.move.line"].flush_model(["tax_ids", "account_id", "move_id"])
        return {
            charge_id: Corrected(money(amount, EXACT_DIGITS), *rest, tuple(tax_ids))
            for charge_id, amount, *rest, tax_ids in self.env.execute_query(query)
        }
