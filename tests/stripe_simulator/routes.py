"""What can be asked for: the name of each request as the SDK has it, its path, its parameters, and who does it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from . import (
    account,
    balance,
    charges,
    customers,
    disputes,
    event_lists,
    mandates,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    search,
    setup_intents,
    webhook_endpoints,
)


@dataclass(frozen=True)
class Route:
    """One kind of request.

    :param name: by which tests name it, as ``payment_intents.create``
    :param path: with ``{}`` for each id
    :param parameters: the class in ``stripe.params``, without ``Params``
    """

    name: str
    method: str
    path: str
    parameters: str
    work: Callable[..., dict]
    pattern: re.Pattern = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", re.compile(self.path.replace("{}", "([^/]+)")))


ROUTES = tuple(
    Route(*row)
    for row in (
        ("accounts.retrieve_current", "GET", "/v1/account", "AccountRetrieveCurrent", account.retrieve),
        ("balance.retrieve", "GET", "/v1/balance", "BalanceRetrieve", balance.retrieve),
        (
            *("balance_transactions.list", "GET", "/v1/balance_transactions"),
            *("BalanceTransactionList", balance.list_transactions),
        ),
        (
            *("balance_transactions.retrieve", "GET", "/v1/balance_transactions/{}"),
            *("BalanceTransactionRetrieve", balance.retrieve_transaction),
        ),
        ("charges.list", "GET", "/v1/charges", "ChargeList", charges.get_list),
        ("charges.retrieve", "GET", "/v1/charges/{}", "ChargeRetrieve", charges.retrieve),
        ("charges.update", "POST", "/v1/charges/{}", "ChargeUpdate", charges.update),
        ("customers.create", "POST", "/v1/customers", "CustomerCreate", customers.create),
        ("customers.list", "GET", "/v1/customers", "CustomerList", customers.get_list),
        ("customers.retrieve", "GET", "/v1/customers/{}", "CustomerRetrieve", customers.retrieve),
        ("customers.update", "POST", "/v1/customers/{}", "CustomerUpdate", customers.update),
        ("customers.delete", "DELETE", "/v1/customers/{}", "CustomerDelete", customers.delete),
        (
            *("customers.payment_methods.list", "GET", "/v1/customers/{}/payment_methods"),
            *("CustomerPaymentMethodList", customers.list_methods),
        ),
        (
            *("customers.payment_methods.retrieve", "GET", "/v1/customers/{}/payment_methods/{}"),
            *("CustomerPaymentMethodRetrieve", customers.retrieve_method),
        ),
        ("disputes.list", "GET", "/v1/disputes", "DisputeList", disputes.get_list),
        ("disputes.retrieve", "GET", "/v1/disputes/{}", "DisputeRetrieve", disputes.retrieve),
        ("disputes.update", "POST", "/v1/disputes/{}", "DisputeUpdate", disputes.update),
        ("disputes.close", "POST", "/v1/disputes/{}/close", "DisputeClose", disputes.accept),
        ("events.list", "GET", "/v1/events", "EventList", event_lists.get_list),
        ("events.retrieve", "GET", "/v1/events/{}", "EventRetrieve", event_lists.retrieve),
        ("mandates.retrieve", "GET", "/v1/mandates/{}", "MandateRetrieve", mandates.retrieve),
        ("payment_intents.search", "GET", "/v1/payment_intents/search", "PaymentIntentSearch", search.search),
        ("payment_intents.create", "POST", "/v1/payment_intents", "PaymentIntentCreate", payment_intents.create),
        ("payment_intents.list", "GET", "/v1/payment_intents", "PaymentIntentList", payment_intents.get_list),
        (
            *("payment_intents.retrieve", "GET", "/v1/payment_intents/{}"),
            *("PaymentIntentRetrieve", payment_intents.retrieve),
        ),
        ("payment_intents.update", "POST", "/v1/payment_intents/{}", "PaymentIntentUpdate", payment_intents.update),
        (
            *("payment_intents.confirm", "POST", "/v1/payment_intents/{}/confirm"),
            *("PaymentIntentConfirm", payment_intents.confirm),
        ),
        (
            *("payment_intents.capture", "POST", "/v1/payment_intents/{}/capture"),
            *("PaymentIntentCapture", payment_intents.capture),
        ),
        (
            *("payment_intents.cancel", "POST", "/v1/payment_intents/{}/cancel"),
            *("PaymentIntentCancel", payment_intents.cancel),
        ),
        ("payment_methods.create", "POST", "/v1/payment_methods", "PaymentMethodCreate", payment_methods.create),
        ("payment_methods.list", "GET", "/v1/payment_methods", "PaymentMethodList", payment_methods.get_list),
        (
            *("payment_methods.retrieve", "GET", "/v1/payment_methods/{}"),
            *("PaymentMethodRetrieve", payment_methods.retrieve),
        ),
        ("payment_methods.update", "POST", "/v1/payment_methods/{}", "PaymentMethodUpdate", payment_methods.update),
        (
            *("payment_methods.attach", "POST", "/v1/payment_methods/{}/attach"),
            *("PaymentMethodAttach", payment_methods.attach),
        ),
        (
            *("payment_methods.detach", "POST", "/v1/payment_methods/{}/detach"),
            *("PaymentMethodDetach", payment_methods.detach),
        ),
        ("payouts.list", "GET", "/v1/payouts", "PayoutList", payouts.get_list),
        ("payouts.retrieve", "GET", "/v1/payouts/{}", "PayoutRetrieve", payouts.retrieve),
        ("refunds.create", "POST", "/v1/refunds", "RefundCreate", refunds.create),
        ("refunds.list", "GET", "/v1/refunds", "RefundList", refunds.get_list),
        ("refunds.retrieve", "GET", "/v1/refunds/{}", "RefundRetrieve", refunds.retrieve),
        ("refunds.update", "POST", "/v1/refunds/{}", "RefundUpdate", refunds.update),
        ("setup_intents.create", "POST", "/v1/setup_intents", "SetupIntentCreate", setup_intents.create),
        ("setup_intents.list", "GET", "/v1/setup_intents", "SetupIntentList", setup_intents.get_list),
        ("setup_intents.retrieve", "GET", "/v1/setup_intents/{}", "SetupIntentRetrieve", setup_intents.retrieve),
        ("setup_intents.update", "POST", "/v1/setup_intents/{}", "SetupIntentUpdate", setup_intents.update),
        ("setup_intents.confirm", "POST", "/v1/setup_intents/{}/confirm", "SetupIntentConfirm", setup_intents.confirm),
        ("setup_intents.cancel", "POST", "/v1/setup_intents/{}/cancel", "SetupIntentCancel", setup_intents.cancel),
        (
            *("webhook_endpoints.create", "POST", "/v1/webhook_endpoints"),
            *("WebhookEndpointCreate", webhook_endpoints.create),
        ),
        (
            *("webhook_endpoints.list", "GET", "/v1/webhook_endpoints"),
            *("WebhookEndpointList", webhook_endpoints.get_list),
        ),
        (
            *("webhook_endpoints.retrieve", "GET", "/v1/webhook_endpoints/{}"),
            *("WebhookEndpointRetrieve", webhook_endpoints.retrieve),
        ),
        (
            *("webhook_endpoints.update", "POST", "/v1/webhook_endpoints/{}"),
            *("WebhookEndpointUpdate", webhook_endpoints.update),
        ),
        (
            *("webhook_endpoints.delete", "DELETE", "/v1/webhook_endpoints/{}"),
            *("WebhookEndpointDelete", webhook_endpoints.delete),
        ),
    )
)
NAMES = frozenset(route.name for route in ROUTES)


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """Return the route of a request, and the ids in its path."""
    for route in ROUTES:
        if route.method == method and (match := route.pattern.fullmatch(path)):
            return route, match.groups()
    return None
