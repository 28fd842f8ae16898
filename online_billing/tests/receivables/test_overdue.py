"""G5: what is overdue on all accounts is what the page of each says, and plain accounts are summed up together."""

from datetime import date
from decimal import Decimal
from itertools import product
from unittest.mock import patch

from odoo.fields import Command, Domain
from odoo.tests import freeze_time, tagged

from ...services.installments.terms import PlanTerms
from ..collection.collection_common import CollectionCase
from ..statements import Statements, explain

LATE, SOON = "2026-11-01", "2026-11-20"


@tagged("post_install", "-at_install")
@freeze_time("2026-11-10 12:30:00")
class TestOverdue(CollectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.taxes_id = [Command.clear()]

    def setUp(self):
        super().setUp()
        self.made = {}

    def make(self, name, *dues, **vals):
        """Return a new account that owes 100 due on each of the days."""
        account = self.made[name] = self.make_account(f"Customer {name}", **vals)
        return account, [self.owe(account, due) for due in dues]

    def find(self):
        """Return ({name: what is found}, {name: what the page says}, names whose items were looked at one by one).

        What is found in another currency than that of the account stands behind its name.
        """
        self.env.invalidate_all()
        items, looked = self.env["billing.open.items"], set()
        get_items = type(items).get_items

        def watched(service, account_ids):
            looked.update(account_ids)
            return get_items(service, account_ids)

        with patch.object(type(items), "get_items", watched):
            found = self.env["billing.overdue"].find()
        named = {account.id: name for name, account in self.made.items()}
        pages = {name: account.amount_overdue for name, account in self.made.items() if account.amount_overdue}
        return (
            {
                named[account.id] + ("" if currency == account.currency_id else f" {currency.name}"): float(amount)
                for (account, currency), amount in found.items()
                if account.id in named
            },
            pages,
            {named[account_id] for account_id in looked if account_id in named},
        )

    def assertFound(self, expected, looked=()):
        found, pages, asked = self.find()
        self.assertEqual(found, expected)
        self.assertEqual(found, pages)
        self.assertEqual(asked, set(looked))

    def test_case_G5_plain_accounts_are_summed_up_by_the_database(self):
        self.make("one", LATE)
        self.make("two", LATE, LATE, SOON)
        self.make("not yet", SOON)
        self.make("today", "2026-11-10")
        self.make("nothing")
        _partly, [move] = self.make("partly", LATE)
        self.pay_invoice(move, 30)
        _paid, [move] = self.make("paid", LATE)
        self.pay_invoice(move)
        self.assertFound({"one": 100.0, "two": 200.0, "partly": 70.0})

    def test_case_G5_where_something_else_has_a_say_the_items_are_asked(self):
        credited, _moves = self.make("credited", LATE, LATE)
        self.make_invoice(credited, price=150, move_type="out_refund", delivery="sent")
        _disputed, moves = self.make("disputed", LATE, LATE)
        moves[0].action_toggle_block_payment()
        paid, _moves = self.make("paid in advance", LATE)
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        self.env["account.payment"].create(
            {"partner_id": paid.partner_id.id, "amount": 40, "payment_type": "inbound", "journal_id": journal.id}
        ).action_post()
        self.make("plain", LATE)
        found, pages, asked = self.find()
        self.assertEqual(found, pages)
        self.assertEqual((found["credited"], found["disputed"], found["plain"]), (50.0, 100.0, 100.0))
        self.assertNotIn("plain", asked)
        self.assertLessEqual({"credited", "disputed"}, asked)

    def test_case_G5_installments_and_documents_without_an_account_are_asked(self):
        _planned, [move] = self.make("planned", LATE)
        terms = PlanTerms(first_date=date(2026, 12, 1), count=2, fee=Decimal(0))
        self.env["billing.installment.rule"].create({"name": "All", "approval_limit": 10**6, "month_max": 0})
        self.env["billing.installment.request"].request(move, terms, day=date(2026, 11, 10))
        foreign, _moves = self.make("foreign", LATE)
        loose = self.owe(foreign, LATE)
        loose.billing_account_id = False
        found, pages, asked = self.find()
        self.assertEqual(found, pages)
        self.assertEqual(found, {"foreign": 200.0})
        self.assertLessEqual({"planned", "foreign"}, asked)

    def make_of_every_kind(self):
        self.make("one", LATE)
        self.make("three", LATE, LATE, SOON)
        self.make("soon", SOON, SOON)
        self.make("nothing")
        credited, _moves = self.make("credited", LATE, SOON)
        self.make_invoice(credited, price=150, move_type="out_refund", delivery="sent")
        over, _moves = self.make("overpaid", LATE)
        self.make_invoice(over, price=170, move_type="out_refund", delivery="sent")
        _disputed, moves = self.make("disputed", LATE, LATE)
        moves[0].action_toggle_block_payment()
        foreign, _moves = self.make("foreign", LATE)
        self.owe(foreign, LATE).billing_account_id = False
        _partly, [move] = self.make("partly", LATE)
        self.pay_invoice(move, 30)

    def test_case_D12_accounts_are_sorted_by_what_is_open_and_overdue_as_their_pages_say_it(self):
        self.make_of_every_kind()
        accounts = self.env["billing.account"].with_user(self.clerk)
        own = [("id", "in", [account.id for account in self.made.values()])]
        for name, kinds in (("amount_due", 7), ("amount_overdue", 4)):
            self.env.invalidate_all()
            amounts = accounts.search(own, order=f"{name} DESC").mapped(name)
            self.assertEqual(amounts, sorted(amounts, reverse=True), name)
            self.assertEqual((len(amounts), len(set(amounts))), (len(self.made), kinds), name)
            self.assertEqual(accounts.search(own, order=name).mapped(name), sorted(amounts), name)
        self.assertEqual(accounts.search(own, order="amount_due DESC", limit=1), self.made["three"])
        self.assertEqual(accounts.search(own, order="amount_due", limit=1), self.made["overpaid"])

    def test_case_D12_the_lists_offer_it_and_opening_one_works_nothing_out(self):
        service = type(self.env["billing.overdue"])
        with patch.object(service, "get_amounts", side_effect=AssertionError):
            described = self.env["billing.account"].with_user(self.clerk).fields_get(["amount_due", "amount_overdue"])
        self.assertEqual([one["sortable"] for one in described.values()], [True, True])

    def test_case_D12_pages_of_a_sorted_list_hold_each_account_once(self):
        self.make_of_every_kind()
        accounts = self.env["billing.account"].with_user(self.clerk)
        own = [("id", "in", [account.id for account in self.made.values()])]
        pages = [
            account.id
            for first in range(0, len(self.made), 3)
            for account in accounts.search(own, order="amount_overdue DESC, name DESC", offset=first, limit=3)
        ]
        self.assertEqual(sorted(pages), sorted(own[0][2]))
        # most accounts owe nothing, so the list has an order among those
        self.assertIn('default_order="name desc"', self.env.ref("online_billing.billing_account_view_list").arch)

    def test_case_D12_a_sorted_list_reads_its_columns_of_the_accounts_that_it_shows(self):
        self.make_of_every_kind()
        accounts = self.env["billing.account"].with_user(self.clerk)
        own = [("id", "in", [account.id for account in self.made.values()])]
        order, columns = "amount_overdue DESC, name DESC", {"name": {}, "amount_overdue": {}, "state": {}}
        self.env.flush_all()
        for limit in (3, 30):
            self.env.invalidate_all()
            expected = accounts.search(own, order=order, limit=limit).read(list(columns), load=None)
            self.env.invalidate_all()
            with Statements() as asked:
                answer = accounts.web_search_read(own, columns, order=order, limit=limit)
            self.assertEqual(answer, {"records": expected, "length": len(self.made)})
            sorting = [query for query in asked if 'ORDER BY "billing_account"."name"' in query]
            self.assertTrue(sorting)
            self.assertFalse([query for query in sorting if '"billing_account"."state"' in query])

    def test_case_D12_every_page_of_a_sorted_list_is_a_part_of_the_whole_of_it(self):
        self.make_of_every_kind()
        for name in ("nothing at all", "nothing either"):
            self.make(name)
        accounts = self.env["billing.account"].with_user(self.clerk)
        own = Domain("id", "in", [account.id for account in self.made.values()])
        some = own & Domain("partner_id.name", "not in", ["Customer three", "Customer nothing"])
        for domain, name, direction, further in product(
            (own, some), ("amount_due", "amount_overdue"), ("DESC", "asc", ""), (", name", ", partner_id desc, id")
        ):
            order = f"{name} {direction}{further}"
            whole = accounts.search(domain, order=order)
            for limit, offset in product((1, 3, len(whole)), range(len(whole) + 2)):
                page = accounts.search(domain, order=order, limit=limit, offset=offset)
                self.assertEqual(page, whole[offset : offset + limit], (order, limit, offset))

    def test_case_D12_accounts_that_owe_nothing_are_looked_for_where_they_are_shown(self):
        self.make("owing", LATE)
        for number in range(5):
            self.make(f"nothing {number}")
        accounts = self.env["billing.account"].with_user(self.clerk)
        own = [("id", "in", [account.id for account in self.made.values()])]
        for order, limit, kinds in (("amount_due DESC", 1, ["owing"]), ("amount_due", 2, ["nothing"])):
            with self.subTest(order=order), Statements() as asked:
                self.assertEqual(len(accounts.search(own, order=f"{order}, name", limit=limit)), limit)
            searched = [query for query in asked if 'ORDER BY "billing_account"."name"' in query]
            found = ["nothing" if "LIMIT" in query else "owing" for query in searched]
            self.assertEqual(found, kinds, order)

    def test_whose_documents_are_open_is_read_from_an_index_alone(self):
        self.make("one", LATE)
        with Statements() as asked:
            self.env["billing.overdue"].find()
        [summing] = [given for given in asked.given if "account_move_line" in given[0] and "sum(" in given[0]]
        plan = explain(self.env.cr, *summing)
        for index in ("open", "blocked"):
            self.assertIn(f"Index Only Scan using account_move_billing_{index}_idx", plan)

    def test_case_D12_what_is_overdue_is_worked_out_once_for_the_rows_of_a_list_and_their_number(self):
        self.make_of_every_kind()
        accounts, service = self.env["billing.account"].with_user(self.clerk), type(self.env["billing.overdue"])
        own = [("id", "in", [account.id for account in self.made.values()])]
        for wanted, count in ((True, 5), (False, len(self.made) - 5)):
            domain = [*own, ("has_overdue", "=", wanted)]
            found = accounts.search(domain)
            self.assertEqual(len(found), count)
            with patch.object(service, "find", autospec=True, side_effect=service.find) as asked:
                answer = accounts.web_search_read(domain, {"name": {}}, limit=2)
            self.assertEqual([row["id"] for row in answer["records"]], found[:2].ids)
            self.assertEqual((answer["length"], asked.call_count), (count, 1))

    def test_case_D12_what_is_sorted_is_of_the_chosen_companies(self):
        self.make("one", LATE)
        other = self.env["res.company"].create({"name": "Other"})
        accounts = self.env["billing.account"].with_context(allowed_company_ids=other.ids)
        self.assertFalse(accounts.search([("company_id", "=", other.id)], order="amount_due DESC"))

    def test_case_G5_each_account_has_its_own_day_currency_and_company(self):
        self.make("here", "2026-11-10")
        self.make("there", "2026-11-10", timezone="Pacific/Auckland")
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.make("euro", LATE, currency_id=euro.id)
        other = self.env["res.company"].create({"name": "Other"})
        self.make("elsewhere", LATE)
        self.assertFound({"there": 100.0, "euro": 100.0, "elsewhere": 100.0})
        self.assertFalse(self.env["billing.overdue"].with_context(allowed_company_ids=other.ids).find())

    def test_what_is_overdue_in_another_currency_than_that_of_the_account_is_found_in_it(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.make("plain", LATE)
        mixed, _moves = self.make("mixed", SOON)
        move = self.owe(mixed, LATE, price=40, currency_id=euro.id)
        paid, _moves = self.make("paid", LATE)
        self.owe(paid, LATE, currency_id=euro.id)
        self.make_invoice(paid, price=100, move_type="out_refund", delivery="sent", currency_id=euro.id)
        found, pages, _asked = self.find()
        self.assertEqual(found, {"plain": 100.0, "mixed EUR": 40.0, "paid": 100.0})
        self.assertEqual(pages, {"plain": 100.0, "paid": 100.0})
        self.assertEqual((mixed.has_overdue, mixed.overdue_currency_ids), (True, euro))
        accounts, own = (
            self.env["billing.account"].with_user(self.clerk),
            [account.id for account in self.made.values()],
        )
        self.assertEqual(accounts.search([("id", "in", own), ("overdue_currency_ids", "in", euro.ids)]), mixed)
        self.assertEqual(len(accounts.search([("id", "in", own), ("has_overdue", "=", True)])), 3)
        self.pay_invoice(move)
        self.assertFalse(accounts.search([("id", "in", own), ("overdue_currency_ids", "in", euro.ids)]))

    def test_case_G5_parts_of_a_payment_term(self):
        parts = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "delay_type": "days_after", "nb_days": days}
                    )
                    for days in (5, 300)
                ],
            }
        )
        account, _moves = self.make("in parts")
        self.make_invoice(
            account, price=100, delivery="sent", invoice_date="2026-10-01", invoice_payment_term_id=parts.id
        )
        self.assertFound({"in parts": 50.0})

    def test_case_G5_more_accounts_take_no_more_statements(self):
        counts = []
        for number in range(2):
            for place in range(1 + 10 * number):
                self.make(f"{number}-{place}", LATE)
            self.env.flush_all()
            self.env.invalidate_all()
            with Statements() as asked:
                self.env["billing.overdue"].find()
            counts.append(len(asked))
        self.assertEqual(*counts)
        self.assertLess(counts[1], 10)
