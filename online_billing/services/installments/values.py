"""Plain values that pass between the services of installments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from odoo import models


@dataclass(frozen=True, slots=True)
class DatedAmount:
    """A part of what is open of an invoice, with the day on which it falls due.

    :param amount: in the currency of the invoice
    :param installment: the `billing.installment` that it is a part of; empty or None where it is of none
    """

    day: date
    amount: Decimal
    installment: models.BaseModel | None = None
