"""Which companies keep what of a customer, and until when: one answer for erasing, for pages and for staff."""

from dataclasses import dataclass
from datetime import date

from odoo import api, fields, models
from odoo.addons.online_billing.models.payments.account_payment import CONFIRMED_STATES
from odoo.fields import Domain

from ..models.account_member import NOBODY
from ..models.erasure import ASKED, DONE


@dataclass(frozen=True, slots=True)
class Keeper:
    """A company of the database that holds something of a customer.

    :ivar company: the `res.company`, elevated
    :ivar is_whole: asked was for the customer, and not for one of its contacts
    :ivar is_served: the customer has an account there that is not closed; a contact, a part in one
    :ivar is_granted: the customer was erased there, and no document has come since
    :ivar kept_until: the last day on which the law has documents kept there; None where there are none
    """

    company: models.Model
    is_whole: bool
    is_served: bool
    is_granted: bool
    kept_until: date | None

    def keeps_documents(self, today):
        """Tell whether documents need name, address and tax number of the customer."""
        return bool(self.kept_until and self.kept_until >= today)

    def keeps_contact(self, today):
        """Tell whether the customer is to be reached, and may log in, for this company.

        A contact who has no part there could not ask that company to be erased; its documents need a name alone.
        """
        return self.is_served or (self.is_whole and self.keeps_documents(today) and not self.is_granted)


