"""The daily work of late fees, and the notices of fees that no reminder has announced."""

import logging

import psycopg2
from odoo import api, models
from odoo.tools import SQL

from ..shared.work_loop import work_in_batches

_logger = logging.getLogger(__name__)

BATCH_SIZE = 500


class BillingLateFeeDay(models.AbstractModel):
    _name = "billing.late.fee.day"
    _description = "Late Fees of a Day"

    @api.private
    def run_day(self, as_of, accounts=None, commit=True):
        """Announce and charge what is due on each account's own local day; running it again finds nothing to do.

        Batches are locked, leaving out what another process holds; where one fails, its accounts go one by one.

        :param datetime as_of: the instant, UTC
        :param accounts: only these; None: all that owe something overdue, or have a fee announced
        :param commit: commit after each batch; only a caller that holds its own transaction says no
        :return: ids of the fees that were charged
        """
        job = self.with_context(tracking_disable=True, billing_number_blocks=commit)
        charged, position = [], {"last": 0}

        def take_batch():
            days = job._take_accounts(as_of, position["last"], accounts)
            position["last"] = max(days, default=0)
            return days

        def work(days):
            for fee_ids in job._charge_batch(days).values():
                charged.extend(fee_ids)

        def count_left():
            return job._count_accounts(as_of, position["last"], accounts)

        if commit:
            work_in_batches(self.env, take_batch, work, count_left, name="late_fees")
        else:
            while days := take_batch():
                work(days)
        return charged

    def _get_due_query(self, as_of, last, accounts):
        """Return (local day, FROM and WHERE) of accounts that may have something to announce, charge or drop."""
        local = SQL("(%s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE account.timezone)::date", as_of)
        return local, SQL(
            """
            FROM billing_account account
           WHERE account.id > %(last)s AND %(chosen)s AND account.state IN ('active', 'suspended')
             AND (EXISTS (SELECT FROM billing_late_fee fee
                           WHERE fee.account_id = account.id AND fee.state = 'announced')
               OR (EXISTS (SELECT FROM billing_late_fee_rule WHERE is_on AND active)
                   AND EXISTS (SELECT FROM account_move move
                                WHERE move.billing_account_id = account.id AND move.state = 'posted'
                                  AND move.move_type = 'out_invoice'
                                  AND (move.payment_state IN ('not_paid', 'partial') OR %(closing)s))))
            """,
            last=last,
            chosen=SQL("account.id = ANY(%s)", accounts.ids) if accounts is not None else SQL("TRUE"),
            closing=SQL("EXISTS (SELECT FROM billing_late_fee_rule WHERE is_on AND closing)"),
        )

    def _take_accounts(self, as_of, last, accounts=None):
        """Lock the next batch of accounts that no other process holds.

        :return: {account id: local date}
        """
        self.env.flush_all()
        local, source = self._get_due_query(as_of, last, accounts)
        query = SQL(
            "SELECT account.id, %s %s ORDER BY account.id LIMIT %s FOR UPDATE SKIP LOCKED", local, source, BATCH_SIZE
        )
        return dict(self.env.execute_query(query))

    def _count_accounts(self, as_of, last, accounts=None):
        self.env.flush_all()
        _local, source = self._get_due_query(as_of, last, accounts)
        return self.env.execute_query(SQL("SELECT count(*) %s", source))[0][0]

    def _charge_batch(self, days):
        """Charge a batch; where that fails, its accounts one by one, and those that fail again are left for later."""
        try:
            with self.env.cr.savepoint():
                return self._charge_days(days)
        except psycopg2.OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 whatever one account brings up must not stop the others
            _logger.info("late fees: batch of %s accounts goes one by one (%s)", len(days), type(error).__name__)
            self.env.invalidate_all()
        charged = {}
        for account_id, day in days.items():
            try:
                with self.env.cr.savepoint():
                    charged.update(self._charge_days({account_id: day}))
            except psycopg2.OperationalError:
                raise
            except Exception:
                _logger.exception("late fees: account %s cannot be charged", account_id)
                self.env.invalidate_all()
        return charged

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
