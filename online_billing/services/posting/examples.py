"""Learn the shape of invoices from those that Odoo made, and compare."""

from collections import defaultdict
from typing import NamedTuple

from . import copy_text, template
from .render import Identity, term_pattern


class Table(NamedTuple):
    """A table of two columns, and nothing else."""

    name: str
    columns: tuple[str, str]


TAX_TABLE = Table("account_move_line_account_tax_rel", ("account_move_line_id", "account_tax_id"))
TAG_TABLE = Table("account_account_tag_account_move_line_rel", ("account_move_line_id", "account_account_tag_id"))
SUBTYPE_TABLE = Table("mail_followers_mail_message_subtype_rel", ("mail_followers_id", "mail_message_subtype_id"))
_THREAD = ("mail_message", "mail_followers")
TABLES = ("account_move", "account_move_line", *_THREAD)


class Examples:
    """The invoices that Odoo made as examples in one batch, as rows of texts.

    :param list move_ids: ids of the invoices of the batch, by the index of their request; 0 for those not made yet
    """

    def __init__(self, cr, schema, renderer, requests, move_ids):
        self.cr = cr
        self.schema = schema
        self.renderer = renderer
        self.move_ids = move_ids
        self._written = self._read_back([move_ids[request.index] for request in requests])

    def learn(self, pattern, chosen):
        """Learn from examples of one shape what the pattern lacks, and compare each with its rendering.

        :return: a reason not to trust the pattern, or None
        """
        for request in chosen:
            move_row, line_rows = self._rows_of(request)
            if len(line_rows) != len(request.kinds):
                return "differs: number of journal items"
            reason = (
                self._learn_rows(pattern, request, move_row, line_rows)
                or self._compare(pattern, request)
                or self._learn_thread(pattern, request)
            )
            if reason:
                return reason
        return None

    def confirm(self, pattern, request):
        """Would the pattern of an earlier batch have rendered this example?"""
        if not pattern.lines.keys() >= set(request.kinds):
            return False
        return not (self._compare(pattern, request, template.DATES) or self._learn_thread(pattern, request))

    def _rows_of(self, request):
        move_id = self.move_ids[request.index]
        return self._written["moves"][move_id], self._written["lines"].get(move_id, [])

    def _read_back(self, move_ids):
        """What Odoo wrote for the examples."""
        cr, schema = self.cr, self.schema
        moves = copy_text.read_rows(cr, "account_move", schema["account_move"], "id", move_ids, ["id"])
        lines = copy_text.read_rows(cr, "account_move_line", schema["account_move_line"], "move_id", move_ids, ["id"])
        thread = {
            table: copy_text.read_rows(cr, table, schema[table], "res_id", move_ids, ["id"], {column: "account.move"})
            for table, column in zip(_THREAD, ("model", "res_model"), strict=True)
        }
        line_ids = [int(row[_position(schema, "account_move_line", "id")]) for row in lines]
        follower_ids = [int(row[_position(schema, "mail_followers", "id")]) for row in thread["mail_followers"]]
        written = {
            "moves": {int(row[_position(schema, "account_move", "id")]): row for row in moves},
            "lines": _grouped(schema, "account_move_line", "move_id", lines),
            "mail_message": _grouped(schema, "mail_message", "res_id", thread["mail_message"]),
            "mail_followers": _grouped(schema, "mail_followers", "res_id", thread["mail_followers"]),
            "taxes": {
                tuple(row)
                for row in copy_text.read_rows(
                    cr, *TAX_TABLE, "account_move_line_id", line_ids, ["account_move_line_id"]
                )
            },
            "tags": {
                tuple(row)
                for row in copy_text.read_rows(
                    cr, *TAG_TABLE, "account_move_line_id", line_ids, ["account_move_line_id"]
                )
            },
            "subtypes": defaultdict(list),
        }
        for follower_id, subtype_id in copy_text.read_rows(
            cr, *SUBTYPE_TABLE, "mail_followers_id", follower_ids, list(SUBTYPE_TABLE.columns)
        ):
            written["subtypes"][follower_id].append(subtype_id)
        return written

    def _learn_rows(self, pattern, request, move_row, line_rows):
        if pattern.move is None:
            pattern.learn_move(move_row, frozenset(request.more))
        name_position = _position(self.schema, "account_move_line", "name")
        reference = self.renderer.payment_reference(request, self._get_identity(request, move_row, line_rows))
        for position, (kind, row) in enumerate(zip(request.kinds, line_rows, strict=True)):
            if kind in pattern.lines:
                continue
            more = frozenset()
            if position < len(request.lines):
                line = request.lines[position]
                more = frozenset(line.more) | ({"sequence"} if line.sequence is not None else frozenset())
            if kind[0] == "term":
                text = term_pattern(row[name_position], self.renderer.term_base_name(request, reference))
                if text is None:
                    return "differs: name of the receivable line"
                pattern.term_names[kind] = text
            pattern.learn_line(kind, kind[0], row, more)
        return None

    def _get_identity(self, request, move_row, line_rows):
        columns = dict(zip(self.schema["account_move"], move_row, strict=True))
        id_position = _position(self.schema, "account_move_line", "id")
        return Identity(
            self.move_ids[request.index],
            [int(row[id_position]) for row in line_rows],
            columns["name"],
            columns["sequence_prefix"],
            int(columns["sequence_number"]),
        )

    def _compare(self, pattern, request, ignored=()):
        schema, written = self.schema, self._written
        move_row, line_rows = self._rows_of(request)
        identity = self._get_identity(request, move_row, line_rows)
        difference = template.first_difference(
            schema,
            "account_move",
            self.renderer.move(request, pattern, identity),
            move_row,
            pattern.later["account_move"].union(ignored),
        )
        rows, taxes, tags = self.renderer.lines(request, pattern, identity)
        ignored = pattern.later["account_move_line"].union(ignored)
        for ours, theirs in zip(rows, line_rows, strict=True):
            difference = difference or template.first_difference(schema, "account_move_line", ours, theirs, ignored)
        own = {str(line_id) for line_id in identity.line_ids}
        if {tuple(row.split("\t")) for row in taxes} != {row for row in written["taxes"] if row[0] in own}:
            difference = difference or "taxes of the journal items"
        if {tuple(row.split("\t")) for row in tags} != {row for row in written["tags"] if row[0] in own}:
            difference = difference or "tax tags of the journal items"
        return f"differs: {difference}" if difference else None

    def _learn_thread(self, pattern, request):
        move_id, written = self.move_ids[request.index], self._written
        messages = written["mail_message"].get(move_id, [])
        id_position = _position(self.schema, "mail_followers", "id")
        followers = [
            (row, sorted(written["subtypes"][row[id_position]])) for row in written["mail_followers"].get(move_id, [])
        ]
        first = pattern.thread
        if first is None:
            pattern.learn_thread(messages, followers)
            return None
        own = template.MESSAGE_SLOTS | template.DATES | {"date"}
        if not _equal_rows(self.schema["mail_message"], own, first[0], messages):
            return "differs: message"
        own = template.FOLLOWER_SLOTS | template.DATES
        if not _equal_rows(
            self.schema["mail_followers"], own, [row for row, _ in first[1]], [row for row, _ in followers]
        ):
            return "differs: follower"
        if [subtypes for _, subtypes in first[1]] != [subtypes for _, subtypes in followers]:
            return "differs: subtypes of a follower"
        return None


def _position(schema, table, column):
    return list(schema[table]).index(column)


def _grouped(schema, table, column, rows):
    position = _position(schema, table, column)
    groups = defaultdict(list)
    for row in rows:
        groups[int(row[position])].append(row)
    return groups


def _equal_rows(columns, ignored, left, right):
    if len(left) != len(right):
        return False
    return all(
        column in ignored or ours == theirs
        for first, second in zip(left, right, strict=True)
        for column, ours, theirs in zip(columns, first, second, strict=True)
    )
