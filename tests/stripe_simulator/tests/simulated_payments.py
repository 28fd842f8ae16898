"""Customers and payments for the tests of the simulator."""

from __future__ import annotations

import stripe

WITHOUT_REDIRECTS = {"enabled": True, "allow_redirects": "never"}
ACCEPTED = {"customer_acceptance": {"type": "online", "online": {"ip_address": "192.0.2.1", "user_agent": "test"}}}


def make_customer(client: stripe.StripeClient) -> str:
    """Return the id of a new customer."""
    return client.v1.customers.create({"name": "Ada", "email": "ada@example.com"}).id


def save(client: stripe.StripeClient, customer: str, method: str = "pm_card_visa") -> str:
    """Attach a method to a customer and return its id."""
    return client.v1.payment_methods.attach(method, {"customer": customer}).id


def pay(
    client: stripe.StripeClient, customer: str, method: str, amount: int = 1000, *, key: str = "", **more: object
) -> stripe.PaymentIntent:
    """Charge a method without the customer."""
    params = {
        "amount": amount,
        "currency": "eur",
        "customer": customer,
        "payment_method": method,
        "confirm": True,
        "off_session": True,
        "automatic_payment_methods": WITHOUT_REDIRECTS,
        **more,
    }
    return client.v1.payment_intents.create(params, {"idempotency_key": key} if key else None)


def pay_by_card(client: stripe.StripeClient, amount: int = 1000, like: str = "pm_card_visa") -> stripe.PaymentIntent:
    """Let a new customer with a card pay."""
    customer = make_customer(client)
    return pay(client, customer, save(client, customer, like), amount)


def save_account(client: stripe.StripeClient, like: str = "pm_success_de") -> stripe.SetupIntent:
    """Let a new customer give a mandate for a bank account."""
    return client.v1.setup_intents.create(
        {
            "customer": make_customer(client),
            "payment_method": like,
            "confirm": True,
            "automatic_payment_methods": WITHOUT_REDIRECTS,
            "mandate_data": ACCEPTED,
        }
    )


def debit(client: stripe.StripeClient, amount: int = 1000, like: str = "pm_success_de") -> stripe.PaymentIntent:
    """Let a new customer be debited."""
    saved = save_account(client, like)
    return pay(client, saved.customer, saved.payment_method, amount)
