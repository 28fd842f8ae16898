"""An invoice as JSON: for programs, after a schema that is kept."""

import json
from dataclasses import asdict
from datetime import date
from decimal import Decimal

from odoo import api, models

SCHEMA = "online_billing.invoice"
VERSION = "1.0"  # of static/schemas/invoice_1.json: a new field makes it 1.1, another meaning 2.0


class BillingFormatJson(models.AbstractModel):
    """Amounts are texts with the decimals of their currency, so that no reader makes floats of them unasked.

    `static/schemas/invoice_1.json` says what each field means.
    """

    _name = "billing.format.json"
    _inherit = "billing.format.renderer"
    _description = "Invoice as JSON"

    @api.private
    def render(self, move):
        values = self._get_values(self.env["billing.invoice.content"].get_content(move))
        return json.dumps(values, ensure_ascii=False, indent=2, default=self._write_value).encode()

    def _get_values(self, content):
        """Return what is written; an override may add fields under names of its own."""
        values = asdict(content)
        payment = {
            "reference": values.pop("payment_reference"),
            "bank_account": values.pop("bank_account"),
            "link": values.pop("pay_link"),
            "due": values.pop("due"),
            "early_payment": values.pop("early_payment"),
        }
        totals = {name: values.pop(name) for name in ("net", "tax", "rounding", "total", "open")}
        direction = "rtl" if values.pop("is_right_to_left") else "ltr"
        return {"schema": SCHEMA, "version": VERSION, **values, "direction": direction, "totals": totals,
                "payment": payment}  # fmt: skip

    def _write_value(self, value):
        if isinstance(value, Decimal):
            return f"{value:f}"
        if isinstance(value, date):
            return value.isoformat()
        raise TypeError(type(value).__name__)
