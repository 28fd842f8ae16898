"""Erase what is held on a customer, but what the law keeps; say before what must end first."""

from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.addons.online_billing.models.automatic_payment.payment_attempt import UNDER_WAY
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..models.erasure import ASKED
from ..models.erasure import DONE as ERASED
from ..models.question import CLOSED, DISPUTE
from .erasure_life import ERASURE_LIFE

ERASE = "online_billing_portal.mail_activity_type_erase"
#: days after which it is asked again whether another company still needs contact data and log-in
LOOK_AGAIN = 30


class Obstacle(NamedTuple):
    """What must end before data is erased, worded here alone.

    :ivar word: account, subscription, bill, plan, payment, fee, open, dispute or moved: pages have a sentence for it
    :ivar sentence: for staff; customers may read it
    """

    word: str
    sentence: str


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
            # the request says whose data it is: here the name would outlive it
            summary = self.env._("Decide a request for erasure")
            deadline = self.env["billing.tasks"].get_deadline(ERASE)
            erasure.activity_schedule(ERASE, deadline, user_id=manager.id, summary=summary)

    @api.private
    def request(self, accounts, contacts=None, person=None):
        """Ask for customers to be erased for somebody who may not decide it; one that waits already is not doubled.

        :param accounts: `billing.account` (elevated); in their companies it is asked for
        :param contacts: `res.partner`: contacts that are erased alone, and nothing else of their customers; None for
            the whole customers
        :param person: the `res.partner` of the customer who asks, and is told what becomes of it; None: by letter
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
                found |= waiting[:1] or found.create(own | {"person_id": person.id if person else False})
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
        """Return what must end before data of accounts can be erased: [Obstacle].

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
                reasons.append(("payment", self.env._("a payment is under way. Wait until it has ended.")))
            if items[account.id]:
                reason = self.env._("something is still open. It has to be paid, or given back, first.")
                reasons.append(("open", reason))
            if disputed := disputes.filtered(lambda one, account=account: one.account_id == account):
                reason = self.env._("dispute %(number)s is not settled yet.", number=disputed[0].name)
                reasons.append(("dispute", reason))
            found += [self._word(word, account.name, reason) for word, reason in reasons]
        return found

    def _word(self, word, name, reason):
        return Obstacle(word, self.env._("Account %(account)s: %(reason)s", account=name, reason=reason))

    @api.private
    def get_request_obstacles(self, erasure):
        """Return what must end before a request can be granted: [Obstacle] of the customer, or of one contact.

        The accounts of a customer go on without one contact: only what hangs on this one is in the way.
        """
        accounts = self.get_accounts(erasure)
        under_way = self.env["billing.erasure.methods"].find_under_way(erasure.sudo())  # sudo: as above
        if not erasure.contact_id:
            # what is under way on these accounts is named there
            elsewhere = under_way.filtered(lambda one: one.account_id not in accounts)
            return self.get_obstacles(accounts) + self._describe_under_way(elsewhere)
        if self._has_moved(erasure):
            sentence = self.env._(
                "%(contact)s is no contact of %(customer)s any more. Refuse this request, and enter one for their"
                " customer of today.",
                contact=erasure.contact_id.name,
                customer=erasure.customer_id.name,
            )
            return [Obstacle("moved", sentence)]
        people, found = self.env["billing.erasure.people"].find_people(erasure.sudo()), []  # sudo: as above
        for account in accounts.filtered(lambda one: one.partner_id in people and one.state != "closed"):
            reason = self.env._("it is the account of this contact. Erase the whole customer, or close it first.")
            found.append(self._word("account", account.name, reason))
        found += self.get_obstacles(accounts.filtered(lambda one: one.partner_id in people and one.state == "closed"))
        return found + self._describe_under_way(under_way)

    def _describe_under_way(self, attempts):
        """Return an Obstacle for each account that has payments under way; those of other companies are not named."""
        reason, found = self.env._("a payment is under way. Wait until it has ended."), []
        for account in attempts.account_id:
            name = account.name if account.company_id in self.env.user.company_ids else self.env._("of another company")
            found.append(self._word("payment", name, reason))
        return found

    def _has_moved(self, erasure):
        contact = erasure.sudo().contact_id  # sudo: whoever they are
        return bool(contact) and contact.commercial_partner_id != erasure.customer_id

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
        confirmed = self.env["billing.money.book"].get_confirmed_domain()
        payments = accounts.env["billing.money"]._read_group(
            Domain("billing_account_id", "in", accounts.ids) & confirmed, [], ["date:max"]
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
        elif not is_first and self.has_come_back(erasure):
            erasure.sudo().write({"kept_until": False, "is_shared": False, "look_on": False})  # sudo: nothing is left
            return
        accounts.hold()
        if (
            obstacles := self.get_request_obstacles(erasure)
            if is_first or not is_whole
            else self.get_obstacles(accounts)
        ):
            raise UserError("\n".join(obstacle.sentence for obstacle in obstacles))
        kept_until = self.get_kept_until(accounts) if is_whole else self.get_request_end(erasure)
        is_kept = bool(kept_until and kept_until >= fields.Date.today())
        told = self._find_asker(erasure, accounts) if is_first else None
        if is_whole:
            # drafts as well: else the customer were one of this company for ever
            accounts.filtered(lambda account: account.state != "closed").action_close()
            if is_first:
                self._erase_contacts(erasure)
        for step in self._get_steps() if is_whole else self._get_contact_steps():
            step(erasure.sudo(), accounts, is_kept)  # sudo: all that is held, whoever decides
        self._decide(erasure, "erase", {"kept_until": kept_until if is_kept else False}, is_first)
        self._note_rest(erasure.sudo())  # sudo: as above
        # a look that finds nothing new is no news
        if is_first or before != (erasure.kept_until, erasure.is_shared):
            erasure.sudo()._message_log(body=self.env._("Erased by %(name)s.", name=self.env.user.name))
        if told:
            self.env["billing.erasure.telling"].tell(erasure.sudo(), *told)  # sudo: as above

    def _erase_contacts(self, erasure):
        """Grant what contacts of a customer wait for themselves: they go with it, and are told on their own."""
        own = [("customer_id", "=", erasure.customer_id.id), ("company_id", "=", erasure.company_id.id)]
        waiting = erasure.sudo().search(
            [*own, ("contact_id", "!=", False), ("state", "=", ASKED)]
        )  # sudo: as the whole
        for one in waiting.with_env(erasure.env):
            if not self._has_moved(one):
                self._erase(one)

    @api.private
    def has_come_back(self, erasure):
        """Tell whether a contact who was erased is reached again, has a part in an account, or is elsewhere now."""
        if self._has_moved(erasure):
            return True
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

        :return: (address, if there is one, name, language, companies of which they may know that they have the
            customer, name of the contact who is erased alone where that is somebody else)
        """
        person = erasure.sudo().person_id  # sudo: whom to tell
        if not person or not self._is_told(erasure, person, accounts):
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
        records, people = self.env["billing.erasure.records"], self.env["billing.erasure.people"]
        return [
            records.end_consents,  # nobody is asked for another method because theirs is erased
            records.erase_accounts,
            records.erase_questions,
            records.erase_verification,
            records.erase_exports,
            records.erase_requests,
            records.erase_threads,
            people.erase_access,
            people.erase_people,
            records.erase_letters,  # also what the steps before have made
        ]

    def _get_contact_steps(self):
        """Return what is done where one contact is erased alone, as above: all else is the customer's."""
        records, people = self.env["billing.erasure.records"], self.env["billing.erasure.people"]
        return [
            records.take_out,
            records.erase_verification,
            records.erase_exports,
            records.erase_requests,
            people.erase_access,
            people.erase_people,
        ]
