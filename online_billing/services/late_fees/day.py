"""The daily work of late fees, and the notices of fees that no reminder has announced."""

import logging
from dataclasses import dataclass
from datetime import datetime

from odoo import api, models
from odoo.tools import SQL

from ..shared.rows import update_rows
from ..shared.work_loop import Pass, Queue

_logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class LateFeePass(Pass):
    """One pass over the accounts that may have a late fee to announce, charge or drop."""

    as_of: datetime
    accounts: models.Model | None = None


class BillingLateFeeDay(models.AbstractModel):
    _name = "billing.late.fee.day"
    _inherit = "billing.work.loop"
    _description = "Late Fees of a Day"

    _reads = (
        "account_move",
        "account_move_line",
        "account_partial_reconcile",
        "billing_account",
        "billing_late_fee",
        "res_partner",
    )

    @api.private
    def run_day(self, as_of, accounts=None, commit=True):
        """Announce and charge what is due on each account's own local day; running it again finds nothing to do.

        :param datetime as_of: the instant, UTC
        :param accounts: only these; None: all that owe something overdue, or have a fee announced
        :param commit: commit after each batch; only a caller that holds its own transaction says no
        :return: ids of the fees that were charged
        """
        job = self.with_context(tracking_disable=True, billing_number_blocks=commit)
        return job.work_through(LateFeePass(as_of=as_of, accounts=accounts, commit=commit))

    def _get_queue(self, work):
        """Return the accounts whose local day has not been worked on and that may have something to do."""
        local_day = SQL("(%s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE account.timezone)::date", work.as_of)
        condition = SQL(
            """
                 %(chosen)s AND account.state IN ('active', 'suspended')
             AND (account.late_fee_day IS NULL OR account.late_fee_day < %(local_day)s)
             AND (EXISTS (SELECT FROM billing_late_fee fee
                           WHERE fee.account_id = account.id AND fee.state = 'announced')
               OR (EXISTS (SELECT FROM billing_late_fee_rule WHERE is_on AND active)
                   AND (%(is_open)s OR (%(closing)s
                        AND EXISTS (SELECT FROM account_move move
                                     WHERE move.billing_account_id = account.id AND move.state = 'posted'
                                       AND move.move_type = 'out_invoice' AND %(late)s)))))
            """,
            chosen=SQL("TRUE") if work.accounts is None else SQL("account.id = ANY(%s)", work.accounts.ids),
            local_day=local_day,
            is_open=self.env["billing.open.items"].get_open_condition(),
            closing=SQL("EXISTS (SELECT FROM billing_late_fee_rule WHERE is_on AND closing)"),
            late=self.env["billing.late.fee.ledger"].get_paid_late_condition(),
        )
        return Queue("billing_account", "account", condition, local_day, stays=True)

    def _handle(self, work, units):
        days = {account_id: day for account_id, (day,) in units.items()}
        charged = self.do_side_task(days, self._charge_fees, *self.get_task())
        self._note_days(days)
        return charged

    def _note_failure(self, work, unit_id, value, error):
        """Let the account wait for its next day; nobody could be told, so the log says why."""
        _logger.warning("late fees: account %s waits for the next day: %s", unit_id, self.get_reason(error))
        self._note_days({unit_id: value[0]})

    def _note_days(self, days):
        """Note the local day on accounts: what has been worked on is not worked on again on that day."""
        update_rows(self.env.cr, "billing_account", ("late_fee_day",), list(days.items()))
        self.env["billing.account"].invalidate_model(["late_fee_day"])

    @api.private
    def get_task(self):
        """Return (key, title) of the task that somebody gets where late fees wait, because they cannot be charged."""
        return "late_fees.not_charged", self.env._("Late fees could not be charged")

    def _charge_fees(self, days):
        return [fee_id for fee_ids in self._charge_days(days).values() for fee_id in fee_ids]

    def _charge_days(self, days):
        """Charge accounts; those whose reminders a calendar plans are given the time to be reminded first."""
        planned = self._get_planned_accounts(list(days))
        charged = {}
        for reminded in (True, False):
            if own := {account_id: day for account_id, day in days.items() if (account_id in planned) == reminded}:
                charged.update(self.env["billing.late.fee.charging"].charge_due(list(own), own, reminded=reminded))
        return charged

    def _get_planned_accounts(self, account_ids):
        """Return the ids of accounts that a calendar reminds."""
        rows = self.env.execute_query(
            SQL(
                "SELECT account.id FROM billing_account account WHERE account.id = ANY(%s) AND NOT %s",
                account_ids,
                self.env["billing.collection.accounts"].get_without_calendar_condition(),
            )
        )
        return {row[0] for row in rows}
