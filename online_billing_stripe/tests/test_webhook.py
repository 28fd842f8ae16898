"""The address for events, over real HTTP: what is no signed event is refused by its status, and nothing is changed."""

import json
import time
from unittest.mock import Mock, patch

import psycopg2
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..services.client import API_VERSION
from .stripe_common import SECRET, StripeCase
from .test_events import INBOX_LOG

OTHER = "whsec_of_another"
LIMIT = 256 * 1024


@tagged("post_install", "-at_install")
class TestWebhook(HttpCase, StripeCase):
    def setUp(self):
        super().setUp()
        self.url = f"/online_billing/stripe/webhook/{self.provider.id}"
        self.env["ir.config_parameter"].set_param("online_billing.request_limits", "off")

    def make_payload(self, **changes):
        body = {
            "id": "evt_1",
            "object": "event",
            "type": "payment_intent.succeeded",
            "created": int(time.time()),
            "livemode": False,
            "api_version": API_VERSION,
            "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
            **changes,
        }
        return json.dumps(body)

    def bring(self, payload, header=None, url=None, **headers):
        sent = {"Content-Type": "application/json", **headers}
        if header is not None:
            sent["Stripe-Signature"] = header
        data = payload.encode() if isinstance(payload, str) else payload
        return self.url_open(url or self.url, data=data, headers=sent, allow_redirects=False).status_code

    def count(self):
        return self.events.search_count([])

    def test_w01_a_signed_event_is_kept(self):
        payload = self.make_payload()
        self.assertEqual(self.bring(payload, self.simulator.sign(payload)), 200)
        self.assertEqual(self.count(), 1)
        self.assertEqual(self.events.search([]).state, "received")

    @mute_logger("odoo.http", "odoo.service.model")
    def test_w10_an_event_that_comes_while_the_database_is_away_is_asked_for_again_and_kept_later(self):
        payload, away = self.make_payload(), psycopg2.OperationalError("server closed the connection unexpectedly")
        inbox = self.registry["billing.stripe.inbox"]
        for place in ("judge", "keep"):
            with self.subTest(place=place), patch.object(inbox, place, side_effect=away):
                self.assertGreaterEqual(self.bring(payload, self.simulator.sign(payload)), 500)
        keep = inbox.keep

        def lose_the_commit(service, *given):
            keep(service, *given)
            service.env.cr.precommit.add(Mock(side_effect=away))

        with self.subTest(place="commit"), patch.object(inbox, "keep", lose_the_commit):
            self.assertGreaterEqual(self.bring(payload, self.simulator.sign(payload)), 500)
        self.assertEqual(self.count(), 0, "nothing was kept of what was not answered by 200")
        self.assertEqual(self.bring(payload, self.simulator.sign(payload)), 200)
        self.work_events()
        self.assertNotEqual(self.events.search([]).state, "received")

    @mute_logger(INBOX_LOG)
    def test_w03_what_is_not_signed_rightly_is_refused(self):
        payload, now = self.make_payload(), int(time.time())
        right = self.simulator.sign(payload)
        digest = right.split("v1=")[1]
        wrong = "0" * 64
        for name, header, expected in (
            ("missing", None, 400),
            ("empty", "", 400),
            ("garbage", "garbage", 400),
            ("no time", f"v1={digest}", 400),
            ("time is no number", f"t=abc,v1={digest}", 400),
            ("no digest", f"t={now}", 400),
            ("scheme v0 only", f"t={now},v0={digest}", 400),
            ("not ASCII", f"t={now},v1=\u00e9".encode("latin-1"), 400),
            ("two times", f"t={now},t={now},v1={digest}", 400),
            ("wrong digest", f"t={now},v1={wrong}", 403),
            ("wrong secret", self.simulator.sign(payload, secrets=[OTHER]), 403),
            ("301 seconds old", self.simulator.sign(payload, at=now - 302), 403),
            ("61 seconds ahead", self.simulator.sign(payload, at=now + 70), 403),
        ):
            with self.subTest(name=name):
                self.assertEqual(self.bring(payload, header), expected)
        with self.subTest(name="body changed by a byte"):
            self.assertEqual(self.bring(payload.replace("pi_1", "pi_2"), right), 403)
        self.assertEqual(self.count(), 0)

    def test_w03_either_of_two_signatures_and_of_two_secrets_is_enough(self):
        self.provider.stripe_billing_second_secret = OTHER
        for number, secrets in enumerate(([SECRET, "whsec_x"], ["whsec_x", SECRET], ["whsec_x", OTHER], [OTHER])):
            payload = self.make_payload(id=f"evt_{number}")
            with self.subTest(secrets=number):
                self.assertEqual(self.bring(payload, self.simulator.sign(payload, secrets=secrets)), 200)
        self.assertEqual(self.count(), 4)

    def test_w05_without_a_secret_it_is_closed(self):
        self.provider.stripe_billing_secret = False
        payload = self.make_payload()
        self.assertEqual(self.bring(payload, self.simulator.sign(payload)), 503)
        self.assertEqual((self.count(), len(self.connection.activity_ids)), (0, 1))

    def test_w13_what_is_too_large_no_json_or_no_post_is_refused(self):
        payload = self.make_payload()
        right = self.simulator.sign(payload)
        large = self.make_payload(more="x" * LIMIT)
        deep = "[" * 100_000 + "]" * 100_000
        nested = self.make_payload(more=json.loads("[" * 60 + "]" * 60))
        for name, body, header, expected in (
            ("too large", large, self.simulator.sign(large), 413),
            ("deep", deep, self.simulator.sign(deep), 400),
            ("nested", nested, self.simulator.sign(nested), 400),
            *((text, text, self.simulator.sign(text), 400) for text in ("{}", "[]", "null", "7", '"x"', "{", "{nope}")),
            *(
                (str(change), text, self.simulator.sign(text), 400)
                for change in (
                    {"id": 7}, {"id": "a b"}, {"type": None}, {"created": "now"}, {"data": []}, {"livemode": 1},
                    {"created": True},
                )
                for text in [self.make_payload(**change)]
            ),
        ):  # fmt: skip
            with self.subTest(name=name):
                self.assertEqual(self.bring(body, header), expected)
        with self.subTest(name="no bytes of text"):
            self.assertIn(self.bring(b"\xff\xfe", right), (400, 403))
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            with self.subTest(kind=kind):
                self.assertEqual(self.bring(payload, right, **{"Content-Type": kind}), 415)
        self.assertEqual(self.url_open(self.url).status_code, 405)
        self.assertEqual(self.bring(payload, right, url="/online_billing/stripe/webhook/999999"), 404)
        self.assertEqual(self.count(), 0)

    @mute_logger(INBOX_LOG)
    def test_whoever_forges_events_has_to_wait_and_stripe_never(self):
        self.env["ir.config_parameter"].set_param("online_billing.request_limits", False)
        statuses = [self.bring("{}", "t=1,v1=" + "0" * 64) for _time in range(62)]
        self.assertEqual((statuses[0], statuses[59], statuses[-1]), (403, 403, 429))
        payload = self.make_payload()
        self.assertEqual(self.bring(payload, self.simulator.sign(payload)), 200)

    @mute_logger(INBOX_LOG, "odoo.addons.payment_stripe.controllers.main")
    def test_odoos_own_address_takes_signed_events_only(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        own = "/payment/stripe/webhook"
        about = {"id": attempt.provider_reference, "object": "payment_intent"}
        payload = self.make_payload(data={"object": {**about, "description": attempt.transaction_id.reference}})
        self.assertEqual(self.bring(payload, self.simulator.sign(payload), url=own), 503)
        self.provider.stripe_webhook_secret = OTHER
        for header, expected in (
            (None, 400),
            ("t=abc", 400),
            (self.simulator.sign(payload), 403),
            (self.simulator.sign(payload, secrets=["whsec_x", OTHER]), 200),
        ):
            with self.subTest(expected=expected):
                self.assertEqual(self.bring(payload, header, url=own), expected)
        self.assertEqual(self.events.search([]).object_ref, attempt.provider_reference)
