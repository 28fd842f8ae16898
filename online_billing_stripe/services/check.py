"""Checking a connection: key, rights, address of events, version, country, methods, each in plain words."""

from typing import NamedTuple

import stripe
from odoo import api, fields, models
from odoo.addons.payment_stripe import utils as keys_of_odoo

from .client import API_VERSION, DIALOGUE
from .reading import plain

READ, WRITE = "read", "write"


class Right(NamedTuple):
    """What the billing may have to ask of Stripe.

    :ivar str name: on Stripe's page of keys
    :ivar str part: of the SDK's client
    :ivar str level: READ, or WRITE where the billing makes or changes something
    :ivar str how: it is tried: ``list``, or ``retrieve`` something that is not there, where there is no list
    """

    name: str
    part: str
    level: str = READ
    how: str = "list"


RIGHTS = (
    Right("Customers", "customers", WRITE),
    Right("PaymentIntents", "payment_intents", WRITE),
    Right("SetupIntents", "setup_intents", WRITE),
    Right("PaymentMethods", "payment_methods", how="retrieve"),
    Right("Mandates", "mandates", how="retrieve"),
    Right("Charges and Refunds", "refunds", WRITE),
    Right("Disputes", "disputes"),
    Right("Events", "events"),
    Right("Balance", "balance", how=""),
    Right("Balance transactions", "balance_transactions"),
    Right("Payouts", "payouts"),
    Right("Webhook Endpoints", "webhook_endpoints"),
)
#: without these events something would be heard of an hour later, or not at all
NEEDED_EVENTS = (
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.canceled",
    "payment_intent.requires_action",
    "setup_intent.succeeded",
    "charge.failed",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "payment_method.automatically_updated",
    "payment_method.updated",
    "payment_method.detached",
    "mandate.updated",
    "customer.deleted",
    "payout.paid",
    "payout.failed",
    "payout.reconciliation_completed",
)
#: an identifier of nothing: whoever may ask is told so
NOT_THERE = "not_there"
CAPABILITIES = {"card": "card_payments", "sepa_direct_debit": "sepa_debit_payments"}


class Finding(NamedTuple):
    """One thing that was looked at; without advice all is well."""

    subject: str
    text: str
    advice: str = ""


def _try_to_read(v1, right):
    """Ask for something that a right allows, and leave the answer alone.

    :raise stripe.PermissionError: the key has not this right
    """
    part = getattr(v1, right.part)
    if right.how == "list":
        part.list({"limit": 1})
    elif right.how == "retrieve":
        try:
            part.retrieve(NOT_THERE)
        except stripe.InvalidRequestError as error:
            if error.code != "resource_missing":
                raise
    else:  # there is one of it
        part.retrieve()


