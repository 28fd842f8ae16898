"""Run billing over many accounts: the work loop over those that are due, each with its outcome."""

from collections import defaultdict
from dataclasses import dataclass, field

from odoo import api, fields, models
from odoo.tools import SQL

from ..shared import garbage
from ..shared.numbers import as_float
from ..shared.rows import insert_rows, update_rows
from ..shared.values import ONE_DAY
from ..shared.work_loop import Pass, Queue

# While much is left, a batch is a part of it: larger, but workers still end at the same time.
LARGEST_BATCH, PART = 2000, 4
# of a run of more than one batch the last ones are smaller, as else a worker would wait for the other
EVEN = 500
BY_ODOO = 200  # accounts whose invoices are not written in batches
# so many of the accounts that a run leaves out are kept with it
LARGEST_LEFT_OUT = 200
OUTCOME_COLUMNS = (
    "run_id",
    "company_id",
    "account_id",
    "currency_id",
    "result",
    "invoice_count",
    "rendered_count",
    "charge_count",
    "amount",
    "path_reasons",
    "create_uid",
    "create_date",
    "write_uid",
    "write_date",
)


@dataclass(kw_only=True)
class RunPass(Pass):
    """One pass of a worker through the accounts of a run.

    :ivar figures: how many invoices it has made so far, and how many of them were written in batches
    """

    run: models.Model
    figures: dict = field(default_factory=lambda: {"invoices": 0, "rendered": 0})


