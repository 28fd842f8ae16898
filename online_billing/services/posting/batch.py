"""One batch of invoices: sort by shape, make examples, compare, render the rest, write."""

import logging
from collections import Counter, defaultdict
from functools import partial

import psycopg2
from odoo.exceptions import RedirectWarning, UserError

from . import addons, configuration, copy_text, guard
from .amounts import Calculator
from .customers import Customers
from .examples import SUBTYPE_TABLE, TABLES, TAG_TABLE, TAX_TABLE, Examples
from .kept import KEPT, KeptPattern, get_key
from .later import Later
from .numbering import BlockNumbers, OdooNumbers
from .odoo_way import check_amounts, create_checked, get_line_ids
from .overrides import Constraint, get_overrides
from .render import Identity, Renderer
from .request import TEXT_LINES, LeftToOdoo, Reader
from .template import Template

_logger = logging.getLogger(__name__)

# Below this many invoices of a shape, examples are all there is; a pattern is learned from them for the next time.
FEW = 3


class Refused(Exception):
    """Odoo refuses an invoice; the argument is its error."""


class Batch:
    """The work on one list of values, within one transaction."""

    def __init__(self, env, vals_list, expected):
        self.env = env
        self.vals_list = vals_list
        self._expected = expected
        self.move_ids = [0] * len(vals_list)
        self.line_ids = [()] * len(vals_list)
        self.reasons = Counter()
        self.rendered = 0
        self.rendered_ids = []
        self.plain = 0
        self._left = []
        self._names = {}
        self._templates = {}
        self._prefixes = {}
        self._customer_ids = {}
        self._confirmed = set()
        self._fingerprint = None
        self._asked = set()

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
        numbers = BlockNumbers if self.env.context.get("billing_number_blocks") else OdooNumbers
        return numbers(self.env, self.vals_list)

    def _make(self, requests):
        shapes = defaultdict(list)
        for request in requests:
            shapes[request.shape].append(request)
        self._company_ids = {request.company.id for request in requests}
        if shapes:
            self._schema = configuration.once(self.env, "columns", lambda: copy_text.read_columns(self.env.cr, TABLES))
        known = {shape: shapes.pop(shape) for shape in list(shapes) if self._knows(shape, shapes[shape])}
        few = {shape: shapes.pop(shape) for shape in list(shapes) if self._is_few(shapes[shape])}
        if shapes:
            self._make_examples(shapes)
        self._make_left()
        if few:
            self._learn_from_few(few)
            self._make_left()
        self._render(known | shapes)

    def _is_few(self, members):
        return len(members) < FEW or len(members) == len(self._choose_examples(members))

    # ---- patterns of earlier batches

    def _get_fingerprint(self, company_id):
        """Return what of the configuration has to stay the same for the invoices of a company."""
        if self._fingerprint is None:
            held = configuration.get_held(self.env)
            is_enough = held and held.company_ids.issuperset(self._company_ids)
            self._fingerprint = held.seen if is_enough else configuration.look(self.env, self._company_ids)
        return self._fingerprint.of(company_id)

    def _knows(self, shape, members):
        """Take over the pattern of an earlier batch where it needs no new example of Odoo's; tell whether it does."""
        kept = KEPT.get(get_key(self.env, shape))
        indexes = [request.index for request in members]
        if (
            not kept
            or not kept.pattern
            or not kept.is_confirmed
            or self._numbers.get_prefixes(indexes) != {kept.prefix}
            or not all(kept.pattern.lines.keys() >= set(request.kinds) for request in members)
            or kept.pattern.schema != self._schema
            or kept.pattern.later != self._later.columns
            or not self._may_post()
            or not kept.is_fresh(self._overrides, self._get_fingerprint(members[0].company.id))
        ):
            return False
        kept.uses += 1
        self._numbers.reserve(indexes)
        now = self.env.cr.now()
        self._templates[shape] = kept.pattern.renew(str(now), str(now.replace(microsecond=0)))
        self._prefixes[shape] = kept.prefix
        self._asked |= kept.asked
        return True

    def _may_post(self):
        """Tell whether Odoo would let the user make and post invoices; where not, it is asked and says so itself."""
        if self.env.su:
            return True
        user = self.env.user
        return self.env["account.move"].has_access("create") and user.has_group("account.group_account_invoice")

    def _keep(self, shape, pattern, company_id):
        """Keep what was learned of a shape; nothing where such invoices are not to be rendered."""
        KEPT.put(
            get_key(self.env, shape),
            KeptPattern(
                pattern,
                self._overrides,
                self._get_fingerprint(company_id),
                frozenset(self._asked),
                self._prefixes.get(shape, ""),
                self._customer_ids.get(shape, 0),
                shape in self._confirmed,
            ),
        )

    def _learn_from_few(self, shapes):
        """Have Odoo make shapes of few invoices, and learn their patterns for the next ones.

        What has shown that it is not to be rendered is not looked at each time.
        """
        wanted = {}
        for shape, members in shapes.items():
            kept = KEPT.get(get_key(self.env, shape))
            fingerprint = self._get_fingerprint(members[0].company.id)
            if kept and not kept.pattern and kept.is_fresh(self._overrides, fingerprint):
                kept.uses += 1
                self._leave([request.index for request in members], "few of a kind")
            else:
                wanted[shape] = members
        refused = self._learn(dict(wanted), wanted, "few of a kind")
        for shape in wanted:
            pattern = None if shape in refused else self._templates[shape]
            self._keep(shape, pattern, wanted[shape][0].company.id)

    def _leave(self, indexes, reason):
        """Note that these go to Odoo."""
        for index in indexes:
            self.reasons[reason] += 1
            self._left.append(index)

    # ---- understanding

    def _read(self):
        self._overrides = get_overrides(self.env)
        self._parts = addons.get_parts(self.env)
        self._later = Later(self.env, self._overrides.later, self._parts)
        customers = Customers(self.env, self._parts)
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
                self._check_amounts(request)
                for part in self._parts:
                    part.complete(request)
                self._classify(request)
            except LeftToOdoo as reason:
                self._leave([index], str(reason))
            else:
                requests.append(request)
        return requests

    def _check_amounts(self, request):
        sign = -1 if request.move_type == "out_invoice" else 1
        amounts = request.amounts
        check_amounts(
            self.env,
            request.currency,
            self._expected[request.index],
            sign * amounts.untaxed_currency,
            sign * amounts.total_currency,
        )

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
        """The first invoice, and one for every further kind of line."""
        seen, chosen = set(), []
        for request in members:
            if not seen.issuperset(request.kinds):
                seen.update(request.kinds)
                chosen.append(request)
        return chosen

    # ---- examples

    def _make_examples(self, shapes):
        """Have Odoo make the examples of all shapes, and learn from them.

        Where no pattern of an earlier batch confirms the example, the last invoice is the witness for the rest; if
        there is no such pattern, both are made at once.
        """
        chosen = {}
        for shape, members in shapes.items():
            chosen[shape] = self._choose_examples(members)
            kept = KEPT.get(get_key(self.env, shape))
            if not kept or not kept.pattern:
                chosen[shape] += members[-1:] if members[-1] not in chosen[shape] else []
                self._confirmed.add(shape)
        self._learn(shapes, chosen)
        alone = {shape: members[-1:] for shape, members in shapes.items() if shape not in self._confirmed}
        self._learn(shapes, {shape: last for shape, last in alone.items() if last})
        for shape, members in shapes.items():
            if members:
                self._keep(shape, self._templates[shape], members[0].company.id)

    def _learn(self, shapes, chosen, label="example"):
        """Take examples out of the members of their shapes; where they cannot be trusted, take out all members.

        :return: the shapes whose examples cannot be trusted
        """
        refused = set()
        requests = [request for examples in chosen.values() for request in examples]
        if not requests:
            return refused
        self.env.flush_all()  # what is pending from before is not the invoices' doing
        with guard.watching_writes() as strange, self._overrides.watching() as ran:
            self._create_and_post([request.index for request in requests])
            self.env.flush_all()
        self._asked |= {one for one in ran if isinstance(one, Constraint)}
        strange |= ran - self._asked
        self.plain += len(requests)
        self.reasons[label] += len(requests)
        moves = self.env["account.move"].browse(self._get_ids(requests))
        differing = {} if strange else self._later.find_differences(moves)
        made = Examples(self.env.cr, self._schema, self.renderer, requests, self.move_ids)
        for shape, examples in chosen.items():
            pattern = self._templates.setdefault(shape, Template(self._schema, self._later.columns))
            reasons = strange or {differing[move_id] for move_id in self._get_ids(examples) if move_id in differing}
            reason = min(reasons) if reasons else made.learn(pattern, examples)
            if not reason and not all(self._numbers.is_settled(request.index) for request in shapes[shape]):
                reason = "numbers of another series"
            kept = KEPT.get(get_key(self.env, shape))
            customer_id = self._customer_ids[shape] = examples[0].customer.commercial_id
            is_other = kept and (kept.is_confirmed or kept.customer_id != customer_id)
            if is_other and kept.pattern and made.confirm(kept.pattern, examples[0]):
                self._confirmed.add(shape)
            self._prefixes[shape] = self.env["account.move"].browse(self.move_ids[examples[-1].index]).sequence_prefix
            shapes[shape] = [request for request in shapes[shape] if request not in examples]
            if reason:
                refused.add(shape)
                self._leave([request.index for request in shapes[shape]], reason)
                shapes[shape] = []
        return refused

    def _get_ids(self, requests):
        return [self.move_ids[request.index] for request in requests]

    # ---- Odoo's own way

    def _make_left(self):
        left, self._left = sorted(self._left), []
        if left:
            self._create_and_post(left)
            self.plain += len(left)

    def _create_and_post(self, indexes):
        """Let Odoo make these invoices."""
        try:
            moves = create_checked(self.env, self.vals_list, indexes, self._expected)
            self._numbers.expect(moves, indexes)
            moves._post(soft=False)
        except (UserError, RedirectWarning) as error:
            raise Refused(error) from error
        self._numbers.settle(moves)
        for index, move in zip(indexes, moves, strict=True):
            self.move_ids[index] = move.id
            self.line_ids[index] = get_line_ids(move)

    # ---- rendering

    def _render(self, shapes):
        groups = [(shape, members) for shape, members in shapes.items() if members]
        if not groups:
            return
        cr = self.env.cr
        count = sum(len(members) for _shape, members in groups)
        move_ids, line_ids, message_ids, follower_ids = copy_text.take_ids(
            cr,
            {
                "account_move": count,
                "account_move_line": sum(len(request.kinds) for _shape, members in groups for request in members),
                "mail_message": sum(len(self._templates[shape].messages) * len(members) for shape, members in groups),
                "mail_followers": sum(
                    len(self._templates[shape].followers) * len(members) for shape, members in groups
                ),
            },
        )
        rows = defaultdict(list)
        for shape, members in groups:
            pattern = self._templates[shape]
            for request in members:
                number, name = self._numbers.take(request.index)
                identity = Identity(
                    next(move_ids), [next(line_ids) for _kind in request.kinds], name, self._prefixes[shape], number
                )
                self.move_ids[request.index] = identity.move_id
                self.rendered_ids.append(identity.move_id)
                self._names[identity.move_id] = name
                self.line_ids[request.index] = identity.line_ids[: len(request.lines)]
                rows["account_move"].append(self.renderer.move(request, pattern, identity))
                lines, taxes, tags = self.renderer.lines(request, pattern, identity)
                rows["account_move_line"] += lines
                rows[TAX_TABLE.name] += taxes
                rows[TAG_TABLE.name] += tags
                rows["mail_message"] += self.renderer.messages(
                    pattern, identity, [next(message_ids) for _row in pattern.messages]
                )
                followers, subtypes = self.renderer.followers(
                    pattern, identity, [next(follower_ids) for _row in pattern.followers]
                )
                rows["mail_followers"] += followers
                rows[SUBTYPE_TABLE.name] += subtypes
        self._write(rows)
        self._after([request for _shape, members in groups for request in members])
        self.rendered += count

    def _write(self, rows):
        cr = self.env.cr
        self.env.flush_all()
        with copy_text.checked_by_index(cr, len(rows["account_move"])):
            for table in TABLES:
                copy_text.write_rows(cr, table, self._schema[table], rows[table])
            for table, columns in (TAX_TABLE, TAG_TABLE, SUBTYPE_TABLE):
                copy_text.write_rows(cr, table, columns, rows[table])
        held = configuration.get_held(self.env)
        if held:
            held.note(self.env)
        self.env.invalidate_all(flush=False)
        if held:
            held.prime(self.env)
        name = self.env["account.move"]._fields["name"]
        for move_id, written in self._names.items():
            name._insert_cache(self.env["account.move"].browse(move_id), [written])

    def _after(self, requests):
        """What posting does beside the rows of the invoice."""
        moves = self.env["account.move"].browse(self._get_ids(requests))
        # made in this transaction: later changes in it are not tracked, as with any new record
        moves._track_discard()
        analytic = [
            self.line_ids[request.index]
            for request in requests
            if any(line.analytic for line in request.lines) or any(tax.kind.analytic for tax in request.amounts.taxes)
        ]
        if analytic:
            moves.browse(
                [self.move_ids[request.index] for request in requests if any(line.analytic for line in request.lines)]
            ).line_ids._create_analytic_lines()
        self._later.compute(moves)
        self._ask_constraints(moves)
        guard.notify_dependents(moves)
        self._raise_ranks(requests)  # the last: what is noted for after the commit stays, whatever fails

    def _ask_constraints(self, moves):
        """Ask the constraints that others have added and that the examples were asked."""
        for model, method in sorted(self._asked, key=lambda one: (one.model, one.method.__name__)):
            method(moves if model == "account.move" else moves.line_ids)

    def _raise_ranks(self, requests):
        """Count the invoices of each customer, as posting does: new ones at once, the others after the commit."""
        counts, unknown = Counter(), {}
        for request in requests:
            customer = request.customer
            counts.update(own := {customer.partner_id, customer.commercial_id})
            if not customer.is_known_customer:
                unknown.update(dict.fromkeys(own))
        partners = self.env["res.partner"].sudo().browse(counts)  # sudo: a mere count, as posting itself does
        new = partners.browse(unknown).filtered(lambda partner: not partner.customer_rank)
        _raise_ranks(new, counts)
        if old := partners - new:
            postcommit = self.env.cr.postcommit
            if _RANKS not in postcommit.data:
                postcommit.add(partial(_raise_ranks_later, self.env))
            postcommit.data.setdefault(_RANKS, Counter()).update(
                {partner_id: counts[partner_id] for partner_id in old._ids}
            )


_RANKS = "billing.invoice.writer.customer_rank"


def _raise_ranks(partners, counts):
    """Add to the rank of partners; those that come to the same rank are written together."""
    for rank, same in partners.grouped(lambda partner: partner.customer_rank + counts[partner.id]).items():
        same.customer_rank = rank


def _raise_ranks_later(env):
    """After the commit, and only if nobody else is at it: as Odoo does, a rank is not worth a failed invoice."""
    counts = env.cr.postcommit.data.pop(_RANKS)
    try:
        with env.registry.cursor() as cr:
            # a mere count, as posting itself keeps it; nothing that depends on a customer looks at it
            cr.execute(
                "UPDATE res_partner SET customer_rank = customer_rank + given.number,"
                " write_date = now() AT TIME ZONE 'UTC', write_uid = %s"
                " FROM unnest(%s, %s) given(id, number) WHERE res_partner.id = given.id",
                [env.uid, list(counts), list(counts.values())],
            )
    except psycopg2.OperationalError:
        _logger.debug("Cannot update partner ranks.")
