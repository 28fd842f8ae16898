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
        lang = person.lang or self.env.lang or "en_US"
        # sudo: the mail is the company's, whoever did what it tells of
        record = record.sudo().with_context(lang=lang, mail_notify_force_send=False)
        company = record.company_id
        values = {"record": record, "person": person.sudo(), "company": company, "url": record.get_base_url()}
        body = record.env["ir.qweb"]._render(template, values, minimal_qcontext=True, lang=lang)
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
