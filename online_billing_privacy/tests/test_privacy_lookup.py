"""G-05: Odoo's lookup finds all that the billing holds on a person, and leads to a request for erasure."""

from odoo.addons.online_billing_portal.tests.privacy_common import PrivacyCase
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged


@tagged("post_install", "-at_install")
class TestPrivacyLookup(PrivacyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls.people["payer"].partner_id
        cls.admin = new_test_user(cls.env, "admin2", "base.group_system", email="admin2@example.com")

    def look_up(self, person=None):
        person = person or self.person
        wizard = self.env["privacy.lookup.wizard"].with_user(self.admin)
        wizard = wizard.create({"name": person.name, "email": person.email})
        self.env.flush_all()
        wizard.action_lookup()
        return wizard.line_ids

    def find(self, lines, record):
        return lines.filtered(lambda line: (line.res_model, line.res_id) == (record._name, record.id))

    def test_g05_every_link_to_a_person_and_every_address_is_looked_at(self):
        found = self.env["privacy.lookup.wizard"].get_billing_fields()
        self.assertIn("partner_id", found["billing.account.recipient"])
        self.assertIn("partner_id", found["billing.account.member"])
        self.assertGreaterEqual(len(found), 10)
        [query] = [
            self.env["privacy.lookup.wizard"].new({"name": "Nobody", "email": "nobody@example.com"})._get_query()
        ]
        for name, fields_of_model in found.items():
            for field in fields_of_model:
                with self.subTest(model=name, field=field):
                    target = self.env[name]._fields[field]
                    place = target.relation if target.type == "many2many" else self.env[name]._table
                    self.assertIn(f'"{place}"', query.code)

    def test_what_a_person_is_linked_to_is_found_once(self):
        question = self.ask("payer")
        self.account.invoice_contact_ids = self.person
        lines = self.look_up()
        member = self.account.member_ids.filtered(lambda one: one.partner_id == self.person)
        recipient = self.account.recipient_ids
        for record in (member, recipient, question, self.person, self.people["payer"]):
            self.assertEqual(len(self.find(lines, record)), 1, record)
        stranger = self.people["stranger"].partner_id
        self.assertFalse(self.find(self.look_up(stranger), recipient))

    def test_deleting_what_the_billing_holds_asks_for_an_erasure(self):
        self.account.invoice_contact_ids = self.person
        line = self.find(self.look_up(), self.account.recipient_ids)
        line.action_unlink()
        erasure = self.env["billing.erasure"].search([("customer_id", "=", self.account.partner_id.id)])
        self.assertEqual((erasure.state, erasure.company_id), ("asked", self.company))
        self.assertEqual(erasure.contact_id, self.person, "nobody asks for the whole firm")
        self.assertTrue(self.account.recipient_ids)
        self.assertFalse(line.is_unlinked)
        self.assertIn(f"#{erasure.id}", line.execution_details)
        self.assertIn(f"#{erasure.id}", line.wizard_id.execution_details)
        self.find(self.look_up(), self.person).action_unlink()
        self.assertEqual(
            self.env["billing.erasure"].search_count([("customer_id", "=", self.account.partner_id.id)]), 1
        )

    def test_nobody_is_not_everybody(self):
        """Who was found by what they were once called is named anew; the customer is not erased in their place."""
        self.account.invoice_contact_ids = self.person
        lines = self.look_up()
        self.person.write({"name": "Somebody Else", "email": "else@example.com"})
        with self.assertRaises(UserError):
            self.find(lines, self.account.recipient_ids).action_unlink()
        self.assertFalse(self.env["billing.erasure"].search([("customer_id", "=", self.account.partner_id.id)]))

    def test_a_name_within_another_one_is_somebody_else(self):
        self.account.invoice_contact_ids = self.person
        firm = self.account.partner_id
        firm.name = f"{self.person.name} Ltd"
        self.env["res.partner"].create({"name": f"Jo{self.person.name}", "parent_id": firm.id})
        self.find(self.look_up(), self.account.recipient_ids).action_unlink()
        erasure = self.env["billing.erasure"].search([("customer_id", "=", firm.id)])
        self.assertEqual(erasure.contact_id, self.person)

    def test_the_customer_itself_is_erased_as_a_whole(self):
        customer = self.account.partner_id
        lines = self.look_up(customer)
        self.find(lines, customer).action_unlink()
        self.find(lines, self.account).action_unlink()
        erasure = self.env["billing.erasure"].search([("customer_id", "=", customer.id)])
        self.assertEqual(len(erasure), 1)
        self.assertFalse(erasure.contact_id)

    def test_archiving_a_person_of_a_customer_asks_for_an_erasure(self):
        lines = self.look_up()
        self.find(lines, self.person).action_archive_all()
        self.assertTrue(self.person.active)
        self.assertTrue(self.env["billing.erasure"].search([("customer_id", "=", self.account.partner_id.id)]))

    def test_who_is_archived_comes_back_without_a_request(self):
        self.people["payer"].active = False
        self.person.active = False
        line = self.find(self.look_up(), self.person)
        self.assertFalse(line.is_active)
        line.is_active = True
        line._onchange_is_active()
        self.assertTrue(self.person.active)
        self.assertFalse(self.env["billing.erasure"].search([("customer_id", "=", self.account.partner_id.id)]))

    def test_others_are_archived_and_deleted_as_ever(self):
        nobody = self.env["res.partner"].create({"name": "Nobody Known", "email": "nobody.known@example.com"})
        line = self.find(self.look_up(nobody), nobody)
        line.action_archive_all()
        self.assertFalse(nobody.active)
        line.action_unlink()
        self.assertFalse(nobody.exists())

    def test_what_is_of_no_customer_is_not_deleted(self):
        line = self.find(self.look_up(), self.person)
        kind = self.env["ir.model"]._get("billing.document.format")
        line.write({"res_model_id": kind.id, "res_id": self.env["billing.document.format"].search([], limit=1).id})
        with self.assertRaisesRegex(UserError, "not deleted here"):
            line.action_unlink()
