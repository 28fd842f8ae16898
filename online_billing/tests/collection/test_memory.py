"""What a debt has had stays had: when the policy changes, when it is paid and comes back, when its due date moves."""

from odoo import Command
from odoo.tests import tagged
from odoo.tests.common import freeze_time

from .collection_common import CollectionCase


class MemoryCase(CollectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(("before", 3), ("overdue", 7), ("overdue", 21), ("overdue", 35))
        cls.before, cls.first, cls.second, cls.last = cls.policy.step_ids
        cls.account = cls.make_account()

    def owe_with_first_reminder(self):
        """Return an invoice due on the 1st of November that has had its first reminder on the 8th."""
        invoice = self.owe(self.account, "2024-11-01")
        self.collect_days("2024-10-29", "2024-11-08")
        return invoice

    def get_steps(self, first, last, account=None):
        """Let the days pass; return [(day, step)] of what was done in them."""
        account = account or self.account
        before = self.get_case(account).entry_ids
        self.collect_days(first, last)
        entries = (self.get_case(account).entry_ids - before).filtered(lambda entry: entry.state == "done")
        return [(str(entry.date), entry.step_id) for entry in entries.sorted("id")]


@tagged("post_install", "-at_install")
@freeze_time("2024-11-10 12:00:00")
class TestStepsByIdentity(MemoryCase):
    def add_step(self, **vals):
        step = {"policy_id": self.policy.id, "name": "New", "channel": "email", "template_id": self.text.id, **vals}
        return self.env["billing.collection.step"].create(step)

    def test_case_C4_a_step_taken_out_before_the_one_that_was_had_changes_nothing(self):
        self.owe_with_first_reminder()
        self.before.active = False
        steps = self.get_steps("2024-11-09", "2024-12-10")
        self.assertEqual(steps, [("2024-11-22", self.second), ("2024-12-06", self.last)])
        self.assertEqual(self.get_case(self.account).reached_step_id, self.last)

    def test_case_C4_when_the_step_that_was_had_is_taken_out_the_next_one_comes_on_its_day(self):
        self.owe_with_first_reminder()
        self.first.active = False
        self.assertEqual(self.get_steps("2024-11-09", "2024-11-30"), [("2024-11-22", self.second)])

    def test_case_C4_a_new_step_is_taken_by_whoever_has_not_had_it(self):
        self.owe_with_first_reminder()
        self.last.sequence = 9
        new = self.add_step(sequence=3, trigger="overdue", days=14)
        self.second.sequence = 4
        steps = self.get_steps("2024-11-09", "2024-12-10")
        self.assertEqual(steps, [("2024-11-15", new), ("2024-11-22", self.second), ("2024-12-06", self.last)])

    def test_case_C4_steps_in_another_order_are_had_once(self):
        self.owe_with_first_reminder()
        self.last.sequence, self.first.sequence = 2, 4
        steps = self.get_steps("2024-11-09", "2024-12-20")
        self.assertEqual(steps, [("2024-12-06", self.last), ("2024-12-07", self.second)])

    def test_case_C4_another_policy_for_a_while_does_not_let_the_steps_begin_anew(self):
        self.owe_with_first_reminder()
        other = self.make_policy(("overdue", 12), name="Other")
        self.assertEqual(self.get_steps("2024-11-09", "2024-11-13"), [("2024-11-13", other.step_ids)])
        self.company.default_collection_policy_id = self.policy
        self.assertEqual(self.get_steps("2024-11-14", "2024-11-30"), [("2024-11-22", self.second)])

    def test_case_C4_a_skip_is_taken_back_to_the_steps_that_were_had(self):
        self.owe_with_first_reminder()
        case = self.get_case(self.account)
        self.env["billing.collection.acts"].skip(case, "Called")
        self.before.active = False
        self.env["billing.collection.acts"].undo(case)
        self.assertEqual((case.next_step_id, str(case.next_date)), (self.second, "2024-11-22"))


@tagged("post_install", "-at_install")
@freeze_time("2024-11-10 12:00:00")
class TestMemory(MemoryCase):
    def unpay(self, invoice):
        invoice.line_ids.remove_move_reconcile()

    def test_case_C13_after_a_payment_that_bounced_the_steps_go_on_where_they_stood(self):
        invoice = self.owe_with_first_reminder()
        payment = self.pay_invoice(invoice)
        self.collect_days("2024-11-09", "2024-11-12")
        self.assertEqual(self.get_case(self.account).state, "closed")
        payment.move_id.button_draft()
        payment.move_id.button_cancel()
        self.assertEqual(self.get_steps("2024-11-13", "2024-11-30"), [("2024-11-22", self.second)])

    def test_case_C13_an_invoice_that_was_a_draft_for_an_hour_goes_on_where_it_stood(self):
        invoice = self.owe_with_first_reminder()
        invoice.button_draft()
        self.collect("2024-11-09")
        self.assertEqual(self.get_case(self.account).amount_open, 0.0)
        invoice.action_post()
        self.assertEqual(self.get_steps("2024-11-10", "2024-11-30"), [("2024-11-22", self.second)])

    def test_case_C13_an_invoice_whose_amount_was_corrected_goes_on_where_it_stood(self):
        invoice = self.owe_with_first_reminder()
        invoice.button_draft()
        self.collect("2024-11-09")
        invoice.invoice_line_ids.price_unit = 80
        invoice.action_post()
        self.assertEqual(self.get_steps("2024-11-10", "2024-11-30"), [("2024-11-22", self.second)])
        self.assertEqual(self.get_case(self.account).item_ids.amount, 95.2)

    def test_case_C13_a_line_that_takes_the_place_of_another_one_goes_on_where_that_stood(self):
        invoice = self.owe_with_first_reminder()
        invoice.button_draft()
        halves = [Command.create({"value": "percent", "value_amount": 50, "nb_days": days}) for days in (0, 9)]
        invoice.invoice_payment_term_id = self.env["account.payment.term"].create({"name": "2", "line_ids": halves})
        invoice.action_post()
        lines = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        self.assertEqual(len(lines), 2)
        lines.date_maturity = "2024-11-01"
        self.assertEqual(self.get_steps("2024-11-10", "2024-11-30"), [("2024-11-22", self.second)])

    def test_case_C13_a_credit_note_that_was_taken_back_changes_nothing(self):
        invoice = self.owe_with_first_reminder()
        credit = self.owe(self.account, "2024-11-09", price=100, move_type="out_refund")
        self.collect("2024-11-09")
        self.assertEqual(self.get_case(self.account).state, "closed")
        credit.button_draft()
        self.assertEqual(self.get_steps("2024-11-10", "2024-11-30"), [("2024-11-22", self.second)])
        self.assertEqual(self.get_case(self.account).item_ids.move_id, invoice)

    def test_case_C13_a_deadline_that_was_granted_holds_also_after_a_payment_that_bounced(self):
        self.first.deadline_days, self.second.days = 20, 8
        invoice = self.owe_with_first_reminder()
        payment = self.pay_invoice(invoice)
        self.collect("2024-11-09")
        payment.move_id.button_draft()
        payment.move_id.button_cancel()
        self.assertEqual(self.get_steps("2024-11-10", "2024-11-30"), [("2024-11-29", self.second)])

    def test_case_C13_a_new_bill_does_not_wait_for_a_deadline_of_what_was_paid(self):
        self.first.deadline_days = 60
        self.pay_invoice(self.owe_with_first_reminder())
        self.collect("2024-11-09")
        self.owe(self.account, "2024-11-10")
        self.assertEqual(self.get_steps("2024-11-10", "2024-11-20"), [("2024-11-17", self.first)])

    def test_case_C13_what_was_postponed_stays_so_for_the_debt_and_not_for_the_next_one(self):
        invoice = self.owe_with_first_reminder()
        case = self.get_case(self.account)
        self.env["billing.collection.acts"].postpone(case, self.day("2024-12-01"), "Called")
        payment = self.pay_invoice(invoice)
        self.collect("2024-11-11")
        self.assertEqual(case.state, "closed")
        payment.move_id.button_draft()
        payment.move_id.button_cancel()
        self.collect("2024-11-12")
        self.assertEqual((case.next_step_id, str(case.next_date)), (self.second, "2024-12-01"))

    def test_case_C13_a_document_that_moves_to_another_account_takes_its_place_along(self):
        invoice = self.owe_with_first_reminder()
        other = self.make_account("Alan Turing")
        self.pay_invoice(invoice)
        self.collect("2024-11-09")
        self.unpay(invoice)
        invoice.sudo().with_context(skip_readonly_check=True).billing_account_id = other
        self.assertEqual(self.get_steps("2024-11-10", "2024-11-30", other), [("2024-11-22", self.second)])

    def day(self, text):
        return self.env["billing.collection.case"]._fields["next_date"].to_date(text)

    def test_case_C14_a_due_date_that_was_moved_later_is_counted_from(self):
        invoice = self.owe_with_first_reminder()
        self.move_due_date(invoice, "2024-12-01")
        steps = self.get_steps("2024-11-10", "2025-01-10")
        expected = [("2024-11-28", self.before), ("2024-12-08", self.first), ("2024-12-22", self.second)]
        self.assertEqual(steps, [*expected, ("2025-01-05", self.last)])

    def test_case_C14_a_few_days_more_let_the_same_reminder_stand(self):
        invoice = self.owe_with_first_reminder()
        self.move_due_date(invoice, "2024-11-02")
        self.assertEqual(self.get_steps("2024-11-10", "2024-11-30"), [("2024-11-23", self.second)])

    def test_case_C14_a_due_date_moved_earlier_repeats_nothing(self):
        invoice = self.owe_with_first_reminder()
        self.move_due_date(invoice, "2024-10-25")
        self.assertEqual(self.get_steps("2024-11-10", "2024-11-20"), [("2024-11-15", self.second)])

    def test_case_C14_when_the_worst_is_due_later_the_others_count_by_their_own_age(self):
        worst = self.owe(self.account, "2024-11-01")
        self.owe(self.account, "2024-11-20", price=50)
        self.collect_days("2024-10-29", "2024-11-22")
        self.assertEqual(set(self.get_case(self.account).item_ids.step_id), {self.second})
        self.move_due_date(worst, "2025-03-01")
        self.assertEqual(
            self.get_steps("2024-11-23", "2024-12-12"), [("2024-11-27", self.first), ("2024-12-11", self.second)]
        )

    def move_due_date(self, invoice, day):
        line = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        line.date_maturity = day


@tagged("post_install", "-at_install")
@freeze_time("2024-11-10 12:00:00")
class TestHandedOver(MemoryCase):
    def hand_over(self):
        """Return an invoice that was handed over on the 10th of November."""
        invoice = self.owe_with_first_reminder()
        case = self.get_case(self.account)
        self.env["billing.collection.acts"].hand_over(case, "Not reachable")
        self.assertEqual((case.state, case.amount_overdue), ("handed_over", 119.0))
        return invoice

    def test_case_C17_when_the_old_debt_was_handed_over_and_paid_new_bills_are_reminded(self):
        old = self.hand_over()
        self.owe(self.account, "2024-11-20")
        self.pay_invoice(old)
        steps = self.get_steps("2024-11-11", "2024-12-15")
        self.assertEqual(steps, [("2024-11-17", self.before), ("2024-11-27", self.first), ("2024-12-11", self.second)])

    def test_case_C17_while_the_old_debt_is_with_the_collector_new_bills_are_reminded_and_it_is_not(self):
        old = self.hand_over()
        new = self.owe(self.account, "2024-11-20", price=50)
        self.assertEqual(
            self.get_steps("2024-11-11", "2024-11-30"), [("2024-11-17", self.before), ("2024-11-27", self.first)]
        )
        self.assertEqual(self.get_messages(self.account)[-1].amount, 59.5)
        case = self.get_case(self.account)
        self.assertEqual((case.state, case.has_handed_over), ("open", True))
        self.assertEqual({item.move_id: item.resting for item in case.item_ids}, {old: "handed_over", new: False})
        self.pay_invoice(new)
        self.collect("2024-12-01")
        self.assertEqual(case.state, "handed_over")

    def test_case_C17_what_was_handed_over_stays_so_when_its_payment_bounces(self):
        old = self.hand_over()
        payment = self.pay_invoice(old)
        self.collect("2024-11-11")
        self.assertEqual(self.get_case(self.account).state, "closed")
        payment.move_id.button_draft()
        payment.move_id.button_cancel()
        self.assertFalse(self.get_steps("2024-11-12", "2025-01-12"))
        self.assertEqual(self.get_case(self.account).state, "handed_over")

    def test_case_C17_what_is_taken_back_goes_on_where_it_stood(self):
        self.hand_over()
        case = self.get_case(self.account)
        self.env["billing.collection.acts"].take_back(case)
        self.assertEqual((case.state, case.next_step_id), ("open", self.second))
        self.assertEqual(self.get_steps("2024-11-11", "2024-11-30"), [("2024-11-22", self.second)])

    def test_case_C17_the_step_that_hands_over_leaves_what_is_not_late_alone(self):
        self.first.write({"hands_over": True, "channel": "none", "template_id": False})
        self.owe(self.account, "2024-11-15", price=50)
        self.owe_with_first_reminder()
        self.assertEqual(self.get_case(self.account).state, "handed_over")
        steps = self.get_steps("2024-11-09", "2024-11-30")
        self.assertEqual(steps, [("2024-11-12", self.before), ("2024-11-22", self.first)])
