"""Whom a last mail of an erasure has not reached: staff has the task to write a letter, without the address."""

from odoo import api, models

from ..models.erasure import NOT_TOLD, WAITING

TELL = "online_billing_portal.mail_activity_type_tell"
#: no other attempt helps: Odoo deletes such a mail at once
HOPELESS = ("mail_email_invalid", "mail_email_missing")


class BillingErasureUndelivered(models.AbstractModel):
    _name = "billing.erasure.undelivered"
    _description = "Last Mails That Were Not Delivered"

    @api.private
    def note(self, mail, again):
        """Note that a mail was not handed over, if it is the last one of an erasure and trying again does not help.

        :param mail: a `mail.mail` that exists still
        :param again: whether trying again may help
        """
        if again and mail.failure_type not in HOPELESS:
            return
        # sudo: the mail queue works for everybody
        own = [("telling_mail_id", "in", mail.ids), ("telling", "=", WAITING)]
        for erasure in self.env["billing.erasure"].sudo().search(own):
            self.give_up(erasure, mail)

    @api.private
    def give_up(self, erasure, mail):
        """Tell staff that the last mail was not delivered; what the mail server said may name the address.

        :param erasure: the `billing.erasure` (elevated)
        """
        kinds = dict(mail._fields["failure_type"]._description_selection(self.env))
        erasure.write({"telling": NOT_TOLD})
        self.ask_somebody(erasure, kinds.get(mail.failure_type) or self.env._("It was not handed over."))

    @api.private
    def ask_somebody(self, erasure, reason):
        """Give a manager the task to tell whoever asked, unless one has it."""
        self.env["billing.tasks"].give(
            erasure,
            "erasure.not_told",
            TELL,
            user_id=self.env["billing.work.loop"].get_responsible(erasure).id,
            summary=self.env._("Write a letter: the data is erased"),
            note=self.env._(
                "Whoever asked for the erasure does not know yet that it is done: the mail to them could not be"
                " delivered (%(reason)s), and its address is not kept any longer. The request says to whom a letter can"
                " still be written, and what to do where it cannot.",
                reason=reason,
            ),
        )
