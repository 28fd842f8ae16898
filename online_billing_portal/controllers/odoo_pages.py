"""Roles on Odoo's own pages about the people of a customer with billing accounts."""

from odoo import http
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.http import request
from werkzeug.exceptions import Forbidden, NotFound


class RoleAddresses(CustomerPortal):
    """Whoever decides for no account changes themselves alone: bills and links go where an address says."""

    @http.route()
    def portal_address(self, partner_id=None, **kwargs):
        self._billing_check_number(partner_id)
        if not partner_id:
            self._billing_check_new()
        return super().portal_address(partner_id=partner_id, **kwargs)

    @http.route()
    def portal_address_submit(self, partner_id=None, **kwargs):
        self._billing_check_number(partner_id)
        return super().portal_address_submit(partner_id=partner_id, **kwargs)

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

        :raise Forbidden: the visitor may not add one
        """
        if not self._billing_may_change_others():
            raise Forbidden

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