class BillingRunWork(models.AbstractModel):
    _name = "billing.run.work"
    _inherit = "billing.work.loop"
    _description = "Billing Runner"

    # every batch costs something whatever its size: the more accounts share it, the less it is for each
    _batch_size = 1000
    _equal_faults = 5
    _reads = (
        "account_move",
        "account_move_line",
        "billing_account",
        "billing_charge",
        "billing_run_outcome",
        "billing_subscription",
        "billing_subscription_line",
        "billing_subscription_quantity",
        "res_partner",
    )

    # -- states -------------------------------------------------------------------------------------------------------

    @api.private
    def start(self, runs, background=True):
        """Start runs; the crons work on them, unless the caller does."""
        self.env["billing.life"].apply_event("run", runs, "start")
        for run in runs:
            run.sudo().write(  # sudo: kept by the billing alone
                {
                    "started_at": fields.Datetime.now(),
                    "account_total": self._count_due(run),
                    "left_out": self._find_left_out(run, LARGEST_LEFT_OUT),
                }
            )
        if background:
            self._trigger()

    @api.private
    def stop(self, runs):
        """Let the batch at work be the last; nothing that is billed is undone."""
        self.env["billing.life"].apply_event("run", runs, "stop")

    @api.private
    def resume(self, runs):
        self.env["billing.life"].apply_event("run", runs, "resume")
        runs.activity_feedback(["online_billing.activity_type_run_stopped"], feedback=self.env._("Resumed"))
        self._trigger()

    @api.private
    def cancel(self, runs):
        self.env["billing.life"].apply_event("run", runs, "cancel")

    def _trigger(self):
        crons = (
            self.env["ir.cron"].sudo().search([("code", "=", "model._cron_process_runs()")])
        )  # sudo: staff who start a run wake the workers
        for cron in crons:
            cron._trigger()

    @api.private
    def start_daily_runs(self, as_of):
        """Start one run per company that has something due; one that is still at work goes on instead.

        :param datetime as_of: the instant, UTC; each account is billed up to its own local day
        """
        self.env["billing.subscription.lifecycle"].end_past(as_of)
        for company in self.env["res.company"].search([]):
            own = self.env["billing.run"].with_company(company)
            if own.search_count(
                [("company_id", "=", company.id), ("state", "=", "running"), ("origin", "=", "daily")], limit=1
            ):
                continue
            run = own.new({"company_id": company.id, "as_of": as_of, "target_date": as_of.date()})
            if self._count_due(run):
                self.start(
                    own.sudo().create(  # sudo: the origin is for services to give
                        {"company_id": company.id, "as_of": as_of, "target_date": as_of.date(), "origin": "daily"}
                    )
                )

    # -- work ---------------------------------------------------------------------------------------------------------

    @api.private
    def work(self):
        """Work on all running runs, batch by batch, until the cron's time is up."""
        for run in self.env["billing.run"].search([("state", "=", "running")], order="id"):
            if not self.process(run, limited=True):
                return

    @api.private
    def process(self, run, commit=True, limited=False):
        """Bill the due accounts of a running run, batch by batch.

        :param commit: commit after each batch; only a caller that holds its own transaction says no
        :param limited: stop when the cron's time is up; the cron is called again
        :return: whether nothing was left to take, or the run was stopped
        """
        work = RunPass(run=run, commit=commit, limited=limited)
        self._get_runner(run, commit).work_through(work)
        if commit:
            self.env["billing.invoice.delivery"].wake()
            # a run is its own transaction: what it billed stays, whatever its caller does next
            self.env.cr.commit()  # pylint: disable=invalid-commit
        return work.is_through or work.watch.is_halted

    @api.private
    def process_batch(self, run):
        """Bill one batch in the present transaction, without committing; for other job systems.

        :return: how many accounts were handled; 0 when there is nothing left, or the run was stopped
        """
        return len(self._get_runner(run, commit=False).do_batch(RunPass(run=run, commit=False)))

    def _get_runner(self, run, commit):
        return self.with_company(run.company_id).with_context(
            tracking_disable=True, allowed_company_ids=run.company_id.ids, billing_number_blocks=commit
        )

    def _get_queue(self, work):
        condition, last_day = self._get_due_condition(work.run)
        return Queue(
            table="billing_account",
            alias="account",
            condition=condition,
            values=last_day,
            order=SQL("account.next_billing_date, account.id"),
            limit=self._get_limit(work),
        )

    def _get_limit(self, work):
        """Return how many accounts a batch takes.

        One whose invoices Odoo makes by itself costs some thirty times as much: it is small, so that it ends within the
        time that a worker has, also where a refused account has it done again in halves. So is the first of a company,
        of which nobody knows yet how its invoices are made.
        """
        figures = work.figures
        if not figures["invoices"]:
            done = [("company_id", "=", work.run.company_id.id), ("state", "=", "done")]
            figures = self.env["billing.run"].search(done, order="id desc", limit=1).final_figures or figures
        is_quick = 2 * figures["rendered"] > figures["invoices"]
        if not is_quick or not self.env["billing.posting"].is_in_batches():
            return min(self._batch_size, BY_ODOO)
        least = self._batch_size if work.run.account_total <= self._batch_size else min(self._batch_size, EVEN)
        return max(least, self._count_due(work.run, LARGEST_BATCH * PART) // PART)

    def _take(self, work):
        work.run.invalidate_recordset(["state"])
        return super()._take(work) if work.run.state == "running" else {}

    def _is_held(self, work):
        return work.run.state == "running" and super()._is_held(work)

    def _handle(self, work, units):
        # a batch makes many values that live to its end: to look through them meanwhile finds nothing that is garbage
        with garbage.kept():
            result = self._bill(work.run, {account_id: last_day for account_id, (last_day,) in units.items()})
        if result:
            work.figures["invoices"] += len(result.moves)
            work.figures["rendered"] += len(result.rendered_ids)

    def _note_failure(self, work, unit_id, value, error):
        self._park(work.run, unit_id, self.get_reason(error))

    def _is_known_failure(self, unit_id, error):
        # sudo: kept by the billing; only whether it is the same
        return self.env["billing.account"].sudo().browse(unit_id).parked_reason == self.get_reason(error)

    def _halt(self, work):
        """Stop a run that fails by itself, before it has parked everybody, and say so once."""
        run, watch = work.run, work.watch
        if run.state != "running":
            return
        self.env["billing.life"].apply_event("run", run, "stop")
        note = self.env._(
            "Stopped: %(count)s accounts in a row could not be billed, all for one reason that has nothing to do with"
            " them: %(kind)s: %(text)s (%(place)s). Ask your administrator to mend it, then press “Resume”. The"
            " accounts that could not be billed are billed by the next run.",
            count=watch.count,
            **watch.fault._asdict(),
        )
        run.message_post(body=note)
        run.activity_schedule(
            "online_billing.activity_type_run_stopped", note=note, user_id=self.get_responsible(run).id
        )

    def _end(self, work):
        """Close a run when no account is left, not even one that another worker still holds."""
        if work.run.state == "running" and not self._count_due(work.run, 1):
            self.env["billing.life"].apply_event("run", work.run, "finish")
            # sudo: kept by the billing alone
            work.run.sudo().write(
                {"finished_at": fields.Datetime.now(), "final_figures": self.count_results(work.run)[work.run.id]}
            )

    def _bill(self, run, targets):
        """Bill accounts up to their days: rate, write, advance, note the outcome.

        :return: how the invoices were made, a `Result` of the posting; None where there are none
        """
        prepared = self.env["billing.rating"].prepare(targets)
        for account_id, reason in prepared.obstacles.items():
            self._park(run, account_id, reason)
        billed = [account_id for account_id in targets if account_id not in prepared.obstacles]
        if not billed:
            return None
        written, result = self.env["billing.invoicing"].write_bills(prepared.bills, run)
        self._advance(prepared, billed, targets)
        self._unpark(billed)
        self._save_outcomes(run, prepared, written, result)
        return result

    def _advance(self, prepared, account_ids, targets):
        """Note how far lines and accounts have come."""
        update_rows(
            self.env.cr,
            "billing_subscription_line",
            ("billed_until", "next_due_date", "recheck_from"),
            [(one.line_id, one.billed_until, one.next_due_date, None) for one in prepared.advances.values()],
        )
        self.env["billing.subscription.line"].invalidate_model(["billed_until", "next_due_date", "recheck_from"])
        self.env["billing.rating"].store_next_billing_date(account_ids)
        self.env["billing.account"].invalidate_model(["next_billing_date"])
        self.env["billing.subscription.lifecycle"].end_finished(account_ids, targets)

    # -- which accounts -----------------------------------------------------------------------------------------------

    def _get_due_condition(self, run):
        """Return the SQL condition on `account` for what a run has still to handle, and the last day of an account."""
        condition, last_day = self._get_scope_condition(run)
        return SQL("account.state = 'active' AND %s", condition), last_day

    def _get_scope_condition(self, run):
        """Return the same for accounts of any state, also of those that are not billed."""
        last_day, bound = SQL("%s::date", run.target_date), SQL("%s::date", run.target_date)
        if run.as_of:
            last_day = SQL("(%s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE account.timezone)::date", run.as_of)
            bound = SQL("%s::date", run.as_of.date() + ONE_DAY)  # no local day lies further ahead; lets the index help
        conditions = [
            SQL(
                "account.company_id = %s AND account.next_billing_date <= %s AND account.next_billing_date <= %s",
                run.company_id.id,
                last_day,
                bound,
            ),
        ]
        run_id = run._origin.id
        if run_id:
            conditions.append(
                SQL(
                    "NOT EXISTS (SELECT FROM billing_run_outcome outcome WHERE outcome.run_id = %s AND"
                    " outcome.account_id = account.id)",
                    run_id,
                )
            )
        if account_ids := self._get_chosen_ids(run):
            conditions.append(SQL("account.id = ANY(%s)", account_ids))
        if plan_ids := run.plan_ids._origin.ids or run.plan_ids.ids:
            conditions.append(
                SQL(
                    "EXISTS (SELECT FROM billing_subscription subscription WHERE subscription.account_id = account.id"
                    " AND subscription.plan_id = ANY(%s))",
                    plan_ids,
                )
            )
        return SQL(" AND ").join(conditions), last_day

    def _count_due(self, run, limit=None):
        self.env.flush_all()
        condition, _last_day = self._get_due_condition(run)
        query = SQL(
            "SELECT count(*) FROM (SELECT FROM billing_account account WHERE %s LIMIT %s) found", condition, limit
        )
        return self.env.execute_query(query)[0][0]

    def _get_chosen_ids(self, run):
        return run.account_ids._origin.ids or run.account_ids.ids

    def _find_left_out(self, run, limit):
        """Return which accounts of its scope a run leaves out, and why: {"count", "rows": [[account id, reason]]}.

        Something is due on them, but their state keeps them from being billed; or they were chosen one by one, and
        nothing is due on them. The reason is that state, or "not_due".
        """
        condition, _last_day = self._get_scope_condition(run)
        self.env.flush_all()
        query = SQL(
            """
            SELECT account.id, CASE WHEN %(condition)s THEN account.state ELSE 'not_due' END, COUNT(*) OVER ()
              FROM billing_account account
             WHERE account.state <> 'active' AND %(condition)s
                   OR account.id = ANY(%(chosen)s) AND (%(condition)s) IS NOT TRUE
             ORDER BY account.id
             LIMIT %(limit)s
            """,
            condition=condition,
            chosen=self._get_chosen_ids(run),
            limit=limit,
        )
        rows = self.env.execute_query(query)
        return {"count": rows[0][2] if rows else 0, "rows": [[account_id, reason] for account_id, reason, _n in rows]}

    @api.private
    def describe_left_out(self, left_out):
        """Return [{"account", "customer", "reason"}] of accounts that a run leaves out, in words."""
        _ = self.env._
        reasons = {
            "suspended": _("The account is suspended. What it misses is billed when it is resumed."),
            "draft": _("The account is not active yet. Press “Activate” on it to bill it."),
            "closed": _("The account is closed. Reopen it to bill it, or void its charges."),
            "not_due": _("Nothing is due on this account up to the day of the run."),
        }
        accounts = self.env["billing.account"].browse([account_id for account_id, _reason in left_out["rows"]])
        found = {account.id: account for account in accounts.exists()}
        return [
            {"account": account.name, "customer": account.partner_id.display_name, "reason": reasons[reason]}
            for account_id, reason in left_out["rows"]
            if (account := found.get(account_id))
        ]

    # -- outcomes -----------------------------------------------------------------------------------------------------

    def _save_outcomes(self, run, prepared, written, result):
        """Note per account and currency what was done; the first row of a batch says why some were not written in it.

        Rows are only added: the run itself is not touched, so that several workers never wait for each other.
        """
        totals = {account_id: {} for account_id in prepared.accounts}
        rendered = result.rendered_ids if result else ()
        for one in written:
            figures = totals[one.bill.account.id].setdefault(one.bill.account.currency_id, [0, 0, 0, 0.0])
            figures[0] += bool(one.move_id)
            figures[1] += one.move_id in rendered
            figures[2] += one.charge_count
            figures[3] += one.amount_total
        reasons = dict(result.reasons) if result and result.reasons else None
        now, uid, rows = self.env.cr.now(), self.env.uid, []
        for account in prepared.accounts.values():
            for currency_id, figures in (totals[account.id] or {account.currency_id: [0, 0, 0, 0.0]}).items():
                invoices, in_batches, charges, amount = figures
                kind = "billed" if charges else "nothing"
                head = (run.id, account.company_id, account.id, currency_id, kind, invoices, in_batches, charges)
                rows.append((*head, f"{amount:.6f}", reasons, uid, now, uid, now))
                reasons = None
        insert_rows(self.env.cr, "billing_run_outcome", OUTCOME_COLUMNS, rows)
        self.env["billing.run.outcome"].invalidate_model()

    @api.private
    def count_results(self, runs):
        """Return {run id: what its results come to}, as the page of a run shows it.

        :return: {run id: {"accounts", "parked", "invoices", "rendered": numbers,
            "amounts": {currency id: sum with tax},
            "reasons": {why some invoices were not written in batches: how many}}}
        """
        if not runs:
            return {}
        counted = {
            run_id: {"accounts": 0, "parked": 0, "invoices": 0, "rendered": 0, "amounts": {}, "reasons": {}}
            for run_id in runs.ids
        }
        outcomes, own = self.env["billing.run.outcome"], [("run_id", "in", runs.ids)]
        sums = ["account_id:count_distinct", "invoice_count:sum", "rendered_count:sum"]
        for run, result, accounts, invoices, rendered in outcomes._read_group(own, ["run_id", "result"], sums):
            figures = counted[run.id]
            figures["accounts"] += accounts
            figures["parked"] += accounts if result == "parked" else 0
            figures["invoices"] += invoices
            figures["rendered"] += rendered
        billed = [*own, ("result", "=", "billed")]
        for run, currency, amount in outcomes._read_group(billed, ["run_id", "currency_id"], ["amount:sum"]):
            counted[run.id]["amounts"][str(currency.id)] = amount
        for run_id, reasons in self.env["billing.posting.ways"].count_reasons(runs).items():
            counted[run_id]["reasons"] = dict(reasons)
        return counted

    def _park(self, run, account_id, reason):
        """Put an account aside with its reason, and ask somebody to look at it, once."""
        account = self.env["billing.account"].browse(account_id)
        account.sudo().write(
            {"parked_reason": reason, "parked_on": fields.Date.context_today(self), "parked_run_id": run.id}
        )
        if not account.activity_search(["online_billing.activity_type_parked"]):
            account.activity_schedule(
                "online_billing.activity_type_parked", note=reason, user_id=self.get_responsible(account).id
            )
        self.env["billing.run.outcome"].sudo().create(  # sudo: kept by the billing alone
            {
                "run_id": run.id,
                "company_id": run.company_id.id,
                "account_id": account_id,
                "currency_id": account.currency_id.id,
                "result": "parked",
                "reason": reason,
            }
        )

    def _unpark(self, account_ids):
        """Take the mark and the task away from accounts that have been billed after all."""
        parked = self.env["billing.account"].search([("id", "in", account_ids), ("parked_reason", "!=", False)])
        if parked:
            parked.sudo().write({"parked_reason": False, "parked_on": False, "parked_run_id": False})
            parked.activity_feedback(["online_billing.activity_type_parked"], feedback=self.env._("Billed"))

    # -- preview ------------------------------------------------------------------------------------------------------

    @api.private
    def preview(self, run, limit=1000):
        """Compute what a run would bill, the same way and saved nowhere; answer as `billing.run.preview` does.

        :raise UserError: the run goes further ahead than somebody can be billed
        """
        self.env["billing.reader"].read_target_date(run.target_date)
        condition, last_day = self._get_due_condition(run)
        self.env.flush_all()
        due = dict(
            self.env.execute_query(
                SQL(
                    "SELECT account.id, %s FROM billing_account account WHERE %s ORDER BY account.id",
                    last_day,
                    condition,
                )
            )
        )
        answer = {
            "accounts": len(due),
            "invoices": 0,
            "parked": 0,
            "totals": defaultdict(float),
            "dated_ahead": 0,
            "latest_day": False,
            "no_address_count": 0,
            "no_address": [],
            "lines": [],
            "errors": [],
        }
        left_out = self._find_left_out(run, limit)
        answer.update(left_out_count=left_out["count"], left_out=self.describe_left_out(left_out))
        ids = list(due)
        for first in range(0, len(ids), LARGEST_BATCH):
            self._preview_batch(
                {account_id: due[account_id] for account_id in ids[first : first + LARGEST_BATCH]}, answer, limit
            )
        answer["totals"] = {currency: round(total, 6) for currency, total in answer["totals"].items()}
        return answer

    def _preview_batch(self, targets, answer, limit):
        prepared = self.env["billing.rating"].with_company(self.env.company).prepare(targets)
        accounts = self.env["billing.account"].browse(prepared.obstacles)
        answer["parked"] += len(accounts)
        answer["errors"] += [
            {"account": one.name, "customer": one.partner_id.display_name, "reason": prepared.obstacles[one.id]}
            for one in accounts
        ]
        names = {
            currency.id: currency.name
            for currency in self.env["res.currency"].browse({bill.account.currency_id for bill in prepared.bills})
        }
        listed = prepared.bills[: max(limit - len(answer["lines"]), 0)]
        owners = self.env["billing.account"].browse({bill.account.id for bill in listed})
        customers = {account.id: account.partner_id.display_name for account in owners}
        choice, invoiced = self.env["billing.invoice.choice"], set()
        by_zone = {bill.account.timezone: bill.account.id for bill in prepared.bills}
        of_zones = self.env["billing.account"].browse(by_zone.values())
        today = {account.timezone: self.env["billing.days"].get_local_day(account) for account in of_zones}
        for bill in prepared.bills:
            currency = names[bill.account.currency_id]
            document = choice.get_document(bill)
            answer["totals"][currency] += as_float(bill.amount)
            if document != "nothing":
                answer["invoices"] += 1
                invoiced.add(bill.account.id)
                if bill.day > today[bill.account.timezone]:
                    answer["dated_ahead"] += 1
                    answer["latest_day"] = max(answer["latest_day"] or "", str(bill.day))
            if len(answer["lines"]) < limit:
                answer["lines"].append(
                    {
                        "account": bill.account.name,
                        "customer": customers[bill.account.id],
                        "date": str(bill.day),
                        "document": document,
                        "amount": as_float(bill.amount),
                        "currency": currency,
                        "items": [{"name": item.name, "amount": as_float(item.amount)} for item in bill.items],
                    }
                )
        self._preview_addresses(invoiced, answer, limit)

    def _preview_addresses(self, account_ids, answer, limit):
        """Name the accounts whose invoices would be mailed to nobody."""
        mailed = self.env["billing.account"].search(
            [
                ("id", "in", sorted(account_ids)),
                ("delivery_channel", "=", "email"),
                ("partner_id.email", "in", (False, "")),
            ],
            order="id",
        )
        unreached = mailed.filtered("has_no_address")
        answer["no_address_count"] += len(unreached)
        answer["no_address"] += [
            {"id": one.id, "account": one.name, "customer": one.partner_id.display_name}
            for one in unreached[: max(limit - len(answer["no_address"]), 0)]
        ]
