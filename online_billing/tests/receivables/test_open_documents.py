"""What is open is said by open items alone: forms, lists, filters and pages ask them."""

from pathlib import Path

from odoo.tests import freeze_time, tagged

from ... import engine
from ..collection.collection_common import CollectionCase

ADDON = Path(engine.__file__).parents[1]
# who may judge by Odoo's own state: the services that say what is open, their index, and who settles a dispute there
JUDGES = {
    "services/receivables/open_documents.py",
    "services/receivables/open_items.py",
    "services/receivables/overdue.py",
    "services/receivables/stops.py",
    "models/receivables/account_move.py",
}
NAMES = ("late", "disputed", "covered", "today", "east")
OWN_WORDS = ("'not_paid'", "'partial'", "'in_payment'", '"not_paid"', '"in_payment"')


@tagged("post_install", "-at_install")
@freeze_time("2026-11-10 12:30:00")
class TestOpenDocuments(CollectionCase):
    def test_nobody_else_judges_by_the_state_of_payment(self):
        found = set()
        for file in [*ADDON.rglob("*.py"), *ADDON.rglob("*.xml")]:
            name = str(file.relative_to(ADDON))
            if "tests" in file.parts or name in JUDGES:
                continue
            for line in file.read_text().splitlines():
                if "payment_state" in line and any(word in line for word in (*OWN_WORDS, "'blocked'", '"blocked"')):
                    found.add(name)
        self.assertFalse(found)

    def test_a_document_is_open_until_it_is_paid_or_credited_also_in_dispute(self):
        account = self.make_account()
        made = {name: self.owe(account, "2026-11-01") for name in ("open", "partly", "disputed", "paid", "credited")}
        made["draft"] = self.make_invoice(account, post=False)
        made["cancelled"] = self.make_invoice(account)
        made["cancelled"].button_draft()
        made["cancelled"].button_cancel()
        self.pay_invoice(made["partly"], 10)
        self.pay_invoice(made["paid"])
        made["disputed"].action_toggle_block_payment()
        made["credited"]._reverse_moves([{"invoice_date": "2026-11-02", "date": "2026-11-02"}], cancel=True)
        expected = {name: name in ("open", "partly", "disputed") for name in made}
        self.assertEqual({name: move.billing_is_open for name, move in made.items()}, expected)
        moves = self.env["account.move"].union(*made.values())
        for wanted in (True, False):
            found = moves.search([("id", "in", moves.ids), ("billing_is_open", "=", wanted)])
            self.assertEqual(
                {name for name, move in made.items() if move in found},
                {name for name, is_open in expected.items() if is_open == wanted},
            )

    def test_what_is_open_of_a_document_is_in_its_own_currency_with_its_sign(self):
        account, euro = self.make_account(), self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create({"currency_id": euro.id, "rate": 0.5, "company_id": self.company.id})
        made = {
            "invoice": self.owe(account, "2026-11-01", currency_id=euro.id),
            "partly": self.owe(account, "2026-11-01"),
            "credit": self.make_invoice(account, move_type="out_refund", currency_id=euro.id),
            "draft": self.make_invoice(account, price=5, post=False),
            "cancelled": self.make_invoice(account, price=700, post=False),
        }
        self.pay_invoice(made["partly"], 10)
        made["cancelled"].button_cancel()
        expected = {"invoice": 119, "partly": 109, "credit": -119, "draft": 5.95, "cancelled": 0}
        self.assertEqual({name: round(move.billing_open_amount, 2) for name, move in made.items()}, expected)
        self.assertNotEqual(made["invoice"].amount_residual_signed, 119, "which is in the currency of the company")
        moves = self.env["account.move"].with_user(self.clerk)
        domain = [("id", "in", [move.id for move in made.values()])]
        for order, names in (
            ("billing_open_amount", ["credit", "cancelled", "draft", "partly", "invoice"]),
            ("billing_open_amount desc", ["invoice", "partly", "draft", "cancelled", "credit"]),
        ):
            self.assertEqual(moves.search(domain, order=order).ids, [made[name].id for name in names])
        sums = dict(moves._read_group(domain, ["currency_id"], ["billing_open_amount:sum"]))
        self.assertEqual({one.name: float(amount) for one, amount in sums.items()}, {"EUR": 0, "USD": 114.95})
        described = moves.fields_get(["billing_open_amount"])["billing_open_amount"]
        self.assertEqual((described["sortable"], described["aggregator"]), (True, "sum"))

    def test_an_account_with_something_overdue_is_found_as_its_page_says(self):
        made = {
            name: self.make_account(f"Customer {name}") for name in ("late", "disputed", "covered", "today", "east")
        }
        made["east"].timezone = "Pacific/Auckland"  # where it is the next day already
        due = {"today": "2026-11-10", "east": "2026-11-10"}
        moves = {name: self.owe(account, due.get(name, "2026-11-01")) for name, account in made.items()}
        moves["disputed"].action_toggle_block_payment()
        self.make_invoice(made["covered"], price=500, move_type="out_refund", delivery="sent")
        self.env.invalidate_all()
        expected = {name: name in ("late", "east") for name in made}
        self.assertEqual({name: account.has_overdue for name, account in made.items()}, expected)
        accounts = self.env["billing.account"].union(*made.values()).with_user(self.clerk)
        for wanted in (True, False):
            found = accounts.search([("id", "in", accounts.ids), ("has_overdue", "=", wanted)])
            self.assertEqual(
                {name for name, account in made.items() if account in found},
                {name for name, late in expected.items() if late == wanted},
            )
