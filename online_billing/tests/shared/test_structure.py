"""What the sources say of the services is what the registry has."""

import ast
import inspect
import warnings
from pathlib import Path

from odoo.tests import TransactionCase, tagged

from .access_common import get_own_endpoints, is_own

ADDON = Path(__file__).parents[2]


@tagged("post_install", "-at_install")
class TestStructure(TransactionCase):
    @classmethod
    def get_written(cls):
        """Return {technical name: file} of the services, as their files name them."""
        found = {}
        for file in (ADDON / "services").rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_name":
                    found[node.value.value] = file
        return found

    def get_services(self):
        """Return the models of the registry that this addon's services make."""
        return [
            model
            for _name, model in self.env.items()
            if model._original_module == "online_billing"
            and any(f"{model._original_module}.services." in parent.__module__ for parent in type(model).__mro__)
        ]

    def test_every_service_of_the_files_is_in_the_registry_and_no_other(self):
        self.assertEqual({model._name for model in self.get_services()}, set(self.get_written()))

    def test_services_keep_nothing(self):
        services = self.get_services()
        self.assertTrue(services)
        self.assertEqual([model._name for model in services if not model._abstract or model._table_query], [])

    def test_what_services_offer_is_closed_to_programs_whoever_extends_them(self):
        checked = 0
        for model in self.get_services():
            for parent in type(model).__mro__:
                if not is_own(parent.__module__):
                    continue
                for name, method in vars(parent).items():
                    if name.startswith("_") or name == "init" or not callable(method):
                        continue
                    checked += 1
                    self.assertTrue(getattr(method, "_api_private", False), f"{model._name}.{name}")
        self.assertGreater(checked, 50)

    def test_odoo_finds_whom_each_change_of_a_field_concerns(self):
        """It warns of what it cannot find with each start of a server, in each of its processes."""
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            triggers = type(self.registry)._field_triggers.func(self.registry)
        self.assertTrue(triggers)
        self.assertEqual([str(one.message) for one in found if "billing" in str(one.message)], [])

    def test_no_page_is_given_to_search_engines(self):
        """A website lists what can be opened without an argument, and warns of pages that do not say whether."""
        pages = {
            address: endpoint.routing
            for address, endpoint in get_own_endpoints(self.env)
            if endpoint.routing.get("website")
            and "GET" in (endpoint.routing.get("methods") or ["GET"])
            and "<" not in address
        }
        self.assertIn("/payment/confirmation", pages)
        open_to_all = {address: routing for address, routing in pages.items() if routing["auth"] == "public"}
        self.assertEqual([one for one, routing in open_to_all.items() if routing.get("sitemap") is not False], [])

    def find_hidden(self, name, classes):
        """Return the methods of a model that one of these classes, in their order, hides from the others for good."""
        found = []
        for place, upper in enumerate(classes):
            for method, function in vars(upper).items():
                if not inspect.isfunction(function) or "super()" in inspect.getsource(function):
                    continue
                found += [
                    f"{name}.{method} of {lower.__module__}, by {upper.__module__}"
                    for lower in classes[place + 1 :]
                    if method in vars(lower)
                ]
        return found

    def test_no_class_of_ours_hides_what_another_one_adds_to_the_same_model(self):
        """Which of two classes comes first is decided by the order of imports, so it is easily wrong."""
        found, many = [], 0
        for name, model in self.env.items():
            # a mixin is there to be overridden
            own = [
                parent
                for parent in type(model).__mro__
                if is_own(parent.__module__) and vars(parent).get("_name") == name
            ]
            many += len(own) > 1
            found += self.find_hidden(name, own)
        self.assertGreater(many, 5)
        self.assertFalse(found, "\n".join(found))

    def test_a_hidden_method_is_found(self):  # pylint: disable=missing-return
        class Base:
            def get(self):
                return []

        class Adds(Base):
            def get(self):
                return [*super().get(), 1]

        class Hides(Base):
            def get(self):
                return [2]

        self.assertEqual(self.find_hidden("x", [Adds, Base]), [])
        self.assertEqual(len(self.find_hidden("x", [Hides, Adds, Base])), 2)
