"""The border of the collection: cases, items and promises as plain values, and back into their tables."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ...engine import fall_back, get_furthest, has_eased, next_state
from ..shared.numbers import stored_decimal
from ..shared.rows import insert_missing, insert_rows, update_rows
from .terms import get_item, get_situation
from .values import CaseFile, StoredItem

CASE_COLUMNS = (
    "policy_id",
    "state",
    "pause_reason",
    "reached_step_id",
    "step_id",
    "step_date",
    "message_date",
    "deadline",
    "not_before",
    "next_step_id",
    "next_date",
    "amount_open",
    "amount_overdue",
    "oldest_due_date",
    "days_overdue",
    "has_suspended",
    "wants_write_off",
    "held_reason",
    "failure",
    "write_uid",
    "write_date",
)

# the events that lead a case from "open" to a state, and back to "open"
WAYS = {"open": (), "paused": ("pause",), "handed_over": ("hand_over",), "closed": ("close",)}
WAY_BACK = {"paused": "resume", "handed_over": "resume", "closed": "reopen"}


def key_of(item):
    """Return the identity of an OpenItem under collection."""
    return item.line_id, item.installment_id or 0


class BillingCollectionFiles(models.AbstractModel):
    _name = "billing.collection.files"
    _description = "Cases in and out of the Daily Collection"

    @api.private
    def open_files(self, debtors, views, items, days, judge=True):
        """Return the CaseFiles of accounts, promises judged and levels fallen back where less is open than before.

        :param judge: note on promises that they were kept or broken; a page that only looks says no
        """
        files = {}
        by_id = {debtor.id: debtor for debtor in debtors}
        for debtor in debtors:
            by_currency = defaultdict(list)
            for item in items[debtor.id]:
                by_currency[item.currency_id].append(item)
            for currency_id, own in by_currency.items():
                files[debtor.id, currency_id] = CaseFile(
                    debtor, currency_id, own[0].digits, days[debtor.id], views[debtor.id], open_items=own
                )
        self._read_cases(files, by_id, views, days)
        self._read_stored_items(files)
        self._read_followed(files)
        if judge:
            self.env["billing.promise.keeping"].judge(items, days)
        for file in files.values():
            self._look_again(file)
        return list(files.values())

    def _read_cases(self, files, debtors, views, days):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT case_.account_id, case_.currency_id, currency.decimal_places, case_.id, case_.state,
                       case_.pause_reason, case_.step_id, case_.step_date, case_.message_date, case_.deadline,
                       case_.not_before, case_.policy_id, COALESCE(case_.has_suspended, FALSE),
                       COALESCE(case_.wants_write_off, FALSE), case_.held_reason
                  FROM billing_collection_case case_
                  JOIN res_currency currency ON currency.id = case_.currency_id
                 WHERE case_.account_id = ANY(%s)
                """,
                list(debtors),
            )
        )
        for account_id, currency_id, digits, case_id, state, pause, step, step_date, *rest in rows:
            message_date, deadline, not_before, policy_id, has_suspended, wants_write_off, held_reason = rest
            file = files.get((account_id, currency_id))
            if file is None:
                file = files[account_id, currency_id] = CaseFile(
                    debtors[account_id], currency_id, digits, days[account_id], views[account_id]
                )
            file.id, file.state, file.pause_reason = case_id, state, pause
            file.step_id, file.step_date = step, step_date
            file.policy_id, file.held_reason = policy_id, held_reason
            file.has_suspended, file.wants_write_off = has_suspended, wants_write_off
            file.situation = get_situation(message_date, deadline, not_before)

    def _read_stored_items(self, files):
        """Read what is known of items: of those that were open, and of the documents that are open now.

        A document keeps its place while nothing of it is open (paid, set to draft), and gives it to a line that takes
        the place of another one (a new amount or due date, a plan).
        """
        by_case = {file.id: file for file in files.values() if file.id}
        by_key = {key_of(item): file for file in files.values() for item in file.open_items}
        documents = {item.move_id: file for file in files.values() for item in file.open_items}
        rows = self.env.execute_query(
            SQL(
                "SELECT id, case_id, line_id, installment, move_id, amount, had, since, counted_from,"
                " COALESCE(is_handed_over, FALSE) FROM billing_collection_item"
                " WHERE (case_id = ANY(%s) AND amount <> 0) OR move_id = ANY(%s) ORDER BY id",
                list(by_case),
                list(documents),
            )
        )
        left = defaultdict(list)
        for row in rows:
            stored = StoredItem._make(row)
            key = (stored.line_id, stored.installment)
            file = by_key.get(key) or by_case.get(stored.case_id) or documents[stored.move_id]
            amount = stored_decimal(stored.amount or 0).quantize(Decimal(1).scaleb(-file.digits))
            stored = stored._replace(amount=amount, had=frozenset(stored.had or ()))
            if key in by_key or amount:
                file.stored[key] = stored
            left[stored.move_id].append(stored)
        for file in files.values():
            for item in file.open_items:
                if key_of(item) not in file.stored and (others := left.get(item.move_id)):
                    file.remembered[key_of(item)] = max(others, key=lambda other: len(other.had))

    def _read_followed(self, files):
        """Read which items are late fees and nothing else, and on which items: they have no calendar of their own."""
        documents = {item.move_id for file in files.values() for item in file.open_items}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT charge.invoice_id, array_agg(DISTINCT fee.move_id)
                  FROM billing_charge charge
                  LEFT JOIN billing_late_fee fee ON fee.charge_id = charge.id
                 WHERE charge.invoice_id = ANY(%s)
                 GROUP BY charge.invoice_id
                HAVING bool_and(charge.origin = 'late_fee')
                """,
                sorted(documents),
            )
        )
        debts = dict(rows)
        for file in files.values():
            by_document = defaultdict(set)
            for item in file.open_items:
                by_document[item.move_id].add(key_of(item))
            for item in file.open_items:
                found = [by_document[move_id] for move_id in debts.get(item.move_id, ()) if move_id in by_document]
                if found:
                    file.followed[key_of(item)] = frozenset().union(*found)

    def _look_again(self, file):
        """Fill the situation of a file: what rests and why, what shrank, which levels hold."""
        items = []
        for one in self.env["billing.open.items"].stand(file.open_items, file.day):
            key = key_of(one.item)
            stored = file.stored.get(key)
            known = stored or file.remembered.get(key)
            if known and known.is_handed_over:
                file.handed_over.add(key)
            if one.reason:
                file.resting[key] = one.reason
            follows = file.followed.get(key, frozenset())
            items.append(get_item(key, one, known, stored, key in file.handed_over, follows))
        file.situation = self._forget(file.situation or get_situation(), items, file.day)
        present = {item.key for item in items}
        gone = [stored.amount for key, stored in file.stored.items() if key not in present and stored.amount]
        if file.view and has_eased(items, gone):
            items = fall_back(file.view.rules[None].steps, items, file.day)
        file.situation = replace(file.situation, items=tuple(items))
        self.move_state(file)

    def _forget(self, situation, items, day):
        """Forget the deadline and the postponement of debts that are gone once other ones have come in their place.

        While nothing is overdue both stay as they are: a payment may bounce, an invoice may be a draft for an hour.
        """
        late = [item for item in items if item.due_date < day]
        if late and not any(item.had for item in late):
            return replace(situation, deadline=None)
        return situation

    @api.private
    def move_state(self, file):
        """Let the state of a case follow what is open."""
        items = file.situation.items
        late = [item for item in items if item.due_date < file.day or item.key in file.handed_over]
        if file.state == "closed" and items and not any(item.had for item in items):
            file.situation = replace(file.situation, not_before=None)  # it was about other debts
        if not items:
            wanted = "closed"
            file.wants_write_off, file.held_reason = False, None
        elif not late or not all(item.is_resting for item in late):
            wanted = "open"
        else:
            wanted = "handed_over" if any(item.key in file.handed_over for item in late) else "paused"
        if wanted != file.state:
            for event in WAYS[wanted] if file.state == "open" else (WAY_BACK[file.state], *WAYS[wanted]):
                file.state = next_state("case", file.state, event)
        reasons = [file.resting.get(item.key) for item in late if item.is_resting and item.key not in file.handed_over]
        file.pause_reason = next(iter(reasons), None) if file.state == "paused" else None

    @api.private
    def hand_over(self, file):
        """Give what is overdue to whoever collects it; what is billed later is reminded as usual."""
        late = {item.key for item in file.situation.items if item.due_date < file.day and not item.is_resting}
        self._set_handed_over(file, file.handed_over | (late or {item.key for item in file.situation.items}))

    @api.private
    def take_back(self, file):
        """Go on with what had been handed over, where it stood."""
        self._set_handed_over(file, set())

    def _set_handed_over(self, file, keys):
        file.handed_over = keys
        file.situation = replace(
            file.situation,
            items=tuple(
                replace(item, is_resting=item.key in keys or item.resting >= item.amount)
                for item in file.situation.items
            ),
        )
        self.move_state(file)

    @api.private
    def ensure_cases(self, files):
        """Make the cases that do not exist yet."""
        missing = {(file.debtor.id, file.currency_id): file for file in files if not file.id}
        if not missing:
            return
        now, uid = self.env.cr.now(), self.env.uid
        made = insert_missing(
            self.env.cr,
            "billing_collection_case",
            ("account_id", "currency_id", "company_id", "partner_id", "state", "create_uid", "create_date"),
            [(*key, file.debtor.company_id, file.debtor.partner_id, "open", uid, now) for key, file in missing.items()],
            ("account_id", "currency_id"),
        )
        for key, case_id in made.items():
            missing[key].id = case_id

    @api.private
    def store_files(self, files):
        """Write cases and items back."""
        self.ensure_cases(
            [file for file in files if file.state != "closed" and file.view and (file.overdue or file.next_date)]
        )
        known = [file for file in files if file.id]
        if not known:
            return
        now, uid = self.env.cr.now(), self.env.uid
        rows = []
        for file in known:
            situation, overdue = file.situation, file.overdue
            late = [item for item in situation.items if item.due_date < file.day]
            handed_over = [item for item in late if item.key in file.handed_over]
            oldest = min((item.due_date for item in late), default=None)
            reached = file.reached
            rows.append(
                (
                    file.id,
                    file.view.policy.id if file.view else None,
                    file.state,
                    file.pause_reason,
                    reached.id if reached else None,
                    file.step_id,
                    file.step_date,
                    situation.last_message,
                    situation.deadline,
                    situation.not_before,
                    file.next_step_id,
                    file.next_date,
                    sum((item.amount for item in situation.items), Decimal(0)),
                    sum((item.active for item in overdue), Decimal(0))
                    + sum((item.amount for item in handed_over), Decimal(0)),
                    oldest,
                    (file.day - oldest).days if oldest else 0,
                    file.has_suspended,
                    file.wants_write_off,
                    file.held_reason,
                    None,
                    uid,
                    now,
                )
            )
        update_rows(self.env.cr, "billing_collection_case", CASE_COLUMNS, rows)
        self._store_items(known, now, uid)
        self._log_new_policies(known)
        for model in ("billing.collection.case", "billing.collection.item", "billing.collection.entry"):
            self.env[model].invalidate_model(flush=False)

    def _log_new_policies(self, files):
        """Say on cases that another policy than before applies: chosen, or because the one before is gone."""
        # sudo: policies of all companies whose accounts the collection works on
        policies = self.env["billing.collection.policy"].sudo()
        for file in files:
            policy = file.view.policy if file.view else policies
            if not file.policy_id or policy.id == file.policy_id or file.state == "closed":
                continue
            before = policies.browse(file.policy_id).name
            self.log(
                self.env["billing.collection.case"].sudo().browse(file.id),  # sudo: as above
                file.day,
                "note",
                self.env._("Follows the policy “%(policy)s”, no longer “%(before)s”", policy=policy.name, before=before)
                if policy
                else self.env._("No policy applies any more; it followed “%(before)s”", before=before),
            )

    def _store_items(self, files, now, uid):
        new, changed, idle, gone = [], [], [], []
        for file in files:
            documents = {key_of(item): item for item in file.open_items}
            present = set()
            for item in file.situation.items:
                present.add(item.key)
                last = self._get_last_step(file, item)
                values = (
                    file.id,
                    item.amount,
                    sorted(item.had),
                    last,
                    item.since,
                    item.counted_from,
                    item.due_date,
                    file.get_rest(item.key),
                    item.key in file.handed_over,
                )
                if stored := file.stored.get(item.key):
                    changed.append((stored.id, *values))
                else:
                    line_id, installment = item.key
                    move_id = documents[item.key].move_id
                    new.append((file.debtor.company_id, line_id, installment, move_id, uid, now, *values))
            for key, stored in file.stored.items():
                if key not in present:
                    (idle if stored.had or stored.is_handed_over else gone).append(stored.id)
        if gone:
            self.env.cr.execute(SQL("DELETE FROM billing_collection_item WHERE id = ANY(%s)", gone))
        if idle:
            self.env.cr.execute(
                SQL("UPDATE billing_collection_item SET amount = 0, resting = NULL WHERE id = ANY(%s)", idle)
            )
        values = (
            "case_id",
            "amount",
            "had",
            "step_id",
            "since",
            "counted_from",
            "due_date",
            "resting",
            "is_handed_over",
        )
        update_rows(self.env.cr, "billing_collection_item", values, changed)
        insert_rows(
            self.env.cr,
            "billing_collection_item",
            ("company_id", "line_id", "installment", "move_id", "create_uid", "create_date", *values),
            new,
        )

    def _get_last_step(self, file, item):
        furthest = get_furthest(file.rules.steps, item.had) if file.view else None
        return furthest.key if furthest else None

    @api.private
    def record_failure(self, account_id, day, reason):
        """Note on the account's cases that it could not be worked on; it is tried again the next day."""
        self.env.flush_all()
        debtor = self.env["billing.collection.accounts"].fetch_debtors([account_id])[0]
        file = CaseFile(debtor, debtor.currency_id, 2, day, None)
        self.ensure_cases([file])
        # sudo: kept by the billing itself
        cases = self.env["billing.collection.case"].sudo().search([("account_id", "=", account_id)])
        cases.write({"failure": reason})
        self.log(cases, day, "failed", self.env._("The account could not be worked on"), reason=reason)
        self.env["billing.collection.accounts"].mark_handled({account_id: day})

    @api.private
    def log(self, cases, day, state, name, **vals):
        """Note something on cases by hand of somebody, or of the daily work."""
        # sudo: the log is the billing's own; nobody writes it by hand
        return (
            self.env["billing.collection.entry"]
            .sudo()
            .create(
                [
                    {
                        "case_id": case.id,
                        "account_id": case.account_id.id,
                        "company_id": case.company_id.id,
                        "date": day,
                        "state": state,
                        "name": name,
                        **vals,
                    }
                    for case in cases
                ]
            )
        )

    @api.private
    def get_file(self, case) -> CaseFile:
        """Return the file of a case as it stands, worked out anew and stored nowhere."""
        day = self.env["billing.days"].get_local_day(case.account_id)
        debtors = self.env["billing.collection.accounts"].fetch_debtors([case.account_id.id])
        views = self.env["billing.collection.accounts"].get_policy_views(debtors)
        items = self.env["billing.open.items"].get_items([case.account_id.id])
        files = self.open_files(debtors, views, items, {case.account_id.id: day}, judge=False)
        return next(file for file in files if file.currency_id == case.currency_id.id)
