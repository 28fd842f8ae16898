"""What programs send, read into values that the services can trust."""

from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError


class BillingReader(models.AbstractModel):
    _name = "billing.reader"
    _description = "Reader of Programs' Values"

    @api.private
    def parse_date(self, value, field="date"):
        """Return a date from ISO text.

        :raise UserError: not a date
        """
        if isinstance(value, date):
            return fields.Date.to_date(value)
        try:
            if not isinstance(value, str) or len(value) != 10:
                raise ValueError(value)
            return date.fromisoformat(value)
        except ValueError as error:
            raise UserError(
                self.env._(
                    "“%(value)s” is not a date for “%(field)s”. Write it as year-month-day, for instance 2026-01-31.",
                    value=value,
                    field=field,
                )
            ) from error
