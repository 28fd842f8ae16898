"""Open every page of the app as the web client does, in a grown database, and say what each costs.

The data of a page is what the client asks for to draw it the first time: the records of a list with all its columns
and their number, those of a form with its lists, the groups of a pivot, the calls of Home. What the client remembers
between pages (views, menus, translations) is not counted.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from lxml import etree

from tests.performance.measure import Cost, Meter
from tests.performance.odoo_process import configure, environment
from tests.performance.page_table import Page

REPEATS = 3
COUNT_LIMIT = 10_001
LIMITS = {"list": 80, "kanban": 40}
X2MANY_LIMIT = 40
ODOO_PAGES = ("account.action_move_out_invoice_type",)  # beside them
# what people do with the list of accounts: a column to sort by, a filter, something typed into the search
SORTED = ("amount_due DESC", "amount_due ASC", "amount_overdue DESC", "amount_overdue ASC")
FILTERED = {
    "with overdue invoices": [("has_overdue", "=", True)],
    "found by a number": [("lookup", "=", "B777")],
    "found by a name": [("lookup", "=", "customer 777")],
}


# -- what the client asks for ------------------------------------------------------------------------------------------


def get_specification(arch, fields: dict, models: dict) -> dict:
    """Return what is read of each record of a view: all its fields, also those of columns that are hidden."""
    specification: dict = {}
    for node in _own_fields(arch):
        name = node.get("name")
        field = fields.get(name)
        if field is None:
            continue
        asked: dict = {}
        # a column that is always hidden is no other than a field that is
        always_hidden = {node.get("invisible"), node.get("column_invisible")} & {"True", "1"}
        if field["type"] in ("many2one", "reference"):
            asked["fields"] = {} if always_hidden else {"display_name": {}}
        elif field["type"] in ("one2many", "many2many") and not always_hidden:
            related = node.find("list")
            related = related if related is not None else node.find("kanban")
            if related is not None:
                asked["fields"] = get_specification(related, models[field["relation"]]["fields"], models)
                asked["limit"] = int(related.get("limit") or X2MANY_LIMIT)
                if related.get("default_order"):
                    asked["order"] = related.get("default_order")
            elif "tags" in (node.get("widget") or ""):
                asked["fields"] = {"display_name": {}}
        specification.setdefault(name, asked)
        if asked.get("fields"):
            specification[name] = asked
    return specification


def _own_fields(arch) -> Iterator:
    """Return the fields of a view, without those of the lists inside its fields and of its search panel."""
    for node in arch.iter("field"):
        if not any(above.tag in ("field", "groupby") for above in node.iterancestors()):
            yield node


def get_default_filters(search_arch, context: dict, evaluate: Callable) -> tuple[list, list[str]]:
    """Return the domain and the groupings of the filters that an action begins with.

    Filters that stand together between two separators widen each other.
    """
    from odoo.fields import Domain

    together: list[list] = [[]]
    groups: list[str] = []
    for node in search_arch.iter("filter", "separator", "group"):
        if node.tag != "filter":
            together.append([])
        elif context.get(f"search_default_{node.get('name')}"):
            if node.get("domain"):
                together[-1].append(Domain(evaluate(node.get("domain"))))
            if group := evaluate(node.get("context") or "{}").get("group_by"):
                groups.append(group)
    return list(Domain.AND(Domain.OR(domains) for domains in together if domains)), groups


class Client:
    """Opens pages for one user."""

    def __init__(self, env) -> None:
        self.env = env

    def get_pages(self) -> Iterator[tuple[str, Callable]]:
        """Return (name, what asks for its data) of every page that the menus of the app lead to."""
        yield "Home", self.env["res.company"].get_billing_home
        yield "Home, money", self.env["res.company"].get_billing_home_money
        menus = self.env["ir.ui.menu"].search([("id", "child_of", self.env.ref("online_billing.menu_root").id)])
        actions = [menu.action for menu in menus.sudo() if menu.action and menu.action._name == "ir.actions.act_window"]
        for action in actions:
            if action.target != "new" and self.env[action.res_model].has_access("read"):
                yield from self._get_pages_of(action, action.name)
        yield from self._get_uses_of_accounts()
        for xmlid in ODOO_PAGES:
            action = self.env.ref(xmlid).sudo()
            yield from self._get_pages_of(action, f"Odoo's {action.name}")

    def _evaluate(self, text: str):
        from odoo.tools.safe_eval import datetime, safe_eval, time

        names = {"uid": self.env.uid, "datetime": datetime, "time": time, "context_today": datetime.date.today}
        return safe_eval(text or "[]", names)

    def _get_pages_of(self, action, title: str) -> Iterator[tuple[str, Callable]]:
        context = self._evaluate(action.context or "{}")
        model = self.env[action.res_model].with_context(**context)
        views = [(view_id, kind) for view_id, kind in action.views if kind != "activity"]
        answer = model.get_views([*views, (action.search_view_id.id, "search")], {"action_id": action.id})
        archs = {kind: etree.fromstring(view["arch"]) for kind, view in answer["views"].items()}
        found = answer["models"]
        fields = found[action.res_model]["fields"]
        filters, groups = get_default_filters(archs["search"], context, self._evaluate)
        domain = [*self._evaluate(action.domain), *filters]
        for _view_id, kind in views:
            arch = archs[kind]
            open_view = getattr(self, f"_open_{kind}", None)
            if open_view:
                specification = get_specification(arch, fields, found)
                yield from open_view(f"{title}, {kind}", model, arch, domain, groups, specification)

    def _open_list(self, name, model, arch, domain, groups, specification):
        kind = arch.tag
        limit = int(arch.get("limit") or LIMITS[kind])
        order = arch.get("default_order")
        if groups:
            yield name, lambda: model.web_read_group(domain, groups[:1], ["__count"], limit=limit)
            return
        yield (
            name,
            lambda: model.web_search_read(domain, specification, order=order, limit=limit, count_limit=COUNT_LIMIT),
        )

    _open_kanban = _open_list

    def _get_uses_of_accounts(self) -> Iterator[tuple[str, Callable]]:
        model = self.env["billing.account"]
        answer = model.get_views([(False, "list")])
        arch = etree.fromstring(answer["views"]["list"]["arch"])
        specification = get_specification(arch, answer["models"][model._name]["fields"], answer["models"])
        uses = {f"sorted by {order}": ([], f"{order}, {arch.get('default_order')}") for order in SORTED}
        uses |= {title: (domain, arch.get("default_order")) for title, domain in FILTERED.items()}
        for title, (domain, order) in uses.items():
            yield (
                f"Accounts, list {title}",
                lambda domain=domain, order=order: model.web_search_read(
                    domain, specification, order=order, limit=LIMITS["list"], count_limit=COUNT_LIMIT
                ),
            )

    def _open_form(self, name, model, arch, domain, groups, specification):
        """Open the record with which the list begins, and the oldest one, on which most hangs here."""
        for title, order in (("newest", None), ("oldest", "id")):
            record = model.search(domain, order=order, limit=1)
            if record:
                yield f"{name} of the {title}", lambda record=record: record.web_read(specification)

    def _open_pivot(self, name, model, arch, domain, groups, specification):
        rows, columns = (
            [self._get_grouping(node) for node in arch.iter("field") if node.get("type") == place]
            for place in ("row", "col")
        )
        sets = [[*rows[:row], *columns[:column]] for row in range(len(rows) + 1) for column in range(len(columns) + 1)]
        measures = ["__count", *self._get_measures(model, arch)]
        yield name, lambda: model.formatted_read_grouping_sets(domain, sets, measures)

    def _open_graph(self, name, model, arch, domain, groups, specification):
        grouped = [self._get_grouping(node) for node in arch.iter("field") if node.get("type") != "measure"]
        hidden = {node.get("name") for node in arch.iter("field") if node.get("invisible") == "1"}
        grouped = [group for group in grouped if group.split(":")[0] not in hidden]
        filled = model.with_context(fill_temporal=True)
        measures = ["__count", *self._get_measures(model, arch)]
        yield name, lambda: filled.formatted_read_group(domain, grouped, measures)

    def _get_grouping(self, node) -> str:
        interval = node.get("interval")
        return f"{node.get('name')}:{interval}" if interval else node.get("name")

    def _get_measures(self, model, arch) -> list[str]:
        """Return the sums that are shown; the client asks for the currencies of a sum of money too."""
        measures = []
        for node in arch.iter("field"):
            field = model._fields[node.get("name")]
            if node.get("type") != "measure":
                continue
            measures.append(f"{field.name}:sum")
            if field.type == "monetary":
                currency = field.get_currency_field(model)
                measures += [f"{currency}:array_agg_distinct", f"{field.name}:sum_currency"]
        return measures


# -- what it costs -----------------------------------------------------------------------------------------------------


def _backend_milliseconds(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def measure(env, name: str, ask: Callable) -> Page:
    """Open a page some times as a new request each, and return what it costs once the server is warm."""
    env.cr.execute("SELECT pg_backend_pid()")
    [backend] = env.cr.fetchone()
    costs = []
    for _repeat in range(1 + REPEATS):
        env.cr.rollback()
        env.invalidate_all()
        before = _backend_milliseconds(backend)
        with Meter(env, Cost(name, 1)) as cost:
            answer = ask()
        costs.append((_backend_milliseconds(backend) - before, cost.statements, 1000 * cost.python_cpu))
    warm = sorted(costs[1:])[REPEATS // 2]
    size = len(json.dumps(answer, default=str)) / 1024
    return Page(name, warm[1], round(warm[0], 1), round(warm[2], 1), round(size, 1))


def make_user(env):
    """Make a manager with the rights of the app alone."""
    from odoo.fields import Command

    group = env.ref("online_billing.group_billing_manager")
    values = {"name": "Reader", "login": "page_reader", "group_ids": [Command.link(group.id)]}
    return env["res.users"].with_context(no_reset_password=True).create(values)


def open_all(env, only: str = "") -> list[Page]:
    """Open all pages for a manager."""
    user = env["res.users"].search([("login", "=", "page_reader")])
    own = env(user=user, su=False, context={"lang": "en_US", "tz": "UTC", "allowed_company_ids": env.company.ids})
    return [measure(own, name, ask) for name, ask in Client(own).get_pages() if only.lower() in name.lower()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("act", choices=("prepare", "open"))
    parser.add_argument("database")
    parser.add_argument("count", type=int)
    parser.add_argument("--only", default="", help="pages whose name contains this")
    arguments = parser.parse_args()
    configure(arguments.database)
    with environment(arguments.database) as env:
        if arguments.act == "prepare":
            from tests.performance.grown import Grown

            make_user(env)
            Grown(env).make(arguments.count)
        else:
            json.dump([asdict(page) for page in open_all(env, arguments.only)], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
