"""Whose an account is: what stands on it was made out to its customer, who alone owes it."""

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import BillingCase


@tagged("post_install", "-at_install")
class TestCustomerOfAccount(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account()
        cls.customer = cls.account.partner_id
        cls.other = cls.env["res.partner"].create({"name": "Somebody Else"})

    def bill_once(self):
        self.subscribe(self.account, self.make_plan(self.make_code(price=50)), "2026-11-01")
        self.bill(self.account, "2026-11-01")
        return self.get_invoices(self.account)

    def test_an_account_without_documents_may_get_another_customer(self):
        self.account.partner_id = self.other
        self.assertEqual(self.account.partner_id, self.other)

    def test_what_was_billed_stays_with_its_customer(self):
        """Else the account would ask the new customer for what the ledger says that the old one owes."""
        bill = self.bill_once()
        with self.assertRaisesRegex(ValidationError, f"{bill.name}.*Ada Lovelace.*Open another account"):
            self.account.with_user(self.manager).partner_id = self.other

    def test_a_payment_on_the_account_stays_with_its_customer(self):
        payment = self.env["account.payment"].create(
            {"partner_id": self.customer.id, "amount": 10, "billing_account_id": self.account.id}
        )
        with self.assertRaisesRegex(ValidationError, "Ada Lovelace.*Open another account"):
            self.account.partner_id = self.other
        self.assertEqual(payment.billing_account_id, self.account)

    def test_the_customer_there_is_may_be_written_anew(self):
        """A form, a file or a program that writes a whole account back changes nothing, so nothing is refused."""
        bill = self.bill_once()
        payment = self.env["account.payment"].create(
            {"partner_id": self.customer.id, "amount": 10, "billing_account_id": self.account.id}
        )
        self.account.with_user(self.clerk).write({"partner_id": self.customer.id, "purchase_reference": "PO 7"})
        self.assertEqual(self.account.purchase_reference, "PO 7")
        self.assertEqual((bill | payment.move_id).partner_id | payment.partner_id, self.customer)

    def test_contacts_of_one_customer_may_take_turns(self):
        self.bill_once()
        self.customer.child_ids = [Command.create({"name": "Bookkeeping"})]
        self.account.partner_id = self.customer.child_ids
        self.assertEqual(self.account.partner_id.name, "Bookkeeping")

    def test_a_customer_who_became_a_contact_of_a_company_is_its(self):
        self.bill_once()
        self.customer.parent_id = self.env["res.partner"].create({"name": "Lovelace Ltd.", "is_company": True})
        self.account.partner_id = self.customer.parent_id
        self.assertEqual(self.account.partner_id.name, "Lovelace Ltd.")

    def test_two_customers_who_become_one_keep_their_accounts_and_all_that_is_owed(self):
        first = self.bill_once()
        account = self.make_account("A. Lovelace")
        self.subscribe(account, self.make_plan(self.make_code("MORE", price=70), name="More"), "2026-11-01")
        self.bill(account, "2026-11-01")
        second = self.get_invoices(account)
        payment = self.env["account.payment"].create(
            {"partner_id": account.partner_id.id, "amount": 30, "billing_account_id": account.id}
        )
        payment.action_post()
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((self.customer | account.partner_id).ids, self.customer, extra_checks=False)
        self.env.invalidate_all()
        self.assertEqual((first | second).mapped("commercial_partner_id"), self.customer)
        self.assertEqual((account.partner_id, payment.partner_id), (self.customer, self.customer))
        items = self.env["billing.open.items"].get_items((self.account | account).ids)
        owed = {account_id: sorted(float(item.amount) for item in own) for account_id, own in items.items()}
        self.assertEqual(owed, {self.account.id: [50], account.id: [-30, 70]})
        self.bill(self.account | account, "2026-12-01")
        self.assertInvoices(account, [("2026-11-01", "70.00"), ("2026-12-01", "70.00")])
        self.assertInvoices(self.account, [("2026-11-01", "50.00"), ("2026-12-01", "50.00")])
