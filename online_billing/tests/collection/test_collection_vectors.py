"""The published calendars (tests/golden/collection.json), through the ORM: invoices, a policy, and the daily run."""

import importlib.util
from pathlib import Path

from odoo import Command
from odoo.tests import tagged

from .collection_common import CollectionCase

LOADER = Path(__file__).resolve().parents[2] / "tests" / "golden" / "loader.py"


@tagged("post_install", "-at_install")
class TestCollectionVectors(CollectionCase):
    def load(self):
        if not LOADER.exists():
            self.skipTest("the worked examples are not part of an installed addon")
        spec = importlib.util.spec_from_file_location("golden_loader_collection", LOADER)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.load("collection")

    def test_published_calendars_are_met(self):
        examples = self.load()
        self.assertEqual({example["id"] for example in examples}, {"V81", "V82"})
        for example in examples:
            with self.subTest(example=example["id"]):
                self.check(example["inputs"], example["expected"])

    def check(self, inputs, expected):
        policy = self.make_policy(*inputs["steps"], minimum_gap=inputs["minimum_gap"])
        policy.threshold_ids = [
            Command.create({"currency_id": self.company.currency_id.id, "amount": float(inputs["threshold"])})
        ]
        account, invoices, waiting = self.make_account(), {}, list(inputs["items"])
        for day in inputs["runs"]:
            for one in [one for one in waiting if one["from"] <= day]:
                waiting.remove(one)
                invoices[one["key"]] = self.owe(
                    account,
                    one["due"],
                    lines=[{"price_unit": float(one["amount"]), "tax_ids": False}],
                    invoice_date=one["from"],
                )
            self.collect(day, account)
        self.assertEqual(dict(self.get_log(account)), expected["steps"])
        levels = {item.move_id: item.step_id.sequence for item in self.get_case(account).item_ids}
        self.assertEqual({key: levels[move] for key, move in invoices.items()}, expected["levels"])
