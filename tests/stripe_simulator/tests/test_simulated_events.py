"""Events: signed as Stripe signs, and sent twice, late, in another order, all at once, or never."""

import json
import time

import pytest
import stripe
from simulated_payments import make_customer, pay_by_card

SECRET = "whsec_simulator"


def test_events_are_signed_and_come_in_their_order(client, simulator, inbox):
    simulator.set_webhook(inbox.url)
    pay_by_card(client)
    sent = simulator.deliver()
    types = ["customer.created", "payment_method.attached", "payment_intent.created"]
    types += ["charge.succeeded", "payment_intent.succeeded"]
    assert inbox.get_types() == types
    assert [(one.type, one.status) for one in sent] == [(name, 200) for name in types]
    assert simulator.deliver() == []
    event = stripe.Webhook.construct_event(*inbox.received[-1], SECRET)
    assert (event.api_version, event.livemode) == (stripe.api_version, False)
    assert client.v1.events.retrieve(event.id).data.object.id == event.data.object.id


def test_a_signature_with_another_secret_body_or_time_is_wrong(client, simulator, inbox):
    simulator.set_webhook(inbox.url, secrets=["whsec_other"])
    make_customer(client)
    [message] = simulator.messages()
    assert stripe.Webhook.construct_event(message.payload, message.signature, "whsec_other").id == message.event
    old = simulator.messages(signed_at=int(time.time()) - 301)[0].signature
    for payload, signature, secret in [
        (message.payload, message.signature, SECRET),
        (message.payload.replace("Ada", "Eva"), message.signature, "whsec_other"),
        (message.payload, old, "whsec_other"),
    ]:
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(payload, signature, secret)


def test_each_of_several_secrets_is_good_while_they_change(client, simulator, inbox):
    endpoint = simulator.set_webhook(inbox.url, secrets=["whsec_old", "whsec_new"])
    make_customer(client)
    simulator.deliver()
    assert inbox.get_types("whsec_old") == inbox.get_types("whsec_new") == ["customer.created"]
    simulator.set_secrets(endpoint, ["whsec_new"])
    make_customer(client)
    simulator.deliver()
    with pytest.raises(stripe.SignatureVerificationError):
        inbox.get_types("whsec_old")


def test_any_text_can_be_signed(simulator):
    header = simulator.sign('{"id": "evt_1", "object": "event"}')
    assert stripe.Webhook.construct_event('{"id": "evt_1", "object": "event"}', header, SECRET).id == "evt_1"


def test_events_are_sent_twice_reversed_shuffled_and_in_an_order_of_the_test(client, simulator, inbox):
    simulator.set_webhook(inbox.url, events=["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"])
    pay_by_card(client)
    made = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    events = [message.event for message in simulator.messages()]
    simulator.deliver(times=2, order="reversed")
    assert inbox.get_types() == [name for name in made[::-1] for _time in range(2)]
    simulator.deliver([events[1], events[0]])
    assert inbox.get_types()[6:] == [made[1], made[0]]
    orders = set()
    for number in range(8):
        before = len(inbox.received)
        simulator.deliver(events, order=number)
        orders.add(tuple(inbox.get_types()[before:]))
    assert len(orders) > 1
    assert {tuple(sorted(order)) for order in orders} == {tuple(sorted(made))}


def test_events_are_sent_all_at_once(client, simulator, inbox):
    simulator.set_webhook(inbox.url, events=["customer.created"])
    make_customer(client)
    sent = simulator.deliver(times=16, at_once=True)
    assert [one.status for one in sent] == [200] * 16
    assert len({body for body, _header in inbox.received}) == 1


def test_a_lost_event_never_comes_but_is_listed(client, simulator, inbox):
    simulator.set_webhook(inbox.url)
    make_customer(client)
    assert simulator.lose() == 1
    make_customer(client)
    assert [one.status for one in simulator.deliver()] == [200]
    assert len(client.v1.events.list().data) == 2
    missed = client.v1.events.list({"delivery_success": False}).data
    assert [event.id for event in missed] == [client.v1.events.list().data[1].id]


