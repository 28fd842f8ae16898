"""What one test has changed, no other finds in a cache; what none has changed is found out once."""

from __future__ import annotations

import unittest

import pytest
from odoo.tests import TransactionCase

from tests import kept_caches

NAME = "online_billing.kept"


class Case(TransactionCase):
    # Odoo gives these to tests that lie in an addon
    test_tags = frozenset({"standard", "post_install"})
    test_module = "online_billing"
    test_class = "Case"
    test_sequence = 0

    def get(self):
        return self.env["ir.config_parameter"].get_param(NAME)

    def set(self, value):
        self.env["ir.config_parameter"].set_param(NAME, value)


@pytest.fixture
def run(request):
    """Call it with classes of tests to run them one after the other; all of them must pass."""
    if not request.config.pluginmanager.has_plugin(kept_caches.__name__):
        pytest.skip("this session does without")

    def run(*cases):
        result = unittest.TestResult()
        for case in cases:
            unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromTestCase(case)).run(result)
        assert not result.errors + result.failures
        return result.testsRun

    return run


def test_what_a_test_has_changed_is_forgotten_after_it(run):
    class Changing(Case):
        def test_1(self):
            self.assertFalse(self.get())
            self.set("changed")
            self.assertEqual(self.get(), "changed")

        def test_2(self):
            self.assertFalse(self.get())

    assert run(Changing) == 2


def test_what_a_class_has_changed_is_there_for_its_tests_and_forgotten_after_them(run):
    class Changing(Case):
        @classmethod
        def setUpClass(cls):
            super().setUpClass()
            cls.set(cls, "by all")

        def test_1(self):
            self.assertEqual(self.get(), "by all")
            self.set("by one")
            self.assertEqual(self.get(), "by one")

        def test_2(self):
            self.assertEqual(self.get(), "by all")

    class After(Case):
        def test(self):
            self.assertFalse(self.get())

    assert run(Changing, After) == 3


def test_a_view_that_was_changed_is_compiled_anew(run):
    class Changing(Case):
        @classmethod
        def setUpClass(cls):
            super().setUpClass()
            cls.view = cls.env.ref("base.contact_name")

        def render(self):
            return str(self.env["ir.qweb"]._render(self.view.id, {"object": self.env.user.partner_id, "fields": []}))

        def test_1(self):
            self.assertNotIn("changed", self.render())
            self.view.arch = "<t t-name='base.contact_name'>changed</t>"
            self.assertIn("changed", self.render())

        def test_2(self):
            self.assertNotIn("changed", self.render())

    class After(Changing):
        test_1 = None

    assert run(Changing, After) == 3


def test_what_nobody_has_changed_is_found_out_once(run):
    found = []

    class Looking(Case):
        def look(self):
            found.append(self.env["res.groups"]._get_group_definitions())

        def test_1(self):
            self.look()
            self.set("changed")
            self.assertEqual(self.get(), "changed")

        def test_2(self):
            self.look()
            self.assertFalse(self.get())

    class After(Looking):
        pass

    assert run(Looking, After) == 4
    assert len(found) == 4
    assert len(set(map(id, found))) == 1


def test_who_changes_the_registry_keeps_nothing(run):
    found = []

    class Looking(Case):
        def test(self):
            found.append(self.env["res.groups"]._get_group_definitions())

    class Changing(Looking):
        def test(self):
            super().test()
            self.registry.registry_invalidated = True

    assert run(Changing, Looking) == 2
    assert found[0] is not found[1]


def test_a_language_that_comes_or_goes_takes_everything_along(run):
    class Speaking(Case):
        def test_1(self):
            self.set("changed")
            noted = set(kept_caches._in_test)
            self.assertNotEqual(noted, set(kept_caches.EVERY))
            self.env["res.lang"]._activate_lang("de_DE")
            self.assertEqual(kept_caches._in_test, set(kept_caches.EVERY))

    assert run(Speaking) == 1


def test_what_goes_past_all_caches_is_noted(monkeypatch):
    monkeypatch.setattr(kept_caches, "_in_test", set())
    monkeypatch.setattr(kept_caches, "_in_class", set())
    done = kept_caches._watch_all(lambda _self, value: value)(None, 7)
    assert (done, kept_caches._in_test, kept_caches._in_class) == (7, set(kept_caches.EVERY), set(kept_caches.EVERY))
