"""What rested bears no late fee for its days: exemptions, disputes, promises; and what was no stop bears its fees."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .late_fee_common import LateFeeCase


@tagged("post_install", "-at_install")
class TestLateFeeStops(LateFeeCase):
    def setUp(self):
        super().setUp()
        self.rule = self.make_rule(method="percent", percent=1, repeat_unit="month")
        self.account = self.make_account()
        self.move = self.make_debt(self.account, due=date(2026, 1, 10))

    def charge_monthly(self, *months):
        """Charge on the 11th of months of 2026, as the daily runs would."""
        for month in months:
            with freeze_time(date(2026, month, 11)):
                self.charge_on(self.account, date(2026, month, 11))

    def get_days(self):
        self.env.invalidate_all()
        return [str(fee.arises_on)[5:] for fee in self.get_fees(self.move) if fee.state == "charged"]

    def exempt(self, day, **vals):
        with freeze_time(day):
            self.account.write({"late_fee_exempt_reason": "Agreed", **vals})

    # -- exemptions ---------------------------------------------------------------------------------------------------

    def test_case_C8_a_removed_exemption_keeps_the_days_that_have_passed(self):
        self.exempt("2026-01-05", late_fee_exempt=True)
        self.charge_monthly(1, 2)
        self.exempt("2026-03-01", late_fee_exempt=False)
        self.charge_monthly(3, 4)
        self.assertEqual(self.get_days(), ["03-11", "04-11"])
        [stop] = self.account.stop_ids
        self.assertEqual((stop.reason, stop.date_from, str(stop.date_to)), ("exemption", False, "2026-02-28"))

    def test_case_C8_a_shortened_exemption_keeps_the_days_that_have_passed(self):
        self.exempt("2026-01-05", late_fee_exempt=True, late_fee_exempt_until="2026-06-30")
        self.exempt("2026-03-01", late_fee_exempt_until="2026-01-31")
        self.charge_monthly(3)
        self.assertEqual(self.get_days(), ["03-11"])

    def test_case_C8_a_prolonged_exemption_needs_no_history(self):
        self.exempt("2026-01-05", late_fee_exempt=True, late_fee_exempt_until="2026-02-28")
        self.exempt("2026-02-20", late_fee_exempt_until="2026-03-31")
        self.assertFalse(self.account.stop_ids)
        self.charge_monthly(3, 4)
        self.assertEqual(self.get_days(), ["04-11"])

    def test_case_C8_an_exemption_after_another_one_does_not_spare_the_days_between(self):
        self.exempt("2026-01-05", late_fee_exempt=True, late_fee_exempt_until="2026-01-31")
        self.exempt("2026-03-01", late_fee_exempt_until="2026-03-31")
        self.assertEqual(str(self.account.late_fee_exempt_from), "2026-03-01")
        self.charge_monthly(4)
        self.assertEqual(self.get_days(), ["02-11", "04-11"])

    def test_case_C8_an_exemption_after_a_dispute_is_the_first_one(self):
        self.dispute("2026-01-05", "2026-01-06", "for")
        self.exempt("2026-02-01", late_fee_exempt=True)
        self.assertFalse(self.account.late_fee_exempt_from)

    def test_case_C8_an_exemption_with_a_first_day_spares_nothing_before_it(self):
        self.exempt("2026-02-01", late_fee_exempt=True, late_fee_exempt_from="2026-02-01")
        self.exempt("2026-03-01", late_fee_exempt=False)
        self.charge_monthly(3)
        self.assertEqual(self.get_days(), ["01-11", "03-11"])

    def test_case_C8_an_exemption_to_come_stops_nothing_yet(self):
        self.exempt("2026-01-05", late_fee_exempt=True, late_fee_exempt_from="2026-02-01")
        self.charge_monthly(1, 2)
        self.assertEqual(self.get_days(), ["01-11"])

    def test_case_C8_the_form_proposes_that_an_exemption_begins_today_and_a_slip_leaves_nothing(self):
        with freeze_time("2026-02-01"):
            with Form(self.account) as form:
                form.late_fee_exempt = True
                form.late_fee_exempt_reason = "Agreed"
            self.assertEqual(str(self.account.late_fee_exempt_from), "2026-02-01")
            self.account.late_fee_exempt = False
        self.assertFalse(self.account.stop_ids)

    def test_case_C8_interest_leaves_out_the_days_of_an_exemption_that_was_removed(self):
        self.rule.write({"method": "interest", "interest_rate": 36.5, "closing": True, "repeat_unit": "once"})
        self.exempt("2026-01-21", late_fee_exempt=True, late_fee_exempt_from="2026-01-21")
        self.exempt("2026-01-31", late_fee_exempt=False)
        self.pay(self.move, 1000, date(2026, 2, 9))
        self.charge_on(self.account, date(2026, 2, 10))
        # 30 days late, 10 of them exempt
        self.assertFees(self.move, [(1, "2026-02-09", "20.00", "charged")])

    def test_case_C8_an_exemption_that_is_over_and_is_written_once_more_is_no_new_one(self):
        agreed = {"late_fee_exempt": True, "late_fee_exempt_until": "2026-01-31"}
        self.exempt("2026-01-05", late_fee_exempt_from="2026-01-05", **agreed)
        self.exempt("2026-03-01", late_fee_exempt=True, late_fee_exempt_reason="Spelling")
        self.exempt("2026-03-02", **agreed)
        self.assertEqual(str(self.account.late_fee_exempt_from), "2026-01-05")
        self.assertFalse(self.account.stop_ids)
        self.charge_monthly(3)
        self.assertEqual(self.get_days(), ["02-11", "03-11"])

    def test_case_C8_the_last_day_of_an_exemption_that_is_over_is_corrected(self):
        self.exempt("2026-01-05", late_fee_exempt=True, late_fee_exempt_from="2026-01-05")
        self.exempt("2026-01-06", late_fee_exempt_until="2026-01-31")
        self.exempt("2026-03-01", late_fee_exempt_until="2026-02-15")
        self.assertEqual(str(self.account.late_fee_exempt_from), "2026-01-05")
        self.charge_monthly(3)
        self.assertEqual(self.get_days(), ["03-11"])

    def test_case_C8_an_exemption_that_lasts_until_today_begins_today(self):
        self.exempt("2026-01-05", late_fee_exempt=True, late_fee_exempt_until="2026-01-31")
        self.exempt("2026-03-11", late_fee_exempt_until="2026-03-11")
        self.assertEqual(str(self.account.late_fee_exempt_from), "2026-03-11")
        self.charge_monthly(4)
        self.assertEqual(self.get_days(), ["02-11", "04-11"])

    def test_case_C8_a_stop_is_not_duplicated(self):
        self.exempt("2026-01-05", late_fee_exempt=True)
        self.exempt("2026-01-08", late_fee_exempt=False)
        self.dispute("2026-02-01", "2026-02-20")
        self.dispute("2026-03-01")
        stops = self.account.stop_ids
        self.assertEqual(len(stops), 3)
        for stop in stops:
            for own in (stop.with_user(self.manager), stop.sudo()):
                with self.assertRaisesRegex(UserError, "cannot be duplicated"):
                    own.copy()
        for kind in ("list", "form"):
            arch = self.env["billing.stop"].get_view(view_type=kind)["arch"]
            self.assertIn('duplicate="0"', arch)

    # -- disputes -----------------------------------------------------------------------------------------------------

    def dispute(self, first, last=None, verdict=None):
        with freeze_time(first):
            self.move.action_toggle_block_payment()
        if last:
            with freeze_time(last):
                if verdict:
                    getattr(self.move.billing_stop_ids, f"action_settle_{verdict}_customer")()
                else:
                    self.move.action_toggle_block_payment()

    def test_case_C8_a_dispute_settled_for_the_customer_spares_its_days(self):
        self.dispute("2026-02-01", "2026-03-20", "for")
        self.assertEqual(self.move.payment_state, "not_paid")
        self.charge_monthly(4)
        self.assertEqual(self.get_days(), ["01-11", "04-11"])

    def test_case_C8_a_dispute_settled_against_the_customer_counts_unless_the_rule_spares_it(self):
        self.dispute("2026-02-01", "2026-03-20", "against")
        self.rule.spares_lost_disputes = True
        self.charge_monthly(4)
        self.assertEqual(self.get_days(), ["01-11", "04-11"])
        self.rule.spares_lost_disputes = False
        self.charge_monthly(4)
        self.assertEqual(self.get_days(), ["01-11", "02-11", "03-11", "04-11"])

    def test_case_C8_a_dispute_that_ends_without_a_word_was_right_until_somebody_says_otherwise(self):
        self.dispute("2026-02-01", "2026-03-20")
        self.charge_monthly(4)
        self.assertEqual(self.get_days(), ["01-11", "04-11"])
        self.move.billing_stop_ids.action_settle_against_customer()
        self.charge_monthly(5)
        self.assertEqual(self.get_days(), ["01-11", "02-11", "03-11", "04-11", "05-11"])

    def test_case_C8_an_invoice_taken_out_of_the_reminders_is_in_dispute_too(self):
        lines = self.move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        with freeze_time("2026-02-01"):
            lines.no_followup = True
        self.charge_monthly(2)
        self.assertEqual(self.get_days(), [])
        with freeze_time("2026-02-20"):
            lines.no_followup = False
        [stop] = self.move.billing_stop_ids
        self.assertEqual((str(stop.date_from), str(stop.date_to)), ("2026-02-01", "2026-02-20"))
        self.charge_monthly(3)
        self.assertEqual(self.get_days(), ["01-11", "03-11"])

    def test_case_C8_a_second_dispute_is_a_time_of_its_own(self):
        self.dispute("2026-02-01", "2026-02-20", "for")
        self.dispute("2026-04-01")
        [running] = self.move.billing_stop_ids.filtered(lambda stop: not stop.date_to)
        with freeze_time("2026-04-20"):
            running.action_settle_for_customer()
        self.charge_monthly(5)
        self.assertEqual(self.get_days(), ["01-11", "03-11", "05-11"])

    def assertFollowsInvoice(self):
        """A dispute goes on where the invoice is blocked, and nowhere else."""
        self.env.invalidate_all()
        self.assertEqual(any(self.move.billing_stop_ids.mapped("is_running")), self.move._is_in_dispute())

    def test_case_C8_the_days_of_a_dispute_that_goes_on_are_not_written(self):
        self.dispute("2026-02-01")
        stop = self.move.billing_stop_ids
        for user in (self.manager, self.clerk):
            for name, day in (("date_to", "2026-02-20"), ("date_from", "2026-01-01"), ("date_from", False)):
                with freeze_time("2026-02-25"), self.assertRaisesRegex(UserError, "Settle one that goes on"):
                    stop.with_user(user).write({name: day})
        with self.assertRaisesRegex(UserError, "Settle one that goes on"):
            stop.with_user(self.manager).unlink()
        self.assertFollowsInvoice()
        with freeze_time("2026-03-20"):
            self.move.action_toggle_block_payment()
        self.assertFollowsInvoice()
        self.charge_monthly(4)
        self.assertEqual(self.get_days(), ["01-11", "04-11"])

    def test_case_C8_a_dispute_that_has_ended_is_not_reopened_by_its_days(self):
        self.dispute("2026-02-01", "2026-02-20")
        for stop in (self.move.billing_stop_ids.with_user(self.manager), self.move.billing_stop_ids.sudo()):
            with self.assertRaisesRegex(UserError, "cannot be reopened"), self.cr.savepoint():
                stop.date_to = False
            with (
                freeze_time("2026-02-25"),
                self.assertRaisesRegex(UserError, "still to come"),
                self.cr.savepoint(),
            ):
                stop.date_to = "2026-02-26"
        self.assertFollowsInvoice()
        self.charge_monthly(3)
        self.assertEqual(self.get_days(), ["01-11", "03-11"])

    def test_case_C8_a_dispute_that_has_ended_is_not_reopened_beside_another_one(self):
        self.dispute("2026-02-01", "2026-02-20")
        ended = self.move.billing_stop_ids.with_user(self.manager)
        self.dispute("2026-03-01")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            ended.date_to = False
            self.env.flush_all()
        self.assertFollowsInvoice()

    def test_case_C8_the_days_of_a_dispute_that_has_ended_are_corrected(self):
        self.dispute("2026-02-01", "2026-02-20")
        self.charge_monthly(3, 4)
        with freeze_time("2026-04-12"), Form(self.move.billing_stop_ids.with_user(self.manager)) as form:
            form.date_from = "2026-03-01"
            form.date_to = "2026-03-31"
        self.env.cr.flush()
        self.assertFollowsInvoice()
        [marked] = self.get_fees(self.move).filtered("not_owed")
        self.assertEqual(str(marked.arises_on), "2026-03-11")

    def test_case_C8_the_form_leaves_the_days_of_a_dispute_that_goes_on(self):
        self.dispute("2026-02-01")
        with Form(self.move.billing_stop_ids.with_user(self.manager)) as form:
            with self.assertRaises(AssertionError):
                form.date_to = "2026-02-20"
            form.note = "The line was down"
        self.assertFollowsInvoice()

    def test_case_C8_a_dispute_that_begins_and_ends_beyond_the_date_line_has_the_day_on_which_it_ended(self):
        self.account.timezone = "Pacific/Kiritimati"
        self.dispute("2026-02-01 12:00:00")
        self.account.timezone = "Pacific/Pago_Pago"
        with freeze_time("2026-02-01 13:00:00"):
            self.move.action_toggle_block_payment()
        [stop] = self.move.billing_stop_ids
        self.assertEqual((str(stop.date_from), str(stop.date_to)), ("2026-02-01", "2026-02-01"))

    def test_an_exemption_cannot_be_settled_like_a_dispute(self):
        self.exempt("2026-01-05", late_fee_exempt=True)
        self.exempt("2026-03-01", late_fee_exempt=False)
        with self.assertRaisesRegex(UserError, "no dispute"):
            self.account.stop_ids.action_settle_for_customer()

    # -- promises -----------------------------------------------------------------------------------------------------

    def promise(self, made, until, amount=1000):
        return self.env["billing.payment.promise"].create(
            {"account_id": self.account.id, "amount": amount, "date_made": made, "date": until}
        )

    def judge(self, day):
        items = self.env["billing.open.items"].get_items(self.account.ids)
        self.env["billing.promise.keeping"].judge(items, {self.account.id: date.fromisoformat(day)})

    def test_case_C8_a_kept_promise_spares_its_days_for_what_is_left(self):
        promise = self.promise("2026-02-01", "2026-03-20", 600)
        self.pay(self.move, 600, "2026-03-20")
        self.judge("2026-03-20")
        self.assertEqual((promise.state, str(promise.date_ended)), ("kept", "2026-03-20"))
        self.charge_monthly(4)
        self.assertFees(self.move, [(1, "2026-01-11", "10.00", "charged"), (2, "2026-04-11", "4.00", "charged")])

    def test_case_C8_a_promise_that_is_kept_early_spares_no_longer(self):
        self.promise("2026-02-01", "2026-04-20", 600)
        self.pay(self.move, 600, "2026-03-01")
        self.judge("2026-03-01")
        self.charge_monthly(4)
        self.assertEqual(self.get_days(), ["01-11", "03-11", "04-11"])

    def test_case_C8_a_broken_promise_spares_nothing(self):
        promise = self.promise("2026-02-01", "2026-03-20")
        self.charge_monthly(2)
        self.assertEqual(self.get_days(), [])
        self.judge("2026-03-21")
        self.assertEqual(promise.state, "broken")
        self.charge_monthly(4)
        self.assertEqual(self.get_days(), ["01-11", "02-11", "03-11", "04-11"])

    def test_case_C8_a_cancelled_promise_spares_nothing(self):
        self.promise("2026-02-01", "2026-03-20").action_cancel()
        self.charge_monthly(4)
        self.assertEqual(self.get_days(), ["01-11", "02-11", "03-11", "04-11"])

    def test_case_C8_a_promise_spares_only_what_it_was_about(self):
        other = self.make_debt(self.account, due=date(2026, 1, 10))
        promise = self.promise("2026-02-01", "2026-03-20", 600)
        promise.move_ids = self.move
        self.pay(self.move, 600, "2026-03-20")
        self.judge("2026-03-20")
        self.charge_monthly(4)
        self.assertEqual(self.get_days(), ["01-11", "04-11"])
        self.assertEqual(len(self.get_fees(other)), 4)

    def test_case_C8_part_of_a_debt_that_rested_bears_nothing_and_the_rest_does(self):
        promise = self.promise("2026-02-01", "2026-03-20", 300)
        promise.sudo().baseline = {**promise.baseline, "documents": {str(self.move.id): "400.00"}}
        self.pay(self.move, 300, "2026-03-20")
        self.judge("2026-03-20")
        self.charge_monthly(4)
        self.assertEqual([fee.amount for fee in self.get_fees(self.move)], [10.0, 6.0, 6.0, 7.0])
