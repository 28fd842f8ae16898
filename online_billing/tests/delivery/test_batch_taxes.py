"""Lines of documents of one batch are read once for their taxes: what is read so equals what Odoo reads anew."""

from odoo.fields import Command
from odoo.tests import tagged

from ...models.delivery.batch import KEY, Batch
from .delivery_common import DeliveryCase

READERS = {
    "totals": lambda move: move.tax_totals,
    "aggregated": lambda move: move._prepare_invoice_aggregated_taxes(),
    # as the data of an electronic invoice are read: some lines alone, with other amounts
    "some lines": lambda move: move._prepare_invoice_aggregated_taxes(
        filter_invl_to_apply=lambda line: line.quantity > 1,
        grouping_key_generator=lambda base_line, tax_data: {"rate": tax_data["tax"].amount if tax_data else 0},
    ),
}


@tagged("post_install", "-at_install")
class TestBatchTaxes(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account("Ada")
        cls.reduced = cls.make_tax("Reduced", 7)
        cls.included = cls.make_tax("Included", 19, price_include_override="tax_included")
        cls.levy = cls.make_tax("Levy", 3, include_base_amount=True, sequence=1)
        cls.each = cls.make_tax("Each", 0.35, amount_type="fixed")
        cls.pair = cls.make_tax("Pair", 0, amount_type="group", children_tax_ids=[Command.set(cls.split("A", "B").ids)])

    @classmethod
    def make_tax(cls, name, amount, **vals):
        return cls.env["account.tax"].create(
            {"name": name, "amount": amount, "type_tax_use": "sale", "company_id": cls.company.id, **vals}
        )

    @classmethod
    def split(cls, *names):
        return cls.env["account.tax"].union(*(cls.make_tax(name, 9) for name in names))

    def line(self, *taxes, price=33.33, quantity=3, discount=10):
        tax_ids = [Command.set([tax.id for tax in taxes])]
        return {"name": "Fibre", "price_unit": price, "quantity": quantity, "discount": discount, "tax_ids": tax_ids}

    def make_rounding(self, strategy):
        accounts = self.env["account.account"]
        accounts = accounts.search([("account_type", "=", "income"), ("company_ids", "in", self.company.ids)], limit=1)
        return self.env["account.cash.rounding"].create(
            {
                "name": "To 0.05",
                "rounding": 0.05,
                "rounding_method": "HALF-UP",
                "strategy": strategy,
                "profit_account_id": accounts.id,
                "loss_account_id": accounts.id,
            }
        )

    def make_documents(self):
        """Return {what is special about it: document}."""
        mixed = [self.line(self.tax), self.line(self.reduced, quantity=1), self.line(self.levy, self.tax)]
        term = self.env["account.payment.term"].create(
            {
                "name": "2% within 10 days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "mixed",
            }
        )
        self.env["res.currency.rate"].create(
            {"name": "2026-01-01", "rate": 1.2345, "currency_id": self.foreign.id, "company_id": self.company.id}
        )
        kinds = {
            "several taxes": {"lines": mixed},
            "taxes that add up": {"lines": [self.line(self.pair), self.line(self.each, self.tax, quantity=7)]},
            "price-included taxes": {"lines": [self.line(self.included), self.line(self.included, self.reduced)]},
            "a credit note": {"lines": mixed, "move_type": "out_refund"},
            "a foreign currency": {"lines": mixed, "currency_id": self.foreign.id},
            "a discount": {"lines": mixed, "invoice_payment_term_id": term.id},
            "no tax": {"lines": [self.line()]},
        }
        for strategy in ("biggest_tax", "add_invoice_line"):
            rounding = self.make_rounding(strategy)
            kinds[f"cash rounding, {strategy}"] = {"lines": mixed, "invoice_cash_rounding_id": rounding.id}
        typed = self.make_invoice(self.account, lines=mixed, post=False)
        line = typed.line_ids.filtered(lambda line: line.display_type == "tax")[:1]
        typed.line_ids = [Command.update(line.id, {"amount_currency": line.amount_currency - 0.03})]
        typed.action_post()
        made = {name: self.make_invoice(self.account, **vals) for name, vals in kinds.items()}
        return {"a tax that was typed": typed, **made}

    @property
    def foreign(self):
        return next(
            currency
            for currency in (self.env.ref("base.EUR"), self.env.ref("base.USD"))
            if currency != self.company.currency_id
        )

    def read(self, move, batch, names):
        """Read what a document says of its taxes, some of it again; nothing of an earlier reading is in memory."""
        self.env.invalidate_all()
        batched = move.with_context(**{KEY: batch})
        return {(name, turn): READERS[name](batched) for turn, name in enumerate([*names, *reversed(names)], start=1)}

    def test_case_G3_taxes_are_read_in_a_batch_as_outside_of_it_in_any_order(self):
        self.foreign.active = True
        documents = self.make_documents()
        moves = self.env["account.move"].union(*documents.values())
        kinds = set(documents["cash rounding, add_invoice_line"].line_ids.mapped("display_type"))
        self.assertIn("rounding", kinds, "no document is rounded by a line of its own")
        for name, move in documents.items():
            for order in (list(READERS), list(READERS)[::-1]):
                with self.subTest(document=name, order=order):
                    self.env.invalidate_all()
                    outside = {reader: read(move) for reader, read in READERS.items()}
                    self.assertTrue(outside["totals"]["total_amount_currency"])
                    self.assertTrue(outside["aggregated"]["base_lines"])
                    inside = self.read(move, Batch(moves), order)
                    for (reader, _turn), answer in inside.items():
                        self.assertEqual(answer, outside[reader], reader)
