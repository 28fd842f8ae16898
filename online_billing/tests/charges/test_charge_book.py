"""The one door of charges: what enters, what a key that is known answers, and who else may write."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...services.charges.new_charge import NewCharge, Settlement
from ..common import BillingCase

ADDON = Path(__file__).parents[2]
# who writes rows of the table by SQL or in bulk: the book alone
WRITES = re.compile(
    r"(INSERT\s+INTO|UPDATE|DELETE\s+FROM|COPY)\s+\"?billing_charge\b(?!_)"
    r"|(insert_rows|insert_missing|update_rows|write_rows)\([^()]*[\"']billing_charge[\"']"
    r"|env\[[\"']billing\.charge[\"']\](\.sudo\(\))?\.create\("
)


@tagged("post_install", "-at_install")
class TestChargeBook(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hour = cls.make_code("HOUR", price=95, kind="one_time")
        cls.account = cls.make_account()
        cls.book = cls.env["billing.charge.book"]

    def make_new(self, key="k", **values):
        new = NewCharge(
            name="Work",
            origin="program",
            key=key,
            account_id=self.account.id,
            company_id=self.company.id,
            currency_id=self.account.currency_id.id,
            code_id=self.hour.id,
            day=self.day("2026-08-20"),
            amount=Decimal("95.00"),
            exact=Decimal("95"),
        )
        return replace(new, **values)

    def get_charge(self, answer):
        return self.env["billing.charge"].browse(answer.charge_id)

    def test_every_new_charge_gets_its_own_answer_in_order(self):
        answers = self.book.record([self.make_new("b"), self.make_new("a"), self.make_new("b")])
        self.assertEqual([answer.status for answer in answers], ["created", "created", "duplicate"])
        self.assertEqual(answers[0].charge_id, answers[2].charge_id)
        charge = self.get_charge(answers[0])
        self.assertEqual((charge.key, charge.generation, charge.origin, charge.state), ("b", 1, "program", "pending"))
        self.assertEqual((charge.amount, charge.quantity, charge.create_uid), (95.0, 1.0, self.env.user))

    def test_case_F6_same_key_with_another_content_is_a_conflict_and_the_first_stays(self):
        [first] = self.book.record([self.make_new()])
        other_account = self.make_account("Grace Hopper")
        for changed, differs in (
            ({"amount": Decimal("95.01")}, ("amount",)),
            ({"account_id": other_account.id}, ("account_id",)),
            ({"quantity": Decimal(2)}, ("quantity",)),
        ):
            with self.subTest(changed=changed):
                [answer] = self.book.record([self.make_new(**changed)])
                self.assertEqual((answer.status, answer.differs), ("conflict", differs))
                self.assertEqual(answer.charge_id, first.charge_id)
        self.assertEqual(self.get_charge(first).amount, 95.0)

    def test_a_charge_moves_only_along_the_table(self):
        [answer] = self.book.record([self.make_new()])
        charge = self.get_charge(answer)
        self.book.void(charge, "Agreed otherwise")
        self.assertEqual((charge.state, charge.void_reason), ("void", "Agreed otherwise"))
        for act in (
            lambda: self.book.void(charge, "Once more"),
            lambda: self.book.release(charge),
            lambda: self.book.settle([Settlement(charge.id, 1, 1)]),
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                act()

    def test_nothing_else_writes_the_table(self):
        found = []
        files = [path for path in ADDON.rglob("*.py") if "tests" not in path.relative_to(ADDON).parts]
        self.assertGreater(len(files), 150)
        for path in files:
            if path.name != "book.py" and WRITES.search(path.read_text()):
                found.append(str(path.relative_to(ADDON)))
        self.assertEqual(found, [])

    def test_not_even_with_elevated_rights_does_the_model_settle_a_charge(self):
        [answer] = self.book.record([self.make_new()])
        charge = self.get_charge(answer).sudo()
        for vals in ({"state": "void", "void_reason": "x"}, {"invoice_id": False}, {"origin": "form"}, {"key": "y"}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                charge.write(vals)

    def test_the_model_itself_creates_by_the_book_alone(self):
        """Whatever creates by the ORM, import among it, comes by the form's rating."""
        charge = self.env["billing.charge"].sudo().create({"account_id": self.account.id, "code_id": self.hour.id})
        self.assertEqual((charge.origin, charge.amount, charge.generation), ("form", 95.0, 1))
        with self.assertRaises(AccessError):
            self.env["billing.charge"].sudo().create(
                {"account_id": self.account.id, "code_id": self.hour.id, "key": "line:1:period:2026-01-01"}
            )

    # -- by program ---------------------------------------------------------------------------------------------------

    def give(self, **values):
        return {"account": self.account.name, "code": "HOUR", "key": "k", "date": "2026-08-20", **values}

    def record(self, *charges):
        return self.env["billing.charge"].with_user(self.clerk).record(list(charges))

    def test_case_F6_a_program_is_told_of_the_conflict(self):
        other = self.make_account("Grace Hopper")
        self.record(self.give(quantity=2))
        for changed, field in (
            ({"quantity": 3}, "quantity"),
            ({"account": other.name}, "account"),
            ({"quantity": 2, "amount": 5}, "amount"),
            ({"quantity": 2, "date": "2026-08-21"}, "date"),
        ):
            with self.subTest(changed=changed):
                [answer] = self.record(self.give(**changed))
                self.assertEqual((answer["status"], answer["error"]["code"]), ("conflict", "conflict"))
                self.assertEqual(answer["error"]["field"], field)
        self.assertCharges(self.account, [("2026-08-20", "190.00")])

    def test_case_F6_what_a_program_did_not_say_may_have_changed(self):
        [first] = self.record(self.give())
        self.make_price(self.hour, 120, valid_from="2026-08-01")
        self.assertEqual(self.record(self.give())[0]["status"], "duplicate")
        [again] = self.record(self.give(quantity=1, name="Service HOUR"))
        self.assertEqual((again["status"], again["id"], again["amount"]), ("duplicate", first["id"], 95.0))

    def test_case_B23_a_repeated_key_tells_that_the_first_was_cancelled(self):
        [first] = self.record(self.give(invoice="now"))
        move = self.env["billing.charge"].browse(first["id"]).invoice_id
        move.button_draft()
        move.button_cancel()
        [again] = self.record(self.give(invoice="now"))
        self.assertEqual((again["status"], again["id"], again["state"]), ("duplicate", first["id"], "void"))
        self.assertIn("cancelled", again["void_reason"])
