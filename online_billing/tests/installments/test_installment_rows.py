"""G12: an invoice whose due lines a plan writes as finished rows is what Odoo's own way leaves, column for column."""

import re
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from ...services.installments import due_lines
from ...services.posting.snapshot import find_differences, read_rows, take
from ..posting.posting_common import laid_over
from .installment_common import TODAY, InstallmentCase

# what is another one on every invoice
_OWN = {"account_move.access_token"}
_OF_PLANS = {
    "billing_installment_part": {"id", "move_id", "installment_id", "create_date", "write_date"},
    "billing_installment": {"id", "plan_id", "move_id", "create_date", "write_date"},
}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInstallmentRows(InstallmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.due_lines = cls.env["billing.installment.due.lines"]
        cls.foreign = cls.env.ref("base.CHF")
        cls.foreign.active = True
        cls.env["res.currency.rate"].search([("currency_id", "=", cls.foreign.id)]).unlink()
        cls.env["res.currency.rate"].create(
            {"currency_id": cls.foreign.id, "name": "2026-01-01", "rate": 1.37, "company_id": cls.company.id}
        )
        cls.tax = cls.env["account.tax"].create(
            {"name": "Seven", "amount": 7, "type_tax_use": "sale", "company_id": cls.company.id}
        )

    @contextmanager
    def counting(self):
        """Count what is written as finished rows; yields a list of invoices."""
        written, divide = [], type(self.due_lines).divide

        def note(service, divisions):
            written.extend(divisions)
            return divide(service, divisions)

        with patch.object(type(self.due_lines), "divide", note):
            yield written

    def get_snapshot(self, move):
        """Return all that is stored of an invoice and its parts, without what is each one's own."""
        found = take(self.env, move)
        plans = self.env["billing.installment.plan"].search([("move_ids", "in", move.ids)])
        for message in found["mail_message"]:
            for plan in plans:
                message["body"] = (message["body"] or "").replace(plan.name, "<plan>")
            message["body"] = re.sub(r'data-oe-id="\d+"', "", message["body"] or "")
        for line in found["account_move_line"]:
            line["matching_number"] = bool(line["matching_number"])
        rows = {
            "billing_installment_part": read_rows(self.env, "billing_installment_part", {"move_id": move.id}),
            "billing_installment": read_rows(self.env, "billing_installment", {"plan_id": plans.ids}),
        }
        for table, own in _OF_PLANS.items():
            found[table] = [{name: row[name] for name in row if name not in own} for row in rows[table]]
        return found

    def assertSame(self, theirs, ours):
        found = find_differences(self.get_snapshot(ours), self.get_snapshot(theirs))
        self.assertEqual([one for one in found if one[0] not in _OWN], [])

    def plan_both(self, prepare=None, is_written=True, amount=1000.01, terms=None, **vals):
        """Plan two equal invoices, one by each way, and compare them; return (Odoo's, ours)."""
        theirs, ours = (self.make_invoice(amount, **vals) for _way in range(2))
        for move in (theirs, ours):
            if prepare:
                prepare(move)
                self.env.flush_all()
        self.assertSame(theirs, ours)
        self.env.invalidate_all()
        with patch.object(type(self.due_lines), "find_plain", lambda _self, _divisions: {}):
            self.plan(theirs, **terms or {})
        self.env.invalidate_all()
        with self.counting() as written:
            plan = self.plan(ours, **terms or {})
        self.assertEqual(bool(written), is_written)
        self.assertSame(theirs, ours)
        self.assertConsistent(plan)
        return theirs, ours

    # -- the same rows ------------------------------------------------------------------------------------------------

    def test_case_G12_an_unpaid_invoice_is_as_odoo_leaves_it(self):
        _theirs, ours = self.plan_both()
        self.assertEqual(len(self.ledger.get_terms(ours)), 3)

    def test_case_G12_a_plan_of_one_part_is_as_odoo_leaves_it(self):
        self.plan_both(terms={"count": 1})

    def test_case_G12_a_plan_with_a_deposit_is_as_odoo_leaves_it(self):
        self.plan_both(terms={"deposit": Decimal("100"), "deposit_date": date.fromisoformat(TODAY), "count": 7})

    def test_case_G12_an_invoice_in_foreign_currency_is_as_odoo_leaves_it(self):
        theirs, _ours = self.plan_both(currency_id=self.foreign.id, day="2026-05-25")
        line = self.ledger.get_terms(theirs)[:1]
        self.assertNotEqual(line.amount_currency, line.balance)

    def test_case_G12_an_invoice_with_tax_and_a_reference_is_as_odoo_leaves_it(self):
        product = {"product_id": self.code.product_id.id, "tax_ids": [Command.set(self.tax.ids)]}
        lines = [Command.create({**product, "price_unit": price}) for price in (99.99, 10.01)]
        self.plan_both(invoice_line_ids=lines, ref="Order 7")

    def test_case_G12_an_invoice_with_a_discount_for_early_payment_is_as_odoo_leaves_it(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "3 % in 25 days",
                "early_discount": True,
                "discount_percentage": 3,
                "discount_days": 25,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 60})],
            }
        )
        self.plan_both(invoice_payment_term_id=term.id, invoice_date_due=False)

    def test_case_G12_a_due_line_that_was_renamed_or_is_not_reminded_of_is_as_odoo_leaves_it(self):
        def rename(move):
            self.ledger.get_terms(move).write({"name": "By hand", "no_followup": True})

        self.plan_both(rename)

    def test_case_G12_an_invoice_without_any_reference_is_as_odoo_leaves_it(self):
        def forget(move):
            move.payment_reference = False
            self.ledger.get_terms(move).name = False

        self.plan_both(forget)

    def test_case_G12_an_archived_receivable_account_is_as_odoo_leaves_it(self):
        account = self.ledger.get_terms(self.make_invoice()).account_id.copy({"name": "Old", "code": "OLD.1"})

        def move_and_archive(move):
            account.active = True
            move.button_draft()
            self.ledger.get_terms(move).account_id = account
            move.action_post()
            account.active = False

        self.plan_both(move_and_archive)

    def test_case_G12_several_invoices_of_one_plan_are_as_odoo_leaves_them(self):
        theirs, ours = ([self.make_invoice(amount) for amount in (100, 333.33, 7.01)] for _way in range(2))
        with patch.object(type(self.due_lines), "find_plain", lambda _self, _divisions: {}):
            self.plan(self.env["account.move"].union(*theirs))
        with self.counting() as written:
            self.plan(self.env["account.move"].union(*ours))
        self.assertEqual(len(written), 3)
        for pair in zip(theirs, ours, strict=True):
            self.assertSame(*pair)

    # -- what Odoo does with it later ---------------------------------------------------------------------------------

    def test_case_G12_a_payment_a_draft_and_a_credit_note_come_out_the_same(self):
        both = self.plan_both()
        for move in both:
            self.pay(move, 400)
        self.assertSame(*both)
        self.assertEqual([line.reconciled for line in self.ledger.get_terms(both[1])], [True, False, False])
        for move in both:
            move.button_draft()
        self.assertSame(*both)
        for move in both:
            move.action_post()
        self.assertSame(*both)
        for move in both:
            wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=move.ids)
            wizard.create({"journal_id": move.journal_id.id, "reason": "Back"}).reverse_moves()
        self.assertSame(*both)

    def test_case_G12_a_hash_comes_out_for_both(self):
        both = self.plan_both()
        for move in both:
            move.journal_id.restrict_mode_hash_table = True
            move.button_hash()
            self.assertTrue(move.inalterable_hash)
        auditor = new_test_user(self.env, "auditor", "account.group_account_user,base.group_user")
        report = self.company.with_user(auditor).sudo(False)._check_hash_integrity()
        self.assertNotIn("corrupted", {entry["status"] for entry in report["results"]})

    def test_case_G12_cancelled_plans_leave_the_same(self):
        both = self.plan_both()
        for move in both:
            self.env["billing.installment.plan"].search([("move_ids", "in", move.ids)]).action_cancel()
        self.assertSame(*both)

    def test_case_G12_what_odoo_has_in_memory_is_what_is_stored(self):
        move = self.make_invoice(1000.01)
        line = self.ledger.get_terms(move)
        changed = [line._fields[name] for name in ("balance", "amount_residual", "date_maturity", "move_id")]
        kept = {other for field in changed for other in self.env.registry.get_dependent_fields(field)}
        kept = {field for field in kept if not field.name.endswith("_dirty")}  # notes of Odoo's while it derives
        names = {
            one: [name for name, field in one._fields.items() if field.column_type and field.store or field in kept]
            for one in (move, line)
        }
        for record, fields in names.items():
            for name in fields:
                record[name]  # pylint: disable=pointless-statement
        with self.counting() as written:
            self.plan(move)
        self.assertTrue(written)
        known = {(record._name, name): record[name] for record, fields in names.items() for name in fields}
        lines = {(one.id, name): one[name] for one in move.line_ids for name in names[line]}
        self.env.invalidate_all()
        for (model, name), value in known.items():
            record = next(one for one in names if one._name == model)
            self.assertEqual(record[name], value, f"{model}.{name}")
        self.assertEqual(len(move.line_ids), 4)
        for (line_id, name), value in lines.items():
            self.assertEqual(self.env["account.move.line"].browse(line_id)[name], value, name)

    # -- what goes Odoo's way -----------------------------------------------------------------------------------------

    def test_case_G12_a_part_paid_invoice_goes_odoos_way(self):
        self.plan_both(lambda move: self.pay(move, 100), is_written=False)

    def test_case_G12_a_payment_term_of_several_parts_goes_odoos_way(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days}) for days in (10, 40)
                ],
            }
        )
        self.plan_both(is_written=False, invoice_payment_term_id=term.id, invoice_date_due=False)

    def test_case_G12_a_plan_in_place_of_one_with_a_single_part_is_as_odoo_leaves_it(self):
        both = self.plan_both(terms={"count": 1})
        plans = [self.env["billing.installment.plan"].search([("move_ids", "in", move.ids)]) for move in both]
        requests, day = self.env["billing.installment.request"], date.fromisoformat(TODAY)
        with patch.object(type(self.due_lines), "find_plain", lambda _self, _divisions: {}):
            requests.reschedule(plans[0], self.terms(count=4), day=day)
        with self.counting() as written:
            requests.reschedule(plans[1], self.terms(count=4), day=day)
        self.assertTrue(written)
        self.assertSame(*both)
        self.assertEqual(len(self.ledger.get_terms(both[1])), 4)

    def test_case_G12_what_somebody_else_stores_of_the_due_lines_is_computed_again(self):
        move = self.make_invoice()
        dependents = due_lines._get_dependents(self.env, [move.line_ids._fields["amount_residual"]])
        self.assertFalse(dependents.foreign, "of Odoo's own and ours none: it is not looked for")
        noted, add = [], type(self.env).add_to_compute

        def note(env, field, records):
            noted.append((str(field), records.ids))
            add(env, field, records)

        with (
            patch.object(due_lines, "_is_foreign", lambda field: str(field) == "account.move.amount_residual_signed"),
            patch.dict(due_lines._DEPENDENTS, clear=True),
            patch.object(type(self.env), "add_to_compute", note),
            self.counting() as written,
        ):
            self.plan(move)
        self.assertEqual(written, [move])
        self.assertIn(("account.move.amount_residual_signed", move.ids), noted)

    def test_case_G12_another_addon_that_has_a_say_in_journal_items_is_asked(self):
        asked = []

        def create(above, _lines, vals_list):
            asked.extend(vals_list)
            return above.create(vals_list)

        move = self.make_invoice()
        with laid_over(self.env["account.move.line"], "somebody", create=create), self.counting() as written:
            self.plan(move)
        self.assertEqual((written, len(asked)), ([], 2))
