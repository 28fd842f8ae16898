"""The customer's first page: what it shows of what is to come, and how much it asks the database."""

from lxml import html
from odoo.fields import Date
from odoo.tests import tagged

from .portal_common import PortalCase

MOST_STATEMENTS = 60  # of any page, whatever a customer has


@tagged("post_install", "-at_install")
class TestHome(PortalCase):
    def add_tax(self):
        tax = self.env["account.tax"].create({"name": "Tax 10", "amount": 10, "company_id": self.company.id})
        self.code.product_id.taxes_id = tax

    def consent(self):
        if self.env["ir.module.module"]._get("payment_demo").state != "installed":
            self.skipTest("payment_demo is not installed")
        provider = self.env.ref("payment.payment_provider_demo")
        provider.write({"state": "test", "company_id": self.company.id})
        token = self.save_method(self.account.partner_id, "1111", provider, demo_simulated_state="done")
        consents = self.env["billing.payment.consents"].sudo()
        text = consents.get_text(self.account)
        consent = consents.give(self.account, token, self.account.partner_id, "portal", text)
        [lines] = self.env["billing.due.lines"].get_lines(self.account).values()
        self.env["billing.debits"].plan(consent, consent.method_ids[:1], lines[:1], Date.today())

    def read_next_bill(self):
        """Return what the page says of the next bill."""
        self.enter("owner")
        [told] = html.fromstring(self.open("/my/billing")[1]).xpath("//dd[@name='next_bill']")
        return " ".join(told.text_content().split())

    def test_the_page_of_everything_at_once_takes_few_statements(self):
        self.add_tax()
        self.consent()
        self.enter("owner")
        self.assertLessEqual(self.count_statements("/my/billing"), MOST_STATEMENTS)

    def test_the_next_bill_is_shown_with_its_tax(self):
        self.add_tax()
        self.assertIn("$ 55.00 with tax", self.read_next_bill())

    def test_what_keeps_the_staff_from_billing_changes_no_amount(self):
        """An archived journal is the staff's to mend; the bill will come."""
        journal = self.env["account.journal"].create(
            {"name": "Old", "code": "OLD", "type": "sale", "company_id": self.company.id, "active": False}
        )
        self.account.journal_id = journal
        self.env.flush_all()
        targets = {self.account.id: self.account.next_billing_date}
        self.assertTrue(self.env["billing.rating"].prepare(targets).obstacles, "no run would bill it")
        self.assertIn("$ 50.00 with tax", self.read_next_bill())
