"""A person among those of a customer has what is held on them alone erased; the customer goes on without them."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..models.erasure import ASKED, DONE, REFUSED


class BillingPortalOwnErasure(models.AbstractModel):
    """By company: whoever sees an account there asks, whatever their role; for the customer itself it is the whole.

    Who it is about and who asks is the same person: nobody asks for another one here.
    """

    _name = "billing.portal.own.erasure"
    _description = "Erasure of One Person's Data, Asked by Themselves"

    @api.private
    def get_accounts(self, person):
        """Return {company (elevated): the accounts (elevated) that a person sees there}.

        :return: nothing for the customer itself
        """
        if person.sudo() == person.sudo().commercial_partner_id:  # sudo: who belongs to whom, as for the roles
            return {}
        found = {}
        for account in self.env["billing.portal.access"].get_roles(person):
            found[account.company_id] = found.get(account.company_id, account.browse()) | account
        return found

    @api.private
    def get_blocks(self, person):
        """Return what the page shows, by company: also where nothing is seen any more, but was asked for.

        :return: {company: {"customer", "erasure", "may_ask", "may_withdraw", "obstacles", "kept_until", "stays",
            "losses"}}
        """
        seen = self.get_accounts(person)
        companies = [*seen]
        own = [("customer_id", "=", person.sudo().commercial_partner_id.id)]  # sudo: as above
        known = self._find(person, [*own, ("state", "=", DONE)])
        known |= self._find(person, [("state", "=", ASKED), ("person_id", "=", person.id)])
        companies += [one for one in known.company_id if one not in companies]
        return {company: self._get_block(person, company, seen) for company in companies}

    def _get_block(self, person, company, seen):
        erasing, keeping = self.env["billing.erasing"], self.env["billing.erasure.keeping"]
        customer, erasure = person.sudo().commercial_partner_id, self._find_last(person, company)  # sudo: as above
        wish = self._imagine(person, company)
        known = {account for accounts in seen.values() for account in accounts}
        return {
            "customer": customer,
            "erasure": erasure,
            "may_ask": company in seen and self._may_ask(erasure),
            "may_withdraw": erasure.state == ASKED and erasure.person_id == erasure.contact_id,
            "obstacles": {obstacle.word for obstacle in erasing.get_request_obstacles(wish)},
            "kept_until": erasing.get_request_end(wish),
            "stays": keeping.get_reasons(person, company, keeping.get_seen(person, customer)),
            "losses": self.env["billing.erasure.methods"].say_losses(wish, lambda account: account in known),
        }

    @api.private
    def ask(self, person, accounts, is_confirmed, check=None):
        """Ask for what is held on a person alone to be erased: a manager decides.

        :param accounts: `billing.account` (elevated) of one company that the person sees
        :param check: called before there is another request; raises where there may not be one
        :return: the `billing.erasure` (elevated), the one that waits already where there is one
        :raise UserError: it is not confirmed, or it is done already
        """
        if not is_confirmed:
            raise UserError(self.env._("Please confirm that your data is to be erased: it cannot be undone."))
        accounts.hold()  # of forms that are sent at once, the others wait and find the first
        last = self._find_last(person, accounts.company_id)
        if last.state == ASKED:
            if not last.person_id:
                last.person_id = person  # found by staff, and now asked for: they are told what becomes of it
            return last
        if not self._may_ask(last):
            raise UserError(self.env._("Your own data is erased here already."))
        if check:
            check()
        return self.env["billing.erasing"].request(accounts, person.sudo(), person)  # sudo: whose contact they are

    @api.private
    def withdraw(self, person, erasure):
        """Take back what a person has asked for themselves; return whether this is such a request.

        :param erasure: a `billing.erasure` (elevated)
        """
        if not erasure.contact_id or not erasure.contact_id == erasure.person_id == person.sudo():  # sudo: who asks
            return False
        self.env["billing.erasing"].withdraw(erasure)
        return True

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _may_ask(self, last):
        """Tell whether there is something to ask for after the last request (elevated) of a person."""
        if last.state == DONE:
            return self.env["billing.erasing"].has_come_back(last)
        return last.state != ASKED

    def _imagine(self, person, company):
        """Return a request (elevated) that is not made yet, to be asked what it would come to."""
        # sudo: customers have no rights of their own on it
        return self.env["billing.erasure"].sudo().new(
            {
                "customer_id": person.sudo().commercial_partner_id.id,  # sudo: as above
                "contact_id": person.id,
                "company_id": company.id,
            }
        )  # fmt: skip

    def _find_last(self, person, company):
        """Return the last request about a person alone that still says something to them.

        Why somebody else was refused is for whom it was written.
        """
        customer = person.sudo().commercial_partner_id  # sudo: as above
        mine = Domain("state", "=", REFUSED) & Domain("person_id", "=", person.id)
        decided = Domain("customer_id", "=", customer.id) & (mine | Domain("state", "=", DONE))
        # one that waits may be of the customer whom they belonged to then
        return self._find(person, Domain("company_id", "=", company.id) & (decided | Domain("state", "=", ASKED)))[:1]

    def _find(self, person, which):
        # sudo: as above
        return self.env["billing.erasure"].sudo().search(Domain("contact_id", "=", person.id) & Domain(which))
