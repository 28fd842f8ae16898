"""``make pages``: the table of entry points in the page of each folder of services, from the docstrings as they are.

Everything else on these pages is written by hand.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from . import paths
from .steps import main, note

SERVICES = paths.PROJECT / "online_billing" / "services"
HEADING = "## Entry points"
HEAD = ("| entry point | what it does |", "|---|---|")
# Odoo calls these by name
CALLED_BY_ODOO = {"init"}


def get_pages() -> list[Path]:
    """Return the page of each folder of services, whether it is written yet or not."""
    return sorted(folder / "README.md" for folder in SERVICES.iterdir() if (folder / "__init__.py").is_file())


def get_entry_points(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (how it is called, first sentence of what it does) for what the services of a folder offer."""
    for file in sorted(folder.glob("*.py")):
        for node in ast.parse(file.read_text()).body:
            if not isinstance(node, ast.ClassDef):
                continue
            name = _get_model(node)
            for method in node.body if name.startswith("billing.") else ():
                if isinstance(method, ast.FunctionDef) and not method.name.startswith("_"):
                    if method.name in CALLED_BY_ODOO:
                        continue
                    arguments = ", ".join(argument.arg for argument in method.args.args[1:])
                    yield f"{name}.{method.name}({arguments})", _get_sentence(method)


def write_table(page: Path) -> str:
    """Return the text of a page with the table of its folder as the code has it.

    :raise ValueError: the page has no place for it
    """
    before, heading, rest = page.read_text().partition(f"{HEADING}\n")
    if not heading:
        raise ValueError(f"{page} has no heading “{HEADING}”")
    _old, mark, after = rest.partition("\n## ")
    rows = [f"| `{call}` | {sentence} |" for call, sentence in get_entry_points(page.parent)]
    table = [*HEAD, *rows] if rows else ["None: what is here is imported by the others."]
    return f"{before}{heading}\n" + "\n".join(table) + (f"\n{mark}{after}" if mark else "\n")


def _get_model(node: ast.ClassDef) -> str:
    for wanted in ("_name", "_inherit"):
        for line in node.body:
            if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") == wanted:
                return line.value.value if isinstance(line.value, ast.Constant) else ""
    return ""


def _get_sentence(method: ast.FunctionDef) -> str:
    text = (ast.get_docstring(method) or "").split("\n\n")[0]
    sentence = " ".join(text.split()).replace("|", r"\|")
    return sentence.removesuffix(".") or method.name.replace("_", " ")


def pages() -> int:
    """Write all tables anew."""
    for page in get_pages():
        text = write_table(page)
        if text != page.read_text():
            page.write_text(text)
            note(f"{page.relative_to(paths.PROJECT)} is up to date now")
    return 0


if __name__ == "__main__":
    main(pages)
