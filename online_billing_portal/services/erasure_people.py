"""Erase how people are reached, how they log in and pay, and who they are where no document needs it."""

from odoo import api, models
from odoo.addons.online_billing.models.payments.account_payment import CONFIRMED_STATES
from odoo.fields import Domain
from odoo.tools import email_normalize
from odoo.tools.mail import email_normalize_all

from .erasure_fields import GONE
from .erasure_threads import NUMBERS

#: of an attempt to pay, which Odoo copies from the contact
TRANSACTION_REACHED = ("partner_email", "partner_phone")
TRANSACTION_IDENTITY = ("partner_name", "partner_address", "partner_zip", "partner_city")
DOCUMENTS = ("account.move", "account.payment")


class BillingErasurePeople(models.AbstractModel):
    """Whose data it is, and what is held on these people themselves."""

    _name = "billing.erasure.people"
    _description = "Erase People"

    @api.private
    def is_shared(self, erasure):
        """Tell whether the customer is one of another company here, or works here: they can be reached and log in."""
        return self.env["billing.erasure.keeping"].is_shared(erasure._get_subject(), erasure.company_id)

    @api.private
    def find_people(self, erasure):
        """Return whose data is erased, archived ones as well: the customer and its contacts, or one of these."""
        subject = erasure._get_subject()
        return subject.with_context(active_test=False).search(self.get_people_domain(erasure)) | subject

    @api.private
    def get_people_domain(self, erasure, path=""):
        """Return the domain of the customer and its contacts, or of one of these and its addresses.

        A firm below the customer is a customer of its own.

        :param path: to the contact, with a dot behind it
        """
        domain = Domain(f"{path}commercial_partner_id", "=", erasure.customer_id.id)
        if erasure.contact_id:
            domain &= Domain(path.removesuffix(".") or "id", "in", self.find_own(erasure.contact_id).ids)
        return domain

    @api.private
    def find_own(self, contact):
        """Return a contact and its addresses (elevated), archived ones as well.

        Below a contact others may stand: whoever is entered as a person, logs in or has a role is not this one's.
        """
        contact = contact.sudo().with_context(active_test=False)  # sudo: of whom the caller knows
        found, level = contact, contact
        while level:
            below = contact.search(
                [("parent_id", "in", level.ids), ("type", "!=", "contact"), ("user_ids", "=", False)]
            )
            # a firm is a customer of its own
            below = below.filtered(lambda one: one.commercial_partner_id == contact.commercial_partner_id) - found
            members = contact.env["billing.account.member"].search([("partner_id", "in", below.ids)])
            level = below - members.partner_id
            found |= level
        return found

    @api.private
    def erase_access(self, erasure, accounts, is_kept):
        """Erase saved payment methods and log-ins; who is a customer of another company here keeps their log-in."""
        own = self.get_people_domain(erasure, "partner_id.")
        here = Domain("company_id", "=", erasure.company_id.id)
        is_shared = self.is_shared(erasure)
        methods = self.env["billing.erasure.methods"]
        methods.erase(erasure)
        if methods.are_kept(erasure):
            # what was paid for other accounts is theirs still
            here &= Domain("billing_account_id", "in", accounts.ids) | Domain(
                "invoice_ids.billing_account_id", "in", accounts.ids
            )
        asked = accounts.env["payment.transaction"].search(own & here)
        asked.write(
            dict.fromkeys(TRANSACTION_REACHED if is_kept else TRANSACTION_REACHED + TRANSACTION_IDENTITY, False)
        )
        if not is_shared:
            accounts.env["res.users"].search(own).filtered("share")._deactivate_portal_user()

    @api.private
    def erase_people(self, erasure, accounts, is_kept):
        """Erase how people are reached, and who they are where no document needs it."""
        threads = self.env["billing.erasure.threads"]
        if self.is_shared(erasure):
            return
        customer = erasure._get_subject()
        people = self.find_people(erasure)
        # those of other companies that have erased the customer already as well
        companies = self.env["billing.erasure.keeping"].get_keeping_documents(customer)
        addressed = (self._find_addressed(people, companies) | customer) if companies else people.browse()
        self._erase_banks(people, companies)
        self._erase_numbers(erasure, people)
        people.activity_ids.unlink()
        threads.find_files(people).unlink()
        people.env["mail.followers"].search([("partner_id", "in", people.ids)]).unlink()
        contact_fields = self.env["billing.erasure.fields"]
        for person in people:
            values = contact_fields.prepare_values(person, person in addressed)
            if person.parent_id and person.type == "contact" and values.keys() & {*person._address_fields()}:
                # Odoo gives the address of such a contact to the customer as well, whose address is kept
                person.with_context(tracking_disable=True).type = "other"
            if values:
                # the check of a tax number has nothing to say where it goes
                person.with_context(tracking_disable=True, no_vat_validation=True).write(values)
        contact_fields.erase_settings(people - addressed, False)
        contact_fields.erase_settings(people & addressed, True)
        # who logs in no more keeps nobody from being archived
        gone = (people - erasure.customer_id).filtered(lambda one: one.active and one not in addressed)
        gone.with_context(active_test=True).action_archive()
        # last: what is erased here is noted by Odoo, with its old value
        threads.erase_notes(people)
        threads.erase_thread(people)

    def _erase_numbers(self, erasure, people):
        """Erase to which addresses and numbers messages went, and from which they came, whatever they are about."""
        notifications = people.env["mail.notification"].search([("res_partner_id", "in", people.ids)])
        for name in NUMBERS:
            notifications.filtered(name).write({name: False})
        people.env["sms.sms"].search([("partner_id", "in", people.ids)]).unlink()
        known = set(people.mapped("email_normalized")) - {False}
        addresses = Domain.OR(
            Domain("author_id", "=", False) & Domain("email_from", "ilike", address) for address in known
        )
        written = people.env["mail.message"].search(
            Domain("email_from", "!=", False) & (Domain("author_id", "in", people.ids) | addresses)
        )
        # a search for a part finds longer addresses as well, which are somebody else's
        written = written.filtered(lambda one: one.author_id or email_normalize(one.email_from) in known)
        written.filtered(lambda message: not message.account_audit_log_restricted).write(
            {"email_from": False, "reply_to": False}
        )
        self._erase_mails(erasure, people, known)

    def _erase_mails(self, erasure, people, known):
        """Erase mails to people: at once what is handed over or was refused, within some days what waits.

        :param set known: their addresses
        """
        mails = people.env["mail.mail"]
        sent_to = Domain.OR(
            Domain(name, "ilike", address) for address in known for name in ("email_to", "email_cc")
        )  # fmt: skip
        found = mails.search(Domain("recipient_ids", "in", people.ids) | sent_to)
        found = found.filtered(
            lambda mail: (
                mail.recipient_ids & people
                or known.intersection(email_normalize_all(f"{mail.email_to or ''},{mail.email_cc or ''}"))
            )
        )
        # what was written about a document is a business letter, which stays and goes with it
        found.filtered(lambda mail: mail.model in DOCUMENTS).write({"is_notification": True})
        waiting = found.filtered(lambda mail: mail.state == "outgoing")
        # an address that was written out is there still: what Odoo tells people about their log-in is one of these
        self.env["billing.erasure.telling"].watch(
            erasure, waiting.filtered(lambda mail: mail.email_to or mail.email_cc)
        )
        (found - waiting).unlink()

    def _erase_banks(self, people, companies):
        """Erase the numbers of bank accounts that nothing kept names; Odoo archives bank accounts and deletes none.

        :param companies: whose documents and payments are kept today
        """
        threads = self.env["billing.erasure.threads"]
        banks = people.env["res.partner.bank"].with_context(active_test=False, tracking_disable=True)
        own = banks.search([("partner_id", "in", people.ids)])
        kept = Domain("partner_bank_id", "in", own.ids) & Domain("company_id", "in", companies.ids)
        payments = people.env["account.payment"].search(kept)
        # money that is given back goes to the bank account that the credit note names
        moves = people.env["account.move"].search(kept & Domain("state", "=", "posted"))
        unused = own - payments.partner_bank_id - moves.partner_bank_id
        threads.erase_notes(unused)
        threads.erase_thread(unused)
        for bank in unused:
            if bank.acc_number != f"{GONE}{bank.id}":
                bank.allow_out_payment = False  # one that is trusted cannot be changed
                bank.write({"acc_number": f"{GONE}{bank.id}", "active": False})

    def _find_addressed(self, people, companies):
        """Return to whom posted documents and payments of companies are addressed."""
        moves = Domain("state", "=", "posted") & Domain("company_id", "in", companies.ids)
        env, found = people.env, people.browse()
        for model, names in (
            ("account.move", ("partner_id", "partner_shipping_id")),
            ("account.payment", ("partner_id",)),
        ):
            state = moves if model == "account.move" else Domain("state", "in", CONFIRMED_STATES)
            for name in names:
                groups = env[model]._read_group(state & Domain(name, "in", people.ids), [name])
                found |= people.browse([person.id for [person] in groups])
        return found
