from decimal import Decimal

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .receivables_common import ReceivablesCase


@tagged("post_install", "-at_install")
class TestReceivables(ReceivablesCase):
    def fetch(self, *accounts):
        ids = [account.id for account in accounts]
        return self.env["billing.open.items"].get_items(ids)

    def amounts(self, account):
        return [(item.kind, item.amount) for item in self.fetch(account)[account.id]]

    def net(self, account):
        receivables = self.env["billing.open.items"]
        return [(item.number, amount) for item, amount in receivables.net(self.fetch(account)[account.id])]

    def test_an_account_is_overdue_by_what_is_late_of_its_invoices_and_not_by_their_last_due_date(self):
        account = self.make_account()
        term = self.env["account.payment.term"].create(
            {
                "name": "A quarter at once",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 25, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 75, "nb_days": 36500}),
                ],
            }
        )
        self.make_invoice(account, price=100, invoice_date="2026-01-01", invoice_payment_term_id=term.id)
        self.assertEqual((account.amount_due, account.amount_overdue), (119.0, 29.75))
        self.make_invoice(account, price=20, move_type="out_refund", invoice_date="2026-01-02")
        self.env.invalidate_all()
        self.assertEqual((account.amount_due, account.amount_overdue), (95.2, 5.95))
        disputed = self.make_invoice(account, price=50, invoice_date="2026-01-03", invoice_payment_term_id=term.id)
        disputed.payment_state = "blocked"
        self.env.invalidate_all()
        self.assertEqual((account.amount_due, account.amount_overdue), (154.7, 5.95))

    @freeze_time("2026-06-01 13:00:00")
    def test_an_account_is_overdue_by_its_own_local_day(self):
        for zone, overdue in (("UTC", 0.0), ("Pacific/Auckland", 119.0)):
            account = self.make_account(timezone=zone)
            self.make_invoice(
                account,
                price=100,
                invoice_date="2026-05-01",
                invoice_date_due="2026-06-01",
                invoice_payment_term_id=False,
            )
            self.assertEqual((account.amount_due, account.amount_overdue), (119.0, overdue), zone)

    def test_open_items_are_listed_in_due_order_with_exact_amounts(self):
        account = self.make_account()
        late = self.make_invoice(account, price=100, invoice_date_due="2026-12-01", invoice_payment_term_id=False)
        early = self.make_invoice(account, price=0.1, invoice_date_due="2026-11-15", invoice_payment_term_id=False)
        items = self.fetch(account)[account.id]
        self.assertEqual([item.number for item in items], [early.name, late.name])
        self.assertEqual([item.amount for item in items], [Decimal("0.12"), Decimal("119.00")])
        self.assertEqual({item.kind for item in items}, {"invoice"})
        self.assertEqual([str(item.due_date) for item in items], ["2026-11-15", "2026-12-01"])
        self.assertEqual(items[0].digits, 2)

    def test_drafts_paid_and_cancelled_invoices_are_not_open(self):
        account = self.make_account()
        self.make_invoice(account, post=False)
        paid = self.make_invoice(account)
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=paid.ids).create(
            {}
        )._create_payments()
        self.assertEqual(self.fetch(account), {account.id: []})

    def test_a_credit_note_is_taken_off_the_oldest_invoice(self):
        account = self.make_account()
        first = self.make_invoice(account, price=100, invoice_date_due="2026-11-15", invoice_payment_term_id=False)
        second = self.make_invoice(account, price=50, invoice_date_due="2026-12-15", invoice_payment_term_id=False)
        self.make_invoice(account, price=20, move_type="out_refund")
        self.assertEqual(self.net(account), [(first.name, Decimal("95.20")), (second.name, Decimal("59.50"))])

    def test_a_payment_without_invoice_counts_for_the_oldest_item_of_the_customer_on_any_account(self):
        account = self.make_account()
        other = self.env["billing.account"].create({"partner_id": account.partner_id.id, "timezone": "UTC"})
        other.action_activate()
        newer = self.make_invoice(account, price=100, invoice_date_due="2026-12-15", invoice_payment_term_id=False)
        self.make_invoice(other, price=100, invoice_date_due="2026-11-15", invoice_payment_term_id=False)
        self.pay(account.partner_id, 150)
        # 119.00 of it settle the older one, 31.00 are left for this account, also when it is asked for alone
        self.assertEqual(self.net(account), [(newer.name, Decimal("88.00"))])
        both = self.fetch(account, other)
        self.assertEqual(self.env["billing.open.items"].net(both[other.id]), [])
        self.assertEqual(self.env["billing.open.items"].net(both[account.id])[0][1], Decimal("88.00"))
        paid = sum(item.amount for items in both.values() for item in items if item.kind == "payment")
        self.assertEqual(paid, Decimal(-150))

    def test_a_payment_that_nobody_owes_is_seen_once(self):
        account = self.make_account()
        self.pay(account.partner_id, 30)
        self.assertEqual(self.amounts(account), [("payment", Decimal("-30.00"))])

    def test_payments_of_a_contact_count_for_the_company_and_of_strangers_do_not(self):
        account = self.make_account()
        account.partner_id.is_company = True
        contact = self.env["res.partner"].create({"name": "Buyer", "parent_id": account.partner_id.id})
        invoice = self.make_invoice(account)
        self.pay(contact, 19)
        self.pay(self.env["res.partner"].create({"name": "Stranger"}), 50)
        self.assertEqual(self.net(account), [(invoice.name, Decimal("100.00"))])

    def test_disputed_and_excluded_items_say_so(self):
        account = self.make_account()
        disputed, excluded, plain = (self.make_invoice(account) for _each in range(3))
        disputed.payment_state = "blocked"
        excluded.no_followup = True
        blocked = {item.move_id: item.is_blocked for item in self.fetch(account)[account.id]}
        self.assertEqual(blocked, {disputed.id: True, excluded.id: True, plain.id: False})

    def test_the_number_of_queries_does_not_grow_with_the_accounts(self):
        accounts = [self.make_account(f"Customer {number}") for number in range(6)]
        for account in accounts:
            self.make_invoice(account)
        self.pay(accounts[0].partner_id, 10)
        self.pay(accounts[3].partner_id, 10)
        self.env.flush_all()
        counts = []
        for chosen in (accounts[:1], accounts):
            before = self.env.cr.sql_log_count
            self.fetch(*chosen)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_installment_terms_give_one_item_each(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 10}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 40}),
                ],
            }
        )
        account = self.make_account()
        self.make_invoice(account, price=100, invoice_payment_term_id=term.id)
        items = self.fetch(account)[account.id]
        self.assertEqual(
            [(str(item.due_date), item.amount) for item in items],
            [("2026-11-11", Decimal("59.50")), ("2026-12-11", Decimal("59.50"))],
        )
