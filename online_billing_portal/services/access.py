"""Who of a customer may see and do what on which account."""

from odoo import api, models

from ..models.account_member import NOBODY, OWNER, PAYER, VIEWER

SEE, ASK, DISPUTE, PAY, PROMISE, AGREE, MANAGE = "see", "ask", "dispute", "pay", "promise", "agree", "manage"
AUTOMATIC = "automatic"  # decide on automatic payment
#: what each role may do; what is not named here is refused
ACTS = {
    OWNER: frozenset({SEE, ASK, DISPUTE, PAY, PROMISE, AUTOMATIC, AGREE, MANAGE}),
    PAYER: frozenset({SEE, ASK, DISPUTE, PAY, PROMISE, AUTOMATIC}),
    VIEWER: frozenset({SEE, ASK}),
}
SHOWN_STATES = ("active", "suspended", "closed")


class BillingPortalAccess(models.AbstractModel):
    _name = "billing.portal.access"
    _description = "Access of Customers to Their Accounts"

    @api.private
    def get_roles(self, person):
        """Return {`billing.account` (elevated): role} of what a person sees in the portal, the newest account first.

        The customer itself and its commercial partner are owners. Others have the role that they were given, which may
        be that they see nothing; without one they pay where the account is open to colleagues.

        :param person: a `res.partner`
        """
        person = person.sudo()  # sudo: who belongs to whom is asked here, and answered by roles alone
        customer = person.commercial_partner_id
        accounts = self.env["billing.account"].sudo()
        found = accounts.search([("partner_id.commercial_partner_id", "=", customer.id), ("state", "in", SHOWN_STATES)])
        given = {
            member.account_id: member.role
            for member in self.env["billing.account.member"]
            .sudo()
            .search_fetch([("partner_id", "=", person.id), ("account_id", "in", found.ids)], ["account_id", "role"])
        }
        roles = {}
        for account in found:
            if account.partner_id == person or person == customer:
                roles[account] = OWNER
            elif account in given:
                if given[account] != NOBODY:
                    roles[account] = given[account]
            elif account.is_open_to_colleagues:
                roles[account] = PAYER
        return roles

    @api.private
    def get_role(self, person, account):
        """Return the role of a person on one account; none where the account is not shown to them."""
        return self.get_roles(person).get(account.sudo())

    @api.private
    def may(self, person, account, act):
        """Tell whether a person may do something on an account."""
        return self.allows(self.get_role(person, account), act)

    @api.private
    def manages_all(self, person, accounts):
        """Tell whether a person decides for all of some accounts today, whatever they did when they asked.

        A draft is shown to nobody yet, and decided for by the customer alone.

        :param accounts: `billing.account`; for none of them nobody decides
        """
        accounts, roles = accounts.sudo(), self.get_roles(person)  # sudo: as above
        shown = accounts.filtered(lambda account: account.state in SHOWN_STATES) or accounts
        return bool(person and shown) and all(
            self.allows(roles.get(account), MANAGE)
            or person in account.partner_id | account.partner_id.commercial_partner_id
            for account in shown
        )

    @api.private
    def may_keep_method(self, person, token):
        """Tell whether a person may see and delete a saved payment method on Odoo's page of them.

        Their own they may; one of the customer that they belong to, where they decide on automatic payment of one of
        its accounts, or it has none.

        :param token: `payment.token` (elevated)
        """
        if token.partner_id == person:
            return True
        customer = person.sudo().commercial_partner_id  # sudo: as above
        if token.partner_id != customer:
            return False
        accounts = self.env["billing.account"].sudo()  # sudo: whether there is one
        own = [("partner_id.commercial_partner_id", "=", customer.id), ("state", "in", SHOWN_STATES)]
        if not accounts.search_count(own, limit=1):
            return True
        return any(self.allows(role, AUTOMATIC) for role in self.get_roles(person).values())

    @api.private
    def may_change_others(self, person):
        """Tell whether a person may change addresses and contacts of the customer that they belong to.

        As Odoo has it where the customer has no account; else an owner of one may.
        """
        customer = person.sudo().commercial_partner_id  # sudo: as above
        accounts = self.env["billing.account"].sudo()  # sudo: whether there is one
        own = [("partner_id.commercial_partner_id", "=", customer.id), ("state", "in", SHOWN_STATES)]
        if not accounts.search_count(own, limit=1):
            return True
        return any(self.allows(role, MANAGE) for role in self.get_roles(person).values())

    @api.private
    def allows(self, role, act):
        """Tell whether a role may do something; no role may nothing."""
        return act in ACTS.get(role, ())
