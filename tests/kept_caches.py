"""A plugin of pytest: a test finds what Odoo has cached before it, but for what a test has changed.

Odoo's own test cases forget all caches of the registry after each test and each class. Routes, compiled templates,
views, rights and settings are then found out anew, which takes longer than many a test itself. A process that serves
customers forgets a cache when somebody changes what it is about, and so does this: after a test goes what was
invalidated in it, after a class what was invalidated since it began. All else was read from rows that are there before
and after.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from functools import wraps
from unittest.mock import patch

import pytest
from odoo.orm.registry import _CACHES_BY_KEY, Registry
from odoo.tests.common import TransactionCase
from odoo.tools.translate import TranslationImporter

EVERY = tuple(_CACHES_BY_KEY)
# which caches were invalidated since the class, and since the test, has begun
_in_class: set[str] = set()
_in_test: set[str] = set()


def pytest_configure() -> None:
    Registry.clear_cache = _watch(Registry.clear_cache)
    Registry.clear_all_caches = _watch_all(Registry.clear_all_caches)
    TranslationImporter.save = _watch_all(TranslationImporter.save)
    TransactionCase.setUpClass = classmethod(_begin_class(TransactionCase.setUpClass.__func__))
    TransactionCase.setUp = _begin_test(TransactionCase.setUp)


def _note(*names: str) -> None:
    for invalidated in (_in_class, _in_test):
        invalidated.update(names)


def _watch(clear_cache: Callable) -> Callable:
    @wraps(clear_cache)
    def watched(self, *names):
        _note(*(names or ("default",)))
        clear_cache(self, *names)

    return watched


def _watch_all(change: Callable) -> Callable:
    """Note everything as invalidated: what is changed goes past what Odoo forgets for it."""

    @wraps(change)
    def watched(self, *arguments, **options):
        _note(*EVERY)
        return change(self, *arguments, **options)

    return watched


def _forget(registry: Registry, invalidated: set[str], marked: frozenset[str] = frozenset()) -> Callable[[], None]:
    """Return what takes the place of forgetting everything: what has been filled since by rows that are gone now.

    :param marked: what Odoo had marked before; what it marks meanwhile, as for new external ids, is forgotten too
    """

    def forget():
        if names := {*invalidated, *(registry.cache_invalidated - marked)}:
            registry.clear_cache(*sorted(names))

    return forget


def _leave(cls: type) -> None:
    if registry := getattr(cls, "registry", None):
        vars(registry).pop("clear_all_caches", None)


def _begin_class(set_up_class: Callable) -> Callable:
    @wraps(set_up_class)
    def begin(cls):
        _in_class.clear()

        def keep():
            # who has changed models or fields keeps nothing
            if not cls.registry.registry_invalidated and cls.registry_start_sequence == cls.registry.registry_sequence:
                # what is marked Odoo itself forgets then
                cls.registry.clear_all_caches = _forget(cls.registry, _in_class, frozenset(EVERY))

        cls.addClassCleanup(_leave, cls)
        set_up_class(cls)
        # pages are kept by the name of their language, and nobody forgets them when it comes or goes
        languages = type(cls.env["res.lang"])  # which is another one once models are set up anew
        for name in ("create", "write"):
            change = getattr(languages, name)
            if not getattr(change, "is_watched", False):
                watched = _watch_all(change)
                watched.is_watched = True
                setattr(languages, name, watched)
        cls.addClassCleanup(keep)  # right before Odoo forgets

    return begin


def _begin_test(set_up: Callable) -> Callable:
    @wraps(set_up)
    def begin(self):
        _in_test.clear()
        # Odoo lays the method by for the end of the test
        marked = frozenset(self.registry.cache_invalidated)
        with patch.object(self.registry, "clear_all_caches", _forget(self.registry, _in_test, marked)):
            set_up(self)

    return begin


@pytest.fixture(scope="session", autouse=True)
def _registry_is_no_garbage(load_registry) -> Iterator[None]:
    """Keep models and fields, which live as long as the process, from being looked through for garbage."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
