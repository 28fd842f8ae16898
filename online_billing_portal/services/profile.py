"""Who a customer is: addresses, contacts, tax number, and the documents by which they show it."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..models.verification import ACCEPTED, ASKED, CANCELLED, REFUSED
from .access import MANAGE
from .verifying import FILE_TYPES

MOST_ROWS = 50
PEOPLE_A_PAGE = 20
LONGEST_NUMBER = 32
BILLS = ("out_invoice", "out_refund", "out_receipt")


class BillingPortalProfile(models.AbstractModel):
    _name = "billing.portal.profile"
    _description = "Profile of a Customer"

    @api.private
    def get_page(self, account, person, role, page=1):
        """Return what the page shows.

        :param account: a `billing.account` (elevated) that the person sees
        :param person: the `res.partner`
        :param str role: of the person on it; documents for verification are shown to owners alone
        :param int page: of the contacts, from 1 on
        """
        customer = account.partner_id.commercial_partner_id
        may_edit = self.env["billing.portal.access"].allows(role, MANAGE)
        verifications = account.verification_ids.browse()
        if may_edit:
            verifications = verifications.search(
                [("account_id", "=", account.id), ("state", "!=", CANCELLED)], limit=MOST_ROWS
            )
        addresses, are_more = self._get_addresses(customer)
        contacts = self._get_contacts_domain(customer)
        contact_count = customer.search_count(contacts)
        page_count = -(-contact_count // PEOPLE_A_PAGE)
        page = max(1, min(page, page_count))
        contacts = customer.search(contacts, order="name, id", limit=PEOPLE_A_PAGE, offset=(page - 1) * PEOPLE_A_PAGE)
        kinds = verifications._fields["kind"]._description_selection(self.env)
        return {
            "customer": customer,
            "addresses": addresses,
            "are_more_addresses": are_more,
            "contacts": contacts,
            "contact_count": contact_count,
            "contact_page": page,
            "contact_pages": page_count,
            "editable": {*(addresses | contacts)._filter_editable_by_current_customer().ids},
            "may_edit": may_edit,
            "may_add": self.env["billing.portal.access"].may_change_others(person),
            "may_edit_tax": may_edit and self._may_change(customer),
            "tax_lock": may_edit and self._get_tax_lock(customer),
            "is_number_checked": self._is_number_checked(customer),
            "verifications": verifications,
            "wanted": verifications.filtered(lambda one: one.state in (ASKED, REFUSED)),
            "kinds": kinds,
            "kind_labels": dict(kinds),
            "file_types": FILE_TYPES,
        }

    @api.private
    def save_tax_number(self, account, text):
        """Keep the tax number of the customer, as Odoo checks it.

        :param account: a `billing.account` (elevated) of which the visitor is an owner
        :param str text: as typed; empty to take it away
        :raise UserError: it is no number of the customer's country, or it may not be changed any more
        """
        customer, number = account.partner_id.commercial_partner_id, "".join((text or "").split())
        if number == (customer.vat or ""):
            return
        if not self._may_change(customer):
            raise UserError(
                self.env._(
                    "%(reason)s If it is wrong, write to us under Questions.", reason=self._get_tax_lock(customer)
                )
            )
        if len(number) > LONGEST_NUMBER or not number.isprintable():
            raise UserError(self.env._("Write the tax number as it stands on your papers, with its country code."))
        if number and not customer.country_id:
            raise UserError(
                self.env._("We do not know your country yet. Add it under your addresses first, then the tax number.")
            )
        try:
            if number:
                # as Odoo's own form of addresses: it asks before it writes
                customer.new({"vat": number, "country_id": customer.country_id.id})._check_vat()
            customer.vat = number or False
        except ValidationError as error:
            raise UserError(
                self.env._("“%(number)s” is not taken: %(reason)s", number=number, reason=error.args[0].strip())
            ) from error

    def _is_number_checked(self, customer):
        """Tell whether Odoo checks tax numbers: where its addon for that is installed, and knows those of the country.

        What is a number nowhere is refused where numbers are checked.
        """
        is_installed, code = hasattr(customer, "_check_vat_number"), customer.country_id.code
        return bool(is_installed and code) and not customer._check_vat_number(code, "-")

    @api.private
    def may_correct_tax_number(self, customer):
        """Tell whether a customer has entered their tax number themselves, and nothing was billed or checked by it.

        Asked where documents of theirs keep them from changing it: those may be older than the number.

        :param customer: a `res.partner`
        """
        customer = customer.sudo()  # sudo: the answer is yes or no, and Odoo's forms ask for everybody
        return (
            not customer.parent_id
            and bool(self._find_accounts(customer))
            and bool(entry := self._find_entry(customer))
            and self._is_of_customer(customer, entry)
            and not self._is_billed(customer, entry)
            and not self._is_proven(customer, entry)
        )

    @api.private
    def get_wanted(self, account, number):
        """Return the document (elevated) of an account that waits for files; None where there is none."""
        found = account.verification_ids.filtered(lambda one: one.id == number and one.state in (ASKED, REFUSED))
        return found or None

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _may_change(self, customer):
        """Tell whether the tax number may be changed: as Odoo's form has it, a first one may always be added."""
        return not customer.vat or customer.can_edit_vat()

    def _get_tax_lock(self, customer):
        """Say why the tax number cannot be changed here; nothing where it can."""
        if self._may_change(customer):
            return ""
        entry = self._find_entry(customer)
        if not entry or self._is_billed(customer, entry):
            return self.env._("Invoices bear this number, so it cannot be changed here.")
        if not self._is_of_customer(customer, entry):
            return self.env._("We have entered this number for you, so it cannot be changed here.")
        if self._is_proven(customer, entry):
            return self.env._("You have proven this number by a document, so it cannot be changed here.")
        return self.env._("We have made documents for you with this number, so it cannot be changed here.")

    def _find_accounts(self, customer):
        return self.env["billing.account"].sudo().search([("partner_id", "child_of", customer.id)])  # sudo: as above

    def _find_entry(self, customer):
        """Return how the present tax number came, as Odoo notes it: whose act, and when. None where nobody knows."""
        entry = self.env["mail.tracking.value"].sudo()  # sudo: as above
        field = self.env["ir.model.fields"]._get("res.partner", "vat")
        entry = entry.search(
            [
                ("field_id", "=", field.id),
                ("mail_message_id.model", "=", "res.partner"),
                ("mail_message_id.res_id", "=", customer.id),
            ],
            order="id desc",
            limit=1,
        )
        return entry.filtered(lambda one: one.new_value_char == customer.vat)

    def _is_of_customer(self, customer, entry):
        return entry.mail_message_id.author_id.commercial_partner_id == customer

    def _is_billed(self, customer, entry):
        """Tell whether a document was made since; a draft of before counts by its date."""
        day = fields.Date.to_date(entry.create_date)
        since = Domain("create_date", ">", entry.create_date) | Domain("invoice_date", ">", day)
        own = Domain("commercial_partner_id", "=", customer.id) & Domain("state", "=", "posted")
        return bool(
            self.env["account.move"]
            .sudo()  # sudo: as above
            .search(own & Domain("move_type", "in", BILLS) & since, limit=1)
        )

    def _is_proven(self, customer, entry):
        """Tell whether a tax certificate was accepted since."""
        proofs = self._find_accounts(customer).verification_ids
        proofs = proofs.filtered(lambda one: one.kind == "tax" and one.state == ACCEPTED)
        entered = entry.create_date.replace(microsecond=0)  # decisions are noted to the second
        return any(one.decided_on and one.decided_on >= entered for one in proofs)

    def _get_addresses(self, customer):
        """Return the address of the customer and those for invoices and deliveries; and whether there are more."""
        found = customer.search(
            [("parent_id", "=", customer.id), ("type", "in", ("invoice", "delivery", "other"))], limit=MOST_ROWS + 1
        )
        return customer | found[:MOST_ROWS], len(found) > MOST_ROWS

    def _get_contacts_domain(self, customer):
        return [("commercial_partner_id", "=", customer.id), ("id", "!=", customer.id), ("type", "=", "contact")]
