"""Hand mails of the billing over to the mail server: read in chunks, each handed over in a transaction of its own."""

import logging
import smtplib
from typing import NamedTuple

import psycopg2
from odoo import api, models
from odoo.fields import Command
from odoo.tools import SQL, split_every
from odoo.tools.mail import email_split_and_format_normalize
from psycopg2.errors import LockNotAvailable, SerializationFailure

from ..shared.origins import is_only_of
from .mime import MailWriter

_logger = logging.getLogger(__name__)

CHUNK = 20  # mails that are held in memory at once
REFUSED_AS_SPAM = "OutboundSpamException"  # by which Odoo knows such an answer of a mail server
NO_ADDRESS = "-"  # where Odoo would look for an address again and find none
# What is done here in few statements is what these methods do; `mailing` of Odoo only adds to mails of its own.
STOOD_IN_FOR = (
    ("mail.mail", ("_send", "_postprocess_sent_message", "write")),
    ("mail.notification", ("write",)),
)
# methods of the mail server that put a mail together or take it apart: those written here have no parts to look at
READS_MAILS = ("_build_email__", "_prepare_email_message__", "_alter_message__", "send_email")
KNOWN = frozenset(("base", "bus", "mail", "mass_mailing", "online_billing", "portal", "rating", "sms", "snailmail"))


class Envelope(NamedTuple):
    """A mail as it goes to the mail server."""

    message: object  # email.message.EmailMessage
    mail_server_id: int
    message_id: str
    written: object  # when the mail was last changed
    context: dict  # by which Odoo finds the sender of the envelope


