"""The work loop: lock a batch of a queue, work, commit with the cron's progress, go on until nothing is left."""

import logging
import traceback
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

import psycopg2
from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from psycopg2 import errorcodes

from ...engine import EngineError

_logger = logging.getLogger(__name__)

RETRIES = 5
WAIT = timedelta(minutes=1)
TEXT_LENGTH = 300  # of an error that is shown to people
FAILED_TASK = "online_billing.activity_type_failed_task"
RETRY_CODES = {errorcodes.SERIALIZATION_FAILURE, errorcodes.DEADLOCK_DETECTED, errorcodes.LOCK_NOT_AVAILABLE}


class Queue(NamedTuple):
    """The rows that wait for work. A condition speaks of a row by the alias."""

    table: str
    alias: str
    condition: SQL
    values: SQL = SQL("NULL")  # what the work wants to know of each row
    order: SQL | None = None  # the eldest row first
    limit: int | None = None  # rows of one batch, where it is not that of the service
    stays: bool = False  # a row may be due still, or is dear to find: one pass comes by each once


class Fault(NamedTuple):
    """An error that nobody foresaw, by which the same one is known again."""

    kind: str
    text: str
    place: str  # file and line

    @classmethod
    def of(cls, error):
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{frames[-1].filename.rpartition('/addons/')[2]}:{frames[-1].lineno}" if frames else ""
        return cls(type(error).__name__, str(error)[:TEXT_LENGTH], place)

    def is_like(self, other):
        return (self.kind, self.place) == (other.kind, other.place)


class Halt(Exception):
    """The work is given up, because it is not the units that are at fault."""


class Watch:
    """Count how many units in a row failed by the same fault while nothing succeeded."""

    def __init__(self):
        self.limit = None  # so many are too many
        self.fault = None
        self.count = 0
        self.is_halted = False

    def note_success(self):
        self.fault, self.count = None, 0

    def note(self, error, is_known=False):
        """Count a fault, and say whether it is the first of its kind in the row.

        :param is_known: the unit failed by it on another day already
        """
        fault = Fault.of(error)
        is_first = not self.fault or not self.fault.is_like(fault)
        if is_first:
            self.fault, self.count = fault, 0
        self.count += not is_known
        self.is_halted = bool(self.limit) and self.count >= self.limit
        return is_first


@dataclass(kw_only=True)
class Pass:
    """One pass through a queue: what is asked for, how far it has come, and what the work gave back."""

    commit: bool = True  # only a caller that holds its own transaction says no
    limited: bool = True  # stop when the cron's time is up; the cron is called again
    waiting: list | None = None  # ids, where a pass comes by each row once
    position: int = 0
    taken: int = 0
    is_through: bool = False  # nothing was left to take
    watch: Watch = field(default_factory=Watch)
    results: list = field(default_factory=list)


