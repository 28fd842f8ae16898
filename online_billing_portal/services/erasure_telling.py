"""The last mail of an erasure: sent within some days, or told to staff; its address is kept no longer than that."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.online_billing.models.delivery.mail_mail import UNDELIVERED
from odoo.addons.online_billing.services.shared.work_loop import Pass, Queue
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..models.erasure import CLOSED, NOT_TOLD, TOLD, WAITING
from .erasure_undelivered import TELL

#: so long a mail to an address that is erased may wait, tried once a day; then it is deleted, sent or not
MAIL_DAYS = 7
NOT_LOOKED_AT = "erasure.mails_not_looked_at"  # by which its task is known again


class BillingErasureTelling(models.AbstractModel):
    """An address that is written out in a mail outlives the erasure of its contact: what holds one is kept track of."""

    _name = "billing.erasure.telling"
    _inherit = "billing.work.loop"
    _description = "Tell Whose Data Is Erased"

    _batch_size = 20

    # -- entry points -------------------------------------------------------------------------------------------------

    @api.private
    def tell(self, erasure, address, name, lang, seen, about):
        """Tell whoever asked what is erased, what stays and why: their address is written nowhere any more.

        Who has no address is written a letter.

        :param erasure: the `billing.erasure` (elevated), done
        :param seen: `res.company` that they may know of as those of the customer
        :param about: name of the contact who was erased alone, where that is not they
        """
        if not address:
            erasure.write({"telling": NOT_TOLD})
            self.env["billing.erasure.undelivered"].ask_somebody(erasure, self.env._("they have no e-mail address"))
            return
        record = erasure.with_context(lang=lang or self.env.lang)
        keeping = record.env["billing.erasure.keeping"]
        stays = keeping.get_reasons(record._get_subject(), record.company_id, seen) if record.is_shared else ()
        mail = record.env["billing.portal.mails"].send_once(
            record,
            address,
            record.env._("%(company)s: your data is erased", company=record.company_id.name)
            if not about
            else record.env._(
                "%(company)s: the data of %(name)s is erased", company=record.company_id.name, name=about
            ),
            "online_billing_portal.mail_erasure_done",
            name=name,
            about=about,
            stays="\n".join(stays),
        )
        self.watch(erasure, mail)
        erasure.write({"telling": WAITING, "telling_mail_id": mail.id})

    @api.private
    def watch(self, erasure, mails):
        """Let mails in which an erased address is written out be deleted after some days, sent or not.

        :param erasure: the `billing.erasure` (elevated)
        """
        if mails:
            until = fields.Date.today() + timedelta(days=MAIL_DAYS)
            erasure.write({"mail_ids": [(4, mail.id) for mail in mails], "mails_until": until})

    @api.private
    def note_handed_over(self, mails):
        """Note that whoever asked was told, where their last mail is among those that a mail server has taken.

        :param mails: `mail.mail` that exist still
        """
        # sudo: the mail queue works for everybody
        own = [("telling_mail_id", "in", mails.ids), ("telling", "=", WAITING)]
        self.env["billing.erasure"].sudo().search(own).write({"telling": TOLD})

    @api.private
    def work(self):
        """Look at mails that wait still, until the cron's time is up."""
        self.work_through(Pass())

    @api.private
    def close(self, erasure):
        """Note that whoever could not be told by mail was written a letter, or cannot be told.

        :raise AccessError: the user is no billing manager
        :raise UserError: nobody waits to be told
        """
        erasure._check_decider()
        if erasure.telling != NOT_TOLD:
            raise UserError(self.env._("There is nobody to tell any more."))
        erasure.sudo().write({"telling": CLOSED})  # sudo: by this button alone
        erasure.sudo().activity_unlink([TELL])

    # -- the loop -----------------------------------------------------------------------------------------------------

    def _get_queue(self, work):
        return Queue("billing_erasure", "unit", SQL("unit.mails_until IS NOT NULL"), stays=True)

    def _handle(self, work, units):
        for erasure in self.env["billing.erasure"].sudo().browse(units):  # sudo: the cron works for everybody
            self._look(erasure.with_company(erasure.company_id))

    def _note_failure(self, work, unit_id, value, error):
        erasure = self.env["billing.erasure"].sudo().browse(unit_id)  # sudo: as above
        self.env["billing.tasks"].give(
            erasure,
            NOT_LOOKED_AT,
            "mail.mail_activity_data_todo",
            user_id=self.get_responsible(erasure).id,
            summary=self.env._("Mails of an erasure could not be looked at"),
            note=self.env._(
                "They are still there, and so are the addresses in them; it is tried again every day. %(reason)s",
                reason=self.get_reason(error),
            ),
        )

    def _look(self, erasure):
        """Delete what was sent, try again what failed, and after the last day delete what is left."""
        is_over = erasure.mails_until <= fields.Date.today()
        left = erasure.mail_ids.filtered(lambda mail: mail.state in UNDELIVERED)
        (erasure.mail_ids - left).unlink()
        last = erasure.telling_mail_id.exists()
        # one that is gone and was not seen to be handed over has told nobody
        if erasure.telling == WAITING and (is_over or last not in left):
            self.env["billing.erasure.undelivered"].give_up(erasure, last)
        if is_over:
            left.unlink()
        else:
            left.filtered(lambda mail: mail.state == "exception").mark_outgoing()
        if is_over or not left:
            erasure.mails_until = False
        self.env["billing.tasks"].close(erasure, NOT_LOOKED_AT)
