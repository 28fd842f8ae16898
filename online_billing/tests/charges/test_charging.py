from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..common import BillingCase


@tagged("post_install", "-at_install")
class TestCharging(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account()
        cls.duty = cls.make_code("DUTY", price={"model": "dynamic"}, kind="one_time", name="Customs duty")
        cls.admin_fee = cls.make_code(
            "ADMIN", price={"model": "percentage", "rate": 2.5, "event_minimum": 8}, kind="fee"
        )
        cls.hour = cls.make_code("HOUR", price=95, kind="one_time")

    def record(self, *charges):
        return self.env["billing.charge"].with_user(self.clerk).record(list(charges))

    def give(self, **vals):
        return {"account": self.account.name, "code": "HOUR", "key": "k", "date": "2026-08-20", **vals}

    def test_same_key_again_returns_the_first_charge(self):
        first, again = self.record(self.give(quantity=2), self.give(quantity=2))
        self.assertEqual((first["status"], again["status"]), ("created", "duplicate"))
        self.assertEqual((first["id"], first["amount"]), (again["id"], again["amount"]))

    def test_quantity_is_rated_by_the_price_of_the_day(self):
        self.make_price(self.hour, 100, valid_from="2026-09-01")
        before, after = self.record(
            self.give(key="a", quantity="1.5"), self.give(key="b", quantity="1.5", date="2026-09-01")
        )
        self.assertEqual((before["amount"], after["amount"]), (142.5, 150.0))

    def test_instant_charges_are_invoiced_together_and_marked_to_send(self):
        results = self.record(
            self.give(code="DUTY", key="d", amount="312.40", invoice="now"),
            self.give(code="ADMIN", key="f", amount="312.40", invoice="now"),
        )
        self.assertEqual(len({result["invoice"] for result in results}), 1)
        invoice = self.get_invoices(self.account)
        self.assertEqual(
            (invoice.state, invoice.amount_untaxed, invoice.billing_delivery_state), ("posted", 320.4, "pending")
        )

    def test_next_bill_lists_what_was_invoiced_at_once(self):
        self.subscribe(
            self.account, self.make_plan(self.make_code("MONTH", price=20), alignment="calendar"), "2026-08-01"
        )
        self.bill(self.account, "2026-08-01")
        [result] = self.record(self.give(code="DUTY", key="d", amount="312.40", invoice="now"))
        self.bill(self.account, "2026-09-01")
        bill = self.get_invoices(self.account)[-1]
        notes = bill.invoice_line_ids.filtered(lambda line: line.display_type == "line_note").mapped("name")
        self.assertEqual(len(notes), 1)
        self.assertIn(result["invoice"], notes[0])
        self.assertIn("312.40", notes[0])
        self.assertEqual(bill.amount_untaxed, 20)
        self.bill(self.account, "2026-10-01")
        later = self.get_invoices(self.account)[-1]
        self.assertFalse(later.invoice_line_ids.filtered(lambda line: line.display_type == "line_note"))

    def test_pending_charge_joins_the_next_bill_of_the_subscription(self):
        self.subscribe(
            self.account, self.make_plan(self.make_code("MONTH", price=20), alignment="calendar"), "2026-08-01"
        )
        self.bill(self.account, "2026-08-01")
        self.record(self.give(quantity=2))
        self.bill(self.account, "2026-08-31")
        self.assertInvoices(self.account, [("2026-08-01", "20.00")])
        self.bill(self.account, "2026-09-01")
        self.assertInvoices(self.account, [("2026-08-01", "20.00"), ("2026-09-01", "210.00")])

    def test_account_without_subscription_is_billed_on_the_day_of_the_charge(self):
        self.record(self.give(quantity=2))
        self.assertEqual(self.account.next_billing_date, self.day("2026-08-20"))
        self.bill(self.account, "2026-09-30")
        self.assertInvoices(self.account, [("2026-08-20", "190.00")])
        self.assertFalse(self.account.next_billing_date)

    def test_one_bad_charge_of_a_batch_harms_no_other(self):
        good, bad, other = self.record(self.give(key="a"), self.give(key="b", account="nobody"), self.give(key="c"))
        self.assertEqual((good["status"], bad["status"], other["status"]), ("created", "error", "created"))
        self.assertEqual(bad["error"]["code"], "unknown_account")

    def test_bad_input_is_named_with_its_field(self):
        cases = [
            ({"quantity": "NaN"}, "invalid_quantity"),
            ({"quantity": "Infinity"}, "invalid_quantity"),
            ({"quantity": "1e999"}, "invalid_quantity"),
            ({"quantity": True}, "invalid_quantity"),
            ({"quantity": []}, "invalid_quantity"),
            ({"quantity": "1,5"}, "invalid_quantity"),
            ({"quantity": "１"}, "invalid_quantity"),
            ({"quantity": -1}, "invalid_quantity"),
            ({"quantity": "1e-7"}, "invalid_quantity"),
            ({"amount": float("nan")}, "invalid_amount"),
            ({"amount": 1e13}, "invalid_amount"),
            ({"key": ""}, "invalid_key"),
            ({"key": "a\x00b"}, "invalid_key"),
            ({"key": "x" * 256}, "invalid_key"),
            ({"key": None}, "invalid_key"),
            ({"code": "NOPE"}, "unknown_code"),
            ({"code": 5}, "unknown_code"),
            ({"date": "2026-02-30"}, "invalid_date"),
            ({"date": 5}, "invalid_date"),
            ({"invoice": "later"}, "invalid_invoice"),
            ({"name": 5}, "invalid_name"),
            ({"colour": "red"}, "unknown_field"),
            ({"account": None}, "unknown_account"),
            ({"code": "DUTY"}, "charge.amount_missing"),
        ]
        for given, code in cases:
            with self.subTest(given=given):
                [result] = self.record(self.give(**given))
                self.assertEqual((result["status"], result.get("error", {}).get("code")), ("error", code))
        self.assertFalse(self.account.charge_ids)

    def test_what_is_no_list_or_too_long_is_refused(self):
        for given in ("x", {"a": 1}, [{}] * 1001):
            with self.assertRaises(UserError):
                self.env["billing.charge"].with_user(self.clerk).record(given)

    def test_charge_that_is_no_object_is_named_malformed(self):
        [result] = self.env["billing.charge"].with_user(self.clerk).record([5])
        self.assertEqual(result["error"]["code"], "malformed")

    def refuse(self, account):
        account.partner_id.action_archive()

    def test_instant_charges_that_cannot_be_invoiced_stop_no_others(self):
        bad, good = self.make_account("Grace Hopper"), self.make_account("Joan Clarke")
        self.refuse(bad)
        first, second, third, fourth = self.record(
            self.give(key="a", invoice="now"),
            self.give(key="b", invoice="now", account=bad.name),
            self.give(key="c", account=bad.name),
            self.give(key="d", invoice="now", account=good.name),
        )
        self.assertEqual([one["status"] for one in (first, second, third, fourth)], ["created"] * 4)
        self.assertTrue(first["invoice"] and fourth["invoice"])
        self.assertEqual((second["state"], second["invoice"]), ("pending", None))
        self.assertEqual((second["error"]["code"], second["error"]["field"]), ("not_invoiced", "invoice"))
        self.assertIn("archived", second["error"]["message"])
        self.assertNotIn("error", third)

    def test_an_instant_charge_that_could_not_be_invoiced_is_billed_by_a_run(self):
        self.refuse(self.account)
        [result] = self.record(self.give(invoice="now"))
        self.assertEqual(result["state"], "pending")
        self.assertEqual(self.account.next_billing_date, self.day("2026-08-20"))
        self.account.partner_id.action_unarchive()
        self.bill(self.account, "2026-08-20")
        [again] = self.record(self.give(invoice="now"))
        self.assertEqual((again["status"], again["state"]), ("duplicate", "invoiced"))
        self.assertEqual(again["invoice"], self.get_invoices(self.account).name)

    def test_what_is_invoiced_at_once_moves_no_day_of_its_account(self):
        self.record(self.give(key="waits", quantity=2))
        [result] = self.record(self.give(key="at once", invoice="now", date="2026-08-01"))
        self.assertTrue(result["invoice"])
        self.assertEqual(self.account.next_billing_date, self.day("2026-08-20"))

    def test_a_key_that_is_given_twice_is_invoiced_as_the_first_says(self):
        for key, timings, is_invoiced in (("a", ("next", "now"), False), ("b", ("now", "next"), True)):
            first, second = self.record(*(self.give(key=key, invoice=timing) for timing in timings))
            self.assertEqual((first["status"], second["status"]), ("created", "conflict"))
            self.assertEqual((bool(first["invoice"]), first["state"] == "invoiced"), (is_invoiced, is_invoiced))

    def test_instant_charges_of_one_account_stay_together_when_another_cannot_be_invoiced(self):
        bad = self.make_account("Grace Hopper")
        self.refuse(bad)
        results = self.record(
            *(
                self.give(key=f"{name}{n}", invoice="now", account=name)
                for n in range(3)
                for name in (self.account.name, bad.name)
            )
        )
        self.assertEqual([bool(one["invoice"]) for one in results], [True, False] * 3)
        self.assertEqual(len({one["invoice"] for one in results if one["invoice"]}), 1)

    def test_charges_are_voided_by_one_door_however_they_are_asked_for(self):
        [result] = self.record(self.give())
        charge = self.env["billing.charge"].with_user(self.clerk).browse(result["id"])
        voiding = self.env["billing.charging"].with_user(self.clerk)
        with self.assertRaisesRegex(UserError, "reason"):
            voiding.void(charge, "  ")
        voiding.void(charge, " Twice ")
        self.assertEqual((charge.state, charge.void_reason), ("void", "Twice"))
        self.assertFalse(self.account.next_billing_date)
        with self.assertRaisesRegex(UserError, "not pending"):
            voiding.void(charge, "Twice")

    def test_credit_code_makes_a_negative_charge(self):
        self.make_code("BACK", price=10, kind="credit")
        [result] = self.record(self.give(code="BACK"))
        self.assertEqual(result["amount"], -10)

    def test_form_rates_the_charge_by_itself(self):
        charge = (
            self.env["billing.charge"]
            .with_user(self.clerk)
            .create({"account_id": self.account.id, "code_id": self.hour.id, "quantity": 2})
        )
        self.assertEqual((charge.amount, charge.state, charge.name), (190, "pending", self.hour.name))

    def test_charge_cannot_change_or_disappear(self):
        charge = self.env["billing.charge"].create({"account_id": self.account.id, "code_id": self.hour.id})
        for act in (lambda: charge.write({"amount": 1}), charge.unlink):
            with self.assertRaises(UserError):
                act()

    def test_draft_account_is_not_charged(self):
        draft = self.env["billing.account"].create({"partner_id": self.account.partner_id.id})
        with self.assertRaises(ValidationError):
            self.env["billing.charge"].create({"account_id": draft.id, "code_id": self.hour.id})

    def test_deleted_invoice_gives_its_charges_back(self):
        self.record(self.give(invoice="now"))
        invoice = self.get_invoices(self.account)
        invoice.button_draft()
        invoice.unlink()
        self.assertEqual((self.account.charge_ids.state, self.account.charge_ids.invoice_id.id), ("pending", False))
        self.bill(self.account, "2026-08-31")
        self.assertEqual(self.account.charge_ids.state, "invoiced")

    def test_cancelled_invoice_voids_its_charges_until_it_comes_back(self):
        self.record(self.give(invoice="now"))
        invoice = self.get_invoices(self.account)
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual(self.account.charge_ids.state, "void")
        self.assertIn(invoice.display_name, self.account.charge_ids.void_reason)
        invoice.button_draft()
        self.assertEqual(self.account.charge_ids.state, "invoiced")

    def test_balance_tells_open_overdue_and_pending(self):
        self.record(self.give(key="a", invoice="now", date="2020-01-31"), self.give(key="b", quantity=3))
        balance = self.env["billing.account"].with_user(self.clerk).get_balance(self.account.name)
        self.assertEqual(
            {key: balance[key] for key in ("open", "overdue", "pending")}, {"open": 95, "overdue": 95, "pending": 285}
        )

    def test_explanation_names_tiers_and_price(self):
        tiers = [{"up_to": 100, "unit_price": 0.1}, {"up_to": 0, "unit_price": 0.05}]
        self.make_code("CALL", price={"model": "graduated", "tiers": tiers}, kind="usage")
        [result] = self.record(self.give(code="CALL", quantity=150))
        charge = self.env["billing.charge"].browse(result["id"])
        self.assertEqual(charge.amount, 12.5)
        steps = self.env["billing.explanation"]._get_steps(charge)
        shown = " | ".join(f"{step['label']} {step['detail']} {step['amount']}" for step in steps)
        for part in ("100 × 0.10", "50 × 0.05", "10.00", "2.50", "12.50", "graduated"):
            self.assertIn(part, shown)

    def test_flat_amount_of_the_first_tier_is_part_of_a_single_charge(self):
        tiers = [{"up_to": 10, "unit_price": 10, "flat_amount": 2}, {"up_to": 0, "unit_price": 5, "flat_amount": 3}]
        self.make_code("TIER", price={"model": "graduated", "tiers": tiers}, kind="usage")
        [result] = self.record(self.give(code="TIER", quantity=1))
        self.assertEqual(result["amount"], 12)
