"""One customer at Stripe for each paying partner, whoever asks for it and however many at once."""

import hashlib

import stripe
from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .client import DATABASE_MARK, DIALOGUE

PARTNER_MARK = "billing_partner"


class BillingStripeCustomers(models.AbstractModel):
    """Whoever asks at the same time, or again after a lost transaction, sends the same key, and gets the same one.

    The request that makes a customer holds nothing that can change, as a key belongs to one request; name and address
    follow by another one.
    """

    _name = "billing.stripe.customers"
    _description = "Customers at Stripe"

    @api.private
    def get_reference(self, provider, partner):
        """Return by what Stripe knows a partner, made known there if need be.

        :raise ValidationError: Stripe cannot be reached, or refuses
        """
        client = self.env["billing.stripe.client"]
        is_live = client.is_live(provider)
        known = self._find(provider, partner, is_live)
        reference = known.reference or self._get_of_token(provider, partner)
        number = known.number or 1
        api_client = client.get_client(provider, DIALOGUE)
        values = self._prepare_values(partner)
        try:
            if reference:
                try:
                    found = api_client.v1.customers.update(reference, values)
                    if not getattr(found, "deleted", False):
                        self._keep(provider, partner, is_live, reference, number)
                        return reference
                except stripe.InvalidRequestError as error:
                    if error.code != "resource_missing":
                        raise
                # it was deleted there, or is one of another account
                number += 1
            reference = self._make(api_client, provider, partner, number)
            api_client.v1.customers.update(reference, values)
        except stripe.StripeError as error:
            raise ValidationError(
                self.env._("The payment service cannot be reached now. Please try again in a few minutes.")
            ) from error
        self._keep(provider, partner, is_live, reference, number)
        return reference

    def _find(self, provider, partner, is_live):
        # sudo: kept by the billing
        return (
            self.env["billing.stripe.customer"]
            .sudo()
            .search(
                [
                    ("provider_id", "=", provider.id),
                    ("partner_id", "=", partner.id),
                    ("is_live", "=", is_live),
                    ("is_former", "=", False),
                ],
                limit=1,
            )
        )

    def _get_of_token(self, provider, partner):
        """Return the customer on which an earlier saved method of a partner hangs."""
        token = (
            self.env["payment.token"]
            .sudo()
            .search(  # sudo: the reference is all that is used
                [("provider_id", "=", provider.id), ("partner_id", "=", partner.id)], order="id desc", limit=1
            )
        )
        return token.provider_ref or ""

    @api.private
    def join(self, partners, kept):
        """Keep every customer at Stripe of partners that become one: the present one of who stays, or the first.

        :param partners: `res.partner`, the one that stays among them
        :param kept: the one that stays
        """
        customers = self.env["billing.stripe.customer"].sudo()  # sudo: whoever may merge contacts need not see them
        present = customers.search([("partner_id", "in", partners.ids), ("is_former", "=", False)], order="id")
        for same in present.grouped(lambda one: (one.provider_id, one.is_live)).values():
            stays = same.filtered(lambda one: one.partner_id == kept)[:1] or same[:1]
            (same - stays).is_former = True

    def _make(self, api_client, provider, partner, number):
        database = self.env["billing.stripe.client"].get_database()
        text = f"{database}:{provider.id}:{partner.id}:{number}"
        key = f"customer-{hashlib.sha256(text.encode()).hexdigest()}"
        marks = {DATABASE_MARK: database, PARTNER_MARK: str(partner.id)}
        return api_client.v1.customers.create({"metadata": marks}, {"idempotency_key": key}).id

    def _prepare_values(self, partner):
        partner = partner.sudo()  # sudo: name and address of whoever pays, for the one who takes the payment
        address = {
            "line1": partner.street,
            "line2": partner.street2,
            "postal_code": partner.zip,
            "city": partner.city,
            "country": partner.country_id.code,
        }
        values = {
            "name": partner.name,
            "email": partner.email,
            "phone": (partner.phone or "")[:20],
            "address": {name: value for name, value in address.items() if value},
        }
        return {name: value for name, value in values.items() if value}

    def _keep(self, provider, partner, is_live, reference, number):
        self.env.cr.execute(
            SQL(
                "INSERT INTO billing_stripe_customer (provider_id, company_id, partner_id, is_live, reference, number,"
                " create_uid, create_date, write_uid, write_date) VALUES (%(provider)s, %(company)s, %(partner)s,"
                " %(live)s, %(reference)s, %(number)s, %(user)s, now() AT TIME ZONE 'UTC', %(user)s,"
                " now() AT TIME ZONE 'UTC') ON CONFLICT (provider_id, partner_id, is_live)"
                " WHERE is_former IS NOT TRUE DO UPDATE SET reference = EXCLUDED.reference, number = EXCLUDED.number"
                " WHERE billing_stripe_customer.reference <> EXCLUDED.reference",
                provider=provider.id,
                company=provider.sudo().company_id.id,  # sudo: as above
                partner=partner.id,
                live=is_live,
                reference=reference,
                number=number,
                user=self.env.uid,
            )
        )
        self.env["billing.stripe.customer"].invalidate_model()
