"""The daily work of late fees, and the notices of fees that no reminder has announced."""

import logging
from collections import defaultdict
from decimal import Decimal

import psycopg2
from odoo import models
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ..shared.work_loop import work_in_batches

_logger = logging.getLogger(__name__)

BATCH_SIZE = 500


class BillingLateFees(models.AbstractModel):
    _inherit = "billing.late.fees"

    def _run_day(self, as_of, accounts=None, commit=True):
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
                charged.update(self._charge_due(list(own), own, reminded=reminded))
        return charged

    def _get_planned_accounts(self, account_ids):
        """Return the ids of accounts that a calendar reminds."""
        rows = self.env.execute_query(
            SQL(
                "SELECT account.id FROM billing_account account WHERE account.id = ANY(%s) AND NOT %s",
                account_ids,
                self.env["billing.collector"]._get_without_calendar_condition(),
            )
        )
        return {row[0] for row in rows}

    # -- notices ------------------------------------------------------------------------------------------------------

    def _queue_notices(self, told):
        """Queue one notice per account, currency and day for fees that no reminder has announced.

        :param dict told: {(account id, currency id, day): [announcement]}
        """
        # sudo: the job writes to every customer; all accounts together, so that they are read together
        accounts = self.env["billing.account"].sudo().browse({account_id for account_id, *_rest in told})
        by_id = {account.id: account for account in accounts}
        items = self.env["billing.receivables"]._fetch(list(by_id))
        self.env["billing.messages"]._queue(
            [
                self._prepare_notice_values(
                    by_id[account_id], currency_id, day, self._add_owed(fees, items[account_id], day)
                )
                for (account_id, currency_id, day), fees in told.items()
            ]
        )

    def _add_owed(self, fees, items, day):
        """Return announcements with what is overdue of their invoices now, as the pay page says.

        The base of a fee is what was open when it arose, without earlier fees: right for the fee, and not what the
        customer finds open. For what was paid late the base is all there is to say.
        """
        owed = defaultdict(Decimal)
        for item, amount in self.env["billing.receivables"]._net([item for item in items if not item.is_blocked]):
            if item.due_date < day:
                owed[item.move_id] += amount
        return [{**fee, "owed": fee["base"] if fee["is_paid"] else owed[fee["move_id"]]} for fee in fees]

    def _prepare_notice_values(self, account, currency_id, day, fees):
        account = account.with_context(lang=account.partner_id.lang or self.env.lang)
        _, currency = account.env._, account.env["res.currency"].browse(currency_id)
        rows = [
            {
                "number": fee["number"],
                "amount": currency.format(float(fee["amount"])),
                "owed": currency.format(float(fee["owed"])),
                "day": format_date(account.env, fee["due_on"]),
                "is_paid": fee["is_paid"],
            }
            for fee in fees
        ]
        groups = [[row for row in rows if row["is_paid"] == is_paid] for is_paid in (False, True)]
        url = self.env["billing.messages"]._get_pay_url(account, currency)
        values = {"account": account, "groups": [group for group in groups if group], "pay_url": url}
        body = account.env["ir.qweb"]._render("online_billing.late_fee_notice", values)
        asked = {fee["move_id"]: fee for fee in fees if not fee["is_paid"]}
        total = currency.format(float(sum(fee["amount"] for fee in fees)))
        subject = (
            _("Late fee of %(amount)s for %(invoice)s", amount=total, invoice=fees[0]["number"])
            if len(fees) == 1
            else _("Late fees of %(amount)s", amount=total)
        )
        return {
            "key": f"late_fee_notice:{account.id}:{currency_id}:{min(fee['fee_id'] for fee in fees)}:{day}",
            "account_id": account.id,
            "currency_id": currency_id,
            "kind": "fee_notice",
            "channel": "letter" if account.delivery_channel == "letter" else "email",
            "lang": account.partner_id.lang or None,
            "subject": subject,
            "body": body,
            "amount": float(sum(fee["owed"] for fee in asked.values())),
            "lines": [
                {"number": fee["number"], "due_date": str(fee["due_date"]), "open": str(float(fee["owed"]))}
                for fee in asked.values()
            ],
            "move_ids": [fee["move_id"] for fee in fees],
            "res_model": "billing.late.fee",
            "res_id": fees[0]["fee_id"],
        }
