"""Who gets what of that which is sent about an account."""

from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ...models.accounts.account_recipient import KINDS
from ..common import BillingCase


@tagged("post_install", "-at_install")
class TestRecipients(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account()
        cls.books, cls.boss, cls.desk = cls.env["res.partner"].create(
            [{"name": name, "email": f"{name.lower()}@example.com"} for name in ("Books", "Boss", "Desk")]
        )

    def choose(self, person, *kinds, account=None):
        gets = {name: kind in kinds for kind, name in KINDS.items()}
        return self.env["billing.account.recipient"].create(
            {"account_id": (account or self.account).id, "partner_id": person.id, **gets}
        )

    def get_recipients(self):
        """Return {kind: who gets it}."""
        return {kind: self.account._get_billing_recipients(kind) for kind in KINDS}

    def queue(self, **vals):
        common = {"account_id": self.account.id, "currency_id": self.account.currency_id.id}
        return self.env["billing.outbox"].queue([{"key": str(vals), "subject": "A", "body": "A", **common, **vals}])

    def test_without_recipients_the_customer_gets_everything(self):
        self.assertEqual(set(self.get_recipients().values()), {self.account.partner_id})

    def test_each_gets_what_is_chosen_and_what_nobody_has_all_of_them_get(self):
        self.choose(self.books, "invoices", "receipts")
        self.choose(self.boss, "invoices", "reminders")
        found = self.get_recipients()
        self.assertEqual(found["invoices"], self.books | self.boss)
        self.assertEqual(found["receipts"], self.books)
        self.assertEqual(found["reminders"], self.boss)
        self.assertEqual(found["debits"], self.books | self.boss)

    def test_who_has_no_address_or_is_archived_takes_nothing_from_the_others(self):
        self.choose(self.books, "invoices")
        self.choose(self.boss, "reminders")
        self.boss.email = False
        self.assertEqual(set(self.get_recipients().values()), {self.books})
        self.books.active = False
        self.assertEqual(set(self.get_recipients().values()), {self.account.partner_id})

    def test_invoices_receipts_and_messages_go_to_their_own_recipients(self):
        for person, kind in ((self.books, "invoices"), (self.boss, "receipts"), (self.desk, "reminders")):
            self.choose(person, kind)
        clerk = self.env["res.partner"].create({"name": "Clerk", "email": "clerk@example.com"})
        self.choose(clerk, "debits")
        code = self.make_code("NET", price=50)
        self.subscribe(self.account, self.make_plan(code), "2026-01-01")
        self.bill(self.account, "2026-01-01")
        move = self.account.move_ids
        self.assertEqual(move._get_billing_recipients(), self.books)
        register = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        payment = register.create({})._create_payments()
        self.assertEqual(payment._get_billing_recipients(), self.boss)
        for kind, person in (
            ("overdue", self.desk),
            ("installment", self.desk),
            ("promise", self.desk),
            ("debit", clerk),
        ):
            self.assertEqual(self.queue(kind=kind).partner_ids, person, kind)
        self.env["billing.link.privacy"].renew_pay_link(
            self.account, self.account.currency_id, self.env["billing.days"].get_local_day(self.account)
        )
        [link] = self.env["billing.collection.message"].search([("subject", "=", "Your new link")])
        self.assertEqual(link.partner_ids, self.books)

    def test_a_person_is_there_once_and_gets_something(self):
        self.choose(self.books, "invoices")
        for person, kinds in ((self.books, ["receipts"]), (self.boss, [])):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
                self.choose(person, *kinds)

    def test_by_name_alone_whoever_is_new_gets_everything_and_the_others_what_they_did(self):
        self.choose(self.books, "receipts")
        other = self.make_account("Alan Turing", invoice_contact_ids=[Command.set((self.books | self.boss).ids)])
        self.account.with_user(self.clerk).invoice_contact_ids = self.books | self.desk
        self.assertEqual(self.account.invoice_contact_ids, self.books | self.desk)
        rows = {row.partner_id: [row[name] for name in KINDS.values()] for row in self.account.recipient_ids}
        self.assertEqual(rows, {self.books: [False, True, False, False], self.desk: [True] * 4})
        find = self.env["billing.account"].search
        both = self.account | other
        for operator, value, found in (
            ("in", self.books.ids, both),
            ("in", self.boss.ids, other),
            ("not in", self.boss.ids, self.account),
            ("=", False, self.env["billing.account"]),
            ("!=", False, both),
        ):
            domain = [("invoice_contact_ids", operator, value), ("id", "in", both.ids)]
            self.assertEqual(find(domain), found, (operator, value))
        self.account.invoice_contact_ids = False
        self.assertFalse(self.account.recipient_ids)
        self.assertEqual(find([("invoice_contact_ids", "=", False), ("id", "in", both.ids)]), self.account)

    def test_staff_chooses_on_the_form_of_the_account(self):
        with Form(self.account.with_user(self.clerk)) as form, form.recipient_ids.new() as row:
            row.partner_id = self.desk
            row.gets_invoices = False
        self.assertEqual(self.account.recipient_ids.partner_id, self.desk)
        self.assertFalse(self.account.recipient_ids.gets_invoices)
        self.assertTrue(self.account.recipient_ids.gets_reminders)

    def test_two_contacts_who_become_one_get_what_both_got_on_every_account(self):
        other = self.make_account("Alan Turing")
        self.choose(self.books, "invoices")
        self.choose(self.desk, "receipts")
        self.choose(self.desk, "reminders", account=other)
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((self.books | self.desk).ids, self.books, extra_checks=False)
        self.env.invalidate_all()
        [row] = self.account.recipient_ids
        self.assertEqual(row.partner_id, self.books)
        self.assertEqual([row[name] for name in KINDS.values()], [True, True, False, False])
        self.assertEqual(other.recipient_ids.partner_id, self.books)
        self.assertFalse(other.recipient_ids.gets_invoices)