class BillingMailHandOver(models.AbstractModel):
    """Odoo reads anew for every mail what a transaction before it has read already; here it is read for a chunk.

    What is sent is made by Odoo's own methods. What is left behind is what Odoo leaves: the mail sent or deleted, the
    notifications sent. A mail that is not plain (an address without a contact, none at all, changed meanwhile) goes
    Odoo's own way. One that the mail server does not take is tried again later, by the delay of its document.
    """

    _name = "billing.mail.hand.over"
    _description = "Hand Over Mails"

    @api.private
    def hand_over(self, mails, settings, callback=None):
        """Hand mails over, each committed by itself, so that a kill can at most repeat the one that was on its way.

        Several workers may do so at once: a mail that another one holds or has sent is left to it.

        :param mails: mails of the billing
        :param dict settings: how Odoo's queue sends them: mail server, session, alias domain
        :param callback: told the ids of mails that were done
        """
        is_quick = self._is_quick()
        for ids in split_every(CHUNK, mails.ids):
            self.env.cr.commit()  # pylint: disable=invalid-commit
            waiting = self._split(mails.browse(self._get_waiting(ids)))
            envelopes = self._write_envelopes(waiting, settings) if is_quick else {}
            done = []
            try:
                for mail in waiting:
                    if envelopes.get(mail.id) and self._send(mail, envelopes[mail.id], settings):
                        done.append(mail.id)
                    else:
                        self._send_as_odoo_does(mail, settings)
            finally:
                self._forget(mails.browse(done))
            if callback:
                callback(list(ids))

    def _is_quick(self):
        """Tell whether nobody has changed what is stood in for."""
        return all(is_only_of(self.env[name], methods, KNOWN) for name, methods in STOOD_IN_FOR)

    def _get_waiting(self, ids):
        rows = self.env.execute_query(SQL("SELECT id FROM mail_mail WHERE id IN %s AND state = 'outgoing'", tuple(ids)))
        found = {row[0] for row in rows}
        return [mail_id for mail_id in ids if mail_id in found]

    def _split(self, mails):
        """Give each recipient a mail of its own: an address that is refused keeps it from nobody else.

        :return: the mails, with those that were made
        """
        for mail in mails.filtered(lambda mail: len(mail.recipient_ids) > 1):
            if self._hold(mail) is not None:
                mails |= self._split_off(mail)
                self.env.cr.commit()  # pylint: disable=invalid-commit
        return mails

    def _split_off(self, mail):
        """Return the mails that were made for all recipients of a mail but the first, which keeps it."""
        first, *others = mail.recipient_ids
        # sudo: as Odoo's queue does, which divides a mail in this way between the minutes of a person's mail server
        mail = mail.sudo()
        notifications = mail.env["mail.notification"].search([("mail_mail_id", "=", mail.id)])
        made = mail.browse()
        for partner in others:
            own = mail.copy(
                {
                    "mail_message_id": mail.mail_message_id.id,
                    "headers": mail.headers,
                    "recipient_ids": [Command.set(partner.ids)],
                    "email_to": False,
                    "email_cc": False,
                    "billing_is_own": True,
                }
            )
            notifications.filtered(lambda one, partner=partner: one.res_partner_id == partner).mail_mail_id = own
            made |= own
        mail.recipient_ids = [Command.set(first.ids)]
        return made.sudo(False)

    # -- what is sent -------------------------------------------------------------------------------------------------

    def _write_envelopes(self, mails, settings):
        """Return {mail id: Envelope} of mails that go to one address; where one cannot be written, all are Odoo's."""
        unfollowed = mails.filtered(lambda mail: mail.body_html and "/mail/unfollow" in mail.body_html)
        followers = self.env["mail.followers"]._get_mail_doc_to_followers(unfollowed.ids)
        is_known = is_only_of(self.env["ir.mail_server"], READS_MAILS, KNOWN)
        writer = MailWriter() if is_known else None
        try:
            envelopes = {mail.id: self._write_envelope(mail, settings, followers, writer) for mail in mails}
        except Exception:
            _logger.info("%s: these mails are left to Odoo: %s", self._name, mails.ids, exc_info=True)
            self.env.cr.rollback()
            return {}
        return {mail_id: envelope for mail_id, envelope in envelopes.items() if envelope}

    def _write_envelope(self, mail, settings, followers, writer):
        mail_server = settings["mail_server"]
        pages = mail._prepare_outgoing_list(mail_server=mail_server or mail.mail_server_id, doc_to_followers=followers)
        if len(pages) != 1 or not pages[0]["partner_id"]:
            return None
        [page] = pages
        context = {"send_validated_to": page["email_to_normalized"]}
        if alias_domain_id := settings["alias_domain_id"]:
            # sudo: as Odoo's queue does
            alias_domain = self.env["mail.alias.domain"].sudo().browse(alias_domain_id)
            context["domain_notifications_email"] = alias_domain.default_from_email
            context["domain_bounce_address"] = page["headers"].get("Return-Path") or alias_domain.bounce_email
        senders = email_split_and_format_normalize(mail.email_from)
        servers = self.env["ir.mail_server"]
        sender = senders[0] if senders else mail.email_from
        is_written_here = writer and sender and writer.can_write(page)
        if is_written_here:
            message = writer.write(sender, page)
        else:
            message = self._build_as_odoo_does(servers.with_context(**context), sender, page)
        # as Odoo finds them for each mail, in this order; those of the company are asked without the mail's context,
        # which would stay in memory with all that was asked in it, and be compared with that of every later mail
        bounce = context.get("domain_bounce_address") or message["Return-Path"] or servers._get_default_bounce_address()
        notifications = context.get("domain_notifications_email") or servers._get_default_from_address()
        context["domain_bounce_address"] = bounce or message["From"]
        context["domain_notifications_email"] = notifications or NO_ADDRESS
        return Envelope(message, mail.mail_server_id.id, mail.message_id, mail.write_date, context)

    def _build_as_odoo_does(self, servers, sender, page):
        return servers._build_email__(
            email_from=sender,
            email_to=page["email_to"],
            subject=page["subject"],
            body=page["body"],
            body_alternative=page["body_alternative"],
            email_cc=page["email_cc"],
            reply_to=page["reply_to"],
            attachments=page["attachments"],
            message_id=page["message_id"],
            references=page["references"],
            object_id=page["object_id"],
            subtype="html",
            subtype_alternative="plain",
            headers=page["headers"],
        )

    # -- how it is sent -----------------------------------------------------------------------------------------------

    def _send(self, mail, envelope, settings):
        """Hand one mail over, and tell whether that was tried; what came of it is noted.

        :return: False if the mail is still to be sent
        """
        notifications = self._hold(mail, envelope.written)
        if notifications is None:
            return False
        try:
            sent_as = (
                self.env["ir.mail_server"]
                .with_context(**envelope.context)
                .send_email(
                    envelope.message, mail_server_id=envelope.mail_server_id, smtp_session=settings["smtp_session"]
                )
            )
        except smtplib.SMTPServerDisconnected as error:
            # the session is gone, and whether the mail has arrived is not known: it waits for another attempt
            self._note_failure(mail, str(error))
            raise
        except AssertionError:  # nothing was sent: a sender or an address is missing, and Odoo knows how to say so
            self.env.cr.rollback()
            return False
        except Exception as error:  # it may have been sent all the same, so it is not offered again at once
            _logger.info("%s: mail %s was not taken", self._name, mail.id, exc_info=True)
            if isinstance(error, psycopg2.Error):  # the transaction is lost, and the lock with it
                self.env.cr.rollback()
                if self._hold(mail) is None:
                    return True
            self._note_failure(mail, str(error))
            return True
        self._note_sent(mail, envelope, sent_as, notifications)
        self.env.cr.commit()  # pylint: disable=invalid-commit
        return True

    def _hold(self, mail, written=None):
        """Lock a mail and what it notifies, so that nothing can fail any more once it is sent.

        Whoever sends a mail by Odoo's own way, by hand for instance, locks what it notifies, and writes the mail when
        it is sent: waiting for that ends in a deadlock, whose victim may be the transaction that has sent the mail.

        :param written: when the mail was changed last, if it is to be as it was then
        :return: ids of the notifications; None if the mail is held, was sent or was changed by somebody else
        """
        condition = SQL("AND write_date = %s", written) if written else SQL()
        query = SQL(
            "WITH held AS (SELECT id FROM mail_mail WHERE id = %s AND state = 'outgoing' %s"
            " FOR UPDATE SKIP LOCKED), noted AS (SELECT notification.id FROM mail_notification notification"
            " JOIN held ON notification.mail_mail_id = held.id WHERE notification.notification_type = 'email'"
            " AND notification.notification_status NOT IN ('sent', 'canceled')"
            " FOR UPDATE OF notification NOWAIT)"
            " SELECT held.id, ARRAY(SELECT id FROM noted) FROM held",
            mail.id,
            condition,
        )
        self.env.flush_query(query)
        try:
            # where two lanes meet, that one of them loses is nothing to be told
            self.env.cr.execute(query, log_exceptions=False)
            rows = self.env.cr.fetchall()
        except (SerializationFailure, LockNotAvailable):  # another one is sending it, or has just done so
            rows = []
        if not rows:
            self.env.cr.rollback()
            return None
        return rows[0][1]

    def _note_sent(self, mail, envelope, sent_as, notifications):
        if sent_as != envelope.message_id:
            mail.message_id = sent_as
            mail.flush_recordset()
        self.env.cr.execute(
            SQL(
                "WITH noted AS (UPDATE mail_notification SET notification_status = 'sent', failure_type = NULL,"
                " failure_reason = '' WHERE id = ANY(%s)) UPDATE mail_mail SET state = 'sent', failure_type = NULL,"
                " failure_reason = NULL, write_uid = %s, write_date = now() AT TIME ZONE 'UTC' WHERE id = %s",
                notifications,
                self.env.uid,
                mail.id,
            )
        )

    def _note_failure(self, mail, reason):
        """Note why a mail was not taken, as Odoo does."""
        kind = "mail_spam" if REFUSED_AS_SPAM in reason else "unknown"
        self.env.invalidate_all()
        mail.write({"state": "exception", "failure_type": kind, "failure_reason": reason})
        mail._postprocess_sent_message(success_pids=[], success_emails=[], failure_reason=reason, failure_type=kind)
        self.env.cr.commit()  # pylint: disable=invalid-commit

    def _send_as_odoo_does(self, mail, settings):
        """Let Odoo send a mail that still waits, if no other worker holds it; no lock outlives it."""
        self.env.cr.commit()  # pylint: disable=invalid-commit
        if self._hold(mail) is not None:
            mail._send_as_odoo_does(settings)
            self.env.cr.commit()  # pylint: disable=invalid-commit

    def _forget(self, mails):
        """Delete mails that are not kept once they are sent, as Odoo does; the message stays on its document."""
        self.env.cr.rollback()  # what was done is committed, what failed may have left the transaction unusable
        self.env.invalidate_all()
        sent = mails.sudo().filtered(
            lambda mail: mail.auto_delete and mail.state == "sent"
        )  # sudo: as Odoo's queue does
        sent.unlink()
        self.env.cr.commit()  # pylint: disable=invalid-commit
