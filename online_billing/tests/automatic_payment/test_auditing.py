"""O: what must hold in the books is looked at each night: each kind of damage is found, and told once."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ...services.receivables.auditing import CHECKS, KEY, LOOKED_AT
from .debit_common import DebitCase

LINE = "UPDATE account_move_line SET {} WHERE move_id = %(move)s AND display_type = %(kind)s"
MOVE = "UPDATE account_move SET {} WHERE id = %(move)s"
TRIED = "UPDATE billing_payment_attempt SET {} WHERE id = %(attempt)s"
#: what somebody might do past all that keeps the books whole
DAMAGES = {
    "unbalanced": (LINE.format("balance = balance + 0.01"), "product"),
    "total": (MOVE.format("amount_total = amount_total + 0.01, amount_tax = amount_tax + 0.01"), ""),
    "residual": (LINE.format("amount_residual_currency = 5"), "payment_term"),
    "elsewhere": (MOVE.format("company_id = %(company)s"), ""),
    "charge": ("UPDATE billing_charge SET invoice_line_id = NULL WHERE invoice_id = %(move)s", ""),
    "paid_twice": ("UPDATE billing_payment_attempt_line SET amount = 2 * amount WHERE attempt_id = %(attempt)s", ""),
    "booked": (TRIED.format("payment_id = NULL"), ""),
    "left": (TRIED.format("is_booked = false, ended_at = ended_at - interval '3 days'"), ""),
}


@tagged("post_install", "-at_install")
class TestAuditing(DebitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        code = cls.make_code("OWED", price=100, kind="one_time")
        given = {"account": cls.account.name, "code": code.code, "key": "owed/1", "invoice": "now"}
        cls.env["billing.charge"].record([{**given, "date": str(fields.Date.today())}])
        cls.invoice = cls.get_invoices(cls.account)
        cls.other = cls.env["res.company"].create({"name": "Elsewhere"})

    def setUp(self):
        super().setUp()
        self.consent(self.account)
        with self.worker() as env:
            env["billing.charging.now"].charge(self.account.with_env(env))
        self.env.invalidate_all()
        self.attempt = self.get_attempts(self.account)
        self.now = fields.Datetime.now() + timedelta(minutes=1)

    def audit(self, later=timedelta()):
        self.env.invalidate_all()
        return self.env["billing.auditing"].work(self.now + later)

    def damage(self, kind):
        statement, display = DAMAGES[kind]
        words = {"move": self.invoice.id, "attempt": self.attempt.id, "company": self.other.id, "kind": display}
        self.env.flush_all()
        self.env.cr.execute(statement, words)
        self.assertTrue(self.env.cr.rowcount)
        self.env.invalidate_all()

    def get_tasks(self):
        return self.account.activity_ids.filtered(lambda one: one.billing_key == KEY)

    def test_whole_books_are_told_of_to_nobody(self):
        self.assertEqual((self.invoice.payment_state, self.attempt.is_booked), ("paid", True))
        self.assertEqual(self.audit(), {})
        self.assertFalse(self.get_tasks())

    def test_each_damage_is_found_and_named(self):
        self.assertEqual(set(DAMAGES), set(CHECKS))
        for kind in DAMAGES:
            with self.subTest(kind=kind):
                savepoint = self.env.cr.savepoint()
                self.damage(kind)
                of_debit = kind in ("booked", "left")
                name = str(self.attempt.day) if of_debit else self.invoice.name
                self.assertEqual(self.audit(), {self.account.id: [(kind, name)]})
                self.assertIn(name, self.get_tasks().note)
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_it_is_told_once_and_looked_at_until_it_is_mended(self):
        self.damage("total")
        self.audit()
        [task] = self.get_tasks()
        self.assertTrue(task.user_id.has_group("online_billing.group_billing_manager"))
        for days in (3, 6):
            self.assertTrue(self.audit(timedelta(days=days)), "of what nobody has touched since")
        self.assertEqual(self.get_tasks(), task)
        self.env.cr.execute(
            "UPDATE account_move SET amount_total = amount_total - 0.01, amount_tax = amount_tax - 0.01 WHERE id = %s",
            [self.invoice.id],
        )
        self.assertEqual(self.audit(timedelta(days=9)), {})
        self.assertFalse(self.get_tasks())

    def test_what_is_looked_at_is_found_by_indexes(self):
        """However long the books are: no check reads all documents, payments or debits that there ever were."""
        values = {"since": self.now, "late": self.now, "accounts": self.account.ids}
        changed, tried = (statement.partition(" AS\n")[2] for statement in LOOKED_AT[1:3])
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for statement in (changed, tried, CHECKS["left"]):
            self.env.cr.execute(f"EXPLAIN {statement}", values)
            plan = "\n".join(line for [line] in self.env.cr.fetchall())
            self.assertNotIn("Seq Scan", plan)

    def test_what_has_not_changed_is_not_looked_at(self):
        self.damage("total")
        self.assertEqual(self.audit(timedelta(days=3)), {})
