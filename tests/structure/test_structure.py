"""Who may know whom inside the addon. Each rule is shown a planted fault too, so that none passes by looking away.

What stands in a list here still has to move; an entry that is not needed any more fails, so the lists only shrink.
"""

from __future__ import annotations

import pytest
import structure_rules as rules
from structure_sources import Source, get_services, read_addon

# engine values that are still made beside the border of their domain, by file
VALUES_TO_MOVE: dict[str, str] = {}
# numbers that still cross beside services/shared/numbers.py, by file
CONVERSIONS_TO_MOVE: dict[str, str] = {}


@pytest.fixture(scope="module")
def addon() -> list[Source]:
    return read_addon()


@pytest.fixture
def plant():
    """Call it with {file: text} for sources in which a fault is planted."""

    def plant(**files: str) -> list[Source]:
        return [Source(name.replace("__", "/") + ".py", text) for name, text in files.items()]

    return plant


def service(name: str, body: str, more: str = "") -> str:
    return f"{more}\nclass Made(models.AbstractModel):\n    _name = '{name}'\n\n    @api.private\n    {body}\n"


def test_the_search_sees_the_addon(addon):
    assert len(addon) > 100
    assert {"billing.rating", "billing.open.items", "billing.collection.day"} <= set(get_services(addon))
    assert "get_items" in get_services(addon)["billing.open.items"]


def test_services_do_not_go_round_in_circles(addon):
    assert rules.find_circles(addon) == []


def test_a_circle_of_calls_and_imports_is_found(plant):
    planted = plant(
        services__shared__rows=service("billing.a", "def go(self):\n        return self.env['billing.b'].sudo().go()"),
        services__shared__numbers=service(
            "billing.b", "def go(self):\n        return 1", more="from .reader import parse"
        ),
        services__shared__reader=service("billing.c", "def go(self):\n        return self.env['billing.a'].go()"),
    )
    assert rules.find_circles(planted) == [["billing.a", "billing.b", "billing.c"]]


def test_nobody_calls_what_is_internal_to_a_service(addon):
    assert list(rules.find_calls_of_internals(addon)) == []


@pytest.mark.parametrize(
    "act",
    [
        "self.env['billing.a']._go()",
        "self.env['billing.a'].sudo().with_context(x=1)._go()",
        "self.env['billing.a']._go",
        "other._go()",
    ],
)
@pytest.mark.parametrize("place", ["services__b", "models__b", "wizards__b", "controllers__b"])
def test_a_call_of_an_internal_method_is_found(plant, act, place):
    text = service("billing.b", f"def run(self, other):\n        return {act}")
    planted = plant(services__a=service("billing.a", "def _go(self):\n        pass"), **{place: text})
    assert len(list(rules.find_calls_of_internals(planted))) == 1


def test_a_call_through_a_variable_and_an_import_of_an_internal_name_are_found(plant):
    act = "def run(self):\n        other = self.env['billing.a']\n        return other._go()"
    planted = plant(
        services__shared__rows=service("billing.a", "def _go(self):\n        pass"),
        services__shared__reader=service("billing.b", act, more="from .rows import _Texts"),
    )
    assert len(list(rules.find_calls_of_internals(planted))) == 2


def test_what_is_internal_may_be_called_from_within(plant):
    act = "def run(self):\n        worker = self.with_context(x=1)\n        return worker._go() or self.sudo()._go()"
    planted = plant(
        services__a=service("billing.a", "def _go(self):\n        pass"),
        services__b=service("billing.a", act).replace("_name", "_inherit"),
    )
    assert list(rules.find_calls_of_internals(planted)) == []


def test_engine_values_are_made_at_the_border_of_each_domain(addon):
    found = {file for file, _function, _name in rules.find_engine_values(addon, rules.get_engine_values())}
    assert found == set(VALUES_TO_MOVE)


def test_an_engine_value_made_elsewhere_is_found(plant):
    text = "from ...engine import Cadence, Period\ndef make():\n    return Cadence('month', 1)"
    values = rules.get_engine_values()
    assert {"Cadence", "Period", "FeeTerms"} <= values
    assert "EngineError" not in values
    assert list(rules.find_engine_values(plant(services__x__day=text), values)) == [
        ("services/x/day.py", "make", "Cadence")
    ]
    assert list(rules.find_engine_values(plant(services__x__terms=text), values)) == []


def test_each_file_holds_one_model(addon):
    assert list(rules.find_second_names(addon)) == []


def test_a_second_model_in_a_file_is_found(plant):
    text = service("billing.a", "def go(self):\n        pass")
    assert list(rules.find_second_names(plant(models__x=text + text.replace("billing.a", "billing.b")))) == [
        "models/x.py: billing.a, billing.b"
    ]


def test_each_model_is_made_in_one_file(addon):
    assert list(rules.find_taken_names(addon)) == []


def test_a_name_that_two_files_give_is_found(plant):
    text = service("billing.a", "def go(self):\n        pass")
    extended = text.replace("_name = 'billing.a'", "_name = 'billing.a'\n    _inherit = 'billing.a'")
    assert list(rules.find_taken_names(plant(services__x=text, wizards__y=text, models__z=extended))) == [
        "billing.a: services/x.py, wizards/y.py"
    ]


def test_entry_points_of_services_are_closed_to_programs(addon):
    assert list(rules.find_open_entry_points(addon)) == []


def test_an_open_entry_point_is_found(plant):
    text = service("billing.a", "def go(self):\n        pass").replace("    @api.private\n", "")
    assert list(rules.find_open_entry_points(plant(services__x=text))) == ["services/x.py:5 billing.a.go"]


def test_floats_and_exact_numbers_cross_in_one_file(addon):
    assert {file for file, _function, _word in rules.find_conversions(addon)} == set(CONVERSIONS_TO_MOVE)


def test_a_number_that_crosses_elsewhere_is_found(plant):
    text = "def f(x):\n    return {}"
    for act in ("Decimal(x)", "Fraction(str(x))", "float(x)"):
        assert len(list(rules.find_conversions(plant(services__x=text.format(act))))) == 1
        assert list(rules.find_conversions(plant(services__shared__numbers=text.format(act)))) == []
    assert list(rules.find_conversions(plant(services__x=text.format("Decimal(0)")))) == []


def test_every_entry_of_the_lists_has_a_reason():
    assert all(len(reason) > 10 for reason in [*VALUES_TO_MOVE.values(), *CONVERSIONS_TO_MOVE.values()])
