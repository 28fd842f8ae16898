"""Guesses of links and attempts to pay are counted, over real HTTP; whoever has the right link is not kept waiting."""

import re
from datetime import timedelta
from unittest.mock import patch

import psycopg2
from odoo import fields
from odoo.addons.payment.utils import generate_access_token
from odoo.sql_db import db_connect
from odoo.tests import JsonRpcException, new_test_user, tagged
from odoo.tests.common import get_db_name
from odoo.tools import config, mute_logger
from requests import HTTPError

from ...controllers import limits
from ..delivery.delivery_common import DeliveryCase
from .pay_common import PayCase


@tagged("post_install", "-at_install")
class TestRequestLimits(PayCase, DeliveryCase):
    @classmethod
    def setUpClass(cls):
        # what other classes have counted is committed: the transaction of this one would see it
        with db_connect(get_db_name()).cursor() as cursor:
            cursor.execute("DELETE FROM billing_request_count")
        super().setUpClass()
        cls.env["ir.config_parameter"].sudo().set_param("online_billing.request_limits", "on")
        cls.account = cls.make_account()
        cls.currency = cls.account.currency_id
        cls.move = cls.make_invoice(cls.account, price=100)
        cls.env["billing.pay.links"].ensure_invoice_tokens(cls.move)
        cls.token = cls.env["billing.pay.links"].get_pay_token(cls.account.id, cls.currency.id)
        cls.path = f"/billing/pay/{cls.account.id}/{cls.currency.id}"

    def open(self, path):
        return self.url_open(path, allow_redirects=False)

    def setUp(self):
        super().setUp()
        self.addCleanup(self.run_apart, "DELETE FROM billing_request_count")

    def run_apart(self, query, *values):
        """Run a statement in a transaction of its own, as the counting does; return its rows."""
        with db_connect(self.env.cr.dbname).cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall() if cursor.description else cursor.rowcount

    def age(self, **span):
        """Let time pass for what was counted."""
        aged = self.run_apart("UPDATE billing_request_count SET counted_at = counted_at - %s", timedelta(**span))
        self.assertTrue(aged)

    def start(self, **changes):
        given = {"access_token": self.token, "is_validation": False, "payment_reference": "x", **changes}
        return self.start_payment(f"{self.path}/transaction/all", 119, "/my", **given)

    def test_twenty_guesses_a_minute_and_then_none(self):
        for number in range(20):
            self.assertEqual(self.open(f"{self.path}?access_token=wrong{number}").status_code, 404)
        for path in (f"{self.path}?access_token={self.token}", f"/my/invoices/{self.move.id}?access_token=wrong"):
            answer = self.open(path)
            self.assertEqual(answer.status_code, 429)
            self.assertTrue(0 < int(answer.headers["Retry-After"]) <= 60)
        self.age(seconds=61)
        self.assertEqual(self.open(f"{self.path}?access_token={self.token}").status_code, 200)

    def test_guesses_at_documents_count_too_and_right_links_do_not(self):
        right = f"/my/invoices/{self.move.id}?access_token={self.move.access_token}"
        for _number in range(25):
            self.assertEqual(self.open(right).status_code, 200)
        for number in range(20):
            self.assertEqual(self.open(f"/my/invoices/{self.move.id}?access_token=w{number}").status_code, 303)
        self.assertEqual(self.open(right).status_code, 429)

    def guess(self, times, **headers):
        """Return with which statuses wrong links are answered; a ``#`` in a header is another number each time."""
        statuses = []
        for number in range(times):
            sent = {name.replace("_", "-"): value.replace("#", str(number)) for name, value in headers.items()}
            path = f"{self.path}?access_token=wrong{number}"
            statuses.append(self.url_open(path, headers=sent, allow_redirects=False).status_code)
        return statuses

    def test_a14_without_a_proxy_nobody_is_somebody_else_by_a_header(self):
        host = self.base_url().partition("//")[2]
        spoofed = {"X_Forwarded_For": "198.51.100.#", "Forwarded": "for=198.51.100.#", "X_Real_IP": "198.51.100.#"}
        self.assertEqual(self.guess(10, **spoofed) + self.guess(10, **spoofed, X_Forwarded_Host=host), [404] * 20)
        self.assertEqual(self.guess(1, X_Forwarded_For="203.0.113.9", X_Forwarded_Host=host), [429])

    def test_a14_behind_a_proxy_what_it_adds_counts_and_nothing_that_stood_there(self):
        host = self.base_url().partition("//")[2]
        with patch.dict(config.options.maps[0], {"proxy_mode": True}):
            visitor = {"X_Forwarded_For": "198.51.100.#, 203.0.113.9", "X_Forwarded_Host": host}
            self.assertEqual(self.guess(21, **visitor), [404] * 20 + [429])
            self.assertEqual(self.guess(1, X_Forwarded_For="203.0.113.9, 203.0.113.10", X_Forwarded_Host=host), [404])
            # a proxy that adds ports, and one customer's network with addresses without end
            self.assertEqual(self.guess(1, X_Forwarded_For="203.0.113.9:5000", X_Forwarded_Host=host), [429])
            network = {"X_Forwarded_For": "2001:db8:0:7::#", "X_Forwarded_Host": host}
            self.assertEqual(self.guess(21, **network), [404] * 20 + [429])
            # what comes beside the proxy has the address that it comes from
            self.assertEqual(self.guess(21, X_Forwarded_For="198.51.100.#"), [404] * 20 + [429])

    def test_a14_addresses_are_read_as_whom_they_stand_for(self):
        for written, meant in (
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7:5000", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:0:7::1", "2001:db8:0:7::/64"),
            ("[2001:db8:0:7:1:2:3:4]:443", "2001:db8:0:7::/64"),
            ("2001:db8:0:8::1", "2001:db8:0:8::/64"),
            ("unknown", "unknown"),
            ("", ""),
        ):
            self.assertEqual(limits.read_address(written), meant)

    def test_a_hundred_guesses_an_hour(self):
        for _round in range(5):
            for _number in range(20):
                self.env["billing.request.limits"].take("guess", "192.0.2.7")
            self.age(seconds=61)
        wait = self.env["billing.request.limits"].get_wait("guess", "192.0.2.7")
        self.assertTrue(3000 < wait < 3600, wait)
        self.assertEqual(self.env["billing.request.limits"].get_wait("guess", "192.0.2.8"), 0)

    def test_five_attempts_to_pay_in_ten_minutes(self):
        for _number in range(5):
            self.start()
            self.env["payment.transaction"].search([("billing_account_id", "=", self.account.id)]).state = "cancel"
            self.env.flush_all()
        answer = self.call(f"{self.path}/transaction/all", self.get_payment_params(119, access_token=self.token))
        self.assertEqual(answer.status_code, 429)
        self.assertTrue(500 < int(answer.headers["Retry-After"]) <= 600, answer.headers)
        self.assertEqual(answer.json()["id"], 0)
        self.assertIn(
            "Minutes until the next one: 10", answer.json()["error"]["data"]["message"], "Odoo's form shows it"
        )
        self.age(minutes=11)
        self.assertTrue(self.start())

    def test_w14_a_bill_is_one_whichever_page_it_is_paid_on_and_beside_whatever_others(self):
        other = self.make_invoice(self.account, price=50)
        self.env["billing.pay.links"].ensure_invoice_tokens(other)
        first, second = (
            (f"/invoice/transaction/{move.id}", amount, move.access_token)
            for move, amount in ((self.move, 119), (other, 59.5))
        )
        both = (f"{self.path}/transaction/all", 178.5, self.token)
        statuses = []
        for route, amount, token in (first, both, first, both, both, first, both, second, second, second):
            answer = self.call(route, self.get_payment_params(amount, access_token=token))
            statuses.append(answer.status_code)
            begun = self.env["payment.transaction"].search([("invoice_ids", "in", (self.move | other).ids)])
            begun.state = "cancel"
            self.env.flush_all()
        # the first one has its five with the fifth; the second one was in three of them
        self.assertEqual(statuses, [200] * 5 + [429, 429] + [200] * 2 + [429])

    def pay(self, move):
        """Begin to pay a bill on Odoo's page of it, and give that up; return the status of the answer."""
        params = self.get_payment_params(move.amount_residual, access_token=move.access_token)
        answer = self.call(f"/invoice/transaction/{move.id}", params)
        self.assertEqual("error" in answer.json(), answer.status_code == 429, answer.text)
        self.env["payment.transaction"].search([("invoice_ids", "in", move.ids)]).state = "cancel"
        self.env.flush_all()
        return answer.status_code

    def test_w14_ten_attempts_of_a_payer_and_twenty_of_an_address_in_an_hour(self):
        second, third = (self.make_account(name) for name in ("Grace Hopper", "Ida Rhodes"))
        accounts = (*[self.account] * 3, *[second] * 2, third)
        bills = [self.make_invoice(account, price=10) for account in accounts]
        self.env["billing.pay.links"].ensure_invoice_tokens(self.env["account.move"].union(*bills))
        one, two, three, four, five, six = bills
        self.assertEqual([self.pay(bill) for bill in (*[one] * 5, *[two] * 5, three)], [200] * 10 + [429])
        # the one that was too many for its payer was one of the address all the same
        self.assertEqual([self.pay(bill) for bill in (*[four] * 5, *[five] * 4)], [200] * 9, "another payer")
        self.assertEqual(self.pay(six), 429, "the address has had its twenty, whoever pays")
        with patch.object(limits, "get_address", lambda: "192.0.2.8"):
            self.assertEqual(self.pay(six), 200)
            self.assertEqual(self.pay(three), 429, "the payer is the same from everywhere")
        self.age(minutes=61)
        self.assertEqual((self.pay(three), self.pay(six)), (200, 200))

    def pay_amount(self, payer):
        """Begin to pay by a link of Odoo that names a payer and an amount alone; return the status of the answer."""
        token = generate_access_token(payer.id, 50.0, self.currency.id, env=self.env)
        params = self.get_payment_params(50.0, access_token=token, currency_id=self.currency.id, partner_id=payer.id)
        return self.call("/payment/transaction", {**params, "reference_prefix": "P"}).status_code

    def test_w14_links_of_a_payer_and_an_amount_are_counted_for_customers_with_an_account(self):
        self.assertEqual([self.pay_amount(self.account.partner_id) for _time in range(11)], [200] * 10 + [429])
        other = self.env["res.partner"].create({"name": "Without an account"})
        self.assertEqual([self.pay_amount(other) for _time in range(11)], [200] * 11)

    def save_method(self):
        """Begin to save a payment method on Odoo's page of them; return the answer."""
        page = self.url_open("/my/payment_method").text
        token = re.search(r'data-access-token="([^"]+)"', page).group(1)
        params = self.get_payment_params(None, "/my/payment_method", tokenization_requested=True, is_validation=True)
        params |= {"currency_id": None, "partner_id": self.account.partner_id.id, "access_token": token}
        answer = self.call("/payment/transaction", {**params, "reference_prefix": "V"})
        self.env.invalidate_all()
        return answer

    def test_w14_five_payment_methods_are_saved_a_day(self):
        new_test_user(self.env, "customer", "base.group_portal", partner_id=self.account.partner_id.id)
        self.authenticate("customer", "customer")
        self.assertEqual([self.save_method().status_code for _method in range(5)], [200] * 5)
        told, watch = [], self.registry["billing.payment.watch"]
        with patch.object(watch, "tell_too_many", lambda _watch, accounts: told.append(accounts.id)):
            answer = self.save_method()
        self.assertEqual(answer.status_code, 429)
        self.assertTrue(86000 < int(answer.headers["Retry-After"]) <= 86400)
        self.assertIn("Hours until the next one: 24", answer.json()["error"]["data"]["message"])
        begun = self.env["payment.transaction"].search([("partner_id", "=", self.account.partner_id.id)])
        self.assertEqual(begun.mapped("operation"), ["validation"] * 5)
        self.assertEqual(told, [self.account.id])
        self.age(hours=25)
        self.assertEqual(self.save_method().status_code, 200)

    def test_w14_the_address_that_saves_methods_has_its_own_limit(self):
        new_test_user(self.env, "customer", "base.group_portal", partner_id=self.account.partner_id.id)
        self.authenticate("customer", "customer")
        for _time in range(20):
            self.env["billing.request.limits"].take("pay_address", "192.0.2.8")
        with patch.object(limits, "get_address", lambda: "192.0.2.8"):
            self.assertEqual(self.save_method().status_code, 429)
        self.assertEqual(self.save_method().status_code, 200)

    @mute_logger("odoo.http")
    def test_w14_a_hundred_declined_cards_on_one_link_are_five_and_it_is_told(self):
        told, refused = [], []
        watch = self.registry["billing.payment.watch"]
        with patch.object(watch, "tell_too_many", lambda _watch, accounts: told.append(accounts.id)):
            for _card in range(100):
                try:
                    processing = self.start()
                except HTTPError as error:
                    refused.append(error.response.status_code)
                    continue
                begun = self.env["payment.transaction"].search([("reference", "=", processing["reference"])])
                begun._set_error("declined")
                self.env.flush_all()
        self.assertEqual((refused, told), ([429] * 95, [self.account.id] * 95))
        begun = self.env["payment.transaction"].search([("billing_account_id", "=", self.account.id)])
        self.assertEqual(begun.mapped("state"), ["error"] * 5)

    def test_w14_somebody_is_told_once_until_it_is_done(self):
        for _time in range(3):
            with self.worker() as env:
                env["billing.payment.watch"].tell_too_many(self.account.with_env(env))
        self.assertEqual(self.account.activity_ids.mapped("summary"), ["Too many attempts to pay"])
        self.assertTrue(self.account.activity_ids.user_id.has_group("online_billing.group_billing_manager"))
        self.account.activity_ids.action_feedback()
        with self.worker() as env:
            env["billing.payment.watch"].tell_too_many(self.account.with_env(env))
        self.assertEqual(len(self.account.activity_ids), 1)

    def test_an_attempt_that_cannot_be_counted_is_not_made_and_a_page_is_shown(self):
        def broken(*_args):
            raise psycopg2.OperationalError("no room")

        counting = self.registry["billing.request.limits"]
        with patch.object(counting, "_get_wait", broken), mute_logger("odoo.http", counting.__module__):
            self.assertEqual(self.open(f"{self.path}?access_token={self.token}").status_code, 200)
            with self.assertRaises(JsonRpcException):
                self.start()
        self.assertFalse(self.env["payment.transaction"].search([("billing_account_id", "=", self.account.id)]))

    def test_what_is_kept_says_nothing_of_whom_and_goes_after_two_days(self):
        self.env["billing.request.limits"].take("guess", "192.0.2.7")
        [[key]] = self.run_apart("SELECT key FROM billing_request_count")
        self.assertNotIn("192.0.2.7", key)
        counts = self.env["billing.request.count"]
        # what was counted apart is not seen by the transaction of a test
        counts.sudo().create({"key": "young", "counted_at": fields.Datetime.now() - timedelta(hours=47)})
        counts.sudo().create({"key": "old", "counted_at": fields.Datetime.now() - timedelta(hours=49)})
        self.env.flush_all()
        counts._gc_counts()
        self.env.invalidate_all()
        self.assertEqual(counts.sudo().search([]).mapped("key"), ["young"])

    def test_switched_off(self):
        self.env["ir.config_parameter"].sudo().set_param("online_billing.request_limits", "off")
        self.env.flush_all()
        for number in range(22):
            self.assertEqual(self.open(f"{self.path}?access_token=wrong{number}").status_code, 404)
