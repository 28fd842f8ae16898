"""A card form that is open beside a debit: whichever is first takes the money, and the other takes nothing."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .page_common import OpenPagesCase

ADAPTER_LOG = "odoo.addons.online_billing.services.automatic_payment.adapter"


@tagged("post_install", "-at_install")
class TestOpenPages(OpenPagesCase):
    def test_c13_a_form_that_is_open_for_long_takes_nothing_once_the_debit_goes_out(self):
        attempt = self.plan_own()
        processing = self.begin(11)
        self.send()
        self.assertEqual((attempt.state, self.invoice.payment_state), ("succeeded", "paid"))
        self.assertEqual(self.get_transaction(processing).state, "cancel")
        self.finish_payment(processing)
        self.assertEqual(self.get_payments(), [119])

    def test_c13_whoever_has_just_begun_to_pay_is_waited_for(self):
        attempt = self.plan_own()
        processing = self.begin(2)
        self.send()
        self.assertEqual((attempt.state, self.get_transaction(processing).state), ("planned", "draft"))
        left = attempt.next_time - fields.Datetime.now()
        self.assertAlmostEqual(left.total_seconds() / 60, 8, delta=1)
        self.assertIn("begun to pay it on a page", attempt.reason)
        self.finish_payment(processing)
        attempt.sudo().next_time = fields.Datetime.now()
        self.send()
        self.assertEqual((attempt.state, self.get_payments()), ("given_up", [119]))

    def test_c13_what_was_begun_and_left_is_debited_as_soon_as_its_time_is_over(self):
        attempt = self.plan_own()
        self.begin(2)
        self.send()
        self.begin_earlier(9)
        attempt.sudo().next_time = fields.Datetime.now()
        self.send()
        self.assertEqual((attempt.state, self.get_payments()), ("succeeded", [119]))

    def begin_earlier(self, minutes):
        self.env.cr.execute(
            "UPDATE payment_transaction SET create_date = create_date - %s * interval '1 minute'", [minutes]
        )
        self.env.invalidate_all()

    def test_c13_after_the_debit_was_sent_no_page_is_begun(self):
        attempt = self.plan_own()
        self.send()
        self.assertEqual(attempt.state, "succeeded")
        route, given = self.get_route()
        self.assertIn("Nothing is open on this account", self.get_refusal(route, 119.0, **given))

    def test_c13_where_the_provider_does_not_answer_nothing_is_debited(self):
        attempt = self.plan_own()
        processing = self.begin(30)
        adapter = self.env.registry["billing.payment.adapter.demo"]
        with patch.object(adapter, "_send_page_close", side_effect=TimeoutError), mute_logger(ADAPTER_LOG):
            self.send()
        self.assertEqual((attempt.state, self.get_transaction(processing).state), ("planned", "draft"))
        self.assertGreater(attempt.next_time, fields.Datetime.now())
        self.finish_payment(processing)
        attempt.sudo().next_time = fields.Datetime.now()
        self.send()
        self.assertEqual((attempt.state, self.get_payments()), ("given_up", [119]))

    def test_c13_a_page_that_cannot_be_given_up_for_days_is_told_to_somebody_once(self):
        attempt = self.plan_own()
        self.begin(30)
        adapter = self.env.registry["billing.payment.adapter.demo"]
        with patch.object(adapter, "_send_page_close", side_effect=TimeoutError), mute_logger(ADAPTER_LOG):
            self.send()
            self.assertFalse(self.account.activity_ids, "it may be over in an hour")
            self.env.cr.execute("UPDATE billing_payment_attempt SET day = day - 2 WHERE id = %s", attempt.ids)
            self.env.invalidate_all()
            for _pass in range(2):
                attempt.sudo().next_time = fields.Datetime.now()
                self.send()
        self.assertEqual(attempt.state, "planned")
        self.assertEqual(self.account.activity_ids.mapped("summary"), ["A debit could not be sent"])
        self.assertIn("begun to pay it on a page", self.account.activity_ids.note)

    def test_c13_a_page_that_cannot_be_looked_at_keeps_no_other_debit_from_being_made(self):
        attempt = self.plan_own()
        self.begin(30)
        other = self.make_account("Other")
        self.owe(other, fields.Date.today(), 50)
        agreed = self.consent(other)
        made, found = self.plan(agreed), []
        self.assertEqual(made.state, "planned")

        def close(service, _transactions):
            found.append(made.with_env(service.env).state)
            return fields.Datetime.add(fields.Datetime.now(), hours=1)

        with patch.object(self.env.registry["billing.open.pages"], "close", close):
            self.send()
        self.assertEqual((found, attempt.state), (["succeeded"], "planned"), "before a page is given up")

    def test_c13_a_provider_that_cannot_give_up_is_waited_for_a_day(self):
        attempt = self.plan_own()
        processing = self.begin(30)
        with self.no_page_given_up():
            self.send()
            self.assertEqual(attempt.state, "planned")
            self.begin_earlier(24 * 60)
            attempt.sudo().next_time = fields.Datetime.now()
            self.send()
        self.assertEqual((attempt.state, self.get_transaction(processing).state), ("succeeded", "draft"))

    def test_c13_staff_who_charge_now_do_not_charge_beside_a_form(self):
        processing = self.begin(11)
        with self.worker() as env:
            env["billing.charging.now"].charge(self.account.with_env(env))
        self.finish_payment(processing)
        self.assertEqual(self.get_payments(), [119])
        self.assertEqual(self.get_transaction(processing).state, "cancel")

    def test_c13_what_was_begun_for_another_bill_holds_nothing(self):
        other = self.make_account("Bob")
        self.owe(other, "2026-11-05", 100)
        attempt = self.plan_own()
        self.begin(11)
        bobs = (
            self.env["payment.transaction"]
            .search([])[:1]
            .copy(
                {"reference": "of Bob", "partner_id": other.partner_id.id, "invoice_ids": [(6, 0, other.move_ids.ids)]}
            )
        )
        self.send()
        self.assertEqual((attempt.state, bobs.state), ("succeeded", "draft"))

    def test_c13_a_saved_method_on_a_page_gives_an_older_form_up(self):
        token = self.save_method(self.account.partner_id, name="5678")
        processing = self.begin(11)
        route, given = self.get_route(flow="token", token_id=token.id, payment_method_id=None)
        self.start_payment(route, 119.0, self.get_link(), **given)
        self.finish_payment(processing)
        self.assertEqual((self.get_payments(), self.get_transaction(processing).state), ([119], "cancel"))

    def test_c13_a_second_tab_gives_the_first_one_up(self):
        first = self.begin(11)
        route, given = self.get_route()
        second = self.start_payment(route, 119.0, self.get_link(), **given)
        self.finish_payment(first)
        self.assertEqual((self.get_payments(), self.get_transaction(first).state), ([], "cancel"))
        self.finish_payment(second)
        self.assertEqual(self.get_payments(), [119])

    def test_nothing_is_charged_where_nothing_is_left(self):
        self.begin(2)
        with self.assertRaisesRegex(UserError, "Nothing is open"):
            self.env["billing.charging.now"].charge(self.account)
