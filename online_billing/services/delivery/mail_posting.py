"""Post the mails of a batch: what Odoo's `message_post` makes for one document, in few statements for all of them."""

from contextlib import contextmanager
from typing import NamedTuple

from markupsafe import escape
from odoo import api, models
from odoo.tools import SQL, clean_context, split_every

from ...models.delivery.batch import get_batch
from ..shared.origins import is_only_of

# what is posted here is what these methods of Odoo would post; all that they call is called as ever
STOOD_IN_FOR = (
    "message_post",
    "_create_attachments_for_post",
    "_message_compute_parent_id",
    "_notify_thread",
    "_notify_thread_by_email",
    "_process_attachments_for_post",
)
KNOWN = frozenset(("base", "mail", "account", "online_billing", "portal", "rating", "sms", "snailmail"))
MESSAGE = ("email_add_signature", "email_layout_xmlid", "mail_server_id", "reply_to", "reply_to_force_new")
NOTIFY = ("mail_auto_delete", "model_description", "notify_author_mention")
PLAIN = frozenset(
    (
        *MESSAGE,
        *NOTIFY,
        "attachments",
        "author_id",
        "body",
        "email_from",
        "message_type",
        "partner_ids",
        "subject",
        "subtype_id",
        "subtype_xmlid",
    )
)
MOST_ANCESTORS = 32  # messages among which Odoo looks for what a mail refers to
IN_THE_BODY = ("cid:", "data-filename", "data:image")  # a text that carries files is Odoo's


class Posting(NamedTuple):
    """A message to be posted on a document."""

    record: object
    values: dict  # of mail.message
    notify: dict  # how it is notified
    files: list  # (name, content)


