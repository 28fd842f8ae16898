from odoo import api, models
from odoo.exceptions import UserError


class PrivacyLookupWizardLine(models.TransientModel):
    _inherit = "privacy.lookup.wizard.line"

    @api.onchange("is_active")
    def _onchange_is_active(self):
        """Ask for an erasure in the place of archiving; what is archived comes back as ever."""
        others = self.browse()
        for line in self:
            if not line.is_active and line._is_of_billing():
                line.is_active = True
                line._ask_billing_erasure()
            else:
                others |= line
        return super(PrivacyLookupWizardLine, others)._onchange_is_active()

    def action_unlink(self):
        """Ask for an erasure in the place of deleting what the billing holds."""
        self.ensure_one()
        if not self._is_of_billing():
            return super().action_unlink()
        self._ask_billing_erasure()
        return None

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _is_of_billing(self):
        """Tell whether a record is one of the billing, or of a person of a customer with an account."""
        if not self.res_model or self.res_model not in self.env:
            return False
        if (self.env[self.res_model]._original_module or "").startswith("online_billing"):
            return True
        return self.res_model in ("res.partner", "res.users") and bool(self._find_billing_accounts())

    def _find_billing_accounts(self):
        """Return the accounts (elevated) of the customer whom a record is about."""
        record = self.env[self.res_model].sudo().browse(self.res_id).exists()  # sudo: as Odoo's lookup
        accounts = self.env["billing.account"].sudo()  # sudo: as above
        if record._name == "billing.account":
            return record
        if record._name == "res.partner":
            people = record
        else:
            links = [field.name for field in record._fields.values() if field.comodel_name == "res.partner"]
            people = record["account_id"].partner_id if "account_id" in record._fields else record.env["res.partner"]
            for name in links if not people else ():
                people |= record[name]
        return accounts.search([("partner_id.commercial_partner_id", "in", people.commercial_partner_id.ids)])

    def _find_billing_contacts(self, accounts):
        """Return the contacts who are erased alone: who was looked up; None where that is a whole customer.

        :param accounts: `billing.account` (elevated) of the customer whom the record is about
        :raise UserError: a record about several people names none of those who were looked up
        """
        record = self.env[self.res_model].sudo().browse(self.res_id).exists()  # sudo: as above
        if record._name == "res.partner":
            people = record
        elif record._name == "res.users":
            people = record.partner_id
        else:
            # the record may be about many people, of whom the lookup asks for some
            people = self.wizard_id._find_billing_people(accounts.partner_id.commercial_partner_id)
        customers = accounts.partner_id.commercial_partner_id
        people = people.filtered(lambda person: person.commercial_partner_id in customers)
        if not people:
            raise UserError(
                self.env._(
                    "This is of %(customers)s, and nobody of them has this name or address now. Look for the contact,"
                    " or for the customer, who is to be erased.",
                    customers=", ".join(customers.mapped("display_name")),
                )
            )
        # whose account it is may as well be a contact of a firm: what is theirs goes with the customer
        alone = people - customers - accounts.partner_id
        return alone if alone == people or record._name not in ("res.partner", "res.users") and alone else None

    def _ask_billing_erasure(self):
        """Give a billing manager the task to erase whom a record is about, in each company: one contact, or all of it.

        :raise UserError: the record is of no customer with an account
        """
        accounts = self._find_billing_accounts()
        if not accounts:
            raise UserError(
                self.env._("This belongs to the billing, and to no customer with an account. It is not deleted here.")
            )
        contacts = self._find_billing_contacts(accounts)
        erasures = self.env["billing.erasing"].request(accounts, contacts)
        self.execution_details = self.env._(
            "Erasure of %(customers)s: %(requests)s",
            customers=", ".join((contacts or accounts.partner_id.commercial_partner_id).mapped("name")),
            requests=", ".join(f"#{erasure.id} {erasure.company_id.name}" for erasure in erasures),
        )
