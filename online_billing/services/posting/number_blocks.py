"""Blocks of invoice numbers, so that workers who post in one journal do not wait for each other.

Odoo locks the number sequence of a journal from the first posted invoice to the commit. A worker of a billing run
takes a block of numbers instead, in a short transaction of its own that is committed at once, and posts with them.

- A block belongs to the transaction that holds its advisory lock. When that transaction ends, the lock goes.
- A committed transaction used its numbers, and its block is forgotten.
- A block whose lock is gone and whose numbers are not all used was left by a transaction that was rolled back or
  killed. Whoever takes numbers next gets these first; so no gap stays while a run goes on, and at most the numbers of
  batches that failed at its very end wait for the next run.
- Whoever posts by hand meanwhile gets a number above all blocks.
"""

import re

from odoo.tools import SQL

TABLE = "billing_number_block"
# Spaces of advisory locks; any numbers that nothing else uses.
_OWNED, _TAKING = 2026091, 2026092


def create_table(cr):
    """The table is no model: no person ever looks at it, and its rows live for seconds."""
    cr.execute(
        """CREATE TABLE IF NOT EXISTS billing_number_block (
               id serial PRIMARY KEY, owner integer NOT NULL, journal_id integer NOT NULL, sequence varchar NOT NULL,
               first integer NOT NULL, last integer NOT NULL CHECK (last >= first));
           CREATE INDEX IF NOT EXISTS billing_number_block_sequence_idx
               ON billing_number_block (journal_id, sequence, first);"""
    )


def drop_table(cr):
    """Leave nothing behind when the addon goes."""
    cr.execute("DROP TABLE IF EXISTS billing_number_block")


def highest_reserved(env, journal, sequence):
    """The highest number of a sequence that some worker has taken and not yet committed; 0 if there is none.

    What a failed transaction left does not count: who posts next may have it.
    """
    query = SQL(
        """SELECT max(block.last) FROM billing_number_block block
            WHERE block.journal_id = %s AND block.sequence = %s AND EXISTS (
                  SELECT FROM pg_locks lock JOIN pg_database ON pg_database.oid = lock.database
                   WHERE datname = current_database() AND locktype = 'advisory' AND classid = %s
                     AND objid = block.owner AND granted)""",
        journal.id,
        sequence,
        _OWNED,
    )
    return env.execute_query(query)[0][0] or 0


class Sequence:
    """One series of numbers: the format that Odoo found for it, without the number itself."""

    def __init__(self, move, pattern, values):
        self.journal = move.journal_id
        self.pattern, self._values = pattern, values
        self.key = self.name(0)
        fixed = move._make_regex_non_capturing(move._sequence_fixed_regex.replace(r"?P<seq>", ""))
        first = self.name(1)
        self.prefix = first[: re.match(fixed, first).start(1)]
        self.key_of_journal = (self.journal.id, self.key)

    def name(self, number):
        return self.pattern.format(**self._values, seq=number)


class NumberBlocks:
    """The numbers that one transaction has taken for itself."""

    def __init__(self, env):
        self.env = env

    def reserve(self, sequence, count, known):
        """Take ``count`` numbers of a sequence, in ascending order.

        :param known: the highest number that this transaction knows of
        """
        owner = self.env.execute_query(SQL("SELECT nextval('billing_number_block_id_seq')"))[0][0]
        self.env.execute_query(SQL("SELECT pg_advisory_xact_lock(%s, %s)", _OWNED, owner))
        with self.env.registry.cursor() as cr:
            numbers = _take_block(cr, sequence, owner, count, known)
        self.env.cr.postcommit.add(lambda: _forget(self.env.registry, sequence, owner))
        return numbers


def _take_block(cr, sequence, owner, count, known):
    """Reserve numbers in a transaction of its own; its end commits them."""
    # what others committed while this transaction waited for the lock has to be seen
    cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
    cr.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_TAKING, f"{sequence.journal.id}:{sequence.key}"])
    free, top = _find_left_over(cr, sequence)
    cr.execute(
        "SELECT max(sequence_number) FROM account_move"
        " WHERE journal_id = %s AND sequence_prefix = %s AND state = 'posted'",
        [sequence.journal.id, sequence.prefix],
    )
    top = max(top, known, cr.fetchone()[0] or 0)
    numbers = free[:count]
    _insert(cr, sequence, 0, free[count:])
    numbers += range(top + 1, top + 1 + count - len(numbers))
    _insert(cr, sequence, owner, numbers)
    return numbers


def _find_left_over(cr, sequence):
    """Take back what ended transactions left unused; return those numbers and the highest one noted."""
    cr.execute(
        "SELECT id, owner, first, last FROM billing_number_block"
        " WHERE journal_id = %s AND sequence = %s ORDER BY first",
        [sequence.journal.id, sequence.key],
    )
    free, top = [], 0
    for row_id, owner, first, last in cr.fetchall():
        top = max(top, last)
        cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_OWNED, owner])
        if owner and not cr.fetchone()[0]:
            continue
        cr.execute("DELETE FROM billing_number_block WHERE id = %s", [row_id])
        free += _unused(cr, sequence, first, last)
    return sorted(free), top


def _unused(cr, sequence, first, last):
    names = {sequence.name(number): number for number in range(first, last + 1)}
    cr.execute(
        "SELECT name FROM account_move WHERE journal_id = %s AND name = ANY(%s) AND state = 'posted'",
        [sequence.journal.id, list(names)],
    )
    used = {name for [name] in cr.fetchall()}
    return [number for name, number in names.items() if name not in used]


def _insert(cr, sequence, owner, numbers):
    """Note numbers as runs of consecutive ones; owner 0 is nobody."""
    runs = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    for first, last in runs:
        cr.execute(
            "INSERT INTO billing_number_block (owner, journal_id, sequence, first, last) VALUES (%s, %s, %s, %s, %s)",
            [owner, sequence.journal.id, sequence.key, first, last],
        )


def _forget(registry, sequence, owner):
    """After the commit: forget the block, all of whose numbers are used.

    What a rollback to a savepoint gave back stays noted, for the next one to take.
    """
    with registry.cursor() as cr:
        cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        cr.execute("SELECT id, first, last FROM billing_number_block WHERE owner = %s", [owner])
        for row_id, first, last in cr.fetchall():
            if not _unused(cr, sequence, first, last):
                cr.execute("DELETE FROM billing_number_block WHERE id = %s", [row_id])
