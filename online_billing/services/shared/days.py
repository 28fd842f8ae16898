"""Which day it is where a customer lives."""

from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models

#: at which hour of its day something is done that has a day and no hour
BEGIN = time(6)


class BillingDays(models.AbstractModel):
    _name = "billing.days"
    _description = "Local Days"

    @api.private
    def get_local_day(self, account, moment=None):
        """Return today's date by the calendar of an account; without one, by that of whoever asks.

        :param account: a `billing.account`, or an empty recordset
        :param datetime moment: the date at this instant, UTC without zone, instead of today's
        """
        return (self.with_context(tz=account.timezone) if account else self)._get_day(moment)

    @api.private
    def get_zone(self, company):
        """Return the time zone of a company; without one, that of whoever asks."""
        return company.partner_id.tz or self.env.user.tz or "UTC"

    @api.private
    def get_day_of_company(self, company):
        """Return today's date by the calendar of a company."""
        return self.with_context(tz=self.get_zone(company))._get_day()

    @api.private
    def get_latest_today(self, account):
        """Return today's date where it is the latest: for the account, its company, or whoever asks and types a day."""
        return max(
            self.get_local_day(account),
            self.get_day_of_company(account.company_id),
            self.get_local_day(account.browse()),
        )

    @api.private
    def get_moment(self, account, day):
        """Return the instant, as UTC without zone, at which the work of a local day of an account begins."""
        begin = datetime.combine(day, BEGIN, tzinfo=ZoneInfo(account.timezone))
        return begin.astimezone(timezone.utc).replace(tzinfo=None)

    def _get_day(self, moment=None):
        return fields.Datetime.context_timestamp(self, moment or fields.Datetime.now()).date()

    @api.private
    def propose(self, records, name, later=0):
        """Propose today by the calendar of their account for records that have no day yet; what was typed stays.

        Where no account has been chosen nothing is proposed.

        :param records: with an account, or with cases that have one; of several accounts the latest day counts
        :param str name: of the field
        :param later: so many days after today
        """
        for record in records:
            accounts = (record if "account_id" in record._fields else record.case_ids).account_id
            if not record[name] and accounts:
                today = max(self.get_local_day(account) for account in accounts)
                record[name] = today + timedelta(days=later)
