"""G7: one charge at the counter, invoiced at once, costs a known number of statements."""

from odoo.tests import tagged

from ...services.posting.kept import KEPT
from ..common import BillingCase
from ..statements import Statements

# What one takes at most, once two invoices of Odoo's have shown how such invoices look: far below the more than a
# hundred of Odoo's own invoice alone. Rows written by COPY are not among them.
MOST = 44


@tagged("post_install", "-at_install")
class TestOneAtTheCounter(BillingCase):
    def setUp(self):
        super().setUp()
        KEPT.clear()
        self.addCleanup(KEPT.clear)
        self.code = self.make_code("COUNTER", 10, kind="one_time")
        partners = self.env["res.partner"].create([{"name": f"Customer {number}"} for number in range(4)])
        self.accounts = self.env["billing.account"].create(
            [{"partner_id": partner.id, "timezone": "UTC"} for partner in partners]
        )
        self.accounts.action_activate()

    def charge(self, number):
        """Record one charge at once, with an empty cache; return its statements."""
        self.env.flush_all()
        self.env.invalidate_all()
        with Statements() as statements:
            [answer] = (
                self.env["billing.charge"]
                .with_user(self.clerk)
                .record(
                    [
                        {
                            "account": self.accounts[number].name,
                            "code": self.code.code,
                            "key": f"counter-{number}",
                            "quantity": 7,
                            "date": "2026-08-20",
                            "invoice": "now",
                        }
                    ]
                )
            )
            self.env.flush_all()
        self.assertTrue(answer["invoice"], answer)
        return statements

    def test_case_G7_one_charge_at_once_has_a_bound_of_statements(self):
        if self.env["ir.module.module"].search_count([("demo", "=", True)], limit=1):
            self.skipTest("Odoo's demo data ask statements of their own: they are counted without")
        by_odoo = self.charge(0)
        self.charge(1)
        self.charge(2)  # what is asked for once in a process
        written = self.charge(3)
        self.assertFalse([query for query in written if 'INSERT INTO "account_move' in query])
        self.assertLessEqual(len(written), MOST, f"made by Odoo: {len(by_odoo)}")
