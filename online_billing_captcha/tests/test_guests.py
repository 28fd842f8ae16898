"""RELIABILITY of pages that anybody may open: who is not logged in pays with a token of reCAPTCHA, over real HTTP."""

import threading
from unittest.mock import patch

from odoo.addons.google_recaptcha.models import ir_http
from odoo.addons.payment.utils import generate_access_token
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errorcodes import SERIALIZATION_FAILURE
from psycopg2.errors import SerializationFailure

from ..services.paying import ACTION, TOKEN_LENGTH
from .captcha_common import CaptchaCase

LOGGERS = ("odoo.addons.google_recaptcha.models.ir_http", "odoo.addons.online_billing_captcha.services.paying")
NOT_SENT, FAILED, NOT_CHECKED = "gave your browser no answer", "took you for one", "could not be checked"
NOT_GIVEN = "03AFcWeA-made-up-by-somebody"
WAYS_OUT = ("it and try again", "log in", "other ways")


class Lost(SerializationFailure):
    pgcode = SERIALIZATION_FAILURE


@tagged("post_install", "-at_install")
class TestGuests(CaptchaCase):
    def assertPaid(self, answer):
        """Check that a payment has begun; return it."""
        result = answer.json()
        self.assertNotIn("error", result, answer.text)
        begun = self.env["payment.transaction"].search([("reference", "=", result["result"]["reference"])])
        self.assertEqual((len(begun), begun.state), (1, "draft"))
        return begun

    def assertRefused(self, why, word, name, captcha=None, **changes):
        """Check that nothing comes of a payment, in which words, and that the log has the reason and no token.

        :param why: a part of the sentence
        :param word: the reason in the log
        """
        before = self.count_made()
        with self.assertLogs("odoo.addons", "INFO") as logs, mute_logger("odoo.http"):
            answer = self.pay(name, captcha, **changes)
        error = answer.json()["error"]["data"]
        self.assertEqual(error["name"], "odoo.exceptions.ValidationError", error)
        self.assertIn("Nothing was paid", error["message"])
        for part in (why, *WAYS_OUT):
            self.assertIn(part, error["message"].replace("reload it", "it").replace("Reload the page", "it"))
        text = "\n".join(logs.output)
        self.assertIn(f"by reCAPTCHA ({word})", text)
        for token in (*self.google.tokens, NOT_GIVEN):
            self.assertNotIn(token, text + answer.text)
        self.assertEqual(self.count_made(), before)

    def test_who_is_not_logged_in_pays_with_a_token_on_each_route(self):
        for name, (_route, amount, _token) in self.routes.items():
            with self.subTest(route=name):
                token = self.google.give(ACTION)
                begun = self.assertPaid(self.pay(name, token))
                self.assertEqual(begun.amount, amount)
                self.assertTrue(self.google.tokens[token].is_used)
                self.assertEqual(self.google.asked.pop()["remoteip"], "127.0.0.1")
                begun.state = "cancel"

    def test_without_a_token_nothing_is_paid_and_google_is_not_asked(self):
        for name in self.routes:
            for nothing in (None, "", False, 7, ["x"], {"x": 1}, "é", "x" * (TOKEN_LENGTH + 1)):
                with self.subTest(route=name, sent=str(nothing)[:10]):
                    self.assertRefused(NOT_SENT, "not_sent", name, nothing)
        self.assertEqual(self.google.asked, [])

    def test_a_token_that_says_nothing_for_a_person_pays_nothing(self):
        for name in self.routes:
            for captcha, word in (
                (NOT_GIVEN, "wrong_token"),
                (self.google.give(ACTION, score=0.3), "is_bot"),
                (self.google.give("login"), "wrong_action"),
            ):
                with self.subTest(route=name, word=word):
                    self.assertRefused(FAILED, word, name, captcha)

    def test_a_token_is_good_once(self):
        for name in self.routes:
            with self.subTest(route=name):
                token = self.google.give(ACTION)
                self.assertPaid(self.pay(name, token)).state = "cancel"
                self.assertRefused(NOT_CHECKED, "timeout", name, token)

    def test_a_request_that_odoo_begins_anew_asks_once(self):
        calls, paying = [], self.registry["billing.paying"]
        read_way = paying.read_way

        def stumble(*args):
            calls.append(1)
            if len(calls) == 1:
                raise Lost("somebody was faster")
            return read_way(*args)

        with patch.object(paying, "read_way", stumble), mute_logger("odoo.service.model"):
            self.assertPaid(self.pay("account", self.google.give(ACTION)))
        self.assertEqual((len(calls), len(self.google.asked)), (2, 1))

    def test_where_google_cannot_be_reached_nobody_without_log_in_pays(self):
        self.google.address = "http://127.0.0.1:9"  # nobody listens there
        for name in self.routes:
            with self.subTest(route=name), mute_logger(LOGGERS[0]):
                self.assertRefused(NOT_CHECKED, "bad_request", name, self.google.give(ACTION))
        self.enter(self.move)
        self.assertPaid(self.pay("document"))

    def test_where_google_does_not_answer_nobody_without_log_in_pays(self):
        self.google.silence = threading.Event()
        self.addCleanup(self.google.silence.set)
        with mute_logger(LOGGERS[0]):
            self.assertRefused(NOT_CHECKED, "timeout", "account", self.google.give(ACTION))

    def test_with_a_wrong_secret_nobody_without_log_in_pays(self):
        self.set_up(recaptcha_private_key="another one")
        for name in self.routes:
            with self.subTest(route=name):
                token = self.google.give(ACTION)
                self.assertRefused(NOT_CHECKED, "wrong_secret", name, token)
                self.assertFalse(self.google.tokens[token].is_used)

    def test_where_it_is_not_set_up_everything_is_as_ever(self):
        for parameters in (
            {"recaptcha_private_key": False},
            {"recaptcha_public_key": False},
            {"enable_recaptcha": "False"},
        ):
            for name in self.routes:
                for captcha in (None, "left over"):
                    with self.subTest(route=name, parameters=parameters, captcha=captcha), self.undone():
                        self.set_up(**parameters)
                        self.assertPaid(self.pay(name, captcha))
        self.assertEqual(self.google.asked, [])

    def test_who_is_logged_in_is_never_asked(self):
        for name, move in (("account", self.move), ("document", self.move), ("installment", self.planned_move)):
            for captcha in (None, "left over"):
                with self.subTest(route=name, captcha=captcha), self.undone():
                    self.enter(move)
                    self.assertPaid(self.pay(name, captcha))
        self.assertEqual(self.google.asked, [])

    def test_a_document_of_no_account_is_paid_as_odoo_has_it(self):
        move = self.make_other_invoice()
        other = (f"/invoice/transaction/{move.id}", move.amount_residual, move.access_token)
        self.routes = {**self.routes, "other": other}
        for captcha in (None, NOT_GIVEN):
            with self.subTest(captcha=captcha):
                self.assertPaid(self.pay("other", captcha)).state = "cancel"
        self.assertEqual(self.google.asked, [])

    def test_other_words_than_odoo_lists_are_still_refused(self):
        with mute_logger("odoo.http"):
            answer = self.pay("document", self.google.give(ACTION), custom_create_values={"state": "done"})
        self.assertEqual(answer.json()["error"]["data"]["name"], "werkzeug.exceptions.BadRequest")

    def count_attempts(self):
        """Let attempts be counted, from none on."""
        with db_connect(self.env.cr.dbname).cursor() as cursor:
            cursor.execute("DELETE FROM billing_request_count")
        self.set_up(**{"online_billing.request_limits": "on"})

    def test_what_was_refused_counts_for_its_address(self):
        self.count_attempts()
        for _attempt in range(20):
            self.assertRefused(NOT_SENT, "not_sent", "document")
        token = self.google.give(ACTION)
        self.assertEqual(self.pay("document", token).status_code, 429)
        self.assertEqual(self.google.asked, [], "nobody is judged who is kept waiting anyway")

    def test_who_is_refused_keeps_no_customer_from_paying(self):
        self.count_attempts()
        for _attempt in range(11):  # of a document five would be too many, of a payer ten
            self.assertRefused(NOT_SENT, "not_sent", "document")
        self.enter(self.move)
        self.assertPaid(self.pay("document"))

    def test_nothing_is_held_while_google_is_asked(self):
        accounts, done = self.registry["billing.account"], []
        ask, hold = ir_http.requests.post, accounts.hold

        def ask_and_note(*args, **options):
            done.append("asked")
            return ask(*args, **options)

        def hold_and_note(records):
            done.append("held")
            return hold(records)

        for name in self.routes:
            done.clear()
            token = self.google.give(ACTION)
            with (
                self.subTest(name),
                self.undone(),
                patch.object(ir_http.requests, "post", ask_and_note),
                patch.object(accounts, "hold", hold_and_note),
            ):
                self.assertPaid(self.pay(name, token))
                self.assertEqual((done[0], done.count("asked")), ("asked", 1))

    def test_a_least_score_that_is_no_number_lets_nobody_pass_and_says_so(self):
        self.set_up(recaptcha_min_score="0,7")
        self.assertRefused(NOT_CHECKED, "unreadable", "document", self.google.give(ACTION))

    def test_a_link_of_a_payer_and_an_amount_alone_is_one_as_well(self):
        other = self.make_other_invoice().partner_id
        for partner, is_asked in ((self.account.partner_id, True), (other, False)):
            token = generate_access_token(partner.id, 50.0, self.currency.id, env=self.env)
            given = {"currency_id": self.currency.id, "partner_id": partner.id, "reference_prefix": "P"}
            self.routes = {**self.routes, "link": ("/payment/transaction", 50.0, token)}
            with self.subTest(is_asked=is_asked):
                if is_asked:
                    self.assertRefused(NOT_SENT, "not_sent", "link", **given)
                begun = self.assertPaid(self.pay("link", self.google.give(ACTION) if is_asked else None, **given))
                self.assertEqual(begun.partner_id, partner)
        self.assertEqual(len(self.google.asked), 1)

    def test_a_payment_method_is_saved_without_log_in_for_a_customer_with_an_account_by_a_person_alone(self):
        other = self.make_other_invoice().partner_id
        for partner, is_asked in ((self.account.partner_id, True), (other, False)):
            token = generate_access_token(partner.id, None, None, env=self.env)
            given = {"currency_id": None, "partner_id": partner.id, "reference_prefix": "V", "is_validation": True}
            self.routes = {**self.routes, "saving": ("/payment/transaction", None, token)}
            with self.subTest(is_asked=is_asked):
                if is_asked:
                    self.assertRefused(NOT_SENT, "not_sent", "saving", **given)
                begun = self.assertPaid(self.pay("saving", self.google.give(ACTION) if is_asked else None, **given))
                self.assertEqual((begun.operation, begun.partner_id), ("validation", partner))
        self.assertEqual(len(self.google.asked), 1)
