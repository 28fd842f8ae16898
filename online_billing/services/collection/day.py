"""The daily collection: for each account, on its own local day and hour, at most one step.

Per account: retry of automatic payment, a second look at what is open, late fees, reminder, suspension. The unit of
work (`handle`) never commits; the loop around it locks, falls back to one account at a time, records what failed on
the case, and commits."""

import logging

import psycopg2
from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import EngineError, decide, next_decision, take
from ..shared.failpoint import failpoint
from ..shared.work_loop import work_in_batches

_logger = logging.getLogger(__name__)

BATCH_SIZE = 500


class BillingCollectionDay(models.AbstractModel):
    _name = "billing.collection.day"
    _description = "Daily Collection"

    @api.private
    def run_day(self, as_of, accounts=None, commit=True):
        """Work on every account whose local day has not been worked on yet.

        :param datetime as_of: the instant, UTC; decides local day and hour of each account
        :param accounts: only these; all without
        :param commit: commit after each batch; only a caller that holds its own transaction says no
        """
        collector = self.with_context(tracking_disable=True, mail_notrack=True)
        position = {"last": 0}

        def take_batch():
            targets = collector._take(as_of, accounts, position["last"])
            position["last"] = max(targets, default=0)
            return targets

        def count_left():
            return collector._count_due(as_of, accounts, position["last"])

        if commit:
            work_in_batches(self.env, take_batch, collector._work_on, count_left, name="collection")
            return
        while targets := take_batch():
            collector._work_on(targets)

    def _get_due_query(self, as_of, accounts, after):
        """Return the FROM and WHERE of accounts that are to be looked at: something is open, or was the last time."""
        local = SQL("(%s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE account.timezone)", as_of)
        scope = SQL("account.id = ANY(%s)", accounts.ids) if accounts is not None else SQL("TRUE")
        return local, SQL(
            """
            FROM billing_account account
           WHERE account.id > %(after)s AND %(scope)s
             AND (account.collection_day IS NULL OR account.collection_day < %(local)s::date)
             AND (account.id IN (SELECT move.billing_account_id FROM account_move move
                                  WHERE move.billing_account_id IS NOT NULL AND move.state = 'posted'
                                    AND move.payment_state IN ('not_paid', 'partial', 'blocked'))
                  OR account.id IN (SELECT case_.account_id FROM billing_collection_case case_
                                     WHERE case_.state <> 'closed')
                  OR account.id IN (SELECT promise.account_id FROM billing_payment_promise promise
                                     WHERE promise.state = 'open'))
            """,
            after=after,
            scope=scope,
            local=local,
        )

    def _take(self, as_of, accounts, after):
        """Lock the next accounts that no other worker holds.

        :return: {account id: (local day, local hour)}
        """
        failpoint("collection_before_select")
        self.env.flush_all()
        local, source = self._get_due_query(as_of, accounts, after)
        rows = self.env.execute_query(
            SQL(
                "SELECT account.id, %(local)s::date, extract(hour FROM %(local)s)::int %(source)s"
                " ORDER BY account.id LIMIT %(limit)s FOR NO KEY UPDATE OF account SKIP LOCKED",
                local=local,
                source=source,
                limit=BATCH_SIZE,
            )
        )
        return {account_id: (day, hour) for account_id, day, hour in rows}

    def _count_due(self, as_of, accounts, after):
        self.env.flush_all()
        _local, source = self._get_due_query(as_of, accounts, after)
        return self.env.execute_query(SQL("SELECT count(*) %s", source))[0][0]

    def _work_on(self, targets):
        """Work on a batch in one savepoint; where that fails, account by account, so that one stops nobody else."""
        try:
            with self.env.cr.savepoint():
                self.handle(targets)
        except psycopg2.OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 whatever one account brings up must not stop the others
            _logger.info("collection: batch of %s accounts goes one by one (%s)", len(targets), type(error).__name__)
            self.env.invalidate_all()
            for account_id, moment in targets.items():
                self._handle_one(account_id, moment)

    def _handle_one(self, account_id, moment):
        try:
            with self.env.cr.savepoint():
                self.handle({account_id: moment})
        except psycopg2.OperationalError:
            raise
        except Exception as error:
            if not isinstance(error, UserError | EngineError):
                _logger.exception("collection: account %s cannot be worked on", account_id)
            self.env.invalidate_all()
            self.env["billing.collection.files"].record_failure(
                account_id, moment[0], self.env["billing.run.work"].get_reason(error)
            )

    @api.private
    def handle(self, targets, force=False):
        """Work on accounts whose locks the caller holds.

        :param dict targets: {account id: (local day, local hour)}
        :param force: take the next step now, whatever day, hour and distance
        :return: the CaseFiles
        """
        debtors = self.env["billing.collection.accounts"].fetch_debtors(list(targets))
        views = self.env["billing.collection.accounts"].get_policy_views(debtors)
        days = {
            debtor.id: targets[debtor.id][0]
            for debtor in debtors
            if force or views[debtor.id] is None or targets[debtor.id][1] >= views[debtor.id].hour
        }
        debtors = [debtor for debtor in debtors if debtor.id in days]
        if not debtors:
            return []
        self._retry_payments(days)
        self._review_plans(days)
        items = self.env["billing.open.items"].get_items(list(days))
        files = self.env["billing.collection.files"].open_files(debtors, views, items, days)
        failpoint("collection_after_review")
        reminded = {debtor.id: days[debtor.id] for debtor in debtors if views[debtor.id] and not debtor.is_exempt}
        if charged := self._charge_fees(reminded):
            items = self.env["billing.open.items"].get_items(list(days))
            files = self.env["billing.collection.files"].open_files(debtors, views, items, days)
            _logger.info("collection: late fees were charged (%s)", charged)
        failpoint("collection_after_fees")
        if only := self.env.context.get("billing_only_case"):
            files = [file for file in files if file.id == only]
        self._decide(files, force)
        stepping = [file for file in files if file.decision and file.decision.step]
        self.env["billing.collection.files"].ensure_cases(stepping)  # texts and log name them
        self.env["billing.collection.step.taking"].take_steps(stepping)
        failpoint("collection_after_steps")
        self.env["billing.collection.files"].foresee(files)
        self.env["billing.collection.files"].store_files(files)
        self.env["billing.collection.step.taking"].return_service(files)
        if not force:
            self.env["billing.collection.accounts"].mark_handled(days)
        failpoint("collection_after_store")
        return files

    def _retry_payments(self, days):
        """Try failed automatic payments again. A seam: automatic payment puts itself here.

        :param dict days: {account id: local day}
        """

    def _review_plans(self, days):
        """Judge installment plans, so that a missed row is known and a kept one rests."""
        self.env["billing.installment.review"].review(list(days), days)

    def _charge_fees(self, days):
        """Charge the late fees that reminders have announced long enough.

        :param dict days: {account id: local day} of the accounts that are reminded at all
        :return: truthy when something was charged
        """
        return self.env["billing.late.fee.charging"].charge_due(list(days), days) if days else None

    def _decide(self, files, force=False):
        """Note on each file what happens today."""
        for file in files:
            if file.view is None or file.debtor.is_exempt or file.state in ("handed_over", "closed"):
                file.decision = None
                continue
            if force:
                found = next_decision(file.rules, file.situation, file.day)
                file.decision = found[1] if found else None
            else:
                file.decision = decide(file.rules, file.situation, file.day)
            if file.decision and file.decision.step:
                file.situation = take(file.situation, file.decision, file.day)
