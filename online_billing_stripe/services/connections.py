"""The connection of a provider, and the tasks that a person gets because of it."""

import logging

import psycopg2
import stripe
from odoo import api, models
from odoo.addons.online_billing.services.shared.work_loop import RETRY_CODES
from odoo.tools import SQL

TROUBLE = "online_billing_stripe.activity_type_connection"

_logger = logging.getLogger(__name__)


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
        for provider in providers.search([("code", "=", "stripe"), ("state", "!=", "disabled")]):
            if provider.stripe_secret_key:
                connections |= self.get(provider)
        return connections

    @api.private
    def each(self, connections, title, work):
        """Do some work for each connection by itself, and commit it: what fails gives a task, and stops no other.

        What lost a race with another worker is left to the next pass.

        :param title: of the task, by which the same trouble is known again
        :param work: takes a connection
        :return: list of what it gave back for those that went well
        """
        results = []
        for connection in connections:
            try:
                results.append(work(connection))
                self.is_well_again(connection, title)
            except Exception as error:  # noqa: BLE001  whatever it is, the other connections go on
                self.env.cr.rollback()
                self.env.invalidate_all()
                self._note_trouble(connection, title, error)
            # each by itself
            self.env.cr.commit()  # pylint: disable=invalid-commit
        return results

    def _note_trouble(self, connection, title, error):
        if isinstance(error, psycopg2.OperationalError) and error.pgcode in RETRY_CODES:
            _logger.info("Connection %s waits for the next pass: others change the same rows", connection.id)
            return
        reason = self.env["billing.work.loop"].get_reason(error)
        if isinstance(error, stripe.StripeError):
            reason = self.env._(
                "Stripe was asked what has happened, and answered %(error)s. Choose “Check the Connection”: it says"
                " what is wrong.",
                error=type(error).__name__,
            )
        else:
            _logger.error("Connection %s: %s", connection.id, title, exc_info=error)
        self.ask_somebody(connection, title, reason)

    @api.private
    def ask_somebody(self, connection, title, note):
        """Give a manager the task to look into a trouble of a connection, once until it is done.

        :param title: by which the same trouble is known again
        """
        connection = connection.sudo()  # sudo: events come without a user
        if connection.activity_search([TROUBLE], additional_domain=[("summary", "=", title)]):
            return
        connection.activity_schedule(TROUBLE, summary=title, note=note, user_id=self._get_manager(connection).id)

    @api.private
    def is_well_again(self, connection, title):
        """Close the task of a trouble that is over."""
        connection = connection.sudo()  # sudo: as above
        told = connection.activity_search([TROUBLE], additional_domain=[("summary", "=", title)])
        told.action_feedback(feedback=self.env._("Done"))

    def _get_manager(self, connection):
        group = self.env.ref("online_billing.group_billing_manager").sudo()  # sudo: to give one of them the task
        managers = group.all_user_ids.filtered(lambda user: user.active and connection.company_id in user.company_ids)
        return managers[:1] or self.env.ref("base.user_admin")
