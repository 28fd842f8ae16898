from odoo import Command
from odoo.tests import tagged

from .collection_common import CollectionCase

GAPS = {"minimum_gap": 2}


@tagged("post_install", "-at_install")
class TestCollection(CollectionCase):
    def test_one_message_lists_everything_open_with_credits_and_one_link(self):
        self.make_policy(("overdue", 7))
        account = self.make_account()
        first, second = self.owe(account, "2024-11-01"), self.owe(account, "2024-11-20", price=50)
        self.owe(account, "2024-11-01", price=10, move_type="out_refund")
        self.collect("2024-11-10")
        [message] = self.get_messages(account)
        link = self.env["billing.pay.links"].get_pay_url(account, account.currency_id)
        for text in (first.name, second.name, "119.00", "59.50", "11.90", "166.60", link.replace("&", "&amp;")):
            self.assertIn(text, message.body)
        self.assertEqual((message.amount, message.kind, message.billing_delivery_state), (107.10, "overdue", "pending"))
        self.assertEqual(message.move_ids & (first | second), first | second)
        self.assertEqual(self.get_log(account), [("2024-11-10", 1)])

    def test_a_notice_of_a_new_bill_does_not_take_the_customer_back(self):
        policy = self.make_policy(("before", 3), ("overdue", 7))
        account = self.make_account()
        old = self.owe(account, "2024-11-01")
        self.collect("2024-11-10")
        self.owe(account, "2024-12-01")
        self.collect("2024-11-28")
        case = self.get_case(account)
        self.assertEqual(self.get_log(account), [("2024-11-10", 2), ("2024-11-28", 1)])
        self.assertEqual((case.step_id, case.reached_step_id), tuple(policy.step_ids))
        self.pay_invoice(old)
        self.collect("2024-11-29")
        self.assertEqual(case.reached_step_id, policy.step_ids[0])

    def test_the_same_day_again_does_nothing(self):
        self.make_policy(("overdue", 7), ("overdue", 8))
        account = self.make_account()
        self.owe(account, "2024-11-01")
        for hour in (8, 9, 23):
            self.collect("2024-11-20", hour=hour)
        self.assertEqual(len(self.get_messages(account)), 1)
        self.assertEqual(len(self.get_case(account).entry_ids), 1)

    def test_an_outage_is_made_up_for_one_step_per_day(self):
        self.make_policy(("overdue", 7), ("overdue", 14), ("overdue", 21))
        account = self.make_account()
        self.owe(account, "2024-11-01")
        self.collect_days("2024-12-20", "2024-12-26")
        self.assertEqual(self.get_log(account), [("2024-12-20", 1), ("2024-12-21", 2), ("2024-12-22", 3)])

    def test_a_payment_stops_the_calendar_and_closes_the_case(self):
        self.make_policy(("overdue", 7), ("overdue", 14))
        account = self.make_account()
        invoice = self.owe(account, "2024-11-01")
        self.collect("2024-11-10")
        self.pay_invoice(invoice)
        self.collect("2024-11-20")
        case = self.get_case(account)
        self.assertEqual(
            (case.state, case.amount_open, case.reached_step_id.id, case.item_ids.ids), ("closed", 0.0, False, [])
        )
        self.assertEqual(self.get_log(account), [("2024-11-10", 1)])

    def test_when_the_oldest_is_paid_the_rest_falls_back_to_its_own_age(self):
        self.make_policy(("overdue", 7), ("overdue", 30))
        account = self.make_account()
        old = self.owe(account, "2024-11-01")
        young = self.owe(account, "2024-11-28", price=50)
        self.collect("2024-11-10")
        self.collect("2024-12-02")  # the old one has reached step 2, and takes the young one along
        self.assertEqual(set(self.get_case(account).item_ids.mapped("step_id.sequence")), {2})
        self.pay_invoice(old)
        self.collect("2024-12-03")
        self.assertEqual(self.get_case(account).item_ids.mapped("had"), [[]])
        self.collect_days("2024-12-04", "2024-12-05")
        self.assertEqual(self.get_log(account)[-1], ("2024-12-05", 1))
        self.assertEqual(self.get_messages(account)[-1].move_ids, young)

    def test_a_credit_note_steps_back_like_a_payment(self):
        self.make_policy(("overdue", 7), ("overdue", 30))
        account = self.make_account()
        self.owe(account, "2024-11-01")
        self.owe(account, "2024-11-28", price=50)
        self.collect("2024-11-10")
        self.collect("2024-12-02")
        self.owe(account, "2024-12-02", price=100, move_type="out_refund")
        self.collect("2024-12-03")
        self.assertEqual(self.get_case(account).item_ids.mapped("had"), [[]])

    def test_quiet_days_and_the_hour_of_the_customer_are_kept(self):
        self.make_policy(("overdue", 7), quiet_weekend=True, hour=9)
        self.env["billing.quiet.day"].create({"name": "Feast", "date": "2024-11-11"})
        account = self.make_account(timezone="America/New_York")
        self.owe(account, "2024-11-01")
        self.collect_days("2024-11-08", "2024-11-08", hour=13)  # 8 o'clock in New York
        self.assertFalse(self.get_messages(account))
        self.collect_days("2024-11-09", "2024-11-12", hour=14)  # Saturday, Sunday, holiday, Tuesday
        self.assertEqual(self.get_log(account), [("2024-11-12", 1)])

    def test_a_threshold_counts_per_currency_and_without_what_is_in_dispute(self):
        policy = self.make_policy(("overdue", 1))
        policy.threshold_ids = [Command.create({"currency_id": self.company.currency_id.id, "amount": 150})]
        account = self.make_account()
        self.owe(account, "2025-01-01", price=100)
        self.collect("2025-01-04")
        self.assertFalse(self.get_messages(account))
        disputed = self.owe(account, "2025-01-02", price=100)
        disputed.payment_state = "blocked"
        self.collect("2025-01-05")
        self.assertFalse(self.get_messages(account))
        disputed.payment_state = "not_paid"
        self.collect("2025-01-06")
        self.assertEqual(self.get_log(account), [("2025-01-06", 1)])

    def test_what_is_in_dispute_rests(self):
        self.make_policy(("overdue", 7))
        account = self.make_account()
        self.owe(account, "2024-11-01").payment_state = "blocked"
        self.collect("2024-11-20")
        self.assertFalse(self.get_messages(account))
        self.assertFalse(self.get_case(account), "nothing was ever asked for")

    def test_the_policy_is_that_of_the_account_then_of_the_tag_then_of_the_company(self):
        tag = self.env["res.partner.category"].create({"name": "Public bodies"})
        own = self.make_policy(("overdue", 3), name="Own")
        tagged_policy = self.make_policy(("overdue", 2), name="Tag", category_ids=[Command.set(tag.ids)])
        company = self.make_policy(("overdue", 1), name="Company")
        plain, by_tag, by_account = (self.make_account(name) for name in ("Plain", "Tagged", "Named"))
        (by_tag | by_account).partner_id.category_id = tag
        by_account.collection_policy_id = own
        for account in (plain, by_tag, by_account):
            self.owe(account, "2024-11-01")
        self.collect("2024-11-20")
        found = {account: self.get_case(account).policy_id for account in (plain, by_tag, by_account)}
        self.assertEqual(found, {plain: company, by_tag: tagged_policy, by_account: own})

    def test_without_a_policy_or_when_exempt_nothing_happens(self):
        account, exempt = self.make_account(), self.make_account("Exempt", collection_exempt=True)
        self.owe(account, "2024-11-01")
        self.collect("2024-11-20")
        self.assertFalse(self.get_case(account) | self.get_messages(account).account_id.case_ids)
        self.make_policy(("overdue", 7))
        self.owe(exempt, "2024-11-01")
        self.collect("2024-11-21")
        self.assertFalse(self.get_messages(exempt))
        self.assertEqual(len(self.get_messages(account)), 1)

    def test_a_deadline_lets_the_next_step_wait(self):
        self.make_policy(("overdue", 7, {"deadline_days": 14}), ("overdue", 10))
        account = self.make_account()
        self.owe(account, "2024-11-01")
        self.collect_days("2024-11-08", "2024-11-30")
        self.assertEqual(self.get_log(account), [("2024-11-08", 1), ("2024-11-23", 2)])
        self.assertIn("11/22/2024", self.get_messages(account)[0].body)

    def test_notices_before_and_on_the_due_date(self):
        self.make_policy(("before", 3), ("due", 0), ("overdue", 7))
        account = self.make_account()
        self.owe(account, "2024-11-10")
        self.collect_days("2024-11-05", "2024-11-20")
        self.assertEqual(self.get_log(account), [("2024-11-07", 1), ("2024-11-10", 2), ("2024-11-17", 3)])
        self.assertEqual(self.get_messages(account).mapped("kind"), ["coming_due", "due", "overdue"])

    def test_the_account_is_suspended_and_comes_back_when_it_has_paid(self):
        self.make_policy(("overdue", 7, {"suspends": True}))
        account = self.make_account()
        invoice = self.owe(account, "2024-11-01")
        self.collect("2024-11-10")
        self.assertEqual(account.state, "suspended")
        self.assertTrue(self.get_case(account).has_suspended)
        self.pay_invoice(invoice)
        self.collect("2024-11-11")
        self.assertEqual((account.state, self.get_case(account).has_suspended), ("active", False))

    def test_an_account_that_staff_suspended_is_not_given_back(self):
        self.make_policy(("overdue", 7, {"suspends": True}))
        account = self.make_account()
        invoice = self.owe(account, "2024-11-01")
        account.action_suspend()
        self.collect("2024-11-10")
        self.pay_invoice(invoice)
        self.collect("2024-11-11")
        self.assertEqual(account.state, "suspended")

    def test_sms_and_letter_go_their_own_way(self):
        sms = self.env.ref("online_billing.sms_template_reminder")
        self.make_policy(
            ("overdue", 7, {"channel": "sms", "sms_template_id": sms.id, "template_id": False}),
            ("overdue", 14, {"channel": "letter"}),
        )
        account = self.make_account()
        account.partner_id.phone = "+32 2 290 34 90"
        self.owe(account, "2024-11-01")
        self.collect_days("2024-11-08", "2024-11-15")
        first, second = self.get_messages(account)
        self.assertIn("119.00", first.sms_text)
        self.assertIn(self.env["billing.pay.links"].get_pay_url(account, account.currency_id), first.sms_text)
        self.assertEqual((second.channel, second.billing_delivery_state), ("letter", "letter"))

    def test_who_gets_invoices_by_letter_gets_reminders_by_letter(self):
        self.make_policy(("overdue", 7))
        account = self.make_account(delivery_channel="letter")
        self.owe(account, "2024-11-01")
        self.collect("2024-11-10")
        self.assertEqual(self.get_messages(account).channel, "letter")

    def test_tasks_hand_over_and_proposals_reach_people(self):
        self.make_policy(
            ("overdue", 7, {"channel": "none", "template_id": False, "has_activity": True, "activity_note": "Call"}),
            ("overdue", 14, {"channel": "none", "template_id": False, "proposes_write_off": True}),
            ("overdue", 21, {"channel": "none", "template_id": False, "hands_over": True}),
            ("overdue", 28),
        )
        account = self.make_account(collector_id=self.clerk.id)
        self.owe(account, "2024-11-01")
        self.collect_days("2024-11-08", "2024-12-10")
        case = self.get_case(account)
        self.assertEqual((case.state, case.wants_write_off), ("handed_over", True))
        self.assertEqual([level for _day, level in self.get_log(account)], [1, 2, 3])
        self.assertFalse(self.get_messages(account))
        self.assertEqual(case.activity_ids.user_id & self.clerk, self.clerk)
        case.with_user(self.clerk).action_take_back()
        self.collect("2024-12-11")
        self.assertEqual(self.get_log(account)[-1], ("2024-12-11", 4))

    def test_one_account_that_fails_stops_nobody_and_says_why(self):
        self.make_policy(("overdue", 7))
        bad, good = self.make_account("Bad"), self.make_account("Good")
        self.owe(bad, "2024-11-01")
        self.owe(good, "2024-11-01")
        broken = self.make_policy(("overdue", 7, {"template_id": self.text.copy({"body_html": "<p t-out='1/0'/>"}).id}))
        self.make_policy(("overdue", 7))
        bad.collection_policy_id = broken
        self.collect("2024-11-10")
        self.assertEqual(len(self.get_messages(good)), 1)
        self.assertFalse(self.get_messages(bad))
        self.assertTrue(self.get_case(bad).failure)
        self.assertEqual(self.get_log(bad, "failed"), [("2024-11-10", 0)])
        broken.step_ids.template_id = self.text
        self.collect("2024-11-11")
        self.assertEqual((len(self.get_messages(bad)), self.get_case(bad).failure), (1, False))

    def test_the_next_step_is_foreseen(self):
        policy = self.make_policy(("overdue", 7), ("overdue", 14), quiet_weekend=True)
        account = self.make_account()
        self.owe(account, "2024-11-02")
        self.collect("2024-11-04")
        case = self.get_case(account)
        self.assertEqual((case.next_step_id, str(case.next_date)), (policy.step_ids[0], "2024-11-11"))
        self.collect_days("2024-11-05", "2024-11-15")
        self.assertEqual(self.get_log(account), [("2024-11-11", 1)])
        self.assertEqual((case.next_step_id, str(case.next_date)), (policy.step_ids[1], "2024-11-18"))

    def test_queries_do_not_grow_with_the_accounts(self):
        self.make_policy(("overdue", 7))
        few = [self.make_account(f"Few {number}") for number in range(2)]
        many = [self.make_account(f"Many {number}") for number in range(12)]
        for account in [*few, *many]:
            self.owe(account, "2024-11-01")
        counts = []
        for group in (few, many):
            accounts = self.env["billing.account"].union(*group)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.collect("2024-11-10", accounts)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2, counts)
