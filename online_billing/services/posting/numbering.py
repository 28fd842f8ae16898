"""Numbers of one batch: who gets which is settled by the days of the invoices, before the first one is posted.

Odoo's own posting of a list numbers it by accounting date, reference and id. The batch does the same over all its
invoices, whether Odoo posts them as examples or they are rendered after one.
"""

from collections import Counter

from odoo import fields
from odoo.tools import SQL

from .number_blocks import NumberBlocks, Sequence, highest_reserved

_IN_USE = "billing_numbers"


def in_use(cr):
    """The numbers from which invoices of this transaction get theirs at the moment, if a batch is being posted."""
    return cr.cache.get(_IN_USE)


class _Planned:
    """The series and the rank of one invoice that is still to be posted."""

    __slots__ = ("number", "series")

    def __init__(self, series):
        self.series = series
        self.number = None


class _InUse:
    """Numbers that are given to what is posted inside of a ``with``."""

    def __init__(self, env):
        self.env = env

    def __enter__(self):
        self.env.cr.cache[_IN_USE] = self
        return self

    def __exit__(self, *_error):
        self.env.cr.cache.pop(_IN_USE, None)

    def settle(self, moves):
        """The number before may be one that is rendered later, or another worker's and not visible yet; no gap."""
        moves = moves.filtered("made_sequence_gap")
        moves.with_context(skip_is_manually_modified=True).made_sequence_gap = False


class Numbers(_InUse):
    """The numbers of one batch, in the order of its invoices' days.

    What cannot be foreseen (a day in a locked period, numbers of their own for each customer) gets the next number
    when it is posted.
    """

    def __init__(self, env, vals_list):
        super().__init__(env)
        self._planned = self._plan(vals_list)
        self._of_move = {}
        self._waiting = Counter(planned.series.key_of_journal for planned in self._planned.values())

    # ---- the plan

    def _plan(self, vals_list):
        """Return {index: _Planned} in the order of the numbers."""
        foreseen, planned, series, found = [], {}, {}, {}
        for index, vals in enumerate(vals_list):
            key = (vals.get("journal_id"), vals.get("invoice_date"))
            if key not in found:
                found[key] = self._foresee(*key)
            if found[key]:
                journal, day = found[key]
                foreseen.append((day, vals.get("ref") or "", index, journal, vals.get("move_type")))
        for day, _ref, index, journal, move_type in sorted(foreseen, key=lambda one: one[:3]):
            need = (journal.id, move_type == "out_refund" and _has_own_refunds(journal), day.year, day.month)
            if need not in series:
                series[need] = self._find_series(journal, move_type, day, vals_list[index].get("partner_id"))
            planned[index] = _Planned(series[need])
        return planned

    def _foresee(self, journal_id, invoice_date):
        """Return journal and day of invoices whose numbers can be foreseen; else None."""
        if not journal_id or not invoice_date:
            return None
        journal, day = self.env["account.journal"].browse(journal_id), fields.Date.to_date(invoice_date)
        if journal.is_self_billing or journal.company_id._get_violated_lock_dates(day, True, journal):
            return None
        return journal, day

    def _find_series(self, journal, move_type, day, partner_id):
        """Ask Odoo in which series an invoice of a day would be numbered."""
        # what Odoo looks at of the invoice before is its number
        move = (
            self.env["account.move"]
            .with_context(prefetch_fields=False)
            .new(
                {
                    "move_type": move_type,
                    "journal_id": journal.id,
                    "company_id": journal.company_id.id,
                    "partner_id": partner_id,
                    "invoice_date": day,
                    "date": day,
                }
            )
        )
        pattern, values = move._get_next_sequence_format()
        last = values.pop("seq")
        series = Sequence(move, pattern, values)
        series.last = last
        return series

    def expect(self, moves, indexes):
        """Note which invoice of the batch Odoo is about to post."""
        self._of_move.update(zip(moves.ids, indexes, strict=True))

    # ---- numbers

    def next_name(self, move, pattern, values, increment):
        """The name of a move that Odoo posts, in place of the one that Odoo would lock and take.

        :param increment: Odoo's own way, for the series that no number was taken of yet
        """
        last = values["seq"]
        others = {name: value for name, value in values.items() if name != "seq"}
        series = Sequence(move, pattern, others)
        planned = self._planned.get(self._of_move.get(move.id))
        if planned is None or planned.series.key_of_journal != series.key_of_journal:
            self._reserve_planned(series, move, values, last, increment)
            return series.name(self._reserve(series, 1, move, values, last, increment)[0])
        if planned.number is None:
            self._reserve_planned(series, move, values, last, increment)
        return series.name(planned.number)

    def is_settled(self, request_index):
        """Has the series of an invoice been the one that was foreseen, so that its number is settled?"""
        planned = self._planned.get(request_index)
        return planned is not None and planned.number is not None

    def take(self, request_index):
        """The number and the name of an invoice that is rendered; its example has been posted."""
        planned = self._planned[request_index]
        return planned.number, planned.series.name(planned.number)

    def reserve(self, indexes):
        """Take the numbers of invoices whose series are foreseen, before Odoo has posted any of them."""
        for index in indexes:
            planned = self._planned[index]
            if planned.number is None:
                self._reserve_planned(planned.series, None, None, planned.series.last, None)

    def get_prefixes(self, indexes):
        """Return the prefixes of the numbers that invoices would get; None where that cannot be foreseen."""
        return {planned.series.prefix if (planned := self._planned.get(index)) else None for index in indexes}

    def _reserve_planned(self, series, move, values, last, increment):
        """Take the numbers of all invoices of a series, and give them out by their rank."""
        count = self._waiting.pop(series.key_of_journal, 0)
        if count:
            numbers = iter(self._reserve(series, count, move, values, last, increment))
            for planned in self._planned.values():
                if planned.series.key_of_journal == series.key_of_journal:
                    planned.number = next(numbers)


