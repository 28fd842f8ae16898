"""Which day it is where a customer lives."""

from odoo import api, fields, models


class BillingDays(models.AbstractModel):
    _name = "billing.days"
    _description = "Local Days"

    @api.private
    def get_local_day(self, account):
        """Return today's date by the calendar of an account; without one, by that of whoever asks.

        :param account: a `billing.account`, or an empty recordset
        """
        moment = self.with_context(tz=account.timezone) if account else self
        return fields.Datetime.context_timestamp(moment, fields.Datetime.now()).date()
