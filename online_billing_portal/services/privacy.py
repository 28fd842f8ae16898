"""What a customer decides about their data: an export of it, and having it erased."""

from odoo import api, models
from odoo.exceptions import UserError

from ..models.data_export import READY
from ..models.erasure import ASKED, DONE, REFUSED
from .access import MANAGE, SHOWN_STATES

MOST_EXPORTS = 5


class BillingPortalPrivacy(models.AbstractModel):
    """By company: an owner exports the accounts that they own there; who owns all of them may ask for erasure.

    What concerns one person alone, whatever their role, is `billing.portal.own.erasure`.
    """

    _name = "billing.portal.privacy"
    _description = "Privacy of a Customer"

    @api.private
    def get_accounts(self, person):
        """Return {company (elevated): the accounts (elevated) that a person owns there}."""
        access = self.env["billing.portal.access"]
        roles = access.get_roles(person)
        owned = [account for account, role in roles.items() if access.allows(role, MANAGE)]
        found = {}
        for account in owned:
            found[account.company_id] = found.get(account.company_id, account.browse()) | account
        return found

    @api.private
    def get_page(self, person):
        """Return what the page shows, by company.

        :return: [{"company", "accounts", "exports", "erasure", "may_erase", "obstacles", "kept_until", "stays",
            "own"}]; no accounts where the person owns none; own: of `billing.portal.own.erasure`, None for the
            customer itself
        """
        owned, own = self.get_accounts(person), self.env["billing.portal.own.erasure"].get_blocks(person)
        none = self.env["billing.account"].sudo()  # sudo: as those that are found
        return [
            {**self._get_block(person, company, owned.get(company, none)), "own": own.get(company)}
            for company in {**owned, **own}
        ]

    def _get_block(self, person, company, accounts):
        erasing = self.env["billing.erasing"]
        may_erase = bool(accounts) and self._owns_all(accounts)
        return {
            "company": company,
            "accounts": accounts,
            "exports": self._find_exports(person, company) if accounts else (),
            "erasure": self._find_erasure(accounts) if may_erase else None,
            "may_erase": may_erase,
            "obstacles": {obstacle.word for obstacle in erasing.get_obstacles(accounts)} if may_erase else (),
            "kept_until": erasing.get_kept_until(accounts),
            "stays": self._get_reasons(person, accounts) if may_erase else (),
        }

    @api.private
    def get_export(self, person, export_id):
        """Return an export (elevated) that a person may have; empty where there is none."""
        # sudo: customers have no rights of their own on it; their roles are asked for at once
        export = self.env["billing.data.export"].sudo().browse(export_id).exists()
        return export if self.env["billing.data.exporting"].may_have(person, export) else export.browse()

    @api.private
    def ask_erasure(self, person, accounts, is_confirmed, check=None):
        """Ask for the data of accounts to be erased: a manager decides.

        :param accounts: `billing.account` (elevated) of one company that the person owns
        :param check: called before there is another request; raises where there may not be one
        :return: the `billing.erasure` (elevated), the one that waits already where there is one
        :raise UserError: it is not confirmed, or the person does not own all accounts of the customer
        """
        if not is_confirmed:
            raise UserError(self.env._("Please confirm that your data is to be erased: it cannot be undone."))
        if not self._owns_all(accounts):
            raise UserError(self.env._("Only who owns all accounts of the customer can ask for this."))
        accounts.hold()  # of forms that are sent at once, the others wait and find the first
        waiting = self._find_erasure(accounts)
        if waiting.state == ASKED:
            return waiting
        if check:
            check()
        return self.env["billing.erasing"].request(accounts, person=person)

    @api.private
    def withdraw(self, person, erasure_id):
        """Take back a request for erasure; return whether there is one that the person may take back."""
        # sudo: as above
        erasure = self.env["billing.erasure"].sudo().browse(erasure_id).exists()
        if not erasure:
            return False
        if self.env["billing.portal.own.erasure"].withdraw(person, erasure):
            return True
        accounts = self.get_accounts(person).get(erasure.company_id)
        if not accounts or self._find_erasure(accounts) != erasure or not self._owns_all(accounts):
            return False
        self.env["billing.erasing"].withdraw(erasure)
        return True

    @api.private
    def get_part(self, export, number):
        """Return the file of an export (elevated) that is ready; empty where there is none."""
        parts = export.part_ids.sorted("id")
        return parts[number - 1 : number] if export.state == READY and number > 0 else parts.browse()

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _get_reasons(self, person, accounts):
        customer, keeping = accounts.partner_id.commercial_partner_id[:1], self.env["billing.erasure.keeping"]
        return keeping.get_reasons(customer, accounts.company_id, keeping.get_seen(person, customer))

    def _owns_all(self, accounts):
        """Tell whether accounts are all that their customer has with the company."""
        customers = accounts.partner_id.commercial_partner_id
        every = accounts.search_count(
            [
                ("partner_id.commercial_partner_id", "in", customers.ids),
                ("company_id", "in", accounts.company_id.ids),
                ("state", "in", SHOWN_STATES),
            ]
        )
        return len(accounts) == every

    def _find_exports(self, person, company):
        # sudo: as above
        exports = self.env["billing.data.export"].sudo()
        customer = person.sudo().commercial_partner_id
        found = exports.search(
            [("customer_id", "=", customer.id), ("company_id", "=", company.id)], limit=4 * MOST_EXPORTS
        )
        making, roles = self.env["billing.data.exporting"], self.env["billing.portal.access"].get_roles(person)
        return found.filtered(lambda one: making.may_have(person, one, roles))[:MOST_EXPORTS]

    def _find_erasure(self, accounts):
        """Return the last request of the customer that still says something."""
        # sudo: as above
        erasures = self.env["billing.erasure"].sudo()
        return erasures.search(
            [
                ("customer_id", "in", accounts.partner_id.commercial_partner_id.ids),
                ("company_id", "in", accounts.company_id.ids),
                ("contact_id", "=", False),
                ("state", "in", (ASKED, REFUSED, DONE)),
            ],
            limit=1,
        )
