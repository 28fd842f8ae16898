"""Documents for verification: asked for, sent, accepted, refused."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.verification import RECEIVED
from .verification_life import VERIFICATION_LIFE

CHECK = "online_billing_portal.mail_activity_type_check"
#: pictures and scans; no texts, which show nothing
FILE_TYPES = ("pdf", "png", "jpg", "jpeg")
MOST_WAITING, MOST_A_DAY = 5, 10


class BillingVerifying(models.AbstractModel):
    _name = "billing.verifying"
    _description = "Documents for Verification"

    # -- of customers -------------------------------------------------------------------------------------------------

    @api.private
    def send(self, account, person, kind, files, asked=None):
        """Take a document that a person of the customer sends; the caller has asked for their role.

        :param account: the `billing.account` (elevated)
        :param person: the `res.partner`
        :param str kind: of the document
        :param files: [(name, bytes), ...]
        :param asked: the `billing.verification` (elevated) of the account that asks for it; None: nobody does
        :return: the `billing.verification` (elevated)
        :raise UserError: nothing is sent, too much waits, or files are refused
        """
        files = self.env["billing.question.files"].check(files, FILE_TYPES)
        if not files:
            raise UserError(self.env._("Choose at least one file: a scan or a photo of the document."))
        account.hold()  # of forms that are sent at once, the others wait and are counted
        verifications = account.env["billing.verification"]
        self._check_limits(verifications, account)
        if not asked:
            if kind not in verifications._fields["kind"].get_values(self.env):
                raise UserError(self.env._("Choose which document it is."))
            # told by the customer, so that nobody need be told
            asked = verifications.with_context(billing_sent_unasked=True).create(
                {"account_id": account.id, "kind": kind}
            )
        self.env["billing.life"].apply_event(VERIFICATION_LIFE, asked, "send")
        asked.attachment_ids.unlink()  # of one that was refused
        asked.write(
            {
                "person_id": person.id,
                "received_on": fields.Datetime.now(),
                "decided_on": False,
                "reason": False,
                "attachment_ids": [
                    (0, 0, {"name": name, "raw": content, "res_model": asked._name, "res_id": asked.id})
                    for name, content in files
                ],
            }
        )
        self._remind(asked)
        return asked

    def _check_limits(self, verifications, account):
        own = [("account_id", "=", account.id)]
        today = fields.Datetime.now().replace(hour=0, minute=0, second=0)
        if (
            verifications.search_count([*own, ("state", "=", RECEIVED)]) >= MOST_WAITING
            or verifications.search_count([*own, ("received_on", ">=", today)]) >= MOST_A_DAY
        ):
            raise UserError(
                self.env._("We have several documents of yours to look at. Please wait until we have done so.")
            )

    # -- of staff -----------------------------------------------------------------------------------------------------

    @api.private
    def begin(self, verifications):
        """Tell the customer of what staff asks for."""
        if self.env.context.get("billing_sent_unasked"):
            return
        for one in verifications:
            self._tell(one, lambda _: _("Please send us a document"), "online_billing_portal.mail_verification_asked")

    @api.private
    def accept(self, verifications):
        """Accept documents, and tell the customer."""
        self._decide(verifications, "accept", {})
        for one in verifications:
            self._tell(
                one, lambda _: _("We have accepted your document"), "online_billing_portal.mail_verification_accepted"
            )

    @api.private
    def refuse(self, verification, reason):
        """Refuse a document, and tell the customer why.

        :raise UserError: no reason is given, or nothing waits
        """
        verification.check_access("write")
        if not (reason or "").strip():
            raise UserError(self.env._("Write what is wrong with the document: the customer reads it."))
        self._decide(verification, "refuse", {"reason": reason.strip()})
        self._tell(
            verification, lambda _: _("We need another document"), "online_billing_portal.mail_verification_refused"
        )

    @api.private
    def cancel(self, verifications):
        """Need documents no more that were asked for or refused."""
        self._decide(verifications, "cancel", {"reason": False})

    @api.private
    def reopen(self, verifications):
        """Take a decision back: the document waits again."""
        self._decide(verifications, "reopen", {"reason": False, "decided_on": False})
        for one in verifications.sudo():  # sudo: the task belongs to whoever checks
            self._remind(one)

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _decide(self, verifications, event, values):
        verifications.check_access("write")
        verifications = verifications.sudo()  # sudo: only along the table
        self.env["billing.life"].apply_event(VERIFICATION_LIFE, verifications, event)
        verifications.write({"decided_on": fields.Datetime.now(), **values})
        verifications.activity_unlink([CHECK])

    def _remind(self, verification):
        """Give whoever checks it a task, unless there is one."""
        if not verification.activity_search([CHECK]):
            user = verification.user_id or self.env["billing.work.loop"].get_responsible(verification.account_id)
            deadline = self.env["billing.tasks"].get_deadline(CHECK)
            verification.activity_schedule(CHECK, deadline, user_id=user.id, summary=verification.partner_id.name)

    def _tell(self, verification, get_subject, template):
        """Mail whoever sent it, if they decide for the account still; what nobody has sent is asked of the customer."""
        verification = verification.sudo()  # sudo: whom to tell
        person = verification.person_id or verification.partner_id
        if not self.env["billing.portal.access"].manages_all(person, verification.account_id):
            return
        subject = get_subject(verification.with_context(lang=person.lang or self.env.lang).env._)
        self.env["billing.portal.mails"].send(verification, person, subject, template)