def _has_own_refunds(journal):
    """Are credit notes numbered apart from invoices? They are where each kind of document has its numbers."""
    documents = "l10n_latam_use_documents" in journal._fields and journal.l10n_latam_use_documents
    return journal.refund_sequence or documents


class OdooNumbers(Numbers):
    """Continues Odoo's own sequence under its lock, and in its memory: what Odoo posts later goes on after it."""

    def _reserve(self, series, count, move, values, last, increment):
        known = self.env["account.move"]._get_sequence_cache()
        key = (series.key, series.journal)
        if move is None:
            # no row to lock the sequence by: the rows themselves do, by the unique index of their names
            known[key] = known.get(key) or max(last, highest_reserved(self.env, series.journal, series.key))
            known[key] += count
            return range(known[key] - count + 1, known[key] + 1)
        name = increment(series.pattern, dict(values))
        first = known[key]
        known[key] = first + count - 1
        if count > 1:
            # the lock is on the first number; the row is not to stand in the way of whoever gets that number
            self.env.cr.execute(SQL("UPDATE account_move SET name = NULL WHERE id = %s AND name = %s", move.id, name))
        return range(first, first + count)


class BlockNumbers(Numbers):
    """Takes numbers from blocks of this transaction, for which no other one waits."""

    def __init__(self, env, vals_list):
        super().__init__(env, vals_list)
        self._blocks = NumberBlocks(env)

    def _reserve(self, series, count, move, values, last, increment):
        return self._blocks.reserve(series, count, last)


class EntryNumbers(_InUse):
    """Blocks of this transaction for entries that Odoo posts together: one for all of a journal and day."""

    def __init__(self, env, entries):
        """
        :param entries: (journal, day) of each entry that is about to be posted
        """
        super().__init__(env)
        self._blocks = NumberBlocks(env)
        self._waiting = Counter((journal.id, day) for journal, day in entries)
        self._taken = {}
        self._posted = env["account.move"].browse()

    def __exit__(self, *error):
        if error[0] is None:
            self.settle(self._posted)
        return super().__exit__(*error)

    def next_name(self, move, pattern, values, increment):
        """Return the name of an entry that Odoo posts, from a block instead of under Odoo's lock."""
        last = values.pop("seq")
        series = Sequence(move, pattern, values)
        left = self._taken.setdefault(series.key_of_journal, [])
        if not left:
            count = max(self._waiting.pop((move.journal_id.id, move.date), 0), 1)
            left += self._blocks.reserve(series, count, last)
        self._posted |= move
        return series.name(left.pop(0))
