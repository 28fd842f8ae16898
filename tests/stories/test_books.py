"""What the books are asked for after each step of a walk finds what is wrong with them."""

from __future__ import annotations

from datetime import date

from tests.faults import business
from tests.stories.books import Books
from tests.stories.closed_form import Agreement, Line
from tests.stories.story_case import StoryCase

MONTHLY = Agreement("month", 1, "calendar", date(2026, 1, 1), (Line("A", "29.90"),))


class TestBooks(StoryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.sign(MONTHLY)

    def setUp(self):
        super().setUp()
        self.run_by_hand(date(2026, 2, 1), self.account)

    def assertFound(self, name, statement):
        books = Books(self.env)
        self.assertEqual(books.look(self.env), {})
        self.env.flush_all()
        self.env.cr.execute(statement, {"account": self.account.id})
        self.env.invalidate_all()
        self.assertIn(name, books.look(self.env))

    def test_an_amount_in_another_currency_than_it_says(self):
        self.assertFound(
            "an amount does not bear the currency of its entry",
            "UPDATE account_move_line line SET amount_currency = 2 * balance FROM account_move move"
            " WHERE move.id = line.move_id AND move.billing_account_id = %(account)s",
        )

    def test_an_account_that_shows_what_another_customer_owes(self):
        business.make_accounts(self.env, 1)
        self.assertFound(
            "what is open is not the ledger",
            "UPDATE billing_account SET partner_id = (SELECT max(partner_id) FROM billing_account)"
            " WHERE id = %(account)s",
        )

    def test_a_charge_that_is_not_on_its_invoice_as_it_is(self):
        self.assertFound(
            "the charges of a posted invoice are not its amount",
            "UPDATE billing_charge SET amount = amount + 1 WHERE account_id = %(account)s",
        )

    def test_a_charge_that_is_billed_once_more(self):
        self.assertFound(
            "a charge stands twice",
            "UPDATE billing_charge SET generation = id, key = 'same' WHERE account_id = %(account)s",
        )

    def test_a_period_that_is_left_out(self):
        self.assertFound(
            "the periods of a line leave a gap or overlap",
            "UPDATE billing_charge SET service_start = service_start + 1 WHERE account_id = %(account)s",
        )
