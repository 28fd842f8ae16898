"""Transfers that are matched straight from a bank statement, without a payment: all pages know of the same money."""

from datetime import date

from odoo.fields import Command, Domain
from odoo.tests import tagged

from ..statements import Statements, explain
from .bank_common import BankCase


@tagged("post_install", "-at_install")
class TestBankMoney(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account("Ada")

    def get_entries(self, account=None, kinds=("payment", "transfer")):
        self.env.invalidate_all()
        entries = self.env["billing.timeline"].with_user(self.clerk).get_entries(account or self.account)["entries"]
        return [
            (one["amount"].replace("\xa0", " ").replace("\ufeff", ""), one["state"])
            for one in entries
            if one["kind"] in kinds
        ]

    def get_money(self, *accounts):
        self.env.invalidate_all()
        of = self.account.union(*accounts)
        return self.env["billing.money"].with_user(self.clerk).search([("billing_account_id", "in", of.ids)])

    def test_a_transfer_that_is_matched_with_an_invoice_is_known(self):
        invoice = self.make_invoice(self.account, delivery="sent")
        [line] = self.match_from_bank(119, {self.account.partner_id: invoice})
        self.assertEqual((invoice.payment_state, line.billing_account_id), ("paid", self.account))
        self.assertEqual(self.get_entries(), [("$ 119.00", "Received")])
        [money] = self.get_money()
        self.assertEqual((money.amount, money.company_amount, money.date), (119, 119, date(2026, 11, 10)))
        self.assertEqual((money.line_id, money.way, money.state), (line, line.journal_id.name, "paid"))
        self.assertEqual(money.action_open()["res_id"], line.move_id.id)
        self.assertEqual(money._get_documents(), invoice)
        action = self.account.with_user(self.clerk).action_view_payments()
        self.assertEqual(self.env[action["res_model"]].search(Domain(action["domain"])), money.sudo())

    def test_it_is_counted_among_what_was_paid_and_opened_there(self):
        invoice = self.make_invoice(self.account, delivery="sent")
        self.match_from_bank(119, {self.account.partner_id: invoice})
        refund = self.make_invoice(self.account, move_type="out_refund", delivery="sent")
        self.match_from_bank(-119, {self.account.partner_id: refund})
        home = self.env["billing.home.money"].with_user(self.clerk)
        today = date(2026, 11, 12)
        [row] = home.get_rows(today)
        self.assertEqual(row["paid"].replace("\xa0", " "), "$ 119.00")
        action = home.get_action("paid", today, self.company, self.company.currency_id)
        found = self.env[action["res_model"]].with_user(self.clerk).search(Domain(action["domain"]))
        self.assertEqual(found.mapped("amount"), [119])

    def test_what_is_given_back_by_transfer_is_less_than_nothing(self):
        refund = self.make_invoice(self.account, move_type="out_refund", delivery="sent")
        self.match_from_bank(-119, {self.account.partner_id: refund})
        self.assertEqual(refund.payment_state, "paid")
        self.assertEqual(self.get_entries(), [("$ -119.00", "Paid back")])
        self.assertEqual(self.get_money().mapped("amount"), [-119])

    def test_one_transfer_of_two_customers_is_the_part_of_each(self):
        other = self.make_account("Bob")
        own, others = (self.make_invoice(one, delivery="sent") for one in (self.account, other))
        self.match_from_bank(238, {self.account.partner_id: own, other.partner_id: others})
        self.assertEqual(self.get_entries(), [("$ 119.00", "Received")])
        self.assertEqual(self.get_entries(other), [("$ 119.00", "Received")])

    def test_of_a_customer_with_two_accounts_it_is_that_whose_invoice_it_pays_and_so_is_what_is_left(self):
        other = self.make_second_account()
        older, own = self.make_invoice(other, delivery="sent"), self.make_invoice(self.account, delivery="sent")
        self.match_from_bank(150, {self.account.partner_id: own})
        self.assertEqual((older.payment_state, own.payment_state), ("not_paid", "paid"))
        self.assertEqual(self.get_entries(), [("$ 150.00", "Received")])
        self.assertFalse(self.get_entries(other))
        items = self.env["billing.open.items"].get_items((self.account | other).ids)
        self.assertEqual([float(item.amount) for item in items[self.account.id]], [-31])
        self.assertEqual([float(item.amount) for item in items[other.id]], [119])
        for account, closing in ((self.account, -31), (other, 119)):
            statement = self.env["billing.statement"].get_statement(
                account, account.currency_id, date(2026, 1, 1), date(2026, 12, 31)
            )
            self.assertEqual(float(statement.closing), closing)

    def test_what_came_before_there_was_an_invoice_is_on_the_only_account_and_moves_to_what_it_pays(self):
        [line] = self.match_from_bank(50, {self.account.partner_id: None})
        self.assertEqual(self.get_entries(), [("$ 50.00", "Received")])
        other = self.make_second_account()
        invoice = self.make_invoice(other, delivery="sent")
        self.settle(line, invoice)
        self.assertFalse(self.get_entries())
        self.assertEqual(self.get_entries(other), [("$ 50.00", "Received")])

    def test_what_is_undone_in_the_bank_is_gone_and_what_is_only_unmatched_stays(self):
        invoice = self.make_invoice(self.account, delivery="sent")
        [line] = self.match_from_bank(119, {self.account.partner_id: invoice})
        line.remove_move_reconcile()
        self.assertEqual(self.get_entries(), [("$ 119.00", "Received")])
        self.settle(line, invoice)
        line.statement_line_id.action_undo_reconciliation()
        self.assertFalse(self.get_entries())
        self.assertEqual(invoice.payment_state, "not_paid")

    def test_what_turns_out_to_be_somebody_else_s_is_theirs(self):
        [line] = self.match_from_bank(119, {self.account.partner_id: None})
        other = self.make_account("Bob")
        line.partner_id = other.partner_id
        self.assertFalse(self.get_entries())
        self.assertEqual(self.get_entries(other), [("$ 119.00", "Received")])
        line.account_id = line.journal_id.suspense_account_id
        self.assertFalse(self.get_entries(other))

    def test_an_entry_that_is_a_draft_again_is_no_money(self):
        [line] = self.match_from_bank(119, {self.account.partner_id: None})
        line.move_id.button_draft()
        self.assertFalse(self.get_entries())
        self.assertFalse(self.get_money())
        line.move_id.action_post()
        self.assertEqual(len(self.get_money()), 1)

    def test_a_payment_that_is_matched_in_the_bank_by_its_outstanding_account_is_there_once(self):
        invoice, other = (self.make_invoice(self.account, delivery="sent") for _number in range(2))
        payment = self.pay_before(self.account.partner_id, 119)
        self.settle(payment.move_id.line_ids, invoice)
        self.assertFalse(payment.is_matched)
        # one transfer of the payment and of another invoice
        self.match_from_bank(238, {self.account.partner_id: other}, payment=payment)
        self.assertEqual((payment.state, other.payment_state), ("paid", "paid"))
        self.assertEqual(self.get_entries(), [("$ 119.00", "Received")] * 2)
        self.assertEqual(sum(self.get_money().mapped("amount")), 238)

    def test_a_payment_without_an_entry_that_the_bank_books_is_there_once(self):
        invoice = self.make_invoice(self.account, delivery="sent")
        payment = self.pay_without_entry(invoice)
        self.assertFalse(payment.move_id)
        [line] = self.match_from_bank(119, {self.account.partner_id: invoice})
        self.assertEqual((invoice.payment_state, payment.state), ("paid", "paid"))
        self.assertEqual(self.get_entries(), [("$ 119.00", "Received")])
        self.assertEqual(self.get_money().payment_id, payment)
        payment.action_cancel()
        self.assertEqual(self.get_money().filtered(lambda money: money.state == "paid").line_id, line)

    def test_beside_a_payment_without_an_entry_another_transfer_is_money_of_its_own(self):
        invoice = self.make_invoice(self.account, delivery="sent")
        self.pay_without_entry(invoice, amount=19)
        self.match_from_bank(100, {self.account.partner_id: invoice})
        self.assertEqual(sum(self.get_money().mapped("amount")), 119)

    def test_of_two_transfers_alike_one_books_the_payment_without_an_entry(self):
        invoice = self.make_invoice(self.account, price=200, delivery="sent")
        self.pay_without_entry(invoice, amount=119)
        for _number in range(2):
            self.match_from_bank(119, {self.account.partner_id: invoice})
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(sum(self.get_money().mapped("amount")), 238)

    def test_a_transfer_in_another_currency_is_said_in_it(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create({"currency_id": euro.id, "name": "2026-01-01", "rate": 0.5})
        invoice = self.make_invoice(self.account, delivery="sent", currency_id=euro.id)
        self.match_from_bank(238, {self.account.partner_id: invoice}, foreign_currency_id=euro.id, amount_currency=119)
        self.assertEqual(invoice.payment_state, "paid")
        [money] = self.get_money()
        self.assertEqual((money.currency_id, money.amount, money.company_amount), (euro, 119, 238))
        self.assertIn(euro, self.env["billing.statement"].get_currencies(self.account))

    def test_what_is_locked_is_noted_all_the_same(self):
        [line] = self.match_from_bank(119, {self.account.partner_id: None})
        other = self.make_second_account()
        invoice = self.make_invoice(other, delivery="sent", invoice_date="2026-12-01")
        self.company.fiscalyear_lock_date = "2026-11-30"
        self.settle(line, invoice)
        self.assertEqual(self.get_entries(other), [("$ 119.00", "Received")])

    def test_somebody_else_pays_by_transfer(self):
        invoice = self.make_invoice(self.account, delivery="sent")
        friend = self.env["res.partner"].create({"name": "A friend"})
        self.match_from_bank(119, {friend: invoice})
        self.assertEqual(self.get_entries(), [("$ 119.00", "Received")])

    def test_cash_that_is_booked_by_hand_is_known_once_it_pays_an_invoice(self):
        invoice = self.make_invoice(self.account, delivery="sent")
        journal = self.env["account.journal"].create({"name": "Cash", "type": "cash", "code": "CSH8"})
        owed = invoice.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        entry = self.env["account.move"].create(
            {
                "journal_id": journal.id,
                "date": "2026-11-10",
                "line_ids": [
                    Command.create({"account_id": journal.default_account_id.id, "debit": 119}),
                    Command.create(
                        {"account_id": owed.account_id.id, "credit": 119, "partner_id": self.account.partner_id.id}
                    ),
                ],
            }
        )
        entry.action_post()
        self.assertFalse(self.get_entries())
        self.settle(entry.line_ids, invoice)
        self.assertEqual(self.get_entries(), [("$ 119.00", "Received")])

    def test_what_is_of_another_company_is_not_seen(self):
        self.match_from_bank(119, {self.account.partner_id: None})
        company = self.env["res.company"].create({"name": "Beside"})
        self.clerk.company_ids += company
        money = self.env["billing.money"].with_user(self.clerk).with_context(allowed_company_ids=company.ids)
        self.assertFalse(money.search([("billing_account_id", "=", self.account.id)]))

    def test_a_customer_stays_while_money_is_on_the_account(self):
        self.match_from_bank(119, {self.account.partner_id: None})
        with self.assertRaisesRegex(Exception, "stays its customer"):
            self.account.partner_id = self.env["res.partner"].create({"name": "Carol"})

    def explain_with(self, name, *query):
        """Return the plan of a query where, of the indexes over money from the bank, one alone is there.

        In an empty table they are all as good to PostgreSQL, whatever they are over.
        """
        with self.env.cr.savepoint() as savepoint:
            for other in ("account", "date", "money"):
                if not name.endswith(f"_{other}_idx"):
                    self.env.cr.execute(f"DROP INDEX account_move_line_billing_{other}_idx")
            plan = explain(self.env.cr, *query)
            savepoint.rollback()
        return plan

    def test_money_of_an_account_and_of_some_days_is_found_by_indexes(self):
        """Both halves, however much came in before; a number is looked up, not looked for."""
        [line] = self.match_from_bank(119, {self.account.partner_id: None})
        model = self.env["billing.money"]
        for domain, names in (
            ([("billing_account_id", "in", self.account.ids)], ("_billing_account_idx", "_billing_account_idx")),
            ([("date", ">=", "2026-11-01"), ("date", "<", "2026-12-01")], ("_billing_date_idx", "_billing_date_idx")),
            ([("id", "in", [5, -line.id])], ("_pkey", "_billing_money_idx")),
        ):
            with self.subTest(domain):
                query = model._search(domain).select()
                plan = self.explain_with(f"account_move_line{names[1]}", query.code, query.params)
                for table, name in zip(("account_payment", "account_move_line"), names, strict=True):
                    self.assertIn(table + name, plan)
        with Statements() as asked:
            self.assertTrue(self.env["billing.money.book"].get_latest(self.account, 3)[self.account])
        plan = self.explain_with("account_move_line_billing_account_idx", *asked.given[-1])
        self.assertIn("account_payment_billing_account_idx", plan)
        self.assertIn("account_move_line_billing_account_idx", plan)

    def test_what_was_matched_before_is_noted_by_the_update(self):
        invoice = self.make_invoice(self.account, delivery="sent")
        lines = self.match_from_bank(119, {self.account.partner_id: invoice})
        lines |= self.match_from_bank(30, {self.account.partner_id: None})
        self.env.flush_all()
        self.env.cr.execute("UPDATE account_move_line SET billing_account_id = NULL WHERE id = ANY(%s)", [lines.ids])
        self.env.invalidate_all()
        self.run_migration("19.0.1.1.0/post-money.py")
        self.assertEqual(sum(self.get_money().mapped("amount")), 149)
