"""The connection of a provider, and the tasks that a person gets because of it."""

import logging
from typing import NamedTuple

import psycopg2
import stripe
from odoo import api, models
from odoo.addons.online_billing.services.shared.work_loop import RETRY_CODES
from odoo.addons.payment_stripe import utils as keys_of_odoo
from odoo.exceptions import UserError
from odoo.tools import SQL

TROUBLE = "online_billing_stripe.activity_type_connection"

_logger = logging.getLogger(__name__)


class Done(NamedTuple):
    """What became of some work for connections.

    :ivar list results: what it gave back for those that went well
    :ivar troubled: connections on which it failed; each has a task that says why
    :ivar overtaken: connections of which others changed the same rows at that moment
    """

    results: list
    troubled: models.Model
    overtaken: models.Model


class BillingStripeConnections(models.AbstractModel):
    _name = "billing.stripe.connections"
    _description = "Connections to Stripe"

    @api.private
    def get(self, provider):
        """Return the connection of a provider of Stripe, made where there is none yet, by however many at once.

        :return: `billing.stripe.connection`, elevated
        """
        connections = self.env["billing.stripe.connection"].sudo()  # sudo: events and jobs come here
        found = connections.search([("provider_id", "=", provider.id)], limit=1)
        if not found:
            client = self.env["billing.stripe.client"]
            self.env.cr.execute(
                SQL(
                    "INSERT INTO billing_stripe_connection (provider_id, company_id, is_live, create_uid, create_date,"
                    " write_uid, write_date) VALUES (%s, %s, %s, %s, now() AT TIME ZONE 'UTC', %s,"
                    " now() AT TIME ZONE 'UTC') ON CONFLICT (provider_id) DO NOTHING",
                    provider.id,
                    provider.sudo().company_id.id,  # sudo: as above
                    client.is_live(provider),
                    self.env.uid,
                    self.env.uid,
                )
            )
            found = connections.search([("provider_id", "=", provider.id)], limit=1)
        return found

    @api.private
    def get_all(self):
        """Return the connections of all providers of Stripe that are in use."""
        providers = self.env["payment.provider"].sudo()  # sudo: a job
        connections = self.env["billing.stripe.connection"].sudo()  # sudo: as above
        for provider in providers.search([("code", "=", "stripe")]).filtered(self.is_in_use):
            connections |= self.get(provider)
        return connections

    @api.private
    def is_in_use(self, provider):
        """Tell whether Stripe is asked by a provider what has happened."""
        provider = provider.sudo()  # sudo: whether there is a key
        return provider.state != "disabled" and bool(provider.stripe_secret_key)

    @api.private
    def find_sharing(self, connection, account_ref=None):
        """Return the other connections that reach the same account of Stripe in the same mode, as far as is known.

        :param account_ref: the account, where Stripe has just named it
        :return: `billing.stripe.connection`, elevated
        """
        connection = connection.sudo()  # sudo: keys are compared, and the account may serve several companies
        secret, is_live = keys_of_odoo.get_secret_key(connection.provider_id), self.is_live(connection)
        account_ref = account_ref or connection.account_ref
        return connection.search([("id", "!=", connection.id)]).filtered(
            lambda other: (
                self.is_live(other) == is_live
                and (
                    (account_ref and other.account_ref == account_ref)
                    or (secret and keys_of_odoo.get_secret_key(other.provider_id) == secret)
                )
            )
        )

    @api.private
    def find_keeping(self, connection):
        """Return the other connections of the same mode that keep a statement, of whichever account.

        :return: `billing.stripe.connection`, elevated
        """
        connection = connection.sudo()  # sudo: the account may serve several companies
        others = connection.search([("id", "!=", connection.id), ("is_statement_kept", "=", True)])
        is_live = self.is_live(connection)
        return others.filtered(lambda other: self.is_live(other) == is_live)

    @api.private
    def is_live(self, connection):
        """Tell whether a connection is of live mode: by its key, or by the last one that it had."""
        connection = connection.sudo()  # sudo: the mode is all that gets out
        has_key = bool(keys_of_odoo.get_secret_key(connection.provider_id))
        return self.env["billing.stripe.client"].is_live(connection.provider_id) if has_key else connection.is_live

    @api.private
    def each(self, connections, key, title, work):
        """Do some work for each connection by itself, and commit it: what fails gives a task, and stops no other.

        What lost a race with another worker is left to the next pass: there is no trouble, and nobody gets a task.

        :param key: by which the same trouble is known again
        :param title: of the task, for people
        :param work: takes a connection
        :return: Done
        """
        done = Done([], connections.browse(), connections.browse())
        for connection in connections:
            try:
                done.results.append(work(connection))
                self.is_well_again(connection, key)
            except Exception as error:  # noqa: BLE001  whatever it is, the other connections go on
                self.env.cr.rollback()
                self.env.invalidate_all()
                if isinstance(error, psycopg2.OperationalError) and error.pgcode in RETRY_CODES:
                    _logger.info("Connection %s waits for the next pass: others change the same rows", connection.id)
                    done = done._replace(overtaken=done.overtaken | connection)
                else:
                    self._note_trouble(connection, key, title, error)
                    done = done._replace(troubled=done.troubled | connection)
            # each by itself
            self.env.cr.commit()  # pylint: disable=invalid-commit
        return done

    @api.private
    def get_words(self, done):
        """Return what somebody who waits for some work is told where it was not done; nothing where it was.

        :param done: Done
        """
        if done.troubled:
            return self.env._("It could not be done. The task on the connection says why.")
        if done.overtaken:
            return self.env._(
                "Somebody else, or the job, was doing the same at this moment, and went first. Nothing is lost, and"
                " nothing is to be mended: look again in a minute, or choose it once more."
            )
        return ""

    def _note_trouble(self, connection, key, title, error):
        reason = self.env["billing.work.loop"].get_reason(error)
        if isinstance(error, stripe.StripeError):
            reason = self.env._(
                "Stripe was asked what has happened, and answered %(error)s. Choose “Check the Connection”: it says"
                " what is wrong.",
                error=type(error).__name__,
            )
        elif not isinstance(error, UserError):
            _logger.error("Connection %s: %s", connection.id, title, exc_info=error)
        self.ask_somebody(connection, key, title, reason)

    @api.private
    def ask_somebody(self, connection, key, title, note):
        """Give a manager the task to look into a trouble of a connection, once until it is done.

        :param key: by which the same trouble is known again, in whatever language it is told
        """
        connection = connection.sudo()  # sudo: events come without a user
        user = self._get_manager(connection)
        connection.env["billing.tasks"].give(connection, key, TROUBLE, summary=title, note=note, user_id=user.id)

    @api.private
    def is_well_again(self, connection, key):
        """Close the task of a trouble that is over."""
        connection = connection.sudo()  # sudo: as above
        connection.env["billing.tasks"].close(connection, key)

    def _get_manager(self, connection):
        group = self.env.ref("online_billing.group_billing_manager").sudo()  # sudo: to give one of them the task
        managers = group.all_user_ids.filtered(lambda user: user.active and connection.company_id in user.company_ids)
        return managers[:1] or self.env.ref("base.user_admin")