def test_what_is_not_taken_waits_and_what_nobody_answers_too(client, simulator, inbox):
    endpoint = simulator.set_webhook(inbox.url)
    inbox.statuses = [500]
    make_customer(client)
    assert [one.status for one in simulator.deliver()] == [500]
    simulator.advance(days=1)
    assert [one.status for one in simulator.deliver()] == [200]
    simulator.set_webhook("http://127.0.0.1:9/")
    make_customer(client)
    assert [one.status for one in simulator.deliver()] == [0]
    assert endpoint not in {found.id for found in client.v1.webhook_endpoints.list().data}


def test_an_endpoint_that_is_off_gets_nothing_of_that_time_but_it_is_listed(client, simulator, inbox):
    endpoint = simulator.set_webhook(inbox.url)
    simulator.switch_endpoint(endpoint, enabled=False)
    begin = int(simulator.now.timestamp())
    make_customer(client)
    simulator.advance(days=4)
    simulator.switch_endpoint(endpoint, enabled=True)
    assert simulator.deliver() == []
    later = int(simulator.now.timestamp())
    make_customer(client)
    assert [one.status for one in simulator.deliver()] == [200]
    assert len(client.v1.events.list({"created": {"gte": begin, "lt": later}}).data) == 1
    assert len(client.v1.events.list({"type": "customer.*"}).data) == 2
    assert client.v1.events.list({"types": ["refund.created"]}).data == []


def test_events_have_pages_and_are_kept_for_thirty_days(client, simulator):
    for _number in range(5):
        make_customer(client)
    listed = [event.id for event in client.v1.events.list({"limit": 2}).auto_paging_iter()]
    assert listed == [event["id"] for event in simulator.objects("event")]
    assert len(listed) == 5
    simulator.advance(days=31)
    assert client.v1.events.list().data == []


def test_events_come_by_themselves(client, simulator, inbox):
    simulator.set_webhook(inbox.url, events=["customer.created"])
    simulator.deliver_by_itself(times=2)
    make_customer(client)
    for _message in range(2):
        assert inbox.arrived.acquire(timeout=30)
    assert inbox.get_types() == ["customer.created"] * 2


def test_every_so_manieth_event_that_comes_by_itself_gets_lost(client, simulator, inbox):
    simulator.set_webhook(inbox.url, events=["customer.created"])
    simulator.deliver_by_itself(lose_every=2)
    for _number in range(4):
        make_customer(client)
    for _message in range(2):
        assert inbox.arrived.acquire(timeout=30)
    assert len(client.v1.events.list({"delivery_success": False}).data) >= 2
    assert len(inbox.received) == 2


def test_an_endpoint_is_made_by_the_interface_with_a_secret_that_is_told_once(client, simulator, inbox):
    made = client.v1.webhook_endpoints.create({"url": inbox.url, "enabled_events": ["customer.created"]})
    make_customer(client)
    client.v1.webhook_endpoints.update(made.id, {"disabled": True})
    make_customer(client)
    client.v1.webhook_endpoints.update(made.id, {"disabled": False})
    assert [one.status for one in simulator.deliver()] == [200]
    assert inbox.get_types(made.secret) == ["customer.created"]
    assert not hasattr(client.v1.webhook_endpoints.retrieve(made.id), "secret")
    assert client.v1.webhook_endpoints.delete(made.id).deleted
    assert client.v1.webhook_endpoints.list().data == []


def test_an_event_can_be_made_of_what_is_there(client, simulator, inbox):
    customer = make_customer(client)
    simulator.set_webhook(inbox.url)
    made = simulator.emit("customer.updated", customer)
    simulator.deliver()
    assert json.loads(inbox.received[0][0])["id"] == made["id"]
