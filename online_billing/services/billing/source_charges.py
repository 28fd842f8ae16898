"""Source of bill items: charges that are in the book and wait for their bill."""

from odoo import api, models
from odoo.tools import SQL

from ...engine import round_half_up
from ..shared.numbers import get_roundings, stored_decimal
from ..shared.values import BillItem, FoundItem


class BillingSourceCharges(models.AbstractModel):
    _name = "billing.source.charges"
    _description = "Bill Items of Recorded Charges"

    @api.private
    def collect(self, prepared, targets, _found):
        """Return the pending charges of accounts up to their target days. See `billing.sources`."""
        query = SQL(
            """
            SELECT charge.account_id, charge.currency_id, charge.invoice_timing, charge.charge_date, charge.id,
                   charge.code_id, code.product_id, charge.name, charge.quantity, charge.amount, charge.kind,
                   charge.service_start, charge.service_end, charge.corrects_id,
                   charge.breakdown->'l'
              FROM billing_charge charge JOIN billing_code code ON code.id = charge.code_id
             WHERE charge.state = 'pending' AND charge.account_id = ANY(%s)
             ORDER BY charge.account_id, charge.charge_date, charge.id
            """,
            list(targets),
        )
        rows = [row for row in self.env.execute_query(query) if row[3] <= targets[row[0]]]
        roundings = get_roundings(self.env, {row[1] for row in rows})
        return [
            FoundItem(
                account_id,
                day,
                self._get_item(row, roundings[currency_id]),
                "soon" if timing == "soon" else "next",
                currency_id,
            )
            for account_id, currency_id, timing, day, *row in rows
        ]

    def _get_item(self, row, rounding):
        charge_id, code_id, product_id, name, quantity, amount, kind, first, last, corrects_id, slices = row
        return BillItem(
            code_id=code_id,
            product_id=product_id,
            name=name,
            quantity=stored_decimal(quantity),
            amount=round_half_up(stored_decimal(amount), rounding),
            charge_id=charge_id,
            kind=kind,
            service=(first, last),
            slices=slices,
            corrects_id=corrects_id,
        )
