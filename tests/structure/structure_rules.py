"""The rules of the house about who may know whom, each as a search for what breaks it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from structure_sources import ADDON, Source, get_aliases, get_called_model, get_services, is_own, walk_calls

# Odoo calls these by name
CALLED_BY_ODOO = {"init"}
# methods of Odoo's records that services have under the same name
OF_ODOO = {"_trigger"}
NUMBERS = "services/shared/numbers.py"
EXACT_NUMBERS = {"Decimal", "Fraction"}


def find_circles(sources: Iterable[Source]) -> list[list[str]]:
    """Return each group of services that need one another, by what they call and by what they import.

    A file without a service of its own counts under its own name; one that extends a service, under the service's.
    """
    return _get_circles(get_dependencies(sources))


def get_dependencies(sources: Iterable[Source]) -> dict[str, set[str]]:
    """Return {service or plain file: those that it calls or imports}."""
    sources = [source for source in sources if source.layer == "services"]
    services = get_services(sources)
    owner = {
        source.name: next((model.name for model in source.models if model.name in services), source.name)
        for source in sources
    }
    graph: dict[str, set[str]] = {name: set() for name in owner.values()}
    for source in sources:
        wanted = {owner[file] for file, _name in source.imports if file in owner}
        for node in ast.walk(source.tree):
            model = get_called_model(node, {})
            if model in services:
                wanted.add(model)
        graph[owner[source.name]] |= wanted - {owner[source.name]}
    return graph


def find_calls_of_internals(sources: Iterable[Source]) -> Iterator[str]:
    """Yield what calls or imports something of a service that begins with an underscore and is not its own."""
    sources = list(sources)
    services = get_services(sources)
    internal = {name for methods in services.values() for name in methods if _is_internal(name)}
    elsewhere = {
        method.name
        for source in sources
        if source.layer != "services"
        for model in source.models
        for method in model.methods
    }
    owners = {source.name: {model.name for model in source.models} for source in sources}
    for source in sources:
        aliases = get_aliases(source.tree)
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Attribute) or not _is_internal(node.attr) or is_own(node.value):
                continue
            model = get_called_model(node.value, aliases)
            if model in services and model not in owners[source.name]:
                yield f"{source.name}:{node.lineno} {model}.{node.attr}"
            elif not model and node.attr in internal - elsewhere - OF_ODOO:
                yield f"{source.name}:{node.lineno} {node.attr}"
        for file, name in source.imports:
            other = owners.get(file, set())
            if file.startswith("services/") and _is_internal(name) and not (other and other & owners[source.name]):
                yield f"{source.name} imports {name} of {file}"


def get_engine_values() -> set[str]:
    """Return the classes of values that the engine exports: all but errors and lists of words."""
    exported = {
        alias.asname or alias.name
        for node in ast.parse((ADDON / "engine" / "__init__.py").read_text()).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    found = set()
    for file in (ADDON / "engine").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef) and not any(
                getattr(base, "id", getattr(base, "attr", "")).endswith(("Enum", "Error")) for base in node.bases
            ):
                found.add(node.name)
    return exported & found


def find_engine_values(sources: Iterable[Source], values: set[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (file, function, class) of engine values that are made outside the files named ``terms.py``."""
    for source in sources:
        if PurePosixPath(source.name).name == "terms.py":
            continue
        taken = {name for file, name in source.imports if file.startswith("engine/")}
        for name, node in walk_calls(source):
            if name in values & taken:
                yield source.name, source.get_function(node), name


def find_second_names(sources: Iterable[Source]) -> Iterator[str]:
    """Yield the files that hold more than one model."""
    for source in sources:
        if len(source.models) > 1:
            yield f"{source.name}: {', '.join(model.name for model in source.models)}"


def find_taken_names(sources: Iterable[Source]) -> Iterator[str]:
    """Yield the models that two files make under one name: the later one takes the place of the other unseen."""
    makers: dict[str, list[str]] = {}
    for source in sources:
        for model in source.models:
            if model.own_name and model.own_name != model.inherited:
                makers.setdefault(model.own_name, []).append(source.name)
    yield from (f"{name}: {', '.join(files)}" for name, files in makers.items() if len(files) > 1)


def find_open_entry_points(sources: Iterable[Source]) -> Iterator[str]:
    """Yield the methods of services that programs could call from outside: no underscore and no ``@api.private``."""
    sources = [source for source in sources if source.layer == "services"]
    services = get_services(sources)
    for source in sources:
        for model in source.models:
            for method in model.methods if model.name in services else ():
                if method.name.startswith("_") or method.name in CALLED_BY_ODOO:
                    continue
                if "private" not in {getattr(decorator, "attr", "") for decorator in method.decorator_list}:
                    yield f"{source.name}:{method.lineno} {model.name}.{method.name}"


def find_conversions(sources: Iterable[Source]) -> Iterator[tuple[str, str, str]]:
    """Yield (file, function, word) of numbers that cross between floats and exact ones outside the one file for it.

    A constant such as ``Decimal(0)`` crosses nothing.
    """
    for source in sources:
        if source.layer != "services" or source.name == NUMBERS:
            continue
        for name, node in walk_calls(source):
            constant = node.args and all(isinstance(argument, ast.Constant) for argument in node.args)
            if name in EXACT_NUMBERS | {"float"} and not constant:
                yield source.name, source.get_function(node), name


def _is_internal(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _get_circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of a graph in which each reaches each other (Tarjan 1972)."""
    place: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    circles: list[list[str]] = []

    def visit(name: str) -> None:
        place[name] = lowest[name] = len(place)
        path.append(name)
        for other in sorted(graph.get(name, ())):
            if other not in place:
                visit(other)
                lowest[name] = min(lowest[name], lowest[other])
            elif other in path:
                lowest[name] = min(lowest[name], place[other])
        if lowest[name] == place[name]:
            group = path[path.index(name) :]
            del path[path.index(name) :]
            if len(group) > 1:
                circles.append(sorted(group))

    for name in sorted(graph):
        if name not in place:
            visit(name)
    return sorted(circles)
