"""Roles on Odoo's own pages about the people of a customer with billing accounts."""

from odoo import http
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.exceptions import AccessError
from odoo.http import request
from werkzeug.exceptions import HTTPException, NotFound


class RoleAddresses(CustomerPortal):
    """Whoever decides for no account changes themselves alone: bills and links go where an address says."""

    @http.route()
    def portal_address(self, partner_id=None, **kwargs):
        self._billing_check_number(partner_id)
        return super().portal_address(partner_id=partner_id, **kwargs)

    @http.route()
    def portal_address_submit(self, partner_id=None, **kwargs):
        self._billing_check_number(partner_id)
        return super().portal_address_submit(partner_id=partner_id, **kwargs)

    def _prepare_address_form_values(self, partner_sudo, *args, **kwargs):
        """Show no form for another address to whoever may not add one: of the portal, or of a shop."""
        if not partner_sudo:
            self._billing_check_new()
        return super()._prepare_address_form_values(partner_sudo, *args, **kwargs)

    def _create_or_update_address(self, partner_sudo, *args, **kwargs):
        """Answer a form as its page reads it: a script shows the messages, whatever the status of the answer."""
        if not partner_sudo and (refusal := self._billing_get_refusal()):
            feedback = {"invalid_fields": [], "messages": [refusal]}
            # without a code of its own Odoo sends the answer as it is
            raise HTTPException(response=request.make_json_response(feedback, status=403))
        return super()._create_or_update_address(partner_sudo, *args, **kwargs)

    def _complete_address_values(self, address_values, *args, **kwargs):
        """Ask whoever adds an address, by a form or by the quick checkout of a shop; others are asked for by Odoo.

        Every way of Odoo to make one comes by here, and by nothing else.
        """
        self._billing_check_new()
        return super()._complete_address_values(address_values, *args, **kwargs)

    @staticmethod
    def _billing_check_number(partner_id):
        """Refuse what names no address.

        :raise NotFound: it is none
        """
        if partner_id and not (partner_id.isascii() and partner_id.isdigit() and len(partner_id) < 10):
            raise NotFound

    def _billing_check_new(self):
        """Refuse another address of the customer.

        :raise AccessError: the visitor may not add one; pages and scripts of Odoo show its text
        """
        if refusal := self._billing_get_refusal():
            raise AccessError(refusal)

    def _billing_get_refusal(self):
        """Return why the visitor may not add an address of the customer, and who may; empty where they may."""
        if self._billing_may_change_others():
            return ""
        return request.env._(
            "You may not add an address of %(customer)s: its bills go where an address says. An owner of the account"
            " adds it: ask one of them, or go on with an address that is there already.",
            customer=request.env.user.partner_id.sudo().commercial_partner_id.name,  # sudo: whom they belong to
        )

    def _validate_address_values(self, address_values, partner_sudo, *args, **kwargs):
        """Keep the address of the customer: Odoo gives it that of a contact who changes their own."""
        invalid, missing, messages = super()._validate_address_values(address_values, partner_sudo, *args, **kwargs)
        if partner_sudo.type == "contact" and partner_sudo.parent_id and not self._billing_may_change_others():
            own = {name: address_values[name] for name in partner_sudo._address_fields() if name in address_values}
            if not self._are_same_addresses(own, partner_sudo):
                invalid |= own.keys()
                messages.append(
                    request.env._(
                        "Your address is that of %(customer)s. An owner of the account changes it.",
                        customer=partner_sudo.commercial_partner_id.name,
                    )
                )
        return invalid, missing, messages

    @staticmethod
    def _billing_may_change_others():
        return request.env["billing.portal.access"].may_change_others(request.env.user.partner_id)
