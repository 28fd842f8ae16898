"""Kept patterns: a single invoice is written after what earlier ones have shown, as long as nothing changes."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...services.posting import kept
from ...services.posting.kept import KEPT
from ...services.posting.numbering import Numbers
from .posting_common import InvoiceWriterCase


@tagged("post_install", "-at_install")
class TestKeptPatterns(InvoiceWriterCase):
    def make(self, number=0, **values):
        """Make one invoice; return what became of it."""
        return self.writer.create_posted([self.invoices(**values)[number]])

    def make_known(self):
        """Let two invoices of Odoo's agree: the first is learned from, the second confirms it."""
        for number in (0, 1):
            result = self.make(number)
            self.assertEqual((result.rendered, dict(result.reasons)), (0, {"few of a kind": 1}))

    def assert_rendered(self, result):
        self.assertEqual((result.rendered, result.plain, dict(result.reasons)), (1, 0, {}))

    def assert_by_odoo(self, result):
        self.assertEqual((result.rendered, result.plain, dict(result.reasons)), (0, 1, {"few of a kind": 1}))

    def test_case_G7_a_single_invoice_is_the_same_as_odoos_own(self):
        self.make_known()
        vals = self.invoices()[2]
        plain = self.env["account.move"].create(vals)
        plain._post(soft=False)
        result = self.writer.create_posted([self.invoices()[2]])
        self.assert_rendered(result)
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertEqual(self.snapshot(result.moves), self.snapshot(plain))
        self.assertEqual(result.moves.sequence_number, plain.sequence_number + 1)
        self.assertFalse(result.moves.made_sequence_gap)
        self.assertEqual(result.moves.invoice_line_ids.ids, list(result.line_ids[0]))

    def test_case_G7_odoo_numbers_on_after_it(self):
        self.make_known()
        third = self.make(2).moves
        fourth = self.env["account.move"].create(self.invoices()[3])
        fourth._post(soft=False)
        fifth = self.make(4).moves
        numbers = [move.sequence_number for move in (third, fourth, fifth)]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 3)))

    def test_case_G7_one_example_is_not_enough(self):
        self.make(0)
        self.assert_by_odoo(self.make(1))
        self.assert_rendered(self.make(2))

    def test_case_G7_another_kind_of_line_is_looked_at_first(self):
        self.make_known()
        other = self.make_tax("Seven", 7)
        lines = lambda number: [self.line(10, tax_ids=[(6, 0, other.ids)])]  # noqa: E731
        self.assert_by_odoo(self.make(2, lines_of=lines))

    def test_case_G7_whatever_changes_asks_for_a_new_example(self):
        def write(record, **values):
            return lambda: record.write(values)

        self.make_known()
        self.assert_rendered(self.make(2))
        account = self.company_data["default_account_revenue"]
        for name, change in (
            ("journal", write(self.journal, name="Another Name")),
            ("company", write(self.company, invoice_terms="<p>New terms</p>")),
            ("address of the company", write(self.company.partner_id, phone="+1 555 0100")),
            ("account", write(account, name="Other Revenue")),
            ("tax", write(self.tax, description="15 percent")),
            ("parameter", lambda: self.env["ir.config_parameter"].set_param("kept.test", "1")),
            ("default", lambda: self.env["ir.default"].set("account.move", "narration", "<p>Hello</p>")),
            ("bank", lambda: self.env["res.partner.bank"].create(
                {"acc_number": "NL91ABNA0417164300", "partner_id": self.company.partner_id.id})),
            ("term", lambda: self.env["account.payment.term"].create({"name": "New"})),
            ("user", write(self.env.user.partner_id, email="other@example.com")),
        ):  # fmt: skip
            with self.subTest(changed=name):
                change()
                self.env.flush_all()
                self.assertEqual(self.make(3).rendered, 0)
                for _again in range(2):
                    self.make(4)
                self.assert_rendered(self.make(5))

    def test_case_G7_each_of_several_changes_in_one_transaction_is_seen(self):
        for method in ("round_globally", "round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            self.assertEqual(self.make(0).rendered, 0, method)
            self.make(1)
            self.assert_rendered(self.make(2))

    def test_case_G7_what_is_taken_back_counts_as_well(self):
        self.make_known()
        with self.env.cr.savepoint() as savepoint:
            self.journal.name = "For a Moment"
            self.env.flush_all()
            self.make(2)
            self.make(3)
            savepoint.rollback()
        self.env.invalidate_all()
        self.assertEqual(self.make(4).rendered, 0)

    def test_case_G7_a_method_that_somebody_lays_over_is_seen(self):
        self.make_known()
        model = type(self.env["account.move"])
        original = model._post
        with patch.object(model, "_post", lambda move, soft=True: original(move, soft=soft)):
            self.assertEqual(self.make(2).rendered, 0)

    def test_case_G7_after_some_uses_odoo_makes_one_again(self):
        self.make_known()
        with patch.object(kept, "MOST_USES", 2):
            self.assert_rendered(self.make(2))
            self.assert_rendered(self.make(3))
            self.assert_by_odoo(self.make(4))
            self.assert_rendered(self.make(5))

    def test_case_G7_after_some_time_odoo_makes_one_again(self):
        self.make_known()
        with patch.object(kept, "LONGEST", 0.0):
            self.assert_by_odoo(self.make(2))

    def test_case_G7_another_language_or_user_has_a_pattern_of_its_own(self):
        self.make_known()
        writer = self.writer.with_context(lang="en_US", anything="else")
        self.assertEqual(writer.create_posted([self.invoices()[2]]).rendered, 0)

    def test_case_G7_a_number_that_somebody_took_meanwhile_costs_nothing(self):
        self.make_known()
        taken = self.make(2).moves
        find = Numbers._find_series

        def find_an_older_one(numbers, *words):
            series = find(numbers, *words)
            series.last -= 1  # as a transaction sees it that began before the other one ended
            return series

        self.env["account.move"]._get_sequence_cache().clear()
        with patch.object(Numbers, "_find_series", find_an_older_one), mute_logger("odoo.sql_db"):
            result = self.make(3)
        self.assertEqual((result.plain, dict(result.reasons)), (1, {"number taken meanwhile": 1}))
        self.assertEqual(result.moves.sequence_number, taken.sequence_number + 1)

    def test_case_G7_a_run_needs_no_example_for_each_batch(self):
        first = self.writer.create_posted(self.invoices())
        second = self.writer.create_posted(self.invoices())
        self.assertEqual(first.reasons, {"example": first.plain})
        self.assertGreater(first.plain, 0)
        self.assertEqual((second.plain, second.rendered), (0, 6))
        self.assertEqual(second.moves.mapped("amount_total"), first.moves.mapped("amount_total"))

    def test_a_kept_pattern_says_the_day_of_its_own_invoice(self):
        self.make_known()
        for one in KEPT._patterns.values():
            self.assertTrue(one.is_confirmed)
        move = self.make(2).moves
        now = self.env.cr.now().replace(microsecond=0)
        self.assertEqual(move.create_date.replace(microsecond=0), now)
        self.assertEqual(move.message_ids.mapped("date"), [now] * len(move.message_ids))
