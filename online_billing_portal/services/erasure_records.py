"""Erase what hangs on the accounts of a customer: what was asked, written, filed and agreed."""

from odoo import api, models
from odoo.fields import Domain

from ..models.account_member import NOBODY
from ..models.question import CLOSED
from .erasure_fields import GONE


class BillingErasureRecords(models.AbstractModel):
    """Each step takes a request, its accounts, and whether documents are kept (see ``billing.erasing``)."""

    _name = "billing.erasure.records"
    _description = "Erase Records"

    @api.private
    def end_consents(self, erasure, accounts, is_kept):
        self.env["billing.payment.consents"].end_all(accounts, self.env._("The data of the customer is erased"))

    @api.private
    def take_out(self, erasure, accounts, is_kept):
        """Take a contact out of the accounts: its role, the documents that it gets, and what it follows.

        Who can log in still, for another company, sees nothing of them any more, also where every colleague does.
        """
        people = self.env["billing.erasure.people"].find_people(erasure)
        accounts.member_ids.filtered(lambda member: member.partner_id in people).unlink()
        if self.env["billing.erasure.people"].is_shared(erasure):
            subject = erasure.contact_id.id
            accounts.member_ids.create(
                [{"account_id": one.id, "partner_id": subject, "role": NOBODY} for one in accounts]
            )
        accounts.recipient_ids.filtered(lambda one: one.partner_id in people).unlink()
        self.env["billing.pay.links"].turn(accounts)
        for name in self._get_threads():
            records = accounts.env[name].with_context(active_test=False).search([("account_id", "in", accounts.ids)])
            self._erase_followers(erasure, records)
        self._erase_followers(erasure, accounts)

    @api.private
    def erase_accounts(self, erasure, accounts, is_kept):
        threads = self.env["billing.erasure.threads"]
        self.env["billing.pay.links"].turn(accounts)
        accounts.member_ids.unlink()
        accounts.recipient_ids.unlink()
        for account in accounts:
            account.write(
                {
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
        threads.find_files(accounts).unlink()
        threads.erase_notes(accounts)

    @api.private
    def erase_questions(self, erasure, accounts, is_kept):
        """Erase what was asked and answered; that something was in dispute stays with its document."""
        threads = self.env["billing.erasure.threads"]
        questions = accounts.env["billing.question"].search([("account_id", "in", accounts.ids)])
        self.env["billing.questions"].close(questions.filtered(lambda one: one.state != CLOSED))
        threads.erase_thread(questions)
        (questions.attachment_ids | threads.find_files(questions)).unlink()
        questions.filtered(lambda one: one.text != GONE).write({"subject": GONE, "text": GONE})

    @api.private
    def erase_verification(self, erasure, accounts, is_kept):
        threads = self.env["billing.erasure.threads"]
        own = Domain("account_id", "in", accounts.ids) & self._get_sender_domain(erasure)
        found = accounts.env["billing.verification"].search(own)
        (found.attachment_ids | threads.find_files(found)).unlink()
        threads.erase_thread(found)
        found.write({"note": False, "reason": False})
        found.activity_ids.unlink()

    @api.private
    def erase_exports(self, erasure, accounts, is_kept):
        own = Domain("account_ids", "in", accounts.ids) & self._get_sender_domain(erasure)
        exports = accounts.env["billing.data.export"].search(own)
        self.env["billing.data.exporting"].drop(exports)
        self.env["billing.erasure.threads"].erase_thread(exports)

    @api.private
    def erase_requests(self, erasure, accounts, is_kept):
        """Erase why earlier requests were refused, and what was written about them."""
        own = Domain("customer_id", "=", erasure.customer_id.id) & Domain("company_id", "=", erasure.company_id.id)
        if erasure.contact_id:
            own &= Domain("contact_id", "=", erasure.contact_id.id)
        requests = erasure.search(own)
        requests.filtered("reason").write({"reason": False})
        self.env["billing.erasure.threads"].erase_thread(requests)

    @api.private
    def erase_threads(self, erasure, accounts, is_kept):
        """Erase what was written and planned about everything of ours that belongs to an account.

        Documents and payments keep what was sent with them as long as the law keeps them.
        """
        threads = self.env["billing.erasure.threads"]
        for name in self._get_threads():
            records = accounts.env[name].with_context(active_test=False).search([("account_id", "in", accounts.ids)])
            if "activity_ids" in records._fields:
                records.activity_ids.unlink()
            threads.erase_thread(records)
            threads.erase_notes(records)
            self._erase_followers(erasure, records)
        self._erase_followers(erasure, accounts)

    @api.private
    def erase_letters(self, erasure, accounts, is_kept):
        """Erase business letters, documents' files and signed papers once they are not kept any more."""
        threads = self.env["billing.erasure.threads"]
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
            threads.erase_thread(records)
        for records in (moves, payments, plans, letters, consents):
            threads.find_files(records, with_fields=True).unlink()

    def _erase_followers(self, erasure, records):
        own = self.env["billing.erasure.people"].get_people_domain(erasure, "partner_id.")
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

    def _get_sender_domain(self, erasure):
        """Return the domain of what people sent or asked for: of one contact what is its own."""
        return (
            Domain("person_id", "in", self.env["billing.erasure.people"].find_people(erasure).ids)
            if erasure.contact_id
            else Domain.TRUE
        )
