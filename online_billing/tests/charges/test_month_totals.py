"""G5: what the report of months says is what the charges say, whatever becomes of them."""

from random import Random

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..common import BillingCase
from ..statements import Statements

BY_CHARGES = """
    SELECT company_id, date_trunc('month', charge_date)::date, code_id, currency_id, kind, origin, state, count(*),
           sum(amount)
      FROM billing_charge GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7"""
BY_MONTHS = """
    SELECT company_id, month, code_id, currency_id, kind, origin, state, sum(charge_count), sum(amount)
      FROM billing_charge_month GROUP BY 1, 2, 3, 4, 5, 6, 7
    HAVING sum(charge_count) <> 0 OR sum(amount) <> 0 ORDER BY 1, 2, 3, 4, 5, 6, 7"""


@tagged("post_install", "-at_install")
class TestMonthTotals(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.code = cls.make_code("NET", 10)
        cls.other = cls.make_code("SMS", 0.05)
        cls.account = cls.make_account(delivery_channel="portal")

    def record(self, *charges):
        given = [
            {"account": self.account.name, "code": "NET", "key": f"k{number}", "date": "2026-08-20", **charge}
            for number, charge in enumerate(charges)
        ]
        answers = self.env["billing.charge"].with_user(self.clerk).record(given)
        self.assertFalse([answer["error"] for answer in answers if answer.get("error")])
        return self.account.charge_ids

    def fetch(self, query):
        self.env.flush_all()
        self.env.cr.execute(query)
        return self.env.cr.fetchall()

    def assertSums(self, *states):
        """Compare the months with the charges, and what is there in which state."""
        self.assertEqual(self.fetch(BY_MONTHS), self.fetch(BY_CHARGES))
        self.assertEqual({row[6] for row in self.fetch(BY_MONTHS)}, set(states))

    def test_case_G5_months_of_what_a_program_records_and_records_again(self):
        for _time in range(2):
            self.record({}, {"date": "2026-09-01", "quantity": 3}, {"code": "SMS"}, {"key": "k0"})
            self.assertSums("pending")

    def test_case_G5_months_of_a_run_and_of_charges_at_once(self):
        self.subscribe(self.account, self.make_plan(self.code), "2026-06-15")
        self.record({}, {"invoice": "now", "amount": "4.44"})
        self.bill(self.account, "2026-09-30")
        self.assertSums("invoiced")

    def test_case_G5_months_of_what_is_void_released_restored_and_billed_again(self):
        charges = self.record({}, {"quantity": 2}, {"date": "2026-07-31"})
        self.env["billing.charging"].void(charges[0], "wrong")
        self.assertSums("pending", "void")
        self.bill(self.account, "2026-08-31")
        self.assertSums("invoiced", "void")
        for move in self.get_invoices(self.account):
            move.button_draft()
            move.button_cancel()
        self.assertSums("void")
        self.get_invoices(self.account)[0].button_draft()
        self.assertSums("invoiced", "void")
        self.get_invoices(self.account)[0].with_context(force_delete=True).unlink()
        self.assertSums("pending", "void")
        self.env["billing.charging"].bill_again(charges[0], "soon")
        self.assertSums("pending", "void")

    def test_case_G5_months_are_a_fresh_sum_after_whatever_is_done_in_whatever_order(self):
        """Acts by chance, those that are refused too; the months are compared after each."""
        acts = (
            self._act_record,
            self._act_void,
            self._act_bill,
            self._act_bill_now,
            self._act_draft,
            self._act_cancel,
            self._act_delete,
            self._act_credit,
            self._act_bill_again,
            self._act_move_customer,
            self._act_sum_up,
        )
        done, refused = set(), {}
        for seed in range(4):
            chance = Random(seed)
            beginning = [self._act_record, self._act_bill_now, self._act_record, self._act_bill_now]
            for number, act in enumerate([*beginning, *chance.sample(acts, len(acts))]):
                with self.subTest(seed=seed, number=number, act=act.__name__):
                    try:
                        with self.env.cr.savepoint():
                            act(chance)
                            done.add(act.__name__)
                    except UserError as error:  # not possible as things stand
                        refused[act.__name__] = str(error)
                    self.assertEqual(self.fetch(BY_MONTHS), self.fetch(BY_CHARGES))
        self.assertEqual(done, {act.__name__ for act in acts}, refused)

    def _choose(self, chance, records):
        """Return one of some records; there may be none."""
        if not records:
            raise ValidationError(records._name)
        return chance.choice(records)

    def _act_record(self, chance):
        keys = [f"{len(self.account.charge_ids)}-{number}" for number in range(2)]
        self.record(*({"key": key, "quantity": chance.randrange(1, 9), "date": "2026-08-31"} for key in keys))

    def _act_void(self, chance):
        charge = self._choose(chance, self.account.charge_ids.filtered(lambda one: one.state == "pending"))
        self.env["billing.charging"].void(charge, "wrong")

    def _act_bill(self, _chance):
        self.bill(self.account, "2026-09-30")

    def _act_bill_now(self, chance):
        pending = self.account.charge_ids.filtered(lambda one: one.state == "pending")
        self._choose(chance, pending).action_invoice_now()

    def _act_draft(self, chance):
        posted = self.get_invoices(self.account).filtered(lambda move: move.state != "draft")
        self._choose(chance, posted).button_draft()

    def _act_cancel(self, chance):
        move = self._choose(chance, self.get_invoices(self.account))
        if move.state == "posted":
            move.button_draft()
        move.button_cancel()

    def _act_delete(self, chance):
        move = self._choose(chance, self.get_invoices(self.account))
        if move.state == "posted":
            move.button_draft()
        move.with_context(force_delete=True).unlink()

    def _act_credit(self, chance):
        posted = self.get_invoices(self.account).filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        self._choose(chance, posted)._reverse_moves(cancel=True)

    def _act_bill_again(self, chance):
        free = self.account.charge_ids.filtered("can_bill_again")
        self.env["billing.charging"].bill_again(self._choose(chance, free), "soon")

    def _act_sum_up(self, _chance):
        self.env["billing.charge.month"]._cron_sum_up()

    def _act_move_customer(self, _chance):
        self.account.partner_id = self.env["res.partner"].create(
            {"name": "Successor", "parent_id": self.account.partner_id.commercial_partner_id.id}
        )

    def test_case_G5_what_was_refused_changes_no_month(self):
        charges = self.record({}, {"quantity": 2})
        self.env["billing.charging"].void(charges[0], "wrong")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.env["billing.charge.book"].void(charges, "once more")
        self.assertSums("pending", "void")

    def test_case_G5_rows_that_belong_together_become_one(self):
        for number in range(5):
            self.record({"key": f"a{number}"}, {"key": f"b{number}", "code": "SMS"})
        charge = self.record({"key": "c", "amount": "7.77"}).filtered(lambda one: one.amount == 7.77)
        self.env["billing.charging"].void(charge, "wrong")
        before = self.fetch(BY_MONTHS)
        months = self.env["billing.charge.month"]
        months._cron_sum_up()
        self.assertEqual(self.fetch(BY_MONTHS), before)
        own = months.search([("code_id", "in", (self.code | self.other).ids)])
        self.assertEqual(sorted(own.mapped("charge_count")), [1, 5, 5])
        months._cron_sum_up()
        self.assertEqual(months.search([("code_id", "in", (self.code | self.other).ids)]), own)

    def test_case_G5_a_month_opens_its_charges(self):
        charges = self.record({}, {}, {"date": "2026-09-01"}, {"code": "SMS"})
        month = self.env["billing.charge.month"].search([("code_id", "=", self.code.id)], order="month", limit=1)
        opened = self.env["billing.charge"].search(month.with_user(self.clerk).action_view_charges()["domain"])
        self.assertEqual(opened, charges.filtered(lambda one: one.code_id == self.code and one.charge_date.month == 8))

    def test_case_G5_the_report_reads_no_charge(self):
        self.record({}, {"code": "SMS"})
        months = self.env["billing.charge.month"].with_user(self.clerk)
        with Statements() as asked:
            months.formatted_read_grouping_sets([], [[], ["code_id"], ["code_id", "month:month"]], ["amount:sum"])
        self.assertTrue(asked.of("billing_charge_month"))
        self.assertFalse(asked.of("billing_charge"))
