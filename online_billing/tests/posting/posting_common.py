"""Proof that the writer leaves what Odoo would leave: two sets of the same invoices, compared column for column."""

import sys
from contextlib import contextmanager
from copy import deepcopy
from types import FunctionType

from odoo import fields
from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.fields import Command
from odoo.tests.common import freeze_time

from ...services.posting.kept import KEPT
from ...services.posting.snapshot import take

ODOO = "odoo.addons.account.models.account_move"


def written_in(module, function):
    """The same function, as if it had been written in the file of a module."""
    scope = {**function.__globals__, **getattr(sys.modules.get(module), "__dict__", {}), "__name__": module}
    return FunctionType(function.__code__, scope, function.__name__, function.__defaults__, function.__closure__)


@contextmanager
def laid_over(model, addon, **methods):
    """Lay methods of an addon over those of a model.

    :param methods: each is called with ``super()``, the records and what else it is given
    """
    registry_class = type(model)
    module = f"odoo.addons.{addon}.models.{model._table}"
    layer = type("Layer", (), {"__module__": module})

    def make(name, method):
        def call(self, *args, **kwargs):
            return method(super(layer, self), self, *args, **kwargs)

        call.__name__ = name
        return written_in(module, call)

    for name, method in methods.items():
        setattr(layer, name, make(name, method))
    bases = registry_class.__bases__
    registry_class.__bases__ = (layer, *bases)
    try:
        yield layer
    finally:
        registry_class.__bases__ = bases


class Snapshots:
    """All that is stored of invoices, so that two ways of making them can be compared column by column."""

    def snapshot(self, move):
        """All that hangs on an invoice, without what makes it this one."""
        return take(self.env, move)


@freeze_time("2026-03-15")
class InvoiceWriterCase(Snapshots, AccountTestInvoicingCommon):
    """Builders for invoices of all kinds, and the comparison."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.journal = cls.company_data["default_journal_sale"]
        cls.writer = cls.env["billing.posting"]
        cls.customers = cls.env["res.partner"].create(
            [
                {
                    "name": f"Customer {number}",
                    "country_id": cls.env.ref("base.us").id,
                    "email": f"c{number}@example.com",
                }
                for number in range(6)
            ]
        )
        cls.tax = cls.make_tax("Fifteen", 15)
        cls.services = cls.env["product.product"].create(
            [
                {
                    "name": f"Service {number}",
                    "type": "service",
                    "lst_price": 10,
                    "taxes_id": [Command.set(cls.tax.ids)],
                    "property_account_income_id": cls.company_data["default_account_revenue"].id,
                }
                for number in range(3)
            ]
        )

    def setUp(self):
        super().setUp()
        KEPT.clear()

    # ---- builders

    @classmethod
    def make_tax(cls, name, amount, **values):
        return cls.env["account.tax"].create(
            {
                "name": name,
                "amount": amount,
                "amount_type": "percent",
                "type_tax_use": "sale",
                "company_id": cls.company.id,
                **values,
            }
        )

    def line(self, price, *, product=None, quantity=1.0, **values):
        product = product or self.services[0]
        values = {"product_id": product.id, "name": product.name, "quantity": quantity, "price_unit": price, **values}
        return Command.create(values)

    def invoices(self, lines_of=None, count=6, **values):
        """Values of ``count`` invoices for as many customers; ``lines_of(number)`` gives the lines."""
        lines_of = lines_of or (
            lambda number: [
                self.line(10.37 + number),
                self.line(3.333 * (number + 1), product=self.services[1], quantity=2 + number),
            ]
        )
        return [
            {
                "move_type": "out_invoice",
                "partner_id": self.customers[number].id,
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "journal_id": self.journal.id,
                "invoice_date": fields.Date.to_date("2026-03-01"),
                "ref": f"REF {number}",
                "invoice_origin": f"A{number:05d}",
                "invoice_line_ids": lines_of(number),
                **values,
            }
            for number in range(count)
        ]

    # ---- comparison

    def assert_equal_to_odoo(self, vals_list, *, rendered=True, reason=None, kept=False):
        """Make the invoices in both ways and compare all that they left; return the writer's result.

        Where batches render, they are made once more from the patterns that the first batch has left, and compared too.

        :param kept: earlier batches of the test have left patterns, and they are to be used at once
        """
        if not kept:
            KEPT.clear()
        self.env.invalidate_all()  # no way profits from what the other has read
        plain = self.env["account.move"].create(deepcopy(vals_list))
        plain._post(soft=False)
        ranks = self._ranks(vals_list)
        result = self.writer.create_posted(deepcopy(vals_list))
        self.assertEqual(self._ranks(vals_list), {partner: max(rank, 1) for partner, rank in ranks.items()})
        self.assertEqual(result.plain + result.rendered, len(vals_list))
        if rendered is None:
            pass
        elif rendered:
            self.assertGreater(result.rendered, 0, result.reasons)
            if kept:
                self.assertLessEqual(set(result.reasons), {"example"}, result.reasons)
            else:
                self.assertEqual(set(result.reasons), {"example"}, result.reasons)
        else:
            self.assertEqual(result.rendered, 0)
        if reason:
            self.assertIn(reason, result.reasons)
        self._assert_same(plain, result, vals_list)
        if rendered and not kept:
            self.env.invalidate_all()
            again = self.writer.create_posted(deepcopy(vals_list))
            self.assertGreaterEqual(again.rendered, result.rendered, again.reasons)
            self._assert_same(plain, again, vals_list)
        return result

    def _assert_same(self, plain, result, vals_list):
        """Fail unless what the writer has made is what Odoo has made, column for column and in the same order."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        for theirs, ours, vals in zip(plain, result.moves, vals_list, strict=True):
            self.assertEqual(ours.state, "posted")
            self.assertEqual(self.snapshot(ours), self.snapshot(theirs))
            self.assertEqual(ours.partner_id.id, vals["partner_id"])
        for move, line_ids in zip(result.moves, result.line_ids, strict=True):
            self.assertEqual(list(line_ids), move.invoice_line_ids.sorted("id").ids)
        names = [(move.journal_id, move.name) for move in plain | result.moves]
        self.assertEqual(len(set(names)), len(names), "each has a number of its own")
        self.assertFalse(any((plain | result.moves).mapped("made_sequence_gap")))
        self.assertEqual(self.rank_numbers(result.moves), self.rank_numbers(plain), "numbered in the same order")

    def rank_numbers(self, moves):
        """Return for each invoice in which series it is and which place it has there."""
        places = {}
        for (journal, prefix), same in moves.grouped(lambda move: (move.journal_id, move.sequence_prefix)).items():
            for place, move in enumerate(same.sorted("sequence_number")):
                places[move] = (journal, prefix, place)
        return [places[move] for move in moves]

    def _ranks(self, vals_list):
        partners = self.env["res.partner"].browse([vals["partner_id"] for vals in vals_list])
        return {partner.id: partner.customer_rank for partner in partners | partners.commercial_partner_id}
