"""Proof that the writer leaves what Odoo would leave: two sets of the same invoices, compared column for column."""

from copy import deepcopy

from odoo import fields
from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.fields import Command
from odoo.tests.common import freeze_time

from ...services.posting.examples import KEPT

# What must differ between two invoices with the same content.
_MOVE_OWN = {"id", "name", "sequence_number", "payment_reference", "create_date", "write_date"}
_LINE_OWN = {"id", "move_id", "move_name", "create_date", "write_date"}
_MESSAGE_OWN = {"id", "res_id", "message_id", "date", "create_date", "write_date"}


class Snapshots:
    """All that is stored of invoices, so that two ways of making them can be compared column by column."""

    def snapshot(self, move):
        """All that hangs on an invoice, without what makes it this one."""
        lines = self._rows("account_move_line", "move_id = %s", move.id)
        line_numbers = {line["id"]: number for number, line in enumerate(lines)}
        line_ids = tuple(line_numbers)
        header = self._without(self._rows("account_move", "id = %s", move.id)[0], _MOVE_OWN, move)
        header["payment_reference"] = self._neutral(move.payment_reference, move)
        messages = self._rows("mail_message", "model = 'account.move' AND res_id = %s", move.id)
        message_ids = tuple(message["id"] for message in messages) or (0,)
        followers = self._rows("mail_followers", "res_model = 'account.move' AND res_id = %s", move.id)
        return {
            "move": header,
            "lines": [self._without(line, _LINE_OWN, move) for line in lines],
            "taxes": self._relation("account_move_line_account_tax_rel", "account_move_line_id", line_numbers),
            "tags": self._relation("account_account_tag_account_move_line_rel", "account_move_line_id", line_numbers),
            "analytic": [
                self._without(row, {"id", "move_line_id", "create_date", "write_date"}, move)
                | {"line": line_numbers[row["move_line_id"]]}
                for row in self._rows("account_analytic_line", "move_line_id IN %s", line_ids)
            ],
            "messages": [self._without(message, _MESSAGE_OWN, move) for message in messages],
            "tracking": len(self._rows("mail_tracking_value", "mail_message_id IN %s", message_ids)),
            "notifications": len(self._rows("mail_notification", "mail_message_id IN %s", message_ids)),
            "mails": len(self._rows("mail_mail", "mail_message_id IN %s", message_ids)),
            "followers": [self._without(row, {"id", "res_id"}, move) for row in followers],
            "subtypes": self._relation(
                "mail_followers_mail_message_subtype_rel",
                "mail_followers_id",
                {row["id"]: number for number, row in enumerate(followers)},
            ),
            "activities": len(self._rows("mail_activity", "res_model = 'account.move' AND res_id = %s", move.id)),
            "line messages": len(self._rows("mail_message", "model = 'account.move.line' AND res_id IN %s", line_ids)),
            "payments": len(self._rows("account_move__account_payment", "invoice_id = %s", move.id, order="1")),
        }

    def _rows(self, table, where, *parameters, order="id"):
        self.env.flush_all()
        self.env.cr.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY {order}", parameters)  # noqa: S608 (names of the test itself)
        return self.env.cr.dictfetchall()

    def _relation(self, table, column, numbers):
        if not numbers:
            return []
        rows = self._rows(table, f"{column} IN %s", tuple(numbers), order=column)
        return sorted((numbers[row.pop(column)], *row.values()) for row in rows)

    def _without(self, row, own, move):
        return {column: self._neutral(value, move) for column, value in row.items() if column not in own}

    def _neutral(self, value, move):
        return value.replace(move.name, "<number>") if isinstance(value, str) else value


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

    def assert_equal_to_odoo(self, vals_list, *, rendered=True, reason=None):
        """Make the invoices in both ways and compare all that they left; return the writer's result."""
        plain = self.env["account.move"].create(deepcopy(vals_list))
        plain._post(soft=False)
        ranks = self._ranks(vals_list)
        result = self.writer.create_posted(deepcopy(vals_list))
        self.assertEqual(self._ranks(vals_list), {partner: max(rank, 1) for partner, rank in ranks.items()})
        self.assertEqual(result.plain + result.rendered, len(vals_list))
        if rendered:
            self.assertGreater(result.rendered, 0, result.reasons)
            self.assertEqual(set(result.reasons), {"example"}, result.reasons)
        else:
            self.assertEqual(result.rendered, 0)
        if reason:
            self.assertIn(reason, result.reasons)
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
        return result

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
