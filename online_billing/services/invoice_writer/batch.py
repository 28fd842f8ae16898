"""One batch of invoices: sort by shape, make examples, compare, render the rest, write."""

from collections import Counter, defaultdict

from odoo import fields

from . import copy_text, guard, template
from .amounts import Calculator
from .customers import Customers
from .numbering import BlockNumbers, OdooNumbers
from .render import Identity, Renderer, term_pattern
from .request import TEXT_LINES, LeftToOdoo, Reader

# Below this many invoices of a shape, examples cost more than they save.
FEW = 3
_THREAD = ("mail_message", "mail_followers")
_TABLES = ("account_move", "account_move_line", *_THREAD)


class Batch:
    """The work on one list of values, within one transaction."""

    def __init__(self, env, vals_list):
        self.env = env
        self.vals_list = vals_list
        self.move_ids = [0] * len(vals_list)
        self.line_ids = [()] * len(vals_list)
        self.reasons = Counter()
        self.rendered = 0
        self.rendered_ids = []
        self.plain = 0
        self._left = []
        self._templates = {}
        self._examples = {}

    # ---- the whole

    def run(self, *, render):
        reason = guard.blocking_reason(self.env) if render else "not asked"
        if reason:
            self._leave(range(len(self.vals_list)), reason)
        requests = [] if reason else self._read()
        self._numbers = self._get_numbers()
        with self._numbers:
            self._make(requests)

    def _get_numbers(self):
        """Where numbers come from: blocks where several workers post, else Odoo's own sequence."""
        if not self.env.context.get("billing_number_blocks"):
            return OdooNumbers(self.env)
        needed = Counter()
        for vals in self.vals_list:
            if vals.get("journal_id") and vals.get("invoice_date"):
                day = fields.Date.to_date(vals["invoice_date"])
                needed[vals["journal_id"], vals["move_type"] == "out_refund", day.year, day.month] += 1
        return BlockNumbers(self.env, needed)

    def _make(self, requests):
        shapes = defaultdict(list)
        for request in requests:
            shapes[request.shape].append(request)
        examples = []
        for shape, members in list(shapes.items()):
            chosen = self._choose_examples(members)
            if len(members) < FEW or len(members) == len(chosen):
                self._leave([request.index for request in members], "few of a kind")
                del shapes[shape]
            else:
                examples.append((shape, chosen))
        if examples:
            self._schema = copy_text.read_columns(self.env.cr, _TABLES)
            self._make_examples(examples, shapes)
        self._make_left()
        self._render(shapes)

    def _leave(self, indexes, reason):
        """Note that these go to Odoo."""
        for index in indexes:
            self.reasons[reason] += 1
            self._left.append(index)

    # ---- understanding

    def _read(self):
        customers = Customers(self.env)
        self.reader = Reader(self.env, customers)
        self.renderer = Renderer(self.env, self.reader)
        calculator = Calculator(self.env)
        pairs = []
        for index, vals in enumerate(self.vals_list):
            try:
                pairs.append((index, self.reader.company_and_partner(vals)))
            except LeftToOdoo as reason:
                self._leave([index], str(reason))
        customers.prefetch(pair for _index, pair in pairs)
        requests = []
        for index, _pair in pairs:
            try:
                request = self.reader.read(index, self.vals_list[index])
                calculator.compute(request)
                self._classify(request)
            except LeftToOdoo as reason:
                self._leave([index], str(reason))
            else:
                requests.append(request)
        return requests

    def _classify(self, request):
        """Find the shape of an invoice and the kinds of its lines."""
        amounts = request.amounts
        total = amounts.total_currency * (-1 if request.move_type == "out_invoice" else 1)
        if request.currency.compare_amounts(total, 0.0) <= 0 or request.company.currency_id.is_zero(amounts.total):
            # nothing to pay makes Odoo act at once, a negative total makes it refuse
            raise LeftToOdoo("nothing to pay")
        customer = request.customer
        if customer.company_id and customer.company_id not in request.company.parent_ids.ids:
            raise LeftToOdoo("customer of another company")
        request.shape = (
            request.move_type,
            request.company.id,
            request.journal.id,
            request.currency.id,
            request.position_id,
            request.term_id,
            customer.company_id,
            customer.language if self.reader.language_matters else "",
            customer.salesperson_id if self.reader.salesperson_matters else 0,
            customer.payment_method_line_id,
            (request.date.year, request.date.month),
            frozenset(request.more),
        )
        kinds = []
        bases = iter(amounts.bases)
        for line in request.lines:
            more = (frozenset(line.more), line.sequence is None)
            if line.display_type in TEXT_LINES:
                kinds.append(("text", line.display_type, more))
            else:
                kinds.append(
                    ("product", line.account_id, line.tax_ids, next(bases).tag_ids, line.analytic is None, more)
                )
        kinds += [("tax", *tax.kind) for tax in amounts.taxes]
        by_date = sorted(request.terms, key=lambda term: term.date)
        named = request.move_type == "out_invoice" or request.payment_reference is not None
        count = len(self.env["account.payment.term"].browse(request.term_id).line_ids) if request.term_id else 0
        kinds += [
            ("term", count, len(by_date), by_date.index(term), named, term.discount_date is None)
            for term in request.terms
        ]
        request.kinds = tuple(kinds)

    def _choose_examples(self, members):
        """The first invoice, one for every kind of line not seen before, and the last as a witness that nothing else differs."""
        seen, chosen = set(), []
        for request in members:
            if not seen.issuperset(request.kinds):
                seen.update(request.kinds)
                chosen.append(request)
        if chosen[-1] is not members[-1]:
            chosen.append(members[-1])
        return chosen

    # ---- examples

    def _make_examples(self, examples, shapes):
        requests = [request for _shape, chosen in examples for request in chosen]
        self.env.flush_all()  # what is pending from before is not the invoices' doing
        with guard.watching_writes() as strange:
            self._create_and_post([request.index for request in requests])
            self.env.flush_all()
        self.plain += len(requests)
        self.reasons["example"] += len(requests)
        written = self._read_back([self.move_ids[request.index] for request in requests])
        for shape, chosen in examples:
            reason = min(strange) if strange else self._learn(shape, chosen, written)
            done = {request.index for request in chosen}
            rest = [request for request in shapes[shape] if request.index not in done]
            if reason:
                self._leave([request.index for request in rest], reason)
                rest = []
            shapes[shape] = rest

    def _read_back(self, move_ids):
        """What Odoo wrote for the examples."""
        cr, schema = self.env.cr, self._schema
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
                    cr, *_TAX_TABLE, "account_move_line_id", line_ids, ["account_move_line_id"]
                )
            },
            "tags": {
                tuple(row)
                for row in copy_text.read_rows(
                    cr, *_TAG_TABLE, "account_move_line_id", line_ids, ["account_move_line_id"]
                )
            },
            "subtypes": defaultdict(list),
        }
        for follower_id, subtype_id in copy_text.read_rows(
            cr, *_SUBTYPE_TABLE, "mail_followers_id", follower_ids, list(_SUBTYPE_TABLE[1])
        ):
            written["subtypes"][follower_id].append(subtype_id)
        return written

    def _learn(self, shape, chosen, written):
        """Take the examples of a shape as its template and compare each with its own rendering; return a reason not to trust it."""
        pattern = template.Template(self._schema)
        for request in chosen:
            move_id = self.move_ids[request.index]
            move_row = written["moves"][move_id]
            line_rows = written["lines"].get(move_id, [])
            if len(line_rows) != len(request.kinds):
                return "differs: number of journal items"
            reason = self._learn_rows(pattern, request, move_row, line_rows) or self._compare(
                pattern, request, move_row, line_rows, written
            )
            reason = reason or self._learn_thread(pattern, move_id, written)
            if reason:
                return reason
        self._templates[shape] = pattern
        self._examples[shape] = self.env["account.move"].browse(self.move_ids[chosen[-1].index])
        return None

    def _learn_rows(self, pattern, request, move_row, line_rows):
        if pattern.move is None:
            pattern.learn_move(move_row, frozenset(request.more))
        name_position = _position(self._schema, "account_move_line", "name")
        reference = self.renderer.payment_reference(request, move_row[_position(self._schema, "account_move", "name")])
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

    def _compare(self, pattern, request, move_row, line_rows, written):
        schema = self._schema
        columns = {name: text for name, text in zip(schema["account_move"], move_row, strict=True)}
        id_position = _position(schema, "account_move_line", "id")
        identity = Identity(
            self.move_ids[request.index],
            [int(row[id_position]) for row in line_rows],
            columns["name"],
            columns["sequence_prefix"],
            int(columns["sequence_number"]),
        )
        difference = template.first_difference(
            schema, "account_move", self.renderer.move(request, pattern, identity), move_row
        )
        rows, taxes, tags = self.renderer.lines(request, pattern, identity)
        for ours, theirs in zip(rows, line_rows, strict=True):
            difference = difference or template.first_difference(schema, "account_move_line", ours, theirs)
        own = {str(line_id) for line_id in identity.line_ids}
        if {tuple(row.split("\t")) for row in taxes} != {row for row in written["taxes"] if row[0] in own}:
            difference = difference or "taxes of the journal items"
        if {tuple(row.split("\t")) for row in tags} != {row for row in written["tags"] if row[0] in own}:
            difference = difference or "tax tags of the journal items"
        return f"differs: {difference}" if difference else None

    def _learn_thread(self, pattern, move_id, written):
        messages = written["mail_message"].get(move_id, [])
        id_position = _position(self._schema, "mail_followers", "id")
        followers = [
            (row, sorted(written["subtypes"][row[id_position]])) for row in written["mail_followers"].get(move_id, [])
        ]
        first = getattr(pattern, "thread", None)
        if first is None:
            pattern.thread = (messages, followers)
            pattern.learn_thread(messages, followers)
            return None
        own = template.MESSAGE_SLOTS | {"date", "create_date", "write_date"}
        if not _equal_rows(self._schema["mail_message"], own, first[0], messages):
            return "differs: message"
        own = template.FOLLOWER_SLOTS | {"create_date", "write_date"}
        if not _equal_rows(
            self._schema["mail_followers"], own, [row for row, _ in first[1]], [row for row, _ in followers]
        ):
            return "differs: follower"
        if [subtypes for _, subtypes in first[1]] != [subtypes for _, subtypes in followers]:
            return "differs: subtypes of a follower"
        return None

    # ---- Odoo's own way

    def _make_left(self):
        if self._left:
            self._create_and_post(sorted(self._left))
            self.plain += len(self._left)

    def _create_and_post(self, indexes):
        """Let Odoo make these invoices."""
        moves = self.env["account.move"].create([_copy(self.vals_list[index]) for index in indexes])
        moves._post(soft=False)
        self._numbers.settle(moves)
        for index, move in zip(indexes, moves, strict=True):
            self.move_ids[index] = move.id
            self.line_ids[index] = sorted(
                move.line_ids.filtered(
                    lambda line: line.display_type == "product" or line.display_type in TEXT_LINES
                )._ids
            )

    # ---- rendering

    def _render(self, shapes):
        groups = [(shape, members) for shape, members in shapes.items() if members]
        if not groups:
            return
        cr = self.env.cr
        count = sum(len(members) for _shape, members in groups)
        move_ids = iter(copy_text.take_ids(cr, "account_move", count))
        line_ids = iter(
            copy_text.take_ids(
                cr, "account_move_line", sum(len(request.kinds) for _shape, members in groups for request in members)
            )
        )
        message_ids = iter(
            copy_text.take_ids(
                cr,
                "mail_message",
                sum(len(self._templates[shape].messages) * len(members) for shape, members in groups),
            )
        )
        follower_ids = iter(
            copy_text.take_ids(
                cr,
                "mail_followers",
                sum(len(self._templates[shape].followers) * len(members) for shape, members in groups),
            )
        )
        rows = defaultdict(list)
        for shape, members in groups:
            pattern = self._templates[shape]
            example = self._examples[shape]
            for request, (number, name) in zip(members, self._numbers.take(example, len(members)), strict=True):
                identity = Identity(
                    next(move_ids), [next(line_ids) for _kind in request.kinds], name, example.sequence_prefix, number
                )
                self.move_ids[request.index] = identity.move_id
                self.rendered_ids.append(identity.move_id)
                self.line_ids[request.index] = identity.line_ids[: len(request.lines)]
                rows["account_move"].append(self.renderer.move(request, pattern, identity))
                lines, taxes, tags = self.renderer.lines(request, pattern, identity)
                rows["account_move_line"] += lines
                rows[_TAX_TABLE[0]] += taxes
                rows[_TAG_TABLE[0]] += tags
                rows["mail_message"] += self.renderer.messages(
                    pattern, identity, [next(message_ids) for _row in pattern.messages]
                )
                followers, subtypes = self.renderer.followers(
                    pattern, identity, [next(follower_ids) for _row in pattern.followers]
                )
                rows["mail_followers"] += followers
                rows[_SUBTYPE_TABLE[0]] += subtypes
        self._write(rows)
        self._after([request for _shape, members in groups for request in members])
        self.rendered += count

    def _write(self, rows):
        cr = self.env.cr
        self.env.flush_all()
        for table in _TABLES:
            copy_text.write_rows(cr, table, self._schema[table], rows[table])
        for table, columns in (_TAX_TABLE, _TAG_TABLE, _SUBTYPE_TABLE):
            copy_text.write_rows(cr, table, columns, rows[table])
        self.env.invalidate_all(flush=False)

    def _after(self, requests):
        """What posting does beside the rows of the invoice."""
        moves = self.env["account.move"].browse([self.move_ids[request.index] for request in requests])
        # made in this transaction: later changes in it are not tracked, as with any new record
        moves._track_discard()
        analytic = [
            self.line_ids[request.index]
            for request in requests
            if any(line.analytic for line in request.lines) or any(tax.kind[5] for tax in request.amounts.taxes)
        ]
        if analytic:
            moves.browse(
                [self.move_ids[request.index] for request in requests if any(line.analytic for line in request.lines)]
            ).line_ids._create_analytic_lines()
        self._raise_ranks(requests)
        guard.notify_dependents(moves)

    def _raise_ranks(self, requests):
        """Count the invoices of each customer, as posting does."""
        counts = Counter()
        for request in requests:
            for partner_id in {request.customer.partner_id, request.customer.commercial_id}:
                counts[partner_id] += 1
        by_count = defaultdict(list)
        for partner_id, count in counts.items():
            by_count[count].append(partner_id)
        for count, partner_ids in by_count.items():
            partners = self.env["res.partner"].browse(partner_ids)
            new = partners.sudo().filtered(
                lambda partner: not partner.customer_rank
            )  # sudo: a mere count, as posting itself does
            new.customer_rank = count
            (partners - new)._increase_rank("customer_rank", count)


_TAX_TABLE = ("account_move_line_account_tax_rel", ("account_move_line_id", "account_tax_id"))
_TAG_TABLE = ("account_account_tag_account_move_line_rel", ("account_move_line_id", "account_account_tag_id"))
_SUBTYPE_TABLE = ("mail_followers_mail_message_subtype_rel", ("mail_followers_id", "mail_message_subtype_id"))


def _copy(vals):
    """Values that Odoo may change while it works on them."""
    return {
        name: [(*command[:2], dict(command[2])) if command[0] == 0 else command for command in value]
        if name == "invoice_line_ids"
        else value
        for name, value in vals.items()
    }


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