class BillingErasureKeeping(models.AbstractModel):
    """What the companies share of a customer goes with the last of them that keeps it; what is its own goes at once."""

    _name = "billing.erasure.keeping"
    _description = "What Companies Keep of a Customer"

    @api.private
    def get_end(self, company, last):
        """Return the last day on which documents are kept whose last one is of a day; None for no day.

        :param company: whose law it is, elevated
        """
        return date(last.year + company.billing_retention_years, 12, 31) if last else None

    @api.private
    def get_keepers(self, customer):
        """Return [Keeper] of all companies that have something of a customer, or of one contact, whoever asks.

        A contact is served where they have a part in the accounts of the customer: wherever they could ask to be
        erased. Of documents those count that are addressed to them.

        :param customer: the commercial `res.partner`, or one of its contacts
        """
        env = self.env(su=True)  # sudo: other companies keep it as well, whoever decides
        whole = self._get_whole(customer)
        is_contact = customer != whole
        own = Domain("partner_id.commercial_partner_id", "=", whole.id)
        served = self._group(env["billing.account"], own & Domain("state", "!=", "closed"), "__count")
        to_them = self.get_addressed(customer)
        documents = to_them["account.move"] & Domain("state", "=", "posted")
        payments = to_them["account.payment"] & Domain("state", "in", CONFIRMED_STATES)
        last = self._group(env["account.move"], documents, "date:max", "create_date:max")
        paid = self._group(env["account.payment"], payments, "date:max", "create_date:max")
        banked = self._group(env["billing.money"], self._get_banked(env, customer), "date:max", "made_on:max")
        done = self.get_requests(customer) & Domain("state", "=", DONE)
        if is_contact:
            # who came later is nobody who was erased, as where the customer has come back
            done &= Domain("decided_on", ">=", customer.sudo().create_date)  # sudo: as above
        granted = self._group(env["billing.erasure"], done, "decided_on:max")
        if is_contact:
            served = {one: found for one, found in served.items() if self.has_part(customer, one)}
        found = []
        for company in env["res.company"].browse({*served, *last, *paid, *banked}).sorted("id"):
            ends = [found_of[company.id] for found_of in (last, paid, banked) if company.id in found_of]
            day = max((day for day, _made in ends), default=None)
            [moment] = granted.get(company.id, (None,))
            found.append(
                Keeper(
                    company=company,
                    is_whole=not is_contact,
                    is_served=company.id in served,
                    # by when they were made: their own day may be ahead, and is one of the company's calendar
                    is_granted=bool(moment) and all(made.replace(microsecond=0) <= moment for _day, made in ends),
                    kept_until=self.get_end(company, day),
                )
            )
        return found

    @api.private
    def get_addressed(self, customer):
        """Return {model: domain} of documents and payments of a customer, or of those addressed to one contact."""
        if customer == self._get_whole(customer):
            return {
                "account.move": Domain("commercial_partner_id", "=", customer.id),
                "account.payment": Domain("partner_id.commercial_partner_id", "=", customer.id),
            }
        own = self.env["billing.erasure.people"].find_own(customer)
        to_them = Domain("partner_id", "in", own.ids)
        return {
            "account.move": to_them | Domain("partner_shipping_id", "in", own.ids),
            "account.payment": to_them,
        }

    def _get_banked(self, env, customer):
        """Return the domain of what was matched straight from the bank, whose entry may be of several customers."""
        whole = self._get_whole(customer)
        accounts = env["billing.account"].search([("partner_id.commercial_partner_id", "=", whole.id)])
        found = Domain("billing_account_id", "in", accounts.ids) & Domain("line_id", "!=", False)
        if customer == whole:
            return found
        return found & Domain("partner_id", "in", self.env["billing.erasure.people"].find_own(customer).ids)

    @api.private
    def get_requests(self, customer):
        """Return the domain of requests by which a customer is erased, or one contact of it: alone or with it."""
        whole = self._get_whole(customer)
        own = Domain("customer_id", "=", whole.id)
        alone = Domain("contact_id", "=", False)
        return own & (alone if customer == whole else alone | Domain("contact_id", "=", customer.id))

    @api.private
    def has_part(self, contact, company_id):
        """Tell whether a contact has a part in accounts of a company.

        That is a role, documents that they get, an account of their own, or what every colleague sees who can log in.
        """
        accounts = self.env["billing.account"].sudo()  # sudo: as above
        person, in_use = Domain("partner_id", "=", contact.id), Domain("state", "!=", "closed")
        part = Domain("member_ids", "any", person & Domain("role", "!=", NOBODY))
        part |= Domain("recipient_ids", "any", person) | (person & in_use)
        if contact.sudo().user_ids.filtered("active"):  # sudo: as above
            part |= (
                in_use
                & Domain("is_open_to_colleagues", "=", True)
                & Domain("partner_id.commercial_partner_id", "=", self._get_whole(contact).id)
                & Domain("member_ids", "not any", person & Domain("role", "=", NOBODY))
            )
        return bool(accounts.search_count(part & Domain("company_id", "=", company_id), limit=1))

    @api.private
    def get_keeping_documents(self, customer):
        """Return the companies (elevated) whose documents need name, address and tax number of a customer today."""
        today = fields.Date.today()
        keepers = [one.company.id for one in self.get_keepers(customer) if one.keeps_documents(today)]
        return self.env["res.company"].sudo().browse(keepers)  # sudo: as above

    @api.private
    def is_shared(self, customer, company):
        """Tell whether contact data and log-in of a customer stay although a company erases what it has."""
        return bool(self._get_keeping_contact(customer, company)) or self._works_here(customer)

    @api.private
    def is_charged(self, erasure):
        """Tell whether a company, or a branch of it, serves a customer: methods saved with it are charged by both.

        Its own accounts are closed when a request is granted; one that is open afterwards is of who has come back.
        """
        company, is_asked = erasure.company_id, erasure.state == ASKED
        return any(
            one.is_served and company in one.company.parent_ids and not (is_asked and one.company == company)
            for one in self.get_keepers(erasure.customer_id)
        )

    @api.private
    def get_reasons(self, customer, company, seen):
        """Return why contact data and log-in of a customer stay, as sentences that customer and staff may read.

        :param seen: `res.company` that the reader may know of as those of the customer; others are not named
        """
        keeping = self._get_keeping_contact(customer, company)
        named = keeping.filtered(lambda one: one.id in seen.ids)
        reasons = [
            self.env._(
                "%(customer)s is a customer of %(company)s as well. E-mail, telephone and log-in stay until they are"
                " erased there too, or nothing is left there.",
                customer=self._get_whole(customer).name,
                company=one.name,
            )
            for one in named
        ]
        if keeping - named:
            reasons.append(
                self.env._(
                    "%(customer)s is a customer of another company here as well. E-mail, telephone and log-in stay"
                    " until they are erased there too, or nothing is left there.",
                    customer=self._get_whole(customer).name,
                )
            )
        if self._works_here(customer):
            reasons.append(
                self.env._(
                    "%(customer)s works here. E-mail, telephone and log-in stay as long as that is so.",
                    customer=customer.sudo().name,  # sudo: as above
                )
            )
        return reasons

    @api.private
    def get_seen(self, person, customer):
        """Return the companies (elevated) of which a person may know that they have the customer.

        All of them for the customer itself; for others those with whom they see an account.
        """
        if person.sudo() == customer.sudo():  # sudo: whoever asks
            return self.env["res.company"].sudo().browse([one.company.id for one in self.get_keepers(customer)])
        roles = self.env["billing.portal.access"].get_roles(person)
        return self.env["res.company"].sudo().browse({account.company_id.id for account in roles})  # sudo: as above

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _get_keeping_contact(self, customer, company):
        """Return the other companies (elevated) for which a customer is to be reached, and this one if served anew."""
        today = fields.Date.today()
        erased = self.get_requests(customer) & Domain("company_id", "=", company.id)
        # sudo: as above
        is_erased = self.env["billing.erasure"].sudo().search_count(erased & Domain("state", "=", DONE), limit=1)
        keepers = [
            one.company.id
            for one in self.get_keepers(customer)
            # before it has erased anything, this company keeps nobody from being erased
            if one.keeps_contact(today) and (one.company != company or (is_erased and one.is_served))
        ]
        return self.env["res.company"].sudo().browse(keepers)  # sudo: as above

    def _get_whole(self, customer):
        return customer.sudo().commercial_partner_id  # sudo: of whom the caller knows

    def _works_here(self, customer):
        # sudo: as above
        users = self.env["res.users"].sudo()
        is_whole = customer == self._get_whole(customer)
        link = "partner_id.commercial_partner_id" if is_whole else "partner_id"
        return bool(users.search_count([(link, "=", customer.id), ("share", "=", False)], limit=1))

    def _group(self, model, domain, *values):
        return {company.id: found for company, *found in model._read_group(domain, ["company_id"], values)}
