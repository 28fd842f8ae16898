"""G-05: what Stripe tells is stored in one way, without what lets somebody pay and without who somebody is."""

import ast
from pathlib import Path

from odoo.tests import TransactionCase, tagged

ADDON = Path(__file__).parents[1]
KEEPS, TAKES_OUT = "body", "take_out"
#: fields with long texts that are our own words, or a name that the statement has as well
OWN_WORDS = {("billing.stripe.held.movement", "name"), ("billing.stripe.held.movement", "reason")}
PLANTED = """
def keep(event, env):
    env.create({"reference": event["id"], "body": event})
def change(row, event):
    row.body = dumps(event)
def insert(event):
    SQL("INSERT", body=dumps(take_out(event)))
"""


def find_stored(tree):
    """Yield (function, expression) of what is stored as a body: in values, by an assignment, or in a statement."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == KEEPS:
                        yield function.name, value
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Attribute) and target.attr == KEEPS:
                        yield function.name, node.value
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "SQL":
                for keyword in node.keywords:
                    if keyword.arg == KEEPS:
                        yield function.name, keyword.value


def is_taken_out(expression):
    return any(
        isinstance(node, ast.Call) and getattr(node.func, "id", "") == TAKES_OUT for node in ast.walk(expression)
    )


@tagged("post_install", "-at_install")
class TestKeptBodies(TransactionCase):
    def test_g05_every_way_to_store_a_body_takes_out_what_must_not_stay(self):
        stored = [
            (path.name, name, is_taken_out(value))
            for path in sorted(ADDON.rglob("*.py"))
            if "tests" not in path.parts
            for name, value in find_stored(ast.parse(path.read_text()))
        ]
        self.assertIn(("inbox.py", "keep", True), stored)
        self.assertIn(("statement.py", "_prepare_held", True), stored)
        self.assertEqual([one for one in stored if not one[2]], [])

    def test_a_way_that_does_not_is_found(self):
        found = {name: is_taken_out(value) for name, value in find_stored(ast.parse(PLANTED))}
        self.assertEqual(found, {"keep": False, "change": False, "insert": True})

    def test_no_other_field_keeps_what_stripe_tells(self):
        fields = {
            (name, field.name)
            for name, model in self.env.items()
            if name.startswith("billing.stripe.") and not model._abstract and not model._transient
            for field in model._fields.values()
            if field.store and field.type in ("text", "json", "html")
        }
        kept = {one for one in fields if one[1] == KEEPS}
        self.assertEqual(kept, {("billing.stripe.event", KEEPS), ("billing.stripe.held.movement", KEEPS)})
        self.assertEqual(fields - kept, OWN_WORDS)
