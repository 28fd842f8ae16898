"""What rests on a notice waits until the customer could be told, and somebody gets a task."""

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tests.common import freeze_time

from .collection_common import CollectionCase

SUSPENSION = {"suspends": True, "channel": "none", "template_id": False}


@tagged("post_install", "-at_install")
@freeze_time("2024-11-20 12:00:00")
class TestNotices(CollectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account()
        cls.owe(cls.account, "2024-11-01")

    def test_case_C15_without_an_address_no_step_is_taken_and_one_task_is_made(self):
        policy = self.make_policy(("overdue", 7), ("overdue", 14, SUSPENSION))
        self.account.partner_id.email = False
        self.collect_days("2024-11-08", "2024-11-20")
        case = self.get_case(self.account)
        self.assertEqual((self.account.state, self.get_log(self.account)), ("active", []))
        self.assertFalse(self.get_messages(self.account))
        self.assertEqual((len(case.activity_ids), len(case.entry_ids)), (1, 1))
        self.assertIn("no e-mail address", case.held_reason)
        self.account.partner_id.email = "ada@example.com"
        self.collect_days("2024-11-21", "2024-11-22")
        self.assertEqual(self.get_log(self.account), [("2024-11-21", 1), ("2024-11-22", 2)])
        self.assertEqual((self.account.state, case.held_reason), ("suspended", False))
        self.assertEqual(case.reached_step_id, policy.step_ids[1])

    def test_case_C15_a_letter_goes_where_the_policy_has_one(self):
        self.make_policy(("overdue", 7), letter_without_address=True)
        self.account.partner_id.email = "not an address"
        self.collect("2024-11-10")
        self.assertEqual(self.get_messages(self.account).channel, "letter")

    def test_case_C15_an_sms_needs_a_number(self):
        sms = self.env.ref("online_billing.sms_template_reminder")
        self.make_policy(("overdue", 7, {"channel": "sms", "sms_template_id": sms.id, "template_id": False}))
        self.account.partner_id.phone = False
        self.collect("2024-11-10")
        self.assertFalse(self.get_messages(self.account))
        self.assertIn("telephone", self.get_case(self.account).held_reason)
        self.account.partner_id.phone = "+32 2 290 34 90"
        self.collect("2024-11-11")
        self.assertEqual(len(self.get_messages(self.account)), 1)

    def check_that_suspension_waits(self, **vals):
        self.make_policy(("overdue", 7), ("overdue", 14, SUSPENSION))
        self.collect("2024-11-10")
        message = self.get_messages(self.account).sudo()
        message.write(vals)
        self.collect_days("2024-11-15", "2024-11-17")
        case = self.get_case(self.account)
        self.assertEqual((self.account.state, len(case.activity_ids)), ("active", 1))
        self.assertIn(message.subject, case.held_reason)
        return case, message

    def test_case_C15_a_message_that_failed_lets_the_suspension_wait(self):
        _case, message = self.check_that_suspension_waits(billing_delivery_state="failed")
        message.billing_delivery_state = "sent"
        self.collect("2024-11-18")
        self.assertEqual(self.account.state, "suspended")

    def test_case_C15_a_message_that_still_waits_in_the_outbox_lets_the_suspension_wait(self):
        self.make_policy(("overdue", 7), ("overdue", 14, SUSPENSION))
        for day in ("2024-11-10", "2024-11-15", "2024-11-16"):
            self.collect(day)
            self.assertEqual(self.account.state, "active")
        self.assertEqual(len(self.get_case(self.account).activity_ids), 1)
        self.send_messages()
        self.collect("2024-11-17")
        self.assertEqual(self.account.state, "suspended")

    def test_case_C15_a_letter_that_nobody_printed_lets_the_suspension_wait(self):
        self.check_that_suspension_waits(channel="letter", billing_delivery_state="letter")

    def test_case_C15_a_message_that_staff_took_back_lets_the_suspension_wait_until_staff_decide(self):
        case, _message = self.check_that_suspension_waits(billing_delivery_state="cancelled")
        case.with_user(self.clerk).action_do_now()
        self.assertEqual((self.account.state, case.held_reason), ("suspended", False))

    def test_case_C15_a_hand_over_waits_as_well(self):
        policy = self.make_policy(
            ("overdue", 7), ("overdue", 14, {**SUSPENSION, "suspends": False, "hands_over": True})
        )
        self.collect("2024-11-10")
        self.get_messages(self.account).sudo().billing_delivery_state = "failed"
        self.collect("2024-11-15")
        case = self.get_case(self.account)
        self.assertEqual((case.state, case.reached_step_id), ("open", policy.step_ids[0]))

    def test_case_C15_by_hand_nobody_is_told_without_an_address_either(self):
        self.make_policy(("overdue", 7), ("overdue", 8))
        self.collect("2024-11-10")
        self.account.partner_id.email = False
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            self.get_case(self.account).with_user(self.clerk).action_do_now()

    def test_case_C15_a_case_that_is_paid_waits_for_nothing(self):
        self.make_policy(("overdue", 7))
        self.account.partner_id.email = False
        self.collect("2024-11-10")
        self.pay_invoice(self.account.move_ids)
        self.collect("2024-11-11")
        self.assertFalse(self.get_case(self.account).held_reason)