class BillingStripeCheck(models.AbstractModel):
    _name = "billing.stripe.check"
    _description = "Checking the Connection to Stripe"

    @api.private
    def check(self, connection):
        """Ask Stripe, and keep what was found on the connection.

        :return: whether all is well
        """
        connection = connection.sudo()  # sudo: keys are read, and what is found says nothing of them
        provider = connection.provider_id
        found = [*self._check_keys(provider), *self._check_settings(provider)]
        account = None
        if provider.stripe_secret_key:
            client = self.env["billing.stripe.client"].get_client(provider, DIALOGUE)
            # nothing is open while Stripe is asked
            self.env.cr.commit()  # pylint: disable=invalid-commit
            asked, account = self._ask_for_account(client)
            found += asked
            if account:
                found += self._check_account(connection, account)
                found += self._check_rights(client, provider)
                found += self._check_endpoint(client, provider)
        self._keep(connection, found, account)
        return connection.is_healthy

    def _keep(self, connection, found, account):
        connection.finding_ids.unlink()
        self.env["billing.stripe.finding"].sudo().create(  # sudo: as above
            [
                {
                    "connection_id": connection.id,
                    "subject": one.subject,
                    "text": one.text,
                    "advice": one.advice or False,
                    "is_trouble": bool(one.advice),
                }
                for one in found
            ]
        )
        vals = {
            "checked_at": fields.Datetime.now(),
            "is_live": self.env["billing.stripe.connections"].is_live(connection),
        }
        if account:
            vals |= {"account_ref": account["id"], "country_code": account.get("country")}
        connection.write(vals)

    # -- without asking -----------------------------------------------------------------------------------------------

    def _check_keys(self, provider):
        _ = self.env._
        secret, publishable = (
            keys_of_odoo.get_secret_key(provider) or "",
            keys_of_odoo.get_publishable_key(provider) or "",
        )
        subject = _("Keys")
        if not secret:
            return [
                Finding(subject, _("There is no secret key."), _("Copy it from Stripe's page of keys to the provider."))
            ]
        if not secret.startswith(("sk_", "rk_")):
            return [
                Finding(
                    subject,
                    _("What is entered is no secret key: one begins with sk_ or rk_."),
                    _("Copy the secret key, or a restricted one, from Stripe's page of keys."),
                )
            ]
        is_live = "_live_" in secret
        if ("_live_" in publishable) != is_live:
            return [
                Finding(
                    subject,
                    _("One key is of live mode and the other of test mode."),
                    _("Copy both keys from the same page of Stripe."),
                )
            ]
        if is_live != (provider.state == "enabled"):
            mode = _("live mode") if is_live else _("test mode")
            return [
                Finding(
                    subject,
                    _("The keys are of %(mode)s, and the provider is not.", mode=mode),
                    _("Set the provider to the same mode, or enter the keys of the other one."),
                )
            ]
        return [
            Finding(
                subject, _("Both keys are there, of live mode.") if is_live else _("Both keys are there, of test mode.")
            )
        ]

    def _check_settings(self, provider):
        _ = self.env._
        found = []
        subject = _("Version")
        if stripe.api_version != API_VERSION:
            found.append(
                Finding(
                    subject,
                    _("The installed SDK of Stripe is of %(there)s.", there=stripe.api_version),
                    _("Install the release that requirements.txt names, which speaks %(ours)s.", ours=API_VERSION),
                )
            )
        else:
            found.append(Finding(subject, _("Stripe is asked in version %(version)s.", version=API_VERSION)))
        subject = _("Saving methods")
        if not provider.allow_tokenization:
            found.append(
                Finding(
                    subject,
                    _("Customers cannot save a method: nothing could be debited."),
                    _("Switch “Allow Saving Payment Methods” on, on the provider."),
                )
            )
        else:
            found.append(Finding(subject, _("Customers can save their methods.")))
        subject = _("Journal")
        if not provider.journal_id:
            found.append(
                Finding(
                    subject, _("The provider has no journal."), _("Choose a journal of its own for Stripe's money.")
                )
            )
        else:
            found.append(Finding(subject, _("Payments are booked in %(journal)s.", journal=provider.journal_id.name)))
        return found

    # -- asked --------------------------------------------------------------------------------------------------------

    def _ask_for_account(self, client):
        _ = self.env._
        subject = _("Stripe")
        try:
            return [Finding(subject, _("Stripe answers, and knows the key."))], plain(
                client.v1.accounts.retrieve_current()
            )
        except stripe.AuthenticationError:
            text = _("Stripe does not know the secret key.")
            advice = _("It was changed or withdrawn. Copy the present one from Stripe's page of keys.")
        except stripe.PermissionError:
            text = _("The restricted key may not read the account.")
            advice = _("Give it the right to read the account on Stripe's page of keys.")
        except stripe.APIConnectionError:
            text = _("Stripe does not answer.")
            advice = _("Let this server reach the internet by HTTPS; then check again. Nothing is lost meanwhile.")
        except stripe.StripeError as error:
            text = _("Stripe answers with an error: %(error)s", error=type(error).__name__)
            advice = _("Look at Stripe's status page, and check again later. Nothing is lost meanwhile.")
        return [Finding(subject, text, advice)], None

    def _check_account(self, connection, account):
        _ = self.env._
        found, provider = [], connection.provider_id
        subject = _("Account")
        if connection.account_ref and connection.account_ref != account["id"]:
            found.append(
                Finding(
                    subject,
                    _(
                        "The keys are of another account (%(now)s) than before (%(before)s): methods that were saved"
                        " there cannot be charged here.",
                        now=account["id"],
                        before=connection.account_ref,
                    ),
                    _("Enter the keys of the account from before, or ask customers to save their methods anew."),
                )
            )
        missing = [
            name
            for name, is_on in (
                (_("payments"), account.get("charges_enabled")),
                (_("payouts"), account.get("payouts_enabled")),
            )
            if is_on is False
        ]
        if missing:
            found.append(
                Finding(
                    subject,
                    _("Stripe does not allow it yet: %(what)s.", what=", ".join(missing)),
                    _("Finish what Stripe asks for on its page of account settings."),
                )
            )
        else:
            found.append(Finding(subject, _("%(account)s takes payments and pays out.", account=account["id"])))
        country, own = account.get("country"), provider.company_id.account_fiscal_country_id.code
        if country and own and country != provider._stripe_get_country(own):
            found.append(
                Finding(
                    _("Country"),
                    _("The account is of %(there)s, and the company of %(here)s.", there=country, here=own),
                    _("Make sure that the account belongs to this company: its payouts are booked here."),
                )
            )
        elif country:
            found.append(Finding(_("Country"), _("The account is of %(country)s.", country=country)))
        return found + self._check_sharing(connection, account) + self._check_methods(provider, account)

    def _check_sharing(self, connection, account):
        _ = self.env._
        sharing = self.env["billing.stripe.connections"].find_sharing(connection, account["id"])
        if not sharing:
            return []
        both_keep = connection.is_statement_kept and any(sharing.mapped("is_statement_kept"))
        names = ", ".join(f"{other.name} ({other.company_id.name})" for other in sharing)
        return [
            Finding(
                _("Shared account"),
                _("The same account of Stripe is reached through %(others)s too.", others=names),
                _("Keep a statement on one of them alone: every movement is booked once for each.")
                if both_keep
                else "",
            )
        ]

    def _check_methods(self, provider, account):
        _ = self.env._
        subject, capabilities = _("Methods"), account.get("capabilities") or {}
        active = provider.with_context(active_test=True).payment_method_ids.filtered("active")
        off = [
            method.name
            for method in active
            if method.code in CAPABILITIES and capabilities.get(CAPABILITIES[method.code], "inactive") != "active"
        ]
        if off:
            return [
                Finding(
                    subject,
                    _("Offered here, and not switched on at Stripe: %(methods)s.", methods=", ".join(off)),
                    _("Switch them on, on Stripe's page of payment methods, or off on the provider."),
                )
            ]
        if not active:
            return [
                Finding(
                    subject, _("No method is offered."), _("Switch on what customers may pay with, on the provider.")
                )
            ]
        return [Finding(subject, _("What is offered here is switched on at Stripe."))]

    def _check_rights(self, client, provider):
        _ = self.env._
        subject, missing = _("Rights"), []
        for right in RIGHTS:
            try:
                _try_to_read(client.v1, right)
            except stripe.PermissionError:
                missing.append(right)
            except stripe.StripeError as error:
                return [
                    Finding(
                        subject,
                        _("They could not be tried: %(error)s", error=type(error).__name__),
                        _("Check again later."),
                    )
                ]
        to_write = ", ".join(right.name for right in RIGHTS if right.level == WRITE)
        if missing:
            return [
                Finding(
                    subject,
                    _(
                        "The restricted key may not use: %(rights)s.",
                        rights=", ".join(right.name for right in missing),
                    ),
                    _(
                        "Give it these rights on Stripe's page of keys. To write it needs %(to_write)s; to read is"
                        " enough for the others.",
                        to_write=to_write,
                    ),
                )
            ]
        if (keys_of_odoo.get_secret_key(provider) or "").startswith("rk_"):
            return [
                Finding(
                    subject,
                    _(
                        "The restricted key may read what the billing needs. Writing was not tried, as it would change"
                        " something at Stripe: look on Stripe's page of keys that it may write %(to_write)s.",
                        to_write=to_write,
                    ),
                )
            ]
        return [Finding(subject, _("The key may do what the billing needs."))]

    def _check_endpoint(self, client, provider):
        _ = self.env._
        subject, url = _("Events"), provider.stripe_billing_url
        if not provider._get_stripe_secrets():
            return [
                Finding(
                    subject,
                    _("No signing secret is set: no event is taken."),
                    _(
                        "Make an endpoint for %(url)s on Stripe's page of webhooks, and copy its signing secret.",
                        url=url,
                    ),
                )
            ]
        try:
            endpoints = [plain(one) for one in client.v1.webhook_endpoints.list({"limit": 100}).auto_paging_iter()]
        except stripe.StripeError:
            return []  # the rights say why
        own = [one for one in endpoints if one["url"] == url]
        if not own:
            return [
                Finding(
                    subject,
                    _("Stripe sends no events to %(url)s.", url=url),
                    _("Make an endpoint with this address on Stripe's page of webhooks."),
                )
            ]
        return self._check_own_endpoint(subject, own[0])

    def _check_own_endpoint(self, subject, endpoint):
        _ = self.env._
        if endpoint["status"] != "enabled":
            return [
                Finding(
                    subject,
                    _("The endpoint is switched off at Stripe."),
                    _("Switch it on, on Stripe's page of webhooks."),
                )
            ]
        if endpoint.get("api_version") and endpoint["api_version"] != API_VERSION:
            return [
                Finding(
                    subject,
                    _("The endpoint speaks version %(version)s.", version=endpoint["api_version"]),
                    _("Make it anew with version %(ours)s, and copy its signing secret.", ours=API_VERSION),
                )
            ]
        wanted = set(endpoint["enabled_events"])
        missing = [] if "*" in wanted else [name for name in NEEDED_EVENTS if name not in wanted]
        if missing:
            return [
                Finding(
                    subject,
                    _("The endpoint is not sent: %(events)s.", events=", ".join(missing)),
                    _("Add these events to the endpoint on Stripe's page of webhooks."),
                )
            ]
        return [Finding(subject, _("Stripe sends all events that are needed."))]
