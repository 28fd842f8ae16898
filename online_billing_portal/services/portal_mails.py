"""Mails to a person of the customer about what they asked for: in their language, with the way to the page."""

from odoo import api, models
from odoo.addons.online_billing.models.delivery.addressed import on_one_line

MAIL_QUEUES = ("mail.ir_cron_mail_scheduler_action", "online_billing.cron_hand_over_mails_2")


class BillingPortalMails(models.AbstractModel):
    _name = "billing.portal.mails"
    _description = "Mails of the Portal"

    @api.private
    def send(self, record, person, subject, template):
        """Queue a mail to one person; without an address there is none.

        :param record: what it is about, of a company
        :param person: a `res.partner`
        :param str subject: in the language of the person
        :param str template: of the text; it gets `record`, `person`, `company` and `url`, where the site is
        :return: whether it was queued
        """
        if not person.email:
            return False
        # sudo: the mail is the company's, whoever did what it tells of
        record = record.sudo().with_context(lang=person.lang or self.env.lang or "en_US", mail_notify_force_send=False)
        company = record.company_id
        body = self._render(record, template, person=person.sudo())  # sudo: as above
        record.env["mail.thread"].message_notify(
            model=record._name,
            res_id=record.id,
            subject=on_one_line(subject),
            body=body,
            author_id=company.partner_id.id,
            email_from=on_one_line(company.email_formatted) or False,
            partner_ids=person.ids,
            email_layout_xmlid="online_billing.mail_layout",
            email_add_signature=False,
            mail_auto_delete=True,
        )
        self.env["billing.delivery.queue"].wake_crons(MAIL_QUEUES)
        return True

    @api.private
    def send_once(self, record, address, subject, template, **values):
        """Queue a mail to an address that is to stand nowhere once it is handed over, and return the mail.

        Odoo deletes it once it is handed over; what becomes of one that cannot be is the caller's business.

        :param record: what it is about, of a company, in the language of whoever reads it
        :param str address: of one person
        :param str subject: in their language
        :param str template: of the text; it gets `record`, `company`, `url` and the values
        """
        record, lang = record.sudo(), record.env.lang or "en_US"  # sudo: as above
        company, subject = record.company_id, on_one_line(subject)
        message = record.env["mail.message"].new({"subject": subject, "body": self._render(record, template, **values)})
        look = {"message": message, "company": company, "lang": lang, "record_name": subject}
        qweb = record.env["ir.qweb"]
        sender = on_one_line(company.email_formatted) or False
        mail = record.env["mail.mail"].create(
            {
                "subject": subject,
                "body_html": qweb._render("online_billing.mail_layout", look, minimal_qcontext=True, lang=lang),
                "email_to": address,
                "author_id": company.partner_id.id,
                "auto_delete": True,
                "billing_is_own": True,  # so that it is told when somebody takes it out of the queue
                **({"email_from": sender} if sender else {}),
            }
        )
        self.env["billing.delivery.queue"].wake_crons(MAIL_QUEUES)
        return mail

    def _render(self, record, template, **values):
        values |= {"record": record, "company": record.company_id, "url": record.get_base_url()}
        lang = record.env.lang or "en_US"
        return record.env["ir.qweb"]._render(template, values, minimal_qcontext=True, lang=lang)
