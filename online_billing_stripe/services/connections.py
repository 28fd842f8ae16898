"""The connection of a provider, and the tasks that a person gets because of it."""

from odoo import api, models
from odoo.tools import SQL

TROUBLE = "online_billing_stripe.activity_type_connection"


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