class BillingWorkLoop(models.AbstractModel):
    """A unit of work is one locked row of a queue; a service that works through one says the few things that differ.

    `_get_queue` names the rows, `_handle` works on some whose locks are held and never commits, `_note_failure` keeps
    on the row why it could not be worked on, `_end` follows when nothing is left. Another job system calls `do_batch`
    and commits itself.

    Whoever changes what the work reads locks the same row; see `billing.account.hold`.
    """

    _name = "billing.work.loop"
    _description = "Work Loop"

    _batch_size = 500
    # the tables that the work reads: the database is to know how large they are
    _reads = ()
    # so many units in a row that fail by the same fault, while nothing succeeds, end the pass; None: none do
    _equal_faults = None

    # -- what differs -------------------------------------------------------------------------------------------------

    def _get_queue(self, work):
        """Return the Queue of a pass."""
        raise NotImplementedError

    def _handle(self, work, units):
        """Work on rows whose locks are held; raise if one of them cannot be worked on.

        :param dict units: {id of the row: what the queue says of it}
        :return: what the pass collects: an iterable, or None
        """
        raise NotImplementedError

    def _note_failure(self, work, unit_id, value, error):
        """Keep on the row why it could not be worked on."""
        raise NotImplementedError

    def _is_known_failure(self, unit_id, error):
        """Tell whether a unit failed in this way before; it says nothing of the others then."""
        return False

    def _after_commit(self, work, results):
        """Follow once a batch is committed, while nothing is locked: here a network may be asked.

        What is raised here ends the pass; nothing of it is begun anew.

        :param list results: what `_handle` gave back for the batch
        """

    def _halt(self, work):
        """Say that the pass ends before its time, because of the fault that its watch names."""

    def _end(self, work):
        """Follow when nothing is left to take."""

    # -- the loop -----------------------------------------------------------------------------------------------------

    @api.private
    def work_through(self, work):
        """Work on batch after batch and commit each, until none is left or the cron's time is up.

        What lost a race with another worker, or with somebody who changed a row, is begun anew.

        :return: what the work of all batches gave back
        """
        lost = 0
        while True:
            position, count = work.position, len(work.results)
            try:
                self._refresh_statistics(work)
                units = self.do_batch(work)
                left = self._commit_batch(work, units)
            except psycopg2.OperationalError as error:
                lost += 1
                if not work.commit or error.pgcode not in RETRY_CODES or lost > RETRIES:
                    raise
                self.env.cr.rollback()
                self.env.invalidate_all()
                work.position = position
                del work.results[count:]
                continue
            lost = 0
            if units:
                self._after_commit(work, work.results[count:])
            work.is_through = not units
            if work.is_through or work.watch.is_halted or (work.limited and left <= 0):
                return work.results

    def _refresh_statistics(self, work):
        """Let the database know how large the tables are that the work reads: the work may be what makes them grow."""
        if work.commit and self._reads and self.env["billing.statistics"].refresh(self._reads):
            self.env["ir.cron"]._commit_progress()

    @api.private
    def do_batch(self, work):
        """Do one batch in the present transaction, without committing.

        :return: the units of the batch; empty when there is nothing left
        """
        units = self._take(work)
        if units:
            work.results += self._work_on(work, units)
        else:
            self._end(work)
        return units

    def _take(self, work):
        """Lock the next rows that no other worker holds.

        :return: {id: what the queue says of the row}
        """
        self.env.flush_all()
        queue = self._get_queue(work)
        identifier = SQL.identifier(queue.alias, "id")
        if not queue.stays:
            return self._lock(queue, queue.condition, queue.order or identifier, queue.limit or self._batch_size)
        if work.waiting is None:
            work.waiting = self._find_waiting(queue, identifier)
        while work.position < len(work.waiting):
            first, work.position = work.position, work.position + (queue.limit or self._batch_size)
            ids = work.waiting[first : work.position]
            if units := self._lock(
                queue, SQL("%s = ANY(%s) AND %s", identifier, ids, queue.condition), identifier, len(ids)
            ):
                return units
        return {}

    def _find_waiting(self, queue, identifier):
        """Return the ids of all rows that are due when a pass begins: what each batch costs does not grow with them."""
        query = SQL(
            "SELECT %(id)s FROM %(table)s %(alias)s WHERE %(due)s ORDER BY %(id)s",
            id=identifier,
            table=SQL.identifier(queue.table),
            alias=SQL.identifier(queue.alias),
            due=queue.condition,
        )
        return [row_id for [row_id] in self.env.execute_query(query)]

    def _lock(self, queue, condition, order, limit):
        query = SQL(
            "SELECT %(id)s, %(values)s FROM %(table)s %(alias)s WHERE %(due)s ORDER BY %(order)s LIMIT %(limit)s"
            " FOR NO KEY UPDATE OF %(alias)s SKIP LOCKED",
            id=SQL.identifier(queue.alias, "id"),
            values=queue.values,
            table=SQL.identifier(queue.table),
            alias=SQL.identifier(queue.alias),
            due=condition,
            order=order,
            limit=limit,
        )
        return {unit_id: value for unit_id, *value in self.env.execute_query(query)}

    def _work_on(self, work, units):
        """Work on the units of a batch, unless it shows that it is not they that are at fault."""
        results = []
        work.watch.limit = self._equal_faults
        try:
            self._halve(
                units,
                lambda some: self._handle(work, some),
                lambda unit_id, value, error: self._note_failure(work, unit_id, value, error),
                work.watch,
                results,
            )
        except Halt:
            self._halt(work)
        return results

    def _commit_batch(self, work, units):
        """Commit, and tell the cron how far the pass has come.

        Counting what is left would grow with the queue: while batches are found there is more, and when none is, one
        row that another transaction holds is enough to be called again.

        :return: seconds that the cron has left
        """
        if not work.commit:
            return float("inf")
        work.taken += len(units)
        remaining = 1 if not work.watch.is_halted and (units or self._is_held(work)) else 0
        if remaining and not work.taken:
            self._come_again()
            remaining = 0
        return self.env["ir.cron"]._commit_progress(len(units), remaining=remaining)

    def _come_again(self):
        """Have the cron called again in a while: whoever holds the last rows may leave them.

        Of one that did nothing and says that something is left, Odoo warns each time.
        """
        if cron_id := self.env.context.get("cron_id"):
            self.env["ir.cron"].browse(cron_id)._trigger(fields.Datetime.now() + WAIT)

    def _is_held(self, work):
        """Tell whether a row is due that another transaction holds."""
        queue = self._get_queue(work)
        return not queue.stays and self._is_due(queue)

    def _is_due(self, queue):
        self.env.flush_all()
        query = SQL(
            "SELECT FROM %s %s WHERE %s LIMIT 1",
            SQL.identifier(queue.table),
            SQL.identifier(queue.alias),
            queue.condition,
        )
        self.env.cr.execute(query)
        return bool(self.env.cr.rowcount)

    # -- what fails ---------------------------------------------------------------------------------------------------

    @api.private
    def by_halves(self, units, handle, fail):
        """Work on units in a savepoint; where that fails, by halves, until the one that fails is found.

        What one unit brings up stops no other. Side tasks of a batch are done in the same way.

        :param dict units: {id: value}
        :param handle: works on some units in the present transaction; returns an iterable or None
        :param fail: takes id, value and the error of the unit that failed
        :return: list of what `handle` gave back
        """
        results = []
        self._halve(units, handle, fail, Watch(), results)
        return results

    def _halve(self, units, handle, fail, watch, results):
        """Add to `results` what is done of the units.

        :raise Halt: the same fault has met so many that it is not theirs; what is done stays
        """
        try:
            with self.env.cr.savepoint():
                done = list(handle(units) or ())
        except psycopg2.OperationalError:
            raise
        except Exception as error:
            self.env.invalidate_all()
            if len(units) == 1:
                [(unit_id, value)] = units.items()
                if not isinstance(error, UserError | EngineError):
                    self._note_fault(watch, unit_id, error)
                fail(unit_id, value, error)
                if watch.is_halted:
                    raise Halt from error
                return
            _logger.info("%s: %s units go by halves (%s)", self._name, len(units), type(error).__name__)
        else:
            watch.note_success()
            results += done
            return
        given = list(units.items())
        middle = len(given) // 2
        for some in (given[:middle], given[middle:]):
            self._halve(dict(some), handle, fail, watch, results)

    def _note_fault(self, watch, unit_id, error):
        """Log a fault, with its traceback where the one before was not the same."""
        if watch.note(error, self._is_known_failure(unit_id, error)):
            _logger.exception("%s: %s cannot be worked on", self._name, unit_id)
        else:
            _logger.error("%s: %s cannot be worked on for the same reason", self._name, unit_id)

    @api.private
    def as_job(self):
        """Return the service as a job has it, for whoever waits for its work: whoever that is, it is not done by them.

        A job has no language and no company of its own.
        """
        return self if self.env.uid == SUPERUSER_ID else self.with_env(self.env(user=SUPERUSER_ID, context={}))

    @api.private
    def try_again(self, act):
        """Do something in a transaction in which nothing else was done; where it loses a race, begin it anew.

        :param act: takes nothing
        :return: what it gave back
        """
        for left in reversed(range(RETRIES)):
            try:
                return act()
            except psycopg2.OperationalError as error:
                if not left or error.pgcode not in RETRY_CODES:
                    raise
                self.env.cr.rollback()
                self.env.invalidate_all()
        return None

    @api.private
    def do_side_task(self, days, task, key, title):
        """Do a side task of the day of accounts: where it fails the day goes on, and somebody is told once.

        :param dict days: {account id: local day}
        :param task: does it for some of them; returns an iterable or None
        :param key: by which a failure of it is known again
        :param title: what failed, for people
        :return: list of what the task gave back
        """
        if not days:
            return []
        failed = {}

        def fail(account_id, _day, error):
            failed[account_id] = self.get_reason(error)

        results = self.by_halves(days, task, fail)
        self._tell_once(list(days), failed, key, title)
        return results

    def _tell_once(self, account_ids, reasons, key, title):
        """Give somebody the task to look into what failed, once, and close the tasks of what went well again.

        :param dict reasons: {account id: why}
        :param key: by which the task is known again
        """
        tasks, accounts = self.env["billing.tasks"], self.env["billing.account"].browse(account_ids)
        for account in accounts.browse(list(reasons)):
            user = self.get_responsible(account)
            tasks.give(account, key, FAILED_TASK, summary=title, note=reasons[account.id], user_id=user.id)
        tasks.close(accounts - accounts.browse(list(reasons)), key)

    @api.private
    def get_responsible(self, account):
        managers = (
            self.env.ref("online_billing.group_billing_manager").sudo().all_user_ids
        )  # sudo: the list of managers, to give one of them the task
        active = managers.filtered(lambda user: user.active and account.company_id in user.company_ids)
        return active[:1] or self.env.user

    @api.private
    def get_reason(self, error):
        """Return in plain words why a unit could not be worked on."""
        if isinstance(error, EngineError):
            return self.env["billing.engine.messages"].get_sentence(error)
        if isinstance(error, UserError):
            return str(error)
        return self.env._(
            "Unexpected error: %(kind)s. Ask your administrator to look into the server log.", kind=type(error).__name__
        )
