"""Events: kept once, worked off from the live object, never backwards, set aside where they do not belong."""

import json
import random
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.online_billing.tests.tiers import IS_NIGHT
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..services.client import API_VERSION
from .stripe_common import StripeCase
from .test_charges import ADAPTER_LOG

CONNECTIONS_LOG = "odoo.addons.online_billing_stripe.services.connections"
INBOX_LOG = "odoo.addons.online_billing_stripe.services.inbox"
SEVEN = (
    "payment_intent.created",
    "payment_intent.payment_failed",
    "payment_intent.requires_action",
    "payment_intent.succeeded",
    "refund.created",
    "charge.refunded",
    "charge.dispute.created",
)
WORK_LOG = "odoo.addons.online_billing_stripe.services.event_work"


class EventCase(StripeCase):
    def setUp(self):
        super().setUp()
        self.set_webhook()

    def get_state(self, attempt):
        """Return what must be the same whatever the order of events."""
        attempt.invalidate_recordset()
        payments = self.env["account.payment"].search([("billing_account_id", "=", attempt.account_id.id)])
        return (
            attempt.state,
            attempt.is_booked,
            sorted(payments.mapped("amount")),
            attempt.line_ids.move_id.amount_residual,
        )


@tagged("post_install", "-at_install")
class TestEvents(EventCase):
    def keep(self, **changes):
        """Bring an event with changes of its body; return it as it is kept."""
        body = {
            "id": f"evt_{random.randrange(10**12)}",
            "object": "event",
            "type": "payment_intent.succeeded",
            "created": int(fields.Datetime.now().timestamp()),
            "livemode": False,
            "api_version": API_VERSION,
            "data": {"object": {"id": "pi_unknown", "object": "payment_intent"}},
            **changes,
        }
        payload = json.dumps(body)
        with self.worker() as env:
            provider = self.provider.with_env(env)
            status = env["billing.stripe.inbox"].receive(provider, payload.encode(), self.simulator.sign(payload))
        self.assertEqual(status, 200)
        return self.events.search([("reference", "=", body["id"])])

    @mute_logger(ADAPTER_LOG)
    def test_w01_an_event_settles_what_was_not_answered(self):
        self.lose("payment_intents.create", "reset_after")
        attempt = self.charge(self.save_card(self.account.partner_id))
        self.assertEqual(attempt.state, "unknown")
        events = self.bring_events()
        self.assertEqual(self.get_state(attempt), ("succeeded", True, [119], 0))
        told = events.filtered(lambda event: event.type == "payment_intent.succeeded")
        self.assertEqual((told.state, told.attempt_id, told.tries), ("done", attempt, 1))
        self.assertFalse(events.filtered(lambda event: event.state not in ("done", "ignored")))

    def test_w04_the_same_event_again_changes_nothing(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        messages = self.listen()
        self.bring_events(lambda found: [*found, *found, *found])
        before = self.get_state(attempt)
        self.bring_events(lambda _found: messages)
        self.assertEqual(self.get_state(attempt), before)
        references = self.events.search([]).mapped("reference")
        self.assertEqual(len(references), len(set(references)))

    def test_w05_without_a_secret_no_event_is_taken_and_a_manager_is_told_once(self):
        self.provider.stripe_billing_secret = False
        for _time in range(2):
            with self.worker() as env:
                inbox = env["billing.stripe.inbox"]
                self.assertEqual(inbox.receive(self.provider.with_env(env), b"{}", "t=1,v1=00"), 503)
        self.assertEqual(len(self.connection.activity_ids), 1)
        self.assertIn("signing secret", self.connection.activity_ids.note)
        self.assertFalse(self.events.search([]))

    def test_w06_an_event_of_nothing_known_waits_and_becomes_a_payment_when_it_is(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        key = attempt.key
        attempt.sudo().write({"key": "not known yet", "provider_reference": False})
        attempt.transaction_id.sudo().write({"provider_reference": False, "reference": "something else"})
        event = self.bring_events().filtered(lambda one: one.type == "payment_intent.succeeded")
        self.assertEqual(event.state, "orphan")
        self.assertFalse(self.connection.activity_ids)
        self.env.cr.execute("UPDATE billing_stripe_event SET create_date = create_date - interval '2 hours'")
        self.env.invalidate_all()
        event.sudo().next_time = fields.Datetime.now()
        self.work_events()
        self.assertEqual((event.state, event.tries), ("orphan", 2))
        self.assertIn("nothing that is known", self.connection.activity_ids.summary)
        attempt.sudo().key = key
        event.sudo().next_time = fields.Datetime.now()
        self.work_events()
        self.assertEqual((event.state, event.attempt_id), ("done", attempt))

    def test_w07_what_is_of_another_mode_account_or_version_is_set_aside(self):
        for changes in ({"livemode": True}, {"account": "acct_other"}, {"api_version": "2019-05-16"}):
            with self.subTest(changes=changes):
                event = self.keep(**changes)
                self.assertEqual((event.state, event.next_time), ("quarantined", False))
                self.assertTrue(event.error)
        self.assertEqual(len(self.connection.activity_ids), 1)
        self.work_events()
        self.assertFalse(self.events.search([("state", "!=", "quarantined")]))

    def test_w07_what_differs_in_amount_or_currency_is_set_aside(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        for values in ({"amount": 118}, {"currency_id": self.env.ref("base.EUR").id}):
            with self.subTest(values=values):
                before = {name: attempt[name] for name in values}
                attempt.sudo().write(values)
                event = self.keep(data={"object": {"id": attempt.provider_reference, "object": "payment_intent"}})
                self.work_events()
                self.assertEqual((event.state, event.attempt_id), ("quarantined", attempt))
                attempt.sudo().write({name: getattr(value, "id", value) for name, value in before.items()})

    def test_w09_a_late_failure_leaves_what_is_paid(self):
        token = self.save_card(self.account.partner_id, "pm_card_authenticationRequired")
        attempt = self.charge(token)
        self.simulator.behave(token.stripe_payment_method, authentication=None)
        self.client.v1.payment_intents.confirm(
            attempt.provider_reference, {"payment_method": token.stripe_payment_method}
        )
        messages = self.listen()
        late = [one for one in messages if one.type == "payment_intent.payment_failed"]
        self.assertEqual(len(late), 1)
        self.bring_events(lambda found: [*[one for one in found if one not in late], *late])
        self.assertEqual(self.get_state(attempt), ("succeeded", True, [119], 0))

    def test_a_debit_that_comes_back_after_it_had_succeeded_is_owed_again(self):
        self.make_euro()
        attempt = self.charge(self.save_debit(self.account.partner_id))
        self.simulator.settle(attempt.provider_reference)
        self.bring_events()
        invoice = attempt.line_ids.move_id
        self.assertEqual((attempt.state, invoice.amount_residual), ("succeeded", 0))
        self.simulator.settle(attempt.provider_reference, outcome="failed", failure="insufficient_funds")
        self.bring_events()
        self.assertEqual((attempt.returned_amount, invoice.amount_residual), (119, 119))
        self.assertEqual(self.account.consent_id.state, "paused")

    def test_a_debit_that_came_back_is_owed_again_where_stripe_says_that_nothing_is_captured_any_more(self):
        self.make_euro()
        attempt = self.charge(self.save_debit(self.account.partner_id))
        self.simulator.settle(attempt.provider_reference)
        self.bring_events()
        self.simulator.settle(attempt.provider_reference, outcome="failed", still_captured=False)
        self.bring_events()
        self.assertEqual((attempt.returned_amount, attempt.line_ids.move_id.amount_residual), (119, 119))

    def test_a_failure_is_tried_again_and_told_when_it_lasts(self):
        self.charge(self.save_card(self.account.partner_id))
        self.simulator.fail("payment_intents.retrieve", "error_before", count=None)
        with mute_logger(WORK_LOG):
            events = self.bring_events(may_fail=True)
        event = events.filtered(lambda one: one.type == "payment_intent.succeeded")
        self.assertEqual((event.state, event.tries), ("failed", 1))
        self.assertGreater(event.next_time, fields.Datetime.now())
        self.simulator.clear_faults()
        with self.worker() as env:
            env["billing.stripe.event"].browse(event.id).action_work_again()
        self.assertEqual((event.state, event.error), ("done", False))

    def test_w11_what_was_never_brought_is_fetched(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        self.simulator.refund_in_dashboard(attempt.provider_reference, amount=1900)
        self.assertGreater(self.simulator.lose(), 3)
        for _time in range(2):
            with self.worker() as env:
                env["billing.stripe.connection"]._cron_fetch_events()
            self.work_events()
        events = self.events.search([("connection_id", "=", self.connection.id)])
        self.assertEqual(set(events.mapped("source")), {"fetched"})
        self.assertEqual(set(events.mapped("state")), {"done"})
        self.assertEqual(self.get_state(attempt), ("succeeded", True, [19, 119], 19))
        self.assertTrue(self.connection.fetched_until)

    def test_what_another_provider_of_the_account_has_made_is_left_to_that(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        self.simulator.refund_in_dashboard(attempt.provider_reference, amount=1900)
        self.simulator.lose()
        second = self.make_second_connection()
        self.env.flush_all()
        with self.worker() as env:
            env["billing.stripe.connection"]._cron_fetch_events()
        self.work_events()
        told = self.events.search([("connection_id", "=", second.id)])
        self.assertIn("payment_intent.succeeded", told.mapped("type"))
        self.assertEqual(set(told.mapped("state")), {"ignored"})
        self.assertIn(self.provider.name, " ".join(told.mapped("error")))
        self.assertEqual(self.get_state(attempt), ("succeeded", True, [19, 119], 19))

    def test_what_a_provider_out_of_use_has_made_is_worked_off_by_what_another_is_told(self):
        self.make_euro()
        debit = self.charge(self.save_debit(self.account.partner_id))
        self.simulator.settle(debit.provider_reference)
        other = self.make_account("Hedy Lamarr")
        card = self.charge(self.save_card(other.partner_id), account=other)
        another = self.make_account("Ida Rhodes")
        disputed = self.charge(self.save_card(another.partner_id), account=another)
        self.bring_events()
        second = self.make_second_connection()
        second.provider_id.stripe_billing_secret = self.provider.stripe_billing_secret
        self.provider.state = "disabled"
        self.simulator.settle(debit.provider_reference, outcome="failed")
        self.simulator.refund_in_dashboard(card.provider_reference, amount=1900)
        self.simulator.dispute(disputed.provider_reference)
        first, self.provider, self.connection = self.provider, second.provider_id, second
        events = self.bring_events()
        self.assertEqual(set(events.mapped("state")), {"done"})
        self.assertEqual((debit.returned_amount, debit.line_ids.move_id.amount_residual), (119, 119))
        self.assertEqual(self.get_state(card), ("succeeded", True, [19, 119], 19))
        self.assertEqual(disputed.line_ids.move_id.amount_residual, 119)
        kept = self.env["billing.stripe.dispute"].search([("payment_id", "=", disputed.payment_id.id)])
        self.assertEqual(kept.connection_id.provider_id, first)
        self.assertFalse(card.payment_id.billing_can_be_taken_back, "the other one tells it")
        self.provider.state = "disabled"
        self.env.invalidate_all()
        self.assertTrue(card.payment_id.billing_can_be_taken_back, "nobody tells it any more")

    def test_a_provider_whose_key_was_taken_away_is_of_the_mode_that_it_had(self):
        connections, second = self.env["billing.stripe.connections"], self.make_second_connection()
        second.provider_id.stripe_secret_key = "sk_live_2"
        (self.connection | second).write({"account_ref": "acct_1"})
        self.assertFalse(connections.find_sharing(self.connection), "one is of test mode")
        self.connection.is_live = True
        self.provider.write({"state": "disabled", "stripe_secret_key": False})
        self.assertEqual(connections.find_sharing(self.connection), second)
        adapter = self.env["billing.payment.adapter"].get_adapter(self.provider)
        self.assertTrue(adapter.tells_returns(self.provider), "the other one hears of it")

    def test_any_error_of_one_connection_stops_no_other(self):
        self.charge(self.save_card(self.account.partner_id))
        self.simulator.lose()
        second = self.make_second_connection()
        inbox = self.env.registry["billing.stripe.inbox"]
        keep = inbox.keep

        def fails(service, connection, event, source):
            if connection == self.connection:
                raise KeyError("nobody has foreseen it")
            return keep(service, connection, event, source)

        self.env.flush_all()
        with patch.object(inbox, "keep", fails), mute_logger(CONNECTIONS_LOG), self.worker() as env:
            env["billing.stripe.connection"]._cron_fetch_events()
        self.assertFalse(self.connection.fetched_until)
        self.assertTrue(second.fetched_until)
        self.assertEqual(self.connection.activity_ids.mapped("summary"), ["Stripe cannot be asked"])
        self.assertTrue(self.events.search([("connection_id", "=", second.id)]))

    def test_each_work_has_a_job_of_its_own(self):
        works = ("fetch_events", "keep_statement", "look_at_methods", "work_events")
        crons = [self.env.ref(f"online_billing_stripe.cron_{work}") for work in works]
        self.assertEqual([cron.code for cron in crons], [f"model._cron_{work}()" for work in works])

    def test_g02_no_secret_is_kept_or_logged(self):
        with self.assertLogs(level="DEBUG") as logs:
            attempt = self.charge(self.save_card(self.account.partner_id))
            self.bring_events()
        [intent] = self.simulator.objects("payment_intent")
        bodies = "".join(self.events.search([]).mapped("body"))
        self.assertIn(intent["id"], bodies)
        told = "".join(logs.output)
        for secret in (intent["client_secret"], self.provider.stripe_secret_key, self.provider.stripe_billing_secret):
            self.assertNotIn(secret, bodies)
            self.assertNotIn(secret, told)
        self.assertNotIn("client_secret", bodies)
        self.assertTrue(attempt)

    def test_g05_nobodys_name_or_address_is_kept(self):
        details = {"name": "Quokka", "email": "quokka@example.com", "phone": "1", "address": {"line1": "Quokka Street"}}
        customer = {"id": "cus_1", "object": "customer", "description": "Quokka", **details}
        self.keep(type="customer.deleted", data={"object": customer, "previous_attributes": {"name": "Quokka"}})
        method = {"id": "pm_1", "object": "payment_method", "billing_details": details}
        self.keep(type="payment_method.detached", data={"object": method})
        intent = {"id": "pi_1", "object": "payment_intent", "receipt_email": "quokka@example.com", "shipping": details}
        self.keep(data={"object": {**intent, "description": "INV/1", "latest_charge": {"billing_details": details}}})
        bodies = "".join(self.events.search([]).mapped("body"))
        self.assertNotIn("quokka", bodies.lower())
        self.assertIn("INV/1", bodies)

    def test_saved_methods_follow_what_stripe_says_of_them(self):
        token = self.save_card(self.account.partner_id)
        consent = self.consent(self.account, token)
        consent.method_ids.sudo().write({"gone_on": fields.Datetime.now(), "gone_reason": "expired"})
        token.stripe_expires_on = fields.Date.today() - timedelta(days=20)
        self.simulator.renew_card(token.stripe_payment_method, exp_month=2, exp_year=2031, last4="1881")
        self.bring_events()
        self.assertEqual((str(token.stripe_expires_on), token.payment_details), ("2031-02-28", "1881"))
        self.assertEqual((consent.is_usable, str(consent.method_ids.expires_on)), (True, "2031-02-28"))
        self.client.v1.payment_methods.detach(token.stripe_payment_method)
        self.bring_events()
        self.assertEqual((token.active, consent.is_usable), (False, False))

    def test_what_was_worked_off_long_ago_is_deleted_and_what_waits_stays(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        self.bring_events()
        self.keep(livemode=True)
        self.env.cr.execute("UPDATE billing_stripe_event SET create_date = create_date - interval '89 days'")
        self.events._gc_worked_off()
        self.assertGreater(self.events.search_count([]), 2)
        self.env.cr.execute("UPDATE billing_stripe_event SET create_date = create_date - interval '2 days'")
        self.env.invalidate_all()
        self.events._gc_worked_off()
        self.assertEqual(self.events.search([]).mapped("state"), ["quarantined"])
        self.assertEqual(attempt.state, "succeeded")

    def test_methods_from_before_are_asked_about_once(self):
        token = self.save_card(self.account.partner_id)
        gone = self.save_card(self.account.partner_id)
        gone.stripe_payment_method = "pm_of_nobody"
        consent = self.consent(self.account, token)
        self.assertFalse(consent.method_ids.expires_on)
        for _time in range(2):
            with self.worker() as env:
                env["billing.stripe.methods"].look_at_new()
        self.assertEqual(consent.method_ids.expires_on, token.stripe_expires_on)
        self.assertGreater(token.stripe_expires_on, fields.Date.today())
        self.assertEqual(len(self.simulator.requests("payment_methods.retrieve")), 2)

    def test_a_mandate_that_ends_is_not_debited_any_more(self):
        self.make_euro()
        token = self.save_debit(self.account.partner_id)
        self.simulator.end_mandate(token.stripe_mandate)
        self.bring_events()
        self.assertFalse(token.active)


class OrderCase(EventCase):
    """Half of the orders in which a payment's events may come: the two halves use both processors."""

    def check_orders(self, start):
        """Try every second order from one on: together fifty for each commit, and five hundred at night, of 5,040."""
        token = self.save_card(self.account.partner_id, "pm_card_authenticationRequired")
        attempt = self.charge(token)
        reference = attempt.provider_reference
        self.simulator.behave(token.stripe_payment_method, authentication="on_session")
        self.client.v1.payment_intents.confirm(reference, {"payment_method": token.stripe_payment_method})
        self.simulator.authenticate(reference)
        self.simulator.refund_in_dashboard(reference, amount=1900)
        self.simulator.dispute(reference, amount=10000)
        messages = [one for one in self.listen() if one.type in SEVEN]
        self.assertEqual(sorted(one.type for one in messages), sorted(SEVEN))
        for number in range(start, 500 if IS_NIGHT else 50, 2):
            order = random.Random(number).sample(messages, len(messages))
            with self.subTest(number=number, order=[one.type for one in order]), self.undone():
                # a signature is good for five minutes, and a night has more
                signed = [replace(one, signature=self.simulator.sign(one.payload)) for one in order]
                events = self.bring_events(lambda _found, signed=signed: signed)
                for _time in range(2):  # what told of something unknown is tried again
                    events.filtered(lambda event: event.state == "orphan").sudo().next_time = fields.Datetime.now()
                    self.work_events()
                self.assertEqual(set(events.mapped("state")), {"done"})
                self.assertEqual(self.get_state(attempt), ("succeeded", True, [19, 119], 119))
                self.assertEqual(attempt.returned_amount, 100)


@tagged("post_install", "-at_install")
class TestOrders(OrderCase):
    def test_w02_any_order_of_the_events_of_a_payment_comes_to_the_same(self):
        self.check_orders(0)


@tagged("post_install", "-at_install")
class TestOtherOrders(OrderCase):
    def test_w02_any_other_order_of_the_events_of_a_payment_comes_to_the_same(self):
        self.check_orders(1)
