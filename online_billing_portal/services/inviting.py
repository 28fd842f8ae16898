"""Invite a colleague: an owner of an account names them, and Odoo mails the link by which they choose a password."""

from odoo import SUPERUSER_ID, api, models
from odoo.addons.online_billing.models.delivery.addressed import on_one_line
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from ..models.account_member import OWNER, PAYER, VIEWER

INVITED_AS = (VIEWER, PAYER, OWNER)
LONGEST_NAME = 80
LONGEST_ADDRESS = 254
# what a name has where it is a text with a link, for whoever gets the mail
NO_NAME = ("://", "www.", "@", "<")
MAILED, KNOWN = "mailed", "known"


class BillingPortalInviting(models.AbstractModel):
    """Whoever logs in for somebody else already is left alone: a role says what people of the customer see."""

    _name = "billing.portal.inviting"
    _description = "Invite Colleagues"

    @api.private
    def invite(self, account, name, email, role):
        """Give somebody a role on an account, and a log-in where they have none.

        A contact of the customer with this address is taken, else one is made.

        :param account: a `billing.account` (elevated) of which the visitor is an owner
        :param str name: of the person, where they are new
        :param str role: one of INVITED_AS
        :return: MAILED, where a link to choose a password is on its way; KNOWN, where they can log in already
        :raise UserError: the address cannot be invited; the caller takes back what is written then
        """
        name, address = self._read_name(name), self._read_address(email)
        if role not in INVITED_AS:
            raise UserError(self.env._("Choose one of the roles."))
        user = self._find_user(account, address)
        person = user.partner_id or self._find_contact(account, address)
        if not person:
            if not name:
                raise UserError(self.env._("Enter the name of the person, and no link or address in it."))
            person = self._make_contact(account, name, address)
        self.env["billing.portal.preferences"].give_role(account, person, role)
        if person.user_ids.filtered("login_date"):
            return KNOWN
        self._mail(account, person)
        return MAILED

    def _read_name(self, text):
        name = on_one_line((text or "").replace("\0", ""))
        return "" if len(name) > LONGEST_NAME or any(one in name.lower() for one in NO_NAME) else name

    def _read_address(self, text):
        text = (text or "").strip()
        address = text.isprintable() and len(text) <= LONGEST_ADDRESS and email_normalize(text)
        if not address:
            raise UserError(self.env._("Enter one whole e-mail address, such as name@example.com."))
        return address

    def _find_user(self, account, address):
        """Return the `res.users` (elevated) of the customer who logs in with an address; perhaps none.

        :raise UserError: somebody else logs in with it, or did
        """
        users = account.env["res.users"].with_context(active_test=False)
        user = users.search([("login", "=", address)], limit=1)
        customer = account.partner_id.commercial_partner_id
        if user and not (user.active and user.share and user.partner_id.commercial_partner_id == customer):
            raise UserError(
                self.env._(
                    "%(email)s cannot be invited here: somebody logs in with this address already. Take another address"
                    " of this person, or write to us under Questions.",
                    email=address,
                )
            )
        return user

    def _find_contact(self, account, address):
        """Return the contact (elevated) of the customer with an address; perhaps none.

        :raise UserError: the address is that of the customer, or of somebody whose log-in was closed
        """
        customer = account.partner_id.commercial_partner_id
        found = customer.search(
            [("commercial_partner_id", "=", customer.id), ("email_normalized", "=", address)], order="id"
        )
        people = found - customer - account.partner_id
        if found and not people:
            raise UserError(
                self.env._(
                    "This is the address of %(customer)s, who decides here anyway. Enter that of a colleague.",
                    customer=found[0].name,
                )
            )
        users = people.with_context(active_test=False).user_ids
        if users and not users.filtered(lambda user: user.active and user.share):
            raise UserError(
                self.env._(
                    "%(person)s cannot be invited here. Please write to us under Questions.", person=people[0].name
                )
            )
        return users.filtered("active").partner_id[:1] or people[:1]

    def _make_contact(self, account, name, address):
        customer = account.partner_id.commercial_partner_id
        return customer.create(
            {
                "name": name,
                "email": address,
                "parent_id": customer.id,
                "type": "contact",
                "lang": customer.lang,
                "company_id": customer.company_id.id,
            }
        )

    def _mail(self, account, person):
        """Have Odoo make the log-in and mail the link, as when staff grants access; once more to who never came."""
        # sudo: Odoo asks for rights of staff, also to write the link
        wizard = self.env["portal.wizard"].with_user(SUPERUSER_ID).with_company(account.company_id)
        row = wizard.create({"partner_ids": [(6, 0, person.ids)]}).user_ids
        if row.is_portal:
            row.action_invite_again()
        else:
            row.action_grant_access()
