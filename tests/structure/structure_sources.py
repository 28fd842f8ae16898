"""The sources of the addon, read and not run: what a file defines, what it imports, and whom it calls."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from tools import paths

ADDON = paths.PROJECT / "online_billing"
LAYERS = ("models", "services", "wizards", "controllers")
# what answers the same model again
SAME_MODEL = {"sudo", "with_context", "with_company", "with_user", "with_env", "browse"}


@dataclass(frozen=True)
class Source:
    """One Python file of the addon, under its name below the addon's folder."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def layer(self) -> str:
        return self.name.partition("/")[0]

    @cached_property
    def models(self) -> list[Model]:
        """The Odoo models that the file makes or extends."""
        return [Model(node) for node in self.tree.body if isinstance(node, ast.ClassDef) and Model(node).name]

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def get_function(self, node: ast.AST) -> str:
        """Return the name of the function that ``node`` stands in, or of nothing at the top of the file."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, ast.FunctionDef):
                return node.name
        return ""

    @cached_property
    def imports(self) -> list[tuple[str, str]]:
        """Each import from the addon as (file below the addon, name); the name is empty for a whole module."""
        folder = self.name.split("/")[:-1]
        found = []
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.ImportFrom) or not node.level:
                continue
            base = folder[: len(folder) - node.level + 1] + (node.module.split(".") if node.module else [])
            for alias in node.names:
                module = "/".join([*base, alias.name]) + ".py"
                if (ADDON / module).is_file():
                    found.append((module, ""))
                else:
                    package = "/".join(base)
                    file = f"{package}/__init__.py" if (ADDON / package).is_dir() else f"{package}.py"
                    found.append((file, alias.name))
        return found


class Model:
    """One class of a file that is an Odoo model."""

    def __init__(self, node: ast.ClassDef):
        self.node = node
        self.own_name = self._get("_name")
        self.inherited = self._get("_inherit")
        self.name = self.own_name or self.inherited
        self.abstract = any(isinstance(base, ast.Attribute) and base.attr == "AbstractModel" for base in node.bases)

    def _get(self, attribute: str) -> str:
        for line in self.node.body:
            if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") == attribute:
                value = line.value.elts[0] if isinstance(line.value, (ast.List, ast.Tuple)) else line.value
                return value.value if isinstance(value, ast.Constant) else ""
        return ""

    @property
    def methods(self) -> list[ast.FunctionDef]:
        return [line for line in self.node.body if isinstance(line, ast.FunctionDef)]


def read_addon(*layers: str) -> list[Source]:
    """Return the sources of some layers of the addon, of all four unless named."""
    return [
        Source(file.relative_to(ADDON).as_posix(), file.read_text(encoding="utf-8"))
        for layer in layers or LAYERS
        for file in sorted((ADDON / layer).rglob("*.py"))
        if file.name != "__init__.py"
    ]


def get_services(sources: Iterable[Source]) -> dict[str, set[str]]:
    """Return {technical name of a service: its methods}, with those of files that extend it."""
    sources = [source for source in sources if source.layer == "services"]
    services = {model.own_name: set() for source in sources for model in source.models if model.own_name}
    for source in sources:
        for model in source.models:
            if model.name in services:
                services[model.name] |= {method.name for method in model.methods}
    return services


def get_called_model(node: ast.AST, aliases: dict[str, str]) -> str:
    """Return the model that an expression such as ``self.env["x"].sudo()`` stands for; nothing where that is open."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
        return str(node.slice.value) if owner == "env" else ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SAME_MODEL:
        return get_called_model(node.func.value, aliases)
    if isinstance(node, ast.Name):
        return aliases.get(node.id, "")
    return ""


def get_aliases(tree: ast.AST) -> dict[str, str]:
    """Return {variable: model} of what a piece of code assigns from ``env["x"]``; "self" for the object itself."""
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            model = "self" if is_own(node.value) else get_called_model(node.value, aliases)
            if model:
                aliases[node.targets[0].id] = model
    return aliases


def is_own(node: ast.AST) -> bool:
    """Return whether an expression is the object itself: ``self``, ``super()``, ``self.sudo()``."""
    if isinstance(node, ast.Name):
        return node.id in {"self", "cls"}
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name):
            return node.func.id == "super"
        return isinstance(node.func, ast.Attribute) and node.func.attr in SAME_MODEL and is_own(node.func.value)
    return False


def walk_calls(source: Source) -> Iterator[tuple[str, ast.Call]]:
    """Yield each call of a plain name, as (name, call)."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node
