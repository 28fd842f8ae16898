"""``make picture``: ``docs/models.svg``, the models of the addon and their ties, as the registry has them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape

from . import paths
from .database import addons_template, shell
from .environment import set_up
from .postgres import Cluster
from .steps import main, note

TARGET = paths.PROJECT / "docs" / "models.svg"
# the way of a thing that is billed, from left to right; a domain that is not named here stands in the last column
COLUMNS = (
    ("catalogue",),
    ("accounts", "subscriptions"),
    ("charges", "billing"),
    ("odoo", "receivables", "payments"),
    ("installments", "late_fees"),
    ("collection", "delivery"),
)
COLORS = ("#1f4e79", "#7a3e9d", "#2e7d32", "#555555", "#b35900", "#9c2742")
WIDTH, ROW, HEAD, GAP, SPACE, MARGIN = 232, 22, 30, 26, 92, 24
STYLE = 'font-family="sans-serif" font-size="12"'
# Each model with its domain, and each of its many2one fields that is stored and leads to one of ours or a named one.
SCRIPT = """
import json
ODOO = ("res.partner", "account.move", "account.move.line", "account.payment", "product.product")
own = {name: model for name, model in env.items() if name.startswith("billing.") and model._auto
       and not model._abstract and not model._transient}
found = {}
for name in [*own, *ODOO]:
    model = env[name]
    places = [parent.__module__.split(".") for parent in type(model).__mro__ if getattr(parent, "_name", "") == name
              and parent.__module__.startswith("odoo.addons.online_billing")]
    ties = sorted({field.comodel_name for field in model._fields.values()
                   if field.type == "many2one" and field.store and field.comodel_name in own | dict.fromkeys(ODOO)
                   and field.comodel_name != name and (name in own or field.comodel_name in own)})
    found[name] = {"domain": places[-1][4] if name in own else "odoo", "title": model._description, "ties": ties}
print("MODELS", json.dumps(found))
"""


def draw(models: Mapping[str, Mapping]) -> str:
    """Return the SVG of ``{model: {"domain", "title", "ties": [model, ...]}}``."""
    places, panels, height = _lay_out(models)
    width = MARGIN + len(COLUMNS) * (WIDTH + SPACE)
    ties = [
        _draw_tie(name, other, places, COLORS[places[name][2]])
        for name, model in sorted(models.items())
        for other in model["ties"]
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {STYLE}>',
            "<title>The models of Online Billing and their ties</title>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            # what passes a panel passes behind it
            *ties,
            *panels,
            *(_draw_model(name, models[name]["title"], places[name]) for name in sorted(models)),
            "</svg>\n",
        ]
    )


def _lay_out(models: Mapping[str, Mapping]) -> tuple[dict[str, tuple[int, int, int]], list[str], int]:
    """Return where each model stands (left, top, column), the panels of the domains, and the height of it all."""
    named = {domain for column in COLUMNS for domain in column}
    rest = sorted({model["domain"] for model in models.values()} - named)
    places, panels, height = {}, [], 0
    for number, column in enumerate(COLUMNS):
        left, top = MARGIN + number * (WIDTH + SPACE), MARGIN
        for domain in (*column, *(rest if number == len(COLUMNS) - 1 else ())):
            own = sorted(name for name, model in models.items() if model["domain"] == domain)
            if not own:
                continue
            panels.append(_draw_panel(domain, left, top, HEAD + len(own) * ROW + 8, COLORS[number]))
            for place, name in enumerate(own):
                places[name] = (left, top + HEAD + place * ROW, number)
            top += HEAD + len(own) * ROW + 8 + GAP
        height = max(height, top)
    return places, panels, height - GAP + MARGIN


def _draw_panel(domain: str, left: int, top: int, height: int, color: str) -> str:
    title = "Odoo" if domain == "odoo" else domain.replace("_", " ")
    return (
        f'<rect x="{left}" y="{top}" width="{WIDTH}" height="{height}" rx="6" fill="#ffffff" '
        f'stroke="{color}"/>\n'
        f'<text x="{left + 10}" y="{top + 20}" font-weight="bold" font-size="14" fill="{color}">{escape(title)}</text>'
    )


def _draw_model(name: str, title: str, place: tuple[int, int, int]) -> str:
    left, top, _column = place
    return f'<text x="{left + 10}" y="{top + 15}" fill="#222222"><title>{escape(title)}</title>{escape(name)}</text>'


def _draw_tie(name: str, other: str, places: Mapping[str, tuple[int, int, int]], color: str) -> str:
    """Draw a line from a model to one that it names; its arrow points at the one that is named."""
    (left, top, column), (other_left, other_top, other_column) = places[name], places[other]
    start, end = top + ROW // 2, other_top + ROW // 2
    if column == other_column:
        # around the outside, the farther apart the wider
        edge = left + WIDTH
        reach = edge + 12 + min(abs(end - start) // 5, SPACE // 2 - 8)
        path, tip = f"M{edge} {start} C{reach} {start} {reach} {end} {edge + 5} {end}", (edge, -1)
    elif column < other_column:
        begin, finish = left + WIDTH, other_left
        path, tip = _curve(begin, start, finish - 5, end), (finish, 1)
    else:
        begin, finish = left, other_left + WIDTH
        path, tip = _curve(begin, start, finish + 5, end), (finish, -1)
    at, side = tip
    arrow = f"M{at} {end} l{-6 * side} -3 v6 z"
    return (
        f'<g><title>{escape(name)} names {escape(other)}</title><path d="{path}" fill="none" stroke="{color}" '
        f'stroke-opacity="0.45"/><path d="{arrow}" fill="{color}"/></g>'
    )


def _curve(begin: int, start: int, finish: int, end: int) -> str:
    bend = SPACE // 2 if finish > begin else -SPACE // 2
    return f"M{begin} {start} C{begin + bend} {start} {finish - bend} {end} {finish} {end}"


def read_models(lines: Iterable[str]) -> dict[str, dict]:
    """Return what the script in the Odoo shell has printed."""
    [found] = [line for line in lines if line.startswith("MODELS ")]
    return json.loads(found.removeprefix("MODELS "))


def picture() -> int:
    """Draw the picture anew."""
    set_up()
    with Cluster("test").use() as server:
        printed = shell(server, addons_template(server), SCRIPT, cannot="Cannot read the models")
    TARGET.write_text(draw(read_models(printed.splitlines())))
    note(f"drawn: {TARGET.relative_to(paths.PROJECT)}")
    return 0


if __name__ == "__main__":
    main(picture)
