"""What Odoo is set up to do: looked at by one statement, and what was read of it kept while that says the same."""

from collections import deque
from contextlib import contextmanager
from typing import NamedTuple

from odoo.http import request
from odoo.tools import SQL

from ..shared.prepared import execute_prepared
from .configuration_query import OF_OTHERS, get_query

# Models of which a row that was read stays in the process: those of the tables that are looked at, and the rows
# named beside them.
_WHOLE = (
    "account.analytic.plan",
    "account.fiscal.position",
    "account.fiscal.position.account",
    "account.journal",
    "account.payment.term",
    "account.payment.term.line",
    "account.tax",
    "account.tax.repartition.line",
    "product.category",
    "res.company",
    "res.currency",
    "uom.uom",
)
_PRODUCTS = ("product.product", "product.template")
# values that are one object for everybody who reads them
_CHANGEABLE = frozenset({"json", "properties", "properties_definition", "binary", "serialized"})
# so many products are remembered for whoever bills; and so often what was read is added to
_MOST_PRODUCTS, _MOST_LESSONS = 50, 4
# where more is answered than this, somebody bills in ever new ways: it is begun again
_MOST_ANSWERS = 2000

_HELD = "billing_configuration"


class Fingerprint(NamedTuple):
    """What changes with the configuration: how many rows there are, and who wrote them last.

    Whatever is written gets another place in its table, and mostly another number of its transaction: of several
    changes in one transaction each is seen, and so is one that is taken back.

    :ivar registry: of the models as they are; another object once they have changed
    :ivar general: of all companies
    :ivar accounts: by the id of a company, of its chart of accounts, which may be that of companies above
    :ivar products: by the id of a product
    """

    registry: object
    general: frozenset
    accounts: dict
    products: dict

    def of(self, company_id):
        """Return what has to stay the same for the invoices of a company."""
        return (self.registry, self.general, self.accounts.get(company_id))


def look(env, company_ids, product_ids=()):
    """Return the :class:`Fingerprint` of some companies and products, by one statement; what is pending is written."""
    env.flush_all()
    general, accounts, products = [], {}, {}
    asked = (sorted(company_ids), sorted(product_ids), env.uid)
    # planning it takes several times as long as doing it
    others = tuple(env[name]._table for name in OF_OTHERS if name in env)
    for name, row_id, *row in execute_prepared(env, "billing_configuration", get_query(others), asked):
        if name == "accounts":
            accounts[row_id] = tuple(row)
        elif name == "products":
            products[row_id] = tuple(row)
        else:
            general.append((name, *row))
    return Fingerprint(_get_models(env.registry), frozenset(general), accounts, products)


def _get_models(registry):
    """Return an object that stands for the models of a registry, and another one when they are set up anew."""
    triggers = registry._field_triggers
    known = _MODELS.get(registry.db_name)
    if not known or known[0] is not registry or known[1] is not triggers:
        known = _MODELS[registry.db_name] = (registry, triggers, object())
    return known[2]


_MODELS = {}


def get_key(env):
    """Return who bills in which way: what is learned is not for somebody else (language, chatter)."""
    context = {name: value for name, value in env.context.items() if name != "billing_number_blocks"}
    # a campaign of the visitor's browser goes into documents that are made for them
    cookies = request.httprequest.cookies if request else {}
    campaign = sorted(item for item in cookies.items() if item[0].startswith("odoo_utm"))
    return (env.registry.db_name, env.uid, env.su, repr(sorted(context.items())), repr(campaign))


class Memory:
    """What was read and answered while the configuration has been the same, for one who bills.

    :ivar look: the :class:`Fingerprint` that it holds for
    :ivar answers: plain values by question
    :ivar rows: by field what Odoo's cache holds of the configuration
    :ivar products: the same of products
    :ivar lessons: how often something was added
    """

    def __init__(self, seen):
        self.seen = seen
        self.answers, self.rows, self.products, self.lessons = {}, {}, {}, 0


class Memories:
    """The memories of this process."""

    LIMIT = 32

    def __init__(self):
        self._by_key = {}

    def get(self, key):
        return self._by_key.get(key)

    def put(self, key, memory):
        if key not in self._by_key and len(self._by_key) >= self.LIMIT:
            self._by_key.clear()
        self._by_key[key] = memory

    def clear(self):
        self._by_key.clear()


MEMORIES = Memories()


