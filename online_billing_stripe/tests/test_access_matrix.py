"""Who may do what with the models, fields, methods and addresses of this addon."""

from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

from odoo.addons.online_billing.tests.shared import life_common
from odoo.addons.online_billing.tests.shared import matrix_common as models_of_an_addon
from odoo.addons.online_billing.tests.shared import methods_common as methods_of_an_addon
from odoo.addons.online_billing.tests.shared.access_common import AccessCase, get_own_routes
from odoo.exceptions import UserError
from odoo.tests import tagged

PROVIDER = "payment.payment_provider_stripe"


def make_records(env, account):
    """Return one record of every model of this addon, of the company of an account."""
    provider = env.ref(PROVIDER)
    keys = {"stripe_publishable_key": "pk_test_1", "stripe_secret_key": "sk_test_1"}
    provider.write({"company_id": account.company_id.id, "state": "test", **keys})
    card = env.ref("payment.payment_method_card")
    connection = env["billing.stripe.connections"].get(provider)
    token = env["payment.token"].create(
        {
            "provider_id": provider.id,
            "payment_method_id": card.id,
            "partner_id": account.partner_id.id,
            "provider_ref": "cus_1",
            "stripe_payment_method": "pm_1",
        }
    )
    event = env["billing.stripe.event"].create(
        {"connection_id": connection.id, "reference": "evt_1", "type": "x", "happened_at": "2026-01-01", "body": "{}"}
    )
    dispute = env["billing.stripe.dispute"].create(
        {
            "connection_id": connection.id,
            "reference": "du_1",
            "account_id": account.id,
            "currency_id": account.currency_id.id,
            "amount": 5,
            "status": "needs_response",
        }
    )
    customer = env["billing.stripe.customer"].create(
        {"provider_id": provider.id, "partner_id": account.partner_id.id, "reference": "cus_1"}
    )
    finding = env["billing.stripe.finding"].create(
        {"connection_id": connection.id, "subject": "Keys", "text": "There is no secret key."}
    )
    held = env["billing.stripe.held.movement"].create(
        {
            "connection_id": connection.id,
            "reference": "txn_1",
            "name": "Charge",
            "date": "2026-01-01",
            "currency_id": account.currency_id.id,
            "reason": "The month is locked.",
            "body": {},
        }
    )
    removal = env["billing.stripe.removal"].create({"provider_id": provider.id, "reference": "cus_2"})
    comparison = env["billing.stripe.comparison"].create(
        {"connection_id": connection.id, "currency_id": account.currency_id.id}
    )
    line = env["billing.stripe.comparison.line"].create({"comparison_id": comparison.id, "kind": "missing"})
    leaving = env["billing.stripe.leave.out"].create({"held_ids": held.ids, "reason": "Entered by the tax adviser"})
    return (
        connection.sudo(False), event, dispute, customer, finding, held, leaving, removal, comparison, line, provider,
        token,
    )  # fmt: skip


class StripeAccessCase(AccessCase):
    addon = "online_billing_stripe"
    matrix = Path(__file__).with_name("access_matrix.csv")

    @classmethod
    def _make_records(cls):
        made = super()._make_records()
        cls.records |= {record._name: record for record in make_records(cls.env, cls.account)}
        return made


@tagged("post_install", "-at_install")
class TestAccessMatrix(StripeAccessCase, models_of_an_addon.MatrixCase):
    least_models = 7
    least_stored = 5
    least_fields = 8

    def test_a11_every_address_is_declared(self):
        declared = {key[1] for key in self.rows if key[0] == "route"}
        self.assertEqual(declared, get_own_routes(self.env, self.addon))


@tagged("post_install", "-at_install")
class TestAccessMethods(StripeAccessCase, methods_of_an_addon.MethodsCase):
    least_methods = 6

    def call(self, persona, model, name):
        """Let nobody be asked over the network, and nothing be committed: that is the matter of other tests."""
        services = {
            "billing.stripe.check": "check",
            "billing.stripe.missed.events": "fetch_now",
            "billing.stripe.event.work": "work_now",
            "billing.stripe.statement": "work_now",
        }
        refusal = UserError("nobody is asked")
        with ExitStack() as stack:
            for service, act in services.items():
                stack.enter_context(patch.object(type(self.env[service]), act))
            stack.enter_context(
                patch.object(type(self.env["billing.stripe.comparing"]), "compare", side_effect=refusal)
            )
            return super().call(persona, model, name)


@tagged("post_install", "-at_install")
class TestGuardedLife(life_common.LifeCase):
    """The models of this addon against their tables: nobody but the billing writes them."""

    addon = "online_billing_stripe"
    free = frozenset()
    least = 5
    least_written = 0
    least_given = 0

    @classmethod
    def make_samples(cls):
        for record in make_records(cls.env, cls.account):
            if "_life" in dir(record) and not record._transient:
                yield record
