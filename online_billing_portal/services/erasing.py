"""Erase what is held on a customer, but what the law keeps; say before what must end first."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.online_billing.models.automatic_payment.payment_attempt import UNDER_WAY
from odoo.addons.online_billing.models.payments.account_payment import CONFIRMED_STATES
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import email_normalize
from odoo.tools.mail import email_normalize_all

from ..models.erasure import ASKED
from ..models.erasure import DONE as ERASED
from ..models.question import CLOSED, DISPUTE
from .erasure_fields import GONE
from .erasure_life import ERASURE_LIFE

ERASE = "online_billing_portal.mail_activity_type_erase"
#: of an attempt to pay, which Odoo copies from the contact
TRANSACTION_REACHED = ("partner_email", "partner_phone")
TRANSACTION_IDENTITY = ("partner_name", "partner_address", "partner_zip", "partner_city")
#: of a message: what was written, and where it came from and went to
WRITTEN = (
    "body",
    "subject",
    "email_from",
    "record_name",
    "incoming_email_to",
    "incoming_email_cc",
    "outgoing_email_to",
    "reply_to",
)
NUMBERS = ("sms_number", "mail_email_address")
DOCUMENTS = ("account.move", "account.payment")
#: days after which it is asked again whether another company still needs contact data and log-in
LOOK_AGAIN = 30


class BillingErasing(models.AbstractModel):
    """All steps find what is still there: a second time they find nothing. No value of a posted document is changed.

    What is kept, with name, address and tax number of whom they are addressed to: documents, payments, charges, plans,
    promises, fees, and the reminders and mails about them, which are business letters. It goes when its time is over.
    """

    _name = "billing.erasing"
    _description = "Erase a Customer's Data"

    # -- what waits ---------------------------------------------------------------------------------------------------

    @api.private
    def begin(self, erasures):
        """Give a manager the task to decide new requests.

        :raise UserError: the customer has no account in this company
        """
        for erasure in erasures.sudo():  # sudo: done by the billing, whoever asks
            erasure.customer_id = erasure.customer_id.commercial_partner_id
            accounts, contact = self.get_accounts(erasure), erasure.contact_id
            if not accounts:
                raise UserError(self.env._("This customer has no account here. Choose another one."))
            if contact and (contact == erasure.customer_id or contact.commercial_partner_id != erasure.customer_id):
                raise UserError(
                    self.env._(
                        "%(contact)s is no contact of %(customer)s. Choose one, or nobody for the whole customer.",
                        contact=contact.name,
                        customer=erasure.customer_id.name,
                    )
                )
            manager = self.env["billing.work.loop"].get_responsible(accounts[:1])
            erasure.activity_schedule(ERASE, user_id=manager.id, summary=erasure._get_subject().name)

    @api.private
    def request(self, accounts, contacts=None):
        """Ask for customers to be erased for somebody who may not decide it; one that waits already is not doubled.

        :param accounts: `billing.account` (elevated); in their companies it is asked for
        :param contacts: `res.partner`: contacts that are erased alone, and nothing else of their customers; None for
            the whole customers
        :return: the `billing.erasure` (elevated)
        """
        found = accounts.env["billing.erasure"]
        for customer, company in {(one.partner_id.commercial_partner_id, one.company_id) for one in accounts}:
            wanted = [False]
            if contacts is not None:
                wanted = [one.id for one in contacts if one.commercial_partner_id == customer]
            for contact_id in wanted:
                own = {"customer_id": customer.id, "company_id": company.id, "contact_id": contact_id}
                waiting = found.search([*((name, "=", value) for name, value in own.items()), ("state", "=", ASKED)])
                found |= waiting[:1] or found.create(own)
        return found

    @api.private
    def get_accounts(self, erasure):
        """Return the accounts (elevated) of the customer in the company of a request."""
        # sudo: all of them, whoever decides; the company rule of the request was asked
        accounts = self.env["billing.account"].sudo().with_company(erasure.company_id)
        return accounts.search(
            [
                ("partner_id.commercial_partner_id", "=", erasure.customer_id.id),
                ("company_id", "=", erasure.company_id.id),
            ]
        )

    @api.private
    def get_obstacles(self, accounts):
        """Return what must end before data of accounts can be erased, as sentences that customers may read.

        :param accounts: `billing.account` (elevated)
        """
        found = []
        items = self.env["billing.open.items"].sudo().get_items(accounts.ids)  # sudo: whether anything is open
        disputes = accounts.env["billing.question"].search(
            [("account_id", "in", accounts.ids), ("kind", "=", DISPUTE), ("state", "!=", CLOSED)]
        )
        # whose provider could not be asked any more
        asked = accounts.env["billing.payment.attempt"].search(
            [("account_id", "in", accounts.ids), ("state", "in", UNDER_WAY)]
        )
        for account in accounts:
            reasons = [*account._get_unfinished()] if account.state != "closed" else []
            if account in asked.account_id and account.state == "closed":
                reasons.append(self.env._("a payment is under way. Wait until it has ended."))
            if items[account.id]:
                reasons.append(self.env._("something is still open. It has to be paid, or given back, first."))
            if disputed := disputes.filtered(lambda one, account=account: one.account_id == account):
                reasons.append(self.env._("dispute %(number)s is not settled yet.", number=disputed[0].name))
            found += [
                self.env._("Account %(account)s: %(reason)s", account=account.name, reason=reason) for reason in reasons
            ]
        return found

    @api.private
    def get_request_obstacles(self, erasure):
        """Return what must end before a request can be granted, as sentences: of the customer, or of one contact.

        The accounts of a customer go on without one contact: only what hangs on this one is in the way.
        """
        accounts = self.get_accounts(erasure)
        if not erasure.contact_id:
            return self.get_obstacles(accounts)
        people, found = self._find_people(erasure.sudo()), []  # sudo: as above
        for account in accounts.filtered(lambda one: one.partner_id in people and one.state != "closed"):
            reason = self.env._("it is the account of this contact. Erase the whole customer, or close it first.")
            found.append(self.env._("Account %(account)s: %(reason)s", account=account.name, reason=reason))
        found += self.get_obstacles(accounts.filtered(lambda one: one.partner_id in people and one.state == "closed"))
        asked = accounts.env["billing.payment.attempt"].search(
            [("account_id", "in", accounts.ids), ("state", "in", UNDER_WAY), ("token_id.partner_id", "in", people.ids)]
        )
        for account in asked.account_id:
            reason = self.env._("a payment is under way. Wait until it has ended.")
            found.append(self.env._("Account %(account)s: %(reason)s", account=account.name, reason=reason))
        return found

    @api.private
    def get_request_end(self, erasure):
        """Return the last day on which the law keeps documents of the customer, or of those addressed to one contact.

        :return: None where there are none
        """
        accounts = self.get_accounts(erasure)
        if not erasure.contact_id:
            return self.get_kept_until(accounts)
        keeping = self.env["billing.erasure.keeping"]
        keepers = keeping.get_keepers(erasure.contact_id)
        return next((one.kept_until for one in keepers if one.company == erasure.company_id), None)

    @api.private
    def get_kept_until(self, accounts):
        """Return the last day on which the law keeps documents or payments of accounts; None where there are none.

        :param accounts: `billing.account` (elevated) of one company
        """
        moves = accounts.env["account.move"]._read_group(
            [("billing_account_id", "in", accounts.ids), ("state", "=", "posted")], [], ["date:max"]
        )
        payments = accounts.env["account.payment"]._read_group(
            [("billing_account_id", "in", accounts.ids), ("state", "in", CONFIRMED_STATES)], [], ["date:max"]
        )
        days = [day for [(day,)] in (moves, payments) if day]
        return self.env["billing.erasure.keeping"].get_end(accounts.company_id, max(days, default=None))

    # -- acts ---------------------------------------------------------------------------------------------------------

    @api.private
    def refuse(self, erasure, reason):
        """Refuse a request, and tell whoever asked why, as long as they decide for the accounts.

        :raise AccessError: the user is no billing manager
        :raise UserError: no reason is given, or it is decided already
        """
        erasure._check_decider()
        if not (reason or "").strip():
            raise UserError(self.env._("Write why the data is not erased: the customer reads it."))
        self._decide(erasure, "refuse", {"reason": reason.strip()})
        person = erasure.sudo().person_id  # sudo: whom to tell
        if self._is_told(erasure, person, self.get_accounts(erasure)):
            self.env["billing.portal.mails"].send(
                erasure,
                person,
                erasure.with_context(lang=person.lang).env._("Your request to erase your data"),
                "online_billing_portal.mail_erasure_refused",
            )

    @api.private
    def withdraw(self, erasure):
        """Take back a request for the customer."""
        erasure = erasure.sudo()  # sudo: the caller has asked for the role
        self.env["billing.life"].apply_event(ERASURE_LIFE, erasure, "withdraw")
        erasure.activity_unlink([ERASE])

    @api.private
    def erase(self, erasure):
        """Erase what the law does not keep. It cannot be undone; a second time finds nothing to erase.

        :raise AccessError: the user is no billing manager
        :raise UserError: something must end first, or the request was refused or withdrawn
        """
        erasure._check_decider()
        self._erase(erasure)

    @api.private
    def erase_rest(self, erasure):
        """Erase what the law or another company has kept so far, for the scheduled action."""
        if erasure.state == ERASED:
            self._erase(erasure)

    def _erase(self, erasure):
        accounts, is_first = self.get_accounts(erasure), erasure.state == ASKED
        before = (erasure.kept_until, erasure.is_shared)
        is_whole = not erasure.contact_id
        if not is_first and is_whole:
            # who has come back since is a customer like any other
            accounts = accounts.filtered(lambda account: account.state == "closed")
        elif not is_first and self._has_come_back(erasure):
            erasure.sudo().write({"kept_until": False, "is_shared": False, "look_on": False})  # sudo: nothing is left
            return
        accounts.hold()
        if obstacles := self.get_obstacles(accounts) if is_whole else self.get_request_obstacles(erasure):
            raise UserError("\n".join(obstacles))
        kept_until = self.get_kept_until(accounts) if is_whole else self.get_request_end(erasure)
        is_kept = bool(kept_until and kept_until >= fields.Date.today())
        told = self._find_asker(erasure, accounts) if is_first else None
        if is_whole:
            # drafts as well: else the customer were one of this company for ever
            accounts.filtered(lambda account: account.state != "closed").action_close()
        for step in self._get_steps() if is_whole else self._get_contact_steps():
            step(erasure.sudo(), accounts, is_kept)  # sudo: all that is held, whoever decides
        self._decide(erasure, "erase", {"kept_until": kept_until if is_kept else False}, is_first)
        self._note_rest(erasure.sudo())  # sudo: as above
        # a look that finds nothing new is no news
        if is_first or before != (erasure.kept_until, erasure.is_shared):
            erasure.sudo()._message_log(body=self.env._("Erased by %(name)s.", name=self.env.user.name))
        if told:
            self.env["billing.erasure.telling"].tell(erasure.sudo(), *told)  # sudo: as above

    def _has_come_back(self, erasure):
        """Tell whether a contact who was erased is reached again, or has a part in an account here."""
        contact = erasure.sudo().contact_id  # sudo: whoever they are
        is_reached = not erasure.is_shared and bool(contact.email or contact.user_ids.filtered("active"))
        return is_reached or self.env["billing.erasure.keeping"].has_part(contact, erasure.company_id.id)

    def _note_rest(self, erasure):
        """Keep when the job looks again, and let it look at once at what waited for this company."""
        keeping, today, subject = self.env["billing.erasure.keeping"], fields.Date.today(), erasure._get_subject()
        is_shared = keeping.is_shared(subject, erasure.company_id)
        others = erasure.search(keeping.get_requests(subject) & Domain("id", "!=", erasure.id))
        is_named = bool(keeping.get_keeping_documents(subject))
        ends = erasure.kept_until + timedelta(days=1) if erasure.kept_until else None
        again = today + timedelta(days=LOOK_AGAIN) if is_shared or (is_named and not ends) else None
        erasure.write(
            {
                "erased_on": fields.Datetime.now(),
                "is_shared": is_shared,
                "look_on": min((day for day in (ends, again) if day), default=False),
            }
        )
        if not is_shared:
            others.filtered(lambda one: one.state == ERASED and one.is_shared).write({"look_on": today})

    def _is_told(self, erasure, person, accounts):
        """Tell whether a person hears of a request: who decides for the accounts, and a contact of its own data."""
        own = erasure.sudo().contact_id  # sudo: whose data it is
        return bool(own and own == person) or self.env["billing.portal.access"].manages_all(person, accounts)

    def _find_asker(self, erasure, accounts):
        """Return who asked, if they still decide for the accounts; else None.

        :return: (address, name, language, companies of which they may know that they have the customer, name of the
            contact who is erased alone where that is somebody else)
        """
        person = erasure.sudo().person_id  # sudo: whom to tell
        if not person.email or not self._is_told(erasure, person, accounts):
            return None
        seen = self.env["billing.erasure.keeping"].get_seen(person, erasure.customer_id)
        contact = erasure.sudo().contact_id  # sudo: as above
        return person.email, person.name, person.lang, seen, contact.name if contact != person else ""

    def _decide(self, erasure, event, values, is_first=True):
        self.env["billing.life"].apply_event(ERASURE_LIFE, erasure.sudo(), event)  # sudo: only along the table
        if is_first:
            values |= {"decided_by_id": self.env.uid, "decided_on": fields.Datetime.now()}
        erasure.sudo().write(values)
        erasure.sudo().activity_unlink([ERASE])

    # -- steps --------------------------------------------------------------------------------------------------------

    def _get_steps(self):
        """Return what is done, in order; each takes the request, its accounts, and whether documents are kept.

        An addon adds what it holds itself.
        """
        return [
            self._end_consents,  # nobody is asked for another method because theirs is erased
            self._erase_accounts,
            self._erase_questions,
            self._erase_verification,
            self._erase_exports,
            self._erase_requests,
            self._erase_threads,
            self._erase_access,
            self._erase_people,
            self._erase_letters,  # also what the steps before have made
        ]

    def _get_contact_steps(self):
        """Return what is done where one contact is erased alone, as above: all else is the customer's."""
        return [
            self._erase_part,
            self._erase_verification,
            self._erase_exports,
            self._erase_requests,
            self._erase_access,
            self._erase_people,
        ]

    def _erase_part(self, erasure, accounts, is_kept):
        """Take a contact out of the accounts: its role, the documents that it gets, and what it follows."""
        people = self._find_people(erasure)
        accounts.member_ids.filtered(lambda member: member.partner_id in people).unlink()
        for account in accounts:
            if found := account.invoice_contact_ids & people:
                account.invoice_contact_ids = [(3, person.id) for person in found]
        for name in self._get_threads():
            records = accounts.env[name].with_context(active_test=False).search([("account_id", "in", accounts.ids)])
            self._erase_followers(erasure, records)
        self._erase_followers(erasure, accounts)

    def _end_consents(self, erasure, accounts, is_kept):
        self.env["billing.payment.consents"].end_all(accounts, self.env._("The data of the customer is erased"))

    def _erase_threads(self, erasure, accounts, is_kept):
        """Erase what was written and planned about everything of ours that belongs to an account.

        Documents and payments keep what was sent with them as long as the law keeps them.
        """
        for name in self._get_threads():
            records = accounts.env[name].with_context(active_test=False).search([("account_id", "in", accounts.ids)])
            if "activity_ids" in records._fields:
                records.activity_ids.unlink()
            self._erase_thread(records)
            self._erase_notes(records)
            self._erase_followers(erasure, records)
        self._erase_followers(erasure, accounts)

    def _erase_followers(self, erasure, records):
        own = self._get_people_domain(erasure, "partner_id.")
        followers = records.env["mail.followers"]
        followers.search(own & Domain("res_model", "=", records._name) & Domain("res_id", "in", records.ids)).unlink()

    def _get_threads(self):
        """Return the names of our models whose records belong to an account and are written about."""
        return [
            name
            for name, model in self.env.items()
            if (model._original_module or "").startswith("online_billing")
            and not model._abstract | model._transient
            and "message_ids" in model._fields
            and (field := model._fields.get("account_id")) is not None
            and field.store
            and field.comodel_name == "billing.account"
        ]

    def _erase_accounts(self, erasure, accounts, is_kept):
        accounts.member_ids.unlink()
        for account in accounts:
            account.write(
                {
                    "invoice_contact_ids": [(5,)],
                    "delivery_channel": "portal",
                    "document_format_ids": [(5,)],
                    "purchase_reference": False,
                    "is_open_to_colleagues": False,
                    "credit_score": 0,
                    "note": False,
                }
            )
        promises = accounts.promise_ids.filtered("note")
        promises.write({"note": False})
        of_accounts = Domain("account_id", "in", accounts.ids) | Domain(
            "move_id.billing_account_id", "in", accounts.ids
        )
        accounts.env["billing.stop"].search(of_accounts & Domain("note", "!=", False)).write({"note": False})
        accounts.activity_ids.unlink()
        self._find_files(accounts).unlink()
        self._erase_notes(accounts)

    def _erase_questions(self, erasure, accounts, is_kept):
        """Erase what was asked and answered; that something was in dispute stays with its document."""
        questions = accounts.env["billing.question"].search([("account_id", "in", accounts.ids)])
        self.env["billing.questions"].close(questions.filtered(lambda one: one.state != CLOSED))
        self._erase_thread(questions)
        (questions.attachment_ids | self._find_files(questions)).unlink()
        questions.filtered(lambda one: one.text != GONE).write({"subject": GONE, "text": GONE})

    def _erase_verification(self, erasure, accounts, is_kept):
        own = Domain("account_id", "in", accounts.ids) & self._get_sender_domain(erasure)
        found = accounts.env["billing.verification"].search(own)
        (found.attachment_ids | self._find_files(found)).unlink()
        self._erase_thread(found)
        found.write({"note": False, "reason": False})
        found.activity_ids.unlink()

    def _erase_exports(self, erasure, accounts, is_kept):
        own = Domain("account_ids", "in", accounts.ids) & self._get_sender_domain(erasure)
        exports = accounts.env["billing.data.export"].search(own)
        self.env["billing.data.exporting"].drop(exports)
        self._erase_thread(exports)

    def _erase_requests(self, erasure, accounts, is_kept):
        """Erase why earlier requests were refused, and what was written about them."""
        own = Domain("customer_id", "=", erasure.customer_id.id) & Domain("company_id", "=", erasure.company_id.id)
        if erasure.contact_id:
            own &= Domain("contact_id", "=", erasure.contact_id.id)
        requests = erasure.search(own)
        requests.filtered("reason").write({"reason": False})
        self._erase_thread(requests)

    def _erase_letters(self, erasure, accounts, is_kept):
        """Erase business letters, documents' files and signed papers once they are not kept any more."""
        if is_kept:
            return
        letters = accounts.env["billing.collection.message"].search([("account_id", "in", accounts.ids)])
        letters.write({"subject": False, "body": False, "sms_text": False, "lines": False, "partner_ids": [(5,)]})
        moves = accounts.env["account.move"].search([("billing_account_id", "in", accounts.ids)])
        payments = accounts.env["account.payment"].search([("billing_account_id", "in", accounts.ids)])
        plans = accounts.env["billing.installment.plan"].search([("account_id", "in", accounts.ids)])
        plans.write({"asked_by": False, "note": False})
        consents = accounts.env["billing.payment.consent"].search([("account_id", "in", accounts.ids)])
        consents.attachment_ids.unlink()
        for records in (accounts, moves, payments):
            self._erase_thread(records)
        for records in (moves, payments, plans, letters, consents):
            self._find_files(records, with_fields=True).unlink()

    def _erase_access(self, erasure, accounts, is_kept):
        """Erase saved payment methods and log-ins; who is a customer of another company here keeps their log-in."""
        own = self._get_people_domain(erasure, "partner_id.")
        here = Domain("company_id", "=", erasure.company_id.id)
        is_shared = self._is_shared(erasure)
        people = self._find_people(erasure)
        # who has come back, or is a customer of a branch, pays there with what they saved here
        is_whole = not erasure.contact_id
        if is_whole and self.env["billing.erasure.keeping"].is_charged(erasure.customer_id, erasure.company_id):
            here &= Domain("billing_account_id", "in", accounts.ids) | Domain(
                "invoice_ids.billing_account_id", "in", accounts.ids
            )
        else:
            # one that was saved with a parent company is charged by its branches as well, and by nobody else now
            kept_by = here if is_shared else Domain("company_id", "parent_of", erasure.company_id.id)
            self._erase_methods(people, kept_by)
        asked = accounts.env["payment.transaction"].search(own & here)
        asked.write(
            dict.fromkeys(TRANSACTION_REACHED if is_kept else TRANSACTION_REACHED + TRANSACTION_IDENTITY, False)
        )
        if not is_shared:
            accounts.env["res.users"].search(own).filtered("share")._deactivate_portal_user()

    def _erase_methods(self, people, kept_by):
        adapters = self.env["billing.payment.adapter"].sudo()  # sudo: as the step
        for provider in people.env["payment.provider"].search(kept_by):
            adapters.get_adapter(provider).forget(provider, people)
        own = Domain("partner_id", "in", people.ids)
        tokens = people.env["payment.token"].with_context(active_test=False)
        saved = tokens.search(own & kept_by & (Domain("active", "=", True) | Domain("payment_details", "!=", False)))
        saved.filtered("active").write({"active": False})
        # without its reference it can never be charged again, whoever switches it on
        saved.write({"payment_details": False, "provider_ref": GONE})

    def _erase_people(self, erasure, accounts, is_kept):
        """Erase how people are reached, and who they are where no document needs it."""
        if self._is_shared(erasure):
            return
        customer = erasure._get_subject()
        people = self._find_people(erasure)
        # those of other companies that have erased the customer already as well
        companies = self.env["billing.erasure.keeping"].get_keeping_documents(customer)
        addressed = (self._find_addressed(people, companies) | customer) if companies else people.browse()
        self._erase_banks(people, companies)
        self._erase_numbers(erasure, people)
        people.activity_ids.unlink()
        self._find_files(people).unlink()
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
        self._erase_notes(people)
        self._erase_thread(people)

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
        banks = people.env["res.partner.bank"].with_context(active_test=False, tracking_disable=True)
        own = banks.search([("partner_id", "in", people.ids)])
        kept = Domain("partner_bank_id", "in", own.ids) & Domain("company_id", "in", companies.ids)
        payments = people.env["account.payment"].search(kept)
        # money that is given back goes to the bank account that the credit note names
        moves = people.env["account.move"].search(kept & Domain("state", "=", "posted"))
        unused = own - payments.partner_bank_id - moves.partner_bank_id
        self._erase_notes(unused)
        self._erase_thread(unused)
        for bank in unused:
            if bank.acc_number != f"{GONE}{bank.id}":
                bank.allow_out_payment = False  # one that is trusted cannot be changed
                bank.write({"acc_number": f"{GONE}{bank.id}", "active": False})

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _is_shared(self, erasure):
        """Tell whether the customer is one of another company here, or works here: they can be reached and log in."""
        return self.env["billing.erasure.keeping"].is_shared(erasure._get_subject(), erasure.company_id)

    def _find_people(self, erasure):
        """Return whose data is erased, archived ones as well: the customer and its contacts, or one of these."""
        subject = erasure._get_subject()
        return subject.with_context(active_test=False).search(self._get_people_domain(erasure)) | subject

    def _get_people_domain(self, erasure, path=""):
        """Return the domain of the customer and its contacts, or of one of these and what belongs to it alone.

        A firm below the customer is a customer of its own.

        :param path: to the contact, with a dot behind it
        """
        domain = Domain(f"{path}commercial_partner_id", "=", erasure.customer_id.id)
        if erasure.contact_id:
            domain &= Domain(path.removesuffix(".") or "id", "child_of", erasure.contact_id.id)
        return domain

    def _get_sender_domain(self, erasure):
        """Return the domain of what people sent or asked for: of one contact what is its own."""
        return Domain("person_id", "in", self._find_people(erasure).ids) if erasure.contact_id else Domain.TRUE

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

    def _find_files(self, records, with_fields=False):
        """Return the files that lie on records; a restricted audit trail protects those of invoices.

        :param with_fields: pictures and other fields of their own as well
        """
        where = Domain("res_model", "=", records._name) & Domain("res_id", "in", records.ids)
        # Odoo leaves files of fields out unless a search names them
        where &= Domain("id", "!=", False) if with_fields else Domain("res_field", "=", False)
        return records.env["ir.attachment"].search(where).filtered(self._may_go)

    def _may_go(self, file):
        """Tell whether Odoo lets a file be deleted: those of invoices stay in a restricted audit trail."""
        return file.res_model != "account.move" or not file.company_id.restrictive_audit_trail

    def _erase_thread(self, records):
        """Erase what was written about records; what a restricted audit trail protects stays."""
        kinds = ("comment", "email", "email_outgoing", "user_notification")
        self._erase_messages(records, [("message_type", "in", kinds)])

    def _erase_notes(self, records):
        """Erase what staff noted, and the old values of what was changed."""
        self.env.flush_all()
        note = self.env.ref("mail.mt_note").id
        self._erase_messages(records, ["|", ("subtype_id", "=", note), ("message_type", "=", "notification")])

    def _erase_messages(self, records, which):
        messages = records.env["mail.message"].search(
            [("model", "=", records._name), ("res_id", "in", records.ids), *which]
        )
        messages = messages.filtered(lambda message: not message.account_audit_log_restricted)
        messages.tracking_value_ids.unlink()
        places = (False, records._name, "mail.message")
        files = messages.attachment_ids.filtered(lambda file: file.res_model in places)
        files.filtered(self._may_go).unlink()
        messages.env["mail.mail"].search([("mail_message_id", "in", messages.ids)]).unlink()
        messages = messages.exists()  # a mail that was written by itself takes its message along
        messages.env["sms.sms"].search([("mail_message_id", "in", messages.ids)]).unlink()
        # one to an address without a contact says nothing else
        notifications = messages.notification_ids.filtered(lambda one: one.sms_number or one.mail_email_address)
        notifications.filtered(lambda one: not one.res_partner_id).unlink()
        notifications.exists().write(dict.fromkeys(NUMBERS, False))
        messages.filtered(lambda message: any(message[name] for name in WRITTEN)).write(dict.fromkeys(WRITTEN, False))