class Held:
    """The configuration as one transaction sees it while it makes invoices, from one look at it."""

    def __init__(self, env, company_ids):
        self.uid, self.company_ids = env.uid, frozenset(company_ids)
        self._key = (get_key(env), self.company_ids)
        known = MEMORIES.get(self._key)
        self.seen = look(env, company_ids, known.seen.products if known else ())
        if not known or not self._is_same(known.seen):
            known = Memory(self.seen)
        elif known.seen.products != self.seen.products:
            known.products, known.seen = {}, self.seen
        self._memory = known
        self._read, self._read_products = {}, {}
        self.prime(env)

    def _is_same(self, seen):
        return self.seen.registry == seen.registry and self.seen[1:3] == seen[1:3]

    def once(self, question, ask, product_id=0):
        """Return the answer to a question, asked once as long as the configuration stays the same.

        :param question: all that the answer depends on, beside the tables that are looked at
        :param ask: returns a plain value
        :param int product_id: of the product that the answer depends on too; asked each time where it is not looked at
        """
        if product_id:
            version = self.seen.products.get(product_id)
            if not version:
                return ask()
            question = (question, product_id, version)
        answers = self._memory.answers
        if question not in answers:
            if len(answers) >= _MOST_ANSWERS:
                answers.clear()
            answers[question] = ask()
        return answers[question]

    def prime(self, env):
        """Put into Odoo's cache what was read of the configuration before; what is there already stays."""
        for rows in (self._memory.rows, self._memory.products):
            for field, found in rows.items():
                cache = env.transaction.field_data[field]
                if field not in env._field_depends_context:
                    _add(cache, found)
                    continue
                for key, values in found.items():
                    _add(cache.setdefault(key, {}), values)

    def note(self, env):
        """Note what Odoo's cache holds of the configuration, as long as there is something to learn."""
        is_full = len(self.seen.products) >= _MOST_PRODUCTS
        if self._memory.lessons >= _MOST_LESSONS and (is_full or not self._get_new_products(env)):
            return
        for name, ids in self._get_rows(env):
            rows = self._read_products if name in _PRODUCTS else self._read
            for field in _get_fields(env, name):
                found = env.transaction.field_data.get(field)
                if not found or env._field_dirty.get(field):
                    continue
                if field not in env._field_depends_context:
                    _add(rows.setdefault(field, {}), _pick(found, ids))
                    continue
                for key, values in found.items():
                    _add(rows.setdefault(field, {}).setdefault(key, {}), _pick(values, ids))

    def learn(self, env):
        """Keep what was noted for the next transaction, if nothing has changed meanwhile."""
        self.note(env)
        if not self._read and not self._read_products:
            return
        templates = self._get_templates(env)
        known = set(self.seen.products)
        product_ids = known.union(sorted(templates.keys() - known)[: max(_MOST_PRODUCTS - len(known), 0)])
        seen = look(env, self.company_ids, product_ids)
        if not self._is_same(seen):
            return
        memory = self._memory
        if any(seen.products.get(product_id) != version for product_id, version in self.seen.products.items()):
            memory.products, self._read_products = {}, {}
        # another thread, whose transaction began earlier, may have put down what was before
        before = memory.seen.products
        if any(before.get(product_id, version) != version for product_id, version in seen.products.items()):
            memory.products = {}
        # of what is looked at alone
        looked_at = {
            "product.product": product_ids,
            "product.template": {template for product, template in templates.items() if product in product_ids},
        }
        for rows, read in ((memory.rows, self._read), (memory.products, self._read_products)):
            for field, found in read.items():
                ids = looked_at.get(field.model_name)
                if field in env._field_depends_context:
                    for key, values in found.items():
                        _add(rows.setdefault(field, {}).setdefault(key, {}), _pick(values, ids))
                else:
                    _add(rows.setdefault(field, {}), _pick(found, ids))
        memory.seen, memory.lessons = seen, memory.lessons + 1
        self._read, self._read_products = {}, {}
        MEMORIES.put(self._key, memory)

    def _get_rows(self, env):
        """Return (model, ids of the rows that the fingerprint looks at; None for all)."""
        account_ids = {
            row_id
            for [row_id] in env.execute_query(
                SQL(
                    """SELECT rel.account_account_id FROM res_company own
                         JOIN res_company above ON starts_with(own.parent_path, above.parent_path)
                         JOIN account_account_res_company_rel rel ON rel.res_company_id = above.id
                        WHERE own.id = ANY(%s)""",
                    sorted(self.company_ids),
                )
            )
        }
        companies = env["res.company"].sudo().search([])  # sudo: companies above
        # the user is the author of what is noted in chatters
        partner_ids = {*companies.partner_id.ids, *env.user.partner_id.ids}
        yield from ((name, None) for name in _WHOLE)
        yield from (("account.account", account_ids), ("res.partner", partner_ids), ("res.users", {env.uid}))
        yield from ((name, None) for name in _PRODUCTS)

    def _get_templates(self, env):
        """Return {id of a product: id of its template} of what was noted."""
        return self._read_products.get(env["product.product"]._fields["product_tmpl_id"], {})

    def _get_new_products(self, env):
        """Return the ids of products that were read and are not looked at yet."""
        field = env["product.product"]._fields["product_tmpl_id"]
        return set(env.transaction.field_data.get(field, ())) - self.seen.products.keys()


def _get_fields(env, name):
    """The fields of a model that say nothing beside the rows that are looked at."""
    for field in env[name]._fields.values():
        if not field.store or field.type in _CHANGEABLE or field.translate:
            continue
        # columns alone: which rows a relation holds depends on who has read it, in the same transaction too
        if field.column_type:
            yield field


def _pick(values, ids):
    """Rows of the database among those of a cache."""
    return {row_id: value for row_id, value in values.items() if row_id and (ids is None or row_id in ids)}


def _add(cache, values):
    if cache:
        deque(map(cache.setdefault, values, values.values()), maxlen=0)
    else:
        cache.update(values)


@contextmanager
def held(env, company_ids):
    """Look at the configuration once, and let the body rely on it.

    For work that changes no configuration. When a savepoint within it is rolled back, nobody relies on it any more.

    :param company_ids: of those whose invoices may be made
    """
    cache = env.cr.cache
    outer = get_held(env)
    if outer and outer.company_ids.issuperset(company_ids):
        yield
        return
    before = cache.get(_HELD)
    cache[_HELD] = Held(env, company_ids)
    try:
        yield
    finally:
        if cache.pop(_HELD, None) and before:
            cache[_HELD] = before


def get_held(env):
    """Return the :class:`Held` configuration of this transaction, if this user has looked at it; else None."""
    found = env.cr.cache.get(_HELD)
    return found if found and found.uid == env.uid else None


def once(env, question, ask, product_id=0):
    """Ask a question about the configuration, and a product; once only where it is held."""
    found = get_held(env)
    return found.once(question, ask, product_id) if found else ask()
