"""Documents of an account that somebody addresses to another customer on their draft."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .test_documents import DocumentCase


@tagged("post_install", "-at_install")
class TestAddressedDocuments(DocumentCase):
    def test_case_B4_a_duplicate_that_is_addressed_to_another_customer_leaves_the_account(self):
        other = self.make_account("Grace Hopper")
        duplicate = self.move.copy({"invoice_date": "2026-11-10"})
        self.assertEqual(duplicate.billing_account_id, self.account)
        with Form(duplicate) as form:
            form.partner_id = other.partner_id
        duplicate.action_post()
        self.assertFalse(duplicate.billing_account_id)
        self.assertEqual(self.get_open(), 106)
        self.assertEqual(self.account.charge_ids, self.charge)
        [item] = self.env["billing.open.items"].get_items(other.ids)[other.id]
        self.assertEqual((item.move_id, float(item.amount)), (duplicate.id, 106))

    def test_case_B4_a_duplicate_that_was_posted_and_is_then_addressed_to_another_takes_its_charge_along(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        duplicate = self.move.copy({"invoice_date": "2026-11-10"})
        duplicate.action_post()
        own = duplicate.billing_charge_ids
        self.assertEqual((own.state, self.get_open()), ("invoiced", 212))
        duplicate.button_draft()
        duplicate.partner_id = stranger
        duplicate.action_post()
        self.assertEqual((own.state, self.get_open()), ("void", 106))
        self.assertFalse(duplicate.billing_account_id)

    def test_case_B4_a_bill_of_the_account_is_not_addressed_to_another_customer(self):
        other = self.make_account("Grace Hopper")
        self.move.button_draft()
        self.move.partner_id = other.partner_id
        with self.assertRaisesRegex(UserError, "belongs to Ada Lovelace, and is addressed to Grace Hopper"):
            self.move.action_post()
        self.move.partner_id = self.account.partner_id
        self.move.action_post()
        self.assertEqual((self.charge.state, self.get_open()), ("invoiced", 106))

    def test_case_B4_a_bill_may_be_addressed_to_another_contact_of_the_customer(self):
        books = self.env["res.partner"].create(
            {"name": "Books", "parent_id": self.account.partner_id.id, "type": "invoice"}
        )
        self.move.button_draft()
        self.move.partner_id = books
        self.move.action_post()
        self.assertEqual((self.move.billing_account_id, self.get_open()), (self.account, 106))