class BillingMailPosting(models.AbstractModel):
    """Each document gets its message, its mail and its notifications; only the rows are written for all at once."""

    _name = "billing.mail.posting"
    _description = "Post Mails"

    @api.private
    @contextmanager
    def collecting(self, records, files_move=False):
        """Let the messages wait that are posted on documents of a batch meanwhile, and post them together at the end.

        Where there is no batch, or somebody has changed what is stood in for, each is posted at once.

        :param files_move: the files belong to the message and not to the document, as Odoo has it for invoices
        """
        batch = get_batch(self)
        if not batch or not self._can_post(records):
            yield
            return
        batch.kept = []
        try:
            yield
            kept = batch.kept
        finally:
            batch.kept = None
        self._post(records, kept, files_move)

    def _can_post(self, records):
        return (
            self.env.context.get("mail_notify_force_send") is False
            and not records._mail_thread_customer
            and is_only_of(records, STOOD_IN_FOR, KNOWN)
            and is_only_of(self.env["account.move.send"], ("_send_mail",), KNOWN)
        )

    def _post(self, records, kept, files_move):
        """Post messages on their documents, and mail them to those they are addressed to.

        :param list kept: [(document, what `message_post` is given)]
        """
        plain, messages = {}, {}
        for record, given in kept:
            if self._is_plain(given):
                plain.setdefault(record.env, []).append((record, given))
            else:
                messages[record.id] = record.message_post(**given)
        for some in plain.values():
            messages |= self._post_plain(some)
        if messages:
            self._note(records, messages, files_move)

    def _note(self, records, messages, files_move):
        """Note on each document which message it was sent with, and whose files these are."""
        # all else that waits to be written on the documents is written with their mark
        records.flush_recordset(["billing_delivery_message_id"])
        self.env["ir.attachment"].flush_model(["res_model", "res_id"])
        self.env.cr.execute(
            SQL(
                "UPDATE %s document SET billing_delivery_message_id = sent.message_id"
                " FROM unnest(%s::int[], %s::int[]) sent (id, message_id) WHERE document.id = sent.id",
                SQL.identifier(records._table),
                list(messages),
                [message.id for message in messages.values()],
            )
        )
        records.invalidate_recordset(["billing_delivery_message_id"])
        if files_move:
            held = [(file.id, message.id) for message in messages.values() for file in message.sudo().attachment_ids]
            self.env.cr.execute(
                SQL(
                    "UPDATE ir_attachment file SET res_model = 'mail.message', res_id = held.message_id"
                    " FROM unnest(%s::int[], %s::int[]) held (id, message_id) WHERE file.id = held.id",
                    [file_id for file_id, _message_id in held],
                    [message_id for _file_id, message_id in held],
                )
            )
            self.env["ir.attachment"].invalidate_model(["res_model", "res_id"])

    def _is_plain(self, given):
        body = given.get("body") or ""
        return (
            given.keys() <= PLAIN
            and given.get("message_type") == "comment"
            and not any(mark in body for mark in IN_THE_BODY)
            and all(len(file) == 2 and isinstance(file[1], bytes) for file in given.get("attachments") or ())
        )

    def _post_plain(self, kept):
        first = kept[0][0]
        records = first.browse([record.id for record, _given in kept])._fallback_lang()
        parents, owners = self._get_parents(records), self._get_owners(records)
        postings = [
            self._prepare(record, given, {**owners[record.id], "parent_id": parents.get(record.id, False)})
            for record, (_record, given) in zip(records, kept, strict=True)
        ]
        self._attach(records, postings)
        messages = records._message_create([posting.values for posting in postings])
        self._follow(postings)
        for posting, message in zip(postings, messages, strict=True):
            posting.record._message_post_after_hook(message, posting.values)
        batch = get_batch(records)
        batch.recipients = self._get_recipients(records, postings)
        batch.ancestors = self._get_ancestors(messages)
        try:
            self._notify(records, postings, messages)
        finally:
            batch.recipients, batch.ancestors = {}, {}
        return dict(zip(records.ids, messages, strict=True))

    # -- the message --------------------------------------------------------------------------------------------------

    def _get_parents(self, records):
        """Return {id of the document: id of the message that the new one answers}, as Odoo chooses it."""
        if not records._mail_flat_thread:
            return {}
        self.env["mail.message"].flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT DISTINCT ON (res_id) res_id, id FROM mail_message WHERE model = %s AND res_id IN %s"
                    " AND message_type <> 'user_notification' ORDER BY res_id,"
                    " message_type IN ('comment', 'email') DESC, COALESCE(date, create_date) DESC, id DESC",
                    records._name,
                    tuple(records.ids),
                )
            )
        )

    def _get_owners(self, records):
        """Return {id of the document: values of the company and the domain whose message it is}."""
        # sudo: as Odoo does, for the domain is for administrators
        domains = records.sudo()._mail_get_alias_domains(default_company=self.env.company)
        companies = records._mail_get_companies(default=self.env.company)
        return {
            record.id: {
                "record_alias_domain_id": domains[record.id].id,
                "record_company_id": companies[record.id].id,
            }
            for record in records
        }

    def _prepare(self, record, given, known):
        author_id, email_from = record._message_compute_author(given.get("author_id"), given.get("email_from"))
        external_ids = self.env["ir.model.data"]
        subtype_id = given.get("subtype_id")
        if xmlid := given.get("subtype_xmlid"):
            subtype_id = external_ids._xmlid_to_res_id(xmlid)
        values = {
            "email_add_signature": True,
            **{name: given[name] for name in MESSAGE if name in given},
            "author_id": author_id,
            "author_guest_id": False,
            "email_from": email_from,
            "model": record._name,
            "res_id": record.id,
            "body": escape(given.get("body") or ""),
            "message_type": given["message_type"],
            "subject": given.get("subject") or False,
            "subtype_id": subtype_id or external_ids._xmlid_to_res_id("mail.mt_note"),
            "partner_ids": list(given.get("partner_ids") or []),
            "incoming_email_to": False,
            "incoming_email_cc": False,
            "outgoing_email_to": False,
            **known,
        }
        if "reply_to" not in values:
            values["reply_to"] = record._notify_get_reply_to(default=email_from, author_id=author_id)[record.id]
        notify = {name: given[name] for name in NOTIFY if name in given}
        return Posting(record, values, notify, given.get("attachments") or [])

    def _attach(self, records, postings):
        """Make the files of all messages."""
        vals_list = [
            {
                "name": name,
                "raw": content,
                "type": "binary",
                "description": name,
                "res_model": posting.record._name,
                "res_id": posting.record.id,
            }
            for posting in postings
            for name, content in posting.files
        ]
        # sudo: as Odoo does; whoever may post may attach
        made = iter(records.env["ir.attachment"].sudo().create(vals_list))
        for posting in postings:
            posting.values["attachment_ids"] = [(4, next(made).id) for _file in posting.files]

    def _follow(self, postings):
        """Let whoever wrote a message get the answers to it, as Odoo does."""
        if self.env.context.get("mail_post_autofollow_author_skip"):
            return
        comment_id = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
        followed = {}
        for record, values, _notify, _files in postings:
            author = record._message_compute_real_author(values["author_id"])
            if values["subtype_id"] == comment_id and author and not author.partner_share:
                followed[author.id] = followed.get(author.id, record.browse()) | record
        for author_id, records in followed.items():
            records._message_subscribe(partner_ids=[author_id])

    # -- who is notified ----------------------------------------------------------------------------------------------

    def _notify(self, records, postings, messages):
        """Queue the mails of all messages; whoever is notified otherwise is so by Odoo, message by message."""
        mails_vals, addressed = [], []
        self._read_parents(postings)
        limit = int(self._get_parameter("mail.batch_size") or 0) or 50
        for (record, values, notify, _files), message in zip(postings, messages, strict=True):
            values = {**values, "tracking_value_ids": []}
            recipients = record._notify_get_recipients(message, msg_vals=values, **notify)
            record._notify_thread_with_out_of_office(message, recipients, msg_vals=values, **notify)
            if not recipients:
                continue
            record._notify_thread_by_inbox(message, recipients, msg_vals=values, **notify)
            for vals, notification, partner_ids in self._write_mails(
                record, values, notify, message, recipients, limit
            ):
                mails_vals.append(vals)
                addressed.append((notification, partner_ids))
            record._notify_thread_by_web_push(message, recipients, msg_vals=values, **notify)
        # without defaults that are meant for other records, as Odoo does
        env = records.env(context=clean_context(records.env.context))
        mails = env["mail.mail"].sudo().create(mails_vals)  # sudo: as Odoo does; the queue is for administrators
        env["mail.notification"].sudo().create(  # sudo: as above
            [
                {**notification, "mail_mail_id": mail.id, "res_partner_id": partner_id}
                for mail, (notification, partner_ids) in zip(mails, addressed, strict=True)
                for partner_id in partner_ids
            ]
        )

    def _read_parents(self, postings):
        """Read at once whom Odoo asks for message by message: who wrote what the new ones answer."""
        parents = {posting.values["parent_id"] for posting in postings if posting.values["parent_id"]}
        self.env["mail.message"].sudo().browse(parents).author_id.mapped("active")  # sudo: as Odoo does

    def _get_ancestors(self, messages):
        """Return {(domain as text, limit, order) by which Odoo searches for the messages before one: their ids}.

        None where somebody else has a say in which messages are found.
        """
        if not is_only_of(self.env["mail.message"], ("_search",), KNOWN):
            return {}
        self.env["mail.message"].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT message.id, message.model, message.res_id, ARRAY(SELECT other.id FROM mail_message other"
                " WHERE other.model = message.model AND other.res_id = message.res_id AND other.id <> message.id"
                " AND other.subtype_id IS NOT NULL AND other.message_id <> '' ORDER BY other.id DESC LIMIT %s)"
                " FROM mail_message message WHERE message.id IN %s",
                MOST_ANCESTORS,
                tuple(messages.ids),
            )
        )
        found = {}
        for message_id, model, res_id, ids in rows:
            domain = [
                ("model", "=", model),
                ("res_id", "=", res_id),
                ("id", "!=", message_id),
                ("subtype_id", "!=", False),
                ("message_id", "!=", False),
            ]
            found[str(domain), MOST_ANCESTORS, "id DESC"] = ids
        return found

    def _get_parameter(self, name):
        return self.env["ir.config_parameter"].sudo().get_param(name)  # sudo: as Odoo does

    def _get_recipients(self, records, postings):
        """Return what Odoo wants to know of those whom the messages are addressed to, asked for all documents at once.

        :return: {(kind of message, subtype): {id of the document: {id of the partner: what is known}}}
        """
        kinds = {}
        for posting in postings:
            kinds.setdefault((posting.values["message_type"], posting.values["subtype_id"]), []).append(posting)
        return {
            kind: self.env["mail.followers"]._get_recipient_data(
                records.browse([posting.record.id for posting in some]),
                *kind,
                sorted({partner_id for posting in some for partner_id in posting.values["partner_ids"]}),
            )
            for kind, some in kinds.items()
        }

    def _write_mails(self, record, values, notify, message, recipients, limit):
        """Yield (values of a mail, of its notifications, ids of those who get it)."""
        partners = [recipient for recipient in recipients if recipient["notif"] == "email" and recipient["id"]]
        if not partners:
            return
        base = record._notify_by_email_get_base_mail_values(
            message, partners, additional_values={"auto_delete": notify.get("mail_auto_delete", True)}
        )
        notification = record._notify_by_email_get_base_notification_values(message)
        groups = record._notify_get_classified_recipients_iterator(
            message, partners, msg_vals=values, model_description=notify.get("model_description", False)
        )
        for _lang, render_values, group in groups:
            body = record._notify_by_email_render_layout(message, group, msg_vals=values, render_values=render_values)
            for partner_ids in split_every(limit, group["recipients_ids"]):
                yield (
                    record._notify_by_email_get_final_mail_values(
                        partner_ids, base, additional_values={"body_html": body}
                    ),
                    notification,
                    partner_ids,
                )
