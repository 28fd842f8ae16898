"""The daily collection: for each account, on its own local day and hour, at most one step.

Per account: retry of automatic payment, a second look at what is open, late fees, reminder, suspension. The unit of
work (`handle`) never commits; the work loop locks, goes by halves where a batch fails, and commits."""

import logging
from dataclasses import dataclass
from datetime import datetime

from odoo import api, models
from odoo.tools import SQL

from ...engine import decide, next_decision, take
from ..shared.work_loop import Pass, Queue

_logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class CollectionPass(Pass):
    """One pass over the accounts whose local day has not been looked at."""

    as_of: datetime
    accounts: models.Model | None = None


class BillingCollectionDay(models.AbstractModel):
    _name = "billing.collection.day"
    _inherit = "billing.work.loop"
    _description = "Daily Collection"

    _reads = (
        "account_move",
        "account_move_line",
        "billing_account",
        "billing_collection_case",
        "billing_collection_item",
        "billing_collection_message",
        "res_partner",
    )

    @api.private
    def run_day(self, as_of, accounts=None, commit=True):
        """Work on every account whose local day has not been worked on yet.

        :param datetime as_of: the instant, UTC; decides local day and hour of each account
        :param accounts: only these; all without
        :param commit: commit after each batch; only a caller that holds its own transaction says no
        """
        collector = self.with_context(tracking_disable=True, mail_notrack=True)
        collector.work_through(CollectionPass(as_of=as_of, accounts=accounts, commit=commit))

    def _get_queue(self, work):
        """Return the accounts that are to be looked at: something is open, or was the last time."""
        local = SQL("(%s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE account.timezone)", work.as_of)
        condition = SQL(
            """
                 %(scope)s
             AND (account.collection_day IS NULL OR account.collection_day < %(local)s::date)
             AND (%(is_open)s
                  OR EXISTS (SELECT FROM billing_collection_case case_
                              WHERE case_.account_id = account.id AND case_.state <> 'closed')
                  OR EXISTS (SELECT FROM billing_payment_promise promise
                              WHERE promise.account_id = account.id AND promise.state = 'open')
                  OR EXISTS (SELECT FROM billing_installment_plan plan
                              WHERE plan.account_id = account.id
                                AND (plan.state IN ('active', 'broken')
                                     OR (plan.state IN ('kept', 'settled') AND plan.paid_on IS NOT NULL
                                         AND plan.amount_open > 0))))
            """,
            scope=SQL("TRUE") if work.accounts is None else SQL("account.id = ANY(%s)", work.accounts.ids),
            is_open=self.env["billing.open.items"].get_open_condition(),
            local=local,
        )
        values = SQL("%(local)s::date, extract(hour FROM %(local)s)::int", local=local)
        return Queue("billing_account", "account", condition, values, stays=True)

    def _handle(self, work, units):
        self.handle(units)

    def _note_failure(self, work, unit_id, value, error):
        day, _hour = value
        self.env["billing.collection.files"].record_failure(unit_id, day, self.get_reason(error))

    @api.private
    def handle(self, targets, force=False, only_case=None, channel=None):
        """Work on accounts whose locks the caller holds.

        :param dict targets: {account id: (local day, local hour)}
        :param force: take the next step now, whatever day, hour and distance
        :param only_case: id of the one case to work on; another currency of the account keeps its own calendar
        :param channel: how written messages go, "email" or "letter"; without, as the policy and the account say
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
        _ = self.env._
        self.do_side_task(days, self._review_plans, "collection.plans", _("Installment plans could not be reviewed"))
        items = self.env["billing.open.items"].get_items(list(days))
        files = self.env["billing.collection.files"].open_files(debtors, views, items, days)
        reminded = {debtor.id: days[debtor.id] for debtor in debtors if views[debtor.id] and not debtor.is_exempt}
        if charged := self.do_side_task(reminded, self._charge_fees, *self.env["billing.late.fee.day"].get_task()):
            items = self.env["billing.open.items"].get_items(list(days))
            files = self.env["billing.collection.files"].open_files(debtors, views, items, days)
            _logger.info("collection: late fees were charged (%s)", charged)
        if only_case:
            files = [file for file in files if file.id == only_case]
        self._decide(files, force)
        stepping = [file for file in files if file.decision and file.decision.step]
        self.env["billing.collection.files"].ensure_cases(stepping)  # texts and log name them
        for file in stepping:
            file.wished_channel = channel
        stepping = self.env["billing.collection.step.taking"].hold(stepping, by_hand=force)
        for file in stepping:
            file.situation = take(file.situation, file.decision, file.day)
        self.env["billing.collection.step.taking"].take_steps(stepping)
        self.env["billing.collection.filing"].put_away(files)
        if not force:
            self.env["billing.collection.accounts"].mark_handled(days)
        return files

    def _review_plans(self, days):
        """Judge installment plans, so that a missed row is known and a kept one rests."""
        self.env["billing.installment.review"].review(list(days), days)

    def _charge_fees(self, days):
        """Charge the late fees that reminders have announced long enough.

        :param dict days: {account id: local day} of the accounts that are reminded at all
        :return: {account id: ids of the fees} of those that were charged something
        """
        return self.env["billing.late.fee.charging"].charge_due(list(days), days)

    def _decide(self, files, force=False):
        """Note on each file what happens today."""
        for file in files:
            if file.view is None or file.debtor.is_exempt or file.state == "closed":
                file.decision = None
                continue
            if force:
                found = next_decision(file.rules, file.situation, file.day)
                file.decision = found[1] if found else None
            else:
                file.decision = decide(file.rules, file.situation, file.day)
            if not (file.decision and file.decision.step):
                file.held_reason = None
