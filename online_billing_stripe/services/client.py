"""The one place that makes the client of Stripe's official SDK."""

import logging
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import requests
import stripe
from odoo import api, models
from odoo.addons.payment_stripe import utils as keys_of_odoo
from odoo.exceptions import UserError

#: What the addon was written and tested for. Each release of the SDK speaks one version; a test compares the two.
API_VERSION = "2026-10-28.endive"
#: for tests: another address than Stripe's, of this machine alone
BASE_PARAMETER = "online_billing_stripe.api_base"
#: seconds that every use waits for an answer, where a test cannot wait as long as a business can
TIMEOUT_PARAMETER = "online_billing_stripe.timeout"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
#: under which names Stripe keeps whose an object is
ATTEMPT_MARK, DATABASE_MARK, TRANSACTION_MARK = "billing_attempt", "billing_database", "billing_transaction"

# the SDK writes parameters and answers into its log where that is open for debugging
logging.getLogger("stripe").setLevel(logging.WARNING)
stripe.enable_telemetry = False


@dataclass(frozen=True, slots=True)
class Use:
    """How patient a client is.

    :ivar float timeout: seconds for one answer
    :ivar int retries: of the SDK after a lost connection, a conflict or a fault of Stripe, with the same key
    """

    timeout: float
    retries: int


#: money moves: what is not answered is a matter of questions, and nobody waits for more than a minute
CHARGE = Use(timeout=30, retries=1)
ASK = Use(timeout=20, retries=2)
#: somebody waits in front of a page
DIALOGUE = Use(timeout=10, retries=0)


class BillingStripeClient(models.AbstractModel):
    _name = "billing.stripe.client"
    _description = "Client of Stripe"

    @api.private
    def get_client(self, provider, use):
        """Return a client that needs no database any more.

        :param provider: of Stripe
        :param use: :class:`Use`
        :raise UserError: there is no key, or the address is not of this machine
        """
        # sudo: the key is read by jobs and for customers, and leaves this method in the client alone
        secret = keys_of_odoo.get_secret_key(provider.sudo())
        if not secret:
            raise UserError(
                self.env._(
                    "%(provider)s has no secret key. An administrator enters it on the provider.",
                    provider=provider.sudo().name,  # sudo: as above
                )
            )
        patience = float(self._get_parameter(TIMEOUT_PARAMETER) or use.timeout)
        return _make_client(secret, self.get_api_base(), patience, use.retries)

    @api.private
    def get_api_base(self):
        """Return the address that tests ask instead of Stripe's; empty where nothing is set.

        :raise UserError: it is not one of this machine
        """
        base = (self._get_parameter(BASE_PARAMETER) or "").rstrip("/")
        if base and not _is_loopback(base):
            raise UserError(
                self.env._(
                    "The parameter %(name)s is for tests: it takes an address of this machine only, such as"
                    " http://127.0.0.1:12111. Delete it to reach Stripe itself.",
                    name=BASE_PARAMETER,
                )
            )
        return base

    def _get_parameter(self, name):
        # sudo: settings of an administrator
        return self.env["ir.config_parameter"].sudo().get_param(name)

    @api.private
    def is_live(self, provider):
        """Tell whether the key of a provider is one of live mode."""
        secret = keys_of_odoo.get_secret_key(provider.sudo()) or ""  # sudo: the mode is all that gets out
        return "_live_" in secret

    @api.private
    def get_database(self):
        """Return by what this database knows its own objects again."""
        return self._get_parameter("database.uuid") or ""

    @api.private
    def get_marks(self, attempt):
        """Return the metadata of what is asked for an attempt."""
        # sudo: the key of a row is for jobs
        return {ATTEMPT_MARK: attempt.sudo().key, DATABASE_MARK: self.get_database()}


def _is_loopback(address):
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname in LOOPBACK and parts.path in ("", "/") and not parts.username


@lru_cache(maxsize=32)
def _make_client(secret, base, timeout, retries):
    """Return a client that keeps its connections: a handshake for each payment would cost more than the payment."""
    session = None
    if base:  # no proxy stands between two programs of one machine
        session = requests.Session()
        session.trust_env = False
    return stripe.StripeClient(
        secret,
        stripe_version=API_VERSION,
        base_addresses={"api": base} if base else None,
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=timeout, session=session),
    )
