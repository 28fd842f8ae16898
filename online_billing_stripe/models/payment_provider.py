from odoo import fields, models
from odoo.tools.urls import urljoin


class PaymentProvider(models.Model):
    _inherit = "payment.provider"

    stripe_billing_secret = fields.Char(
        string="Signing Secret of the Billing",
        copy=False,
        groups="base.group_system",
        help="Of the endpoint that Stripe sends its events to. Without it no event is taken.",
    )
    stripe_billing_second_secret = fields.Char(
        string="Second Signing Secret",
        copy=False,
        groups="base.group_system",
        help="While the secret is changed both hold. Empty it once Stripe signs with the new one alone.",
    )
    stripe_billing_url = fields.Char(
        compute="_compute_stripe_billing_url",
        string="Address for Events",
        help="Enter it on Stripe's page of webhooks.",
    )

    def _compute_stripe_billing_url(self):
        for provider in self:
            path = f"/online_billing/stripe/webhook/{provider.id}"
            is_known = provider.code == "stripe" and provider._origin.id
            provider.stripe_billing_url = urljoin(provider.get_base_url(), path) if is_known else False

    def write(self, vals):
        """Leave a provider where the statement of its Stripe account stands, which people look for in that journal."""
        if vals.keys() & {"journal_id", "company_id"}:
            # sudo: whoever may change providers need not be allowed to see connections
            kept = self.env["billing.stripe.connection"].sudo()
            for connection in kept.search([("provider_id", "in", self.ids), ("statement_journal_id", "!=", False)]):
                provider = connection.provider_id
                journal = provider.journal_id.browse(vals.get("journal_id", provider.journal_id.id))
                company = provider.company_id.browse(vals.get("company_id", provider.company_id.id))
                self.env["billing.stripe.statement"].check_place(connection, journal, company)
        return super().write(vals)

    def _get_stripe_secrets(self):
        """Return the secrets by which events of this provider may be signed; none: no event is taken."""
        provider = self.sudo()  # sudo: secrets are compared, and never shown
        return [secret for secret in (provider.stripe_billing_secret, provider.stripe_billing_second_secret) if secret]

    def action_billing_check_connection(self):
        """Ask Stripe whether everything is as it has to be, and show what is not."""
        self.ensure_one()
        self.check_access("write")
        connection = self.env["billing.stripe.connections"].get(self)
        is_well = self.env["billing.stripe.check"].check(connection)
        if connection.sudo(False).has_access("read"):
            return connection._get_form_action()
        lines = [f"{one.subject}: {one.text} {one.advice or ''}" for one in connection.finding_ids if one.is_trouble]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if is_well else "warning",
                "sticky": not is_well,
                "message": "\n".join(lines) or self.env._("All is well: Stripe answers, and nothing is missing."),
            },
        }

    def _build_request_url(self, endpoint, *, is_proxy_request=False, **kwargs):
        """Ask another address in tests."""
        base = self.env["billing.stripe.client"].get_api_base() if self.code == "stripe" else ""
        if base and not is_proxy_request:
            return urljoin(base, f"/v1/{endpoint}")
        return super()._build_request_url(endpoint, is_proxy_request=is_proxy_request, **kwargs)
