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
from odoo.orm.registry import Registry
from odoo.tests.common import TransactionCase

# which caches were invalidated since the class, and since the test, has begun
_in_class: set[str] = set()
_in_test: set[str] = set()


def pytest_configure() -> None:
    Registry.clear_cache = _watch(Registry.clear_cache)
    TransactionCase.setUpClass = classmethod(_begin_class(TransactionCase.setUpClass.__func__))
    TransactionCase.setUp = _begin_test(TransactionCase.setUp)


def _watch(clear_cache: Callable) -> Callable:
    @wraps(clear_cache)
    def watched(self, *names):
        for invalidated in (_in_class, _in_test):
            invalidated.update(names or ("default",))
        clear_cache(self, *names)

    return watched


def _forget(registry: Registry, invalidated: set[str]) -> Callable[[], None]:
    """Return what takes the place of forgetting everything: what has been filled since by rows that are gone now."""
    return lambda: registry.clear_cache(*invalidated) if invalidated else None


def _begin_class(set_up_class: Callable) -> Callable:
    @wraps(set_up_class)
    def begin(cls):
        _in_class.clear()

        def keep():
            # who has changed models or fields keeps nothing
            if not cls.registry.registry_invalidated and cls.registry_start_sequence == cls.registry.registry_sequence:
                cls.registry.clear_all_caches = _forget(cls.registry, _in_class)

        cls.addClassCleanup(lambda: vars(cls.registry).pop("clear_all_caches", None))
        set_up_class(cls)
        cls.addClassCleanup(keep)  # right before Odoo forgets

    return begin


def _begin_test(set_up: Callable) -> Callable:
    @wraps(set_up)
    def begin(self):
        _in_test.clear()
        # Odoo lays the method by for the end of the test
        with patch.object(self.registry, "clear_all_caches", _forget(self.registry, _in_test)):
            set_up(self)

    return begin


@pytest.fixture(scope="session", autouse=True)
def _registry_is_no_garbage(load_registry) -> Iterator[None]:
    """Keep models and fields, which live as long as the process, from being looked through for garbage."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
