"""What happened on an account: bills, payments, what was sent, said and agreed, the latest first."""

import re
from dataclasses import dataclass
from datetime import datetime, time

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, html2plaintext
from odoo.tools.misc import format_date

# entries that are shown at once, and that one press of the button adds
PAGE = 20
TEXT_LENGTH = 160
CURSOR = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{6})?) ([a-z_]{1,40}) (\d{1,18})")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of entries: where they are stored, which of them belong to an account, and when they happened."""

    name: str
    model: str
    at: str
    condition: SQL
    is_day: bool = True
    order: SQL | None = None


class BillingTimeline(models.AbstractModel):
    _name = "billing.timeline"
    _description = "Timeline of a Billing Account"

    @api.private
    def get_entries(self, account, before=""):
        """Return the latest entries of an account, or those before one that was returned earlier.

        :param account: a `billing.account`
        :param str before: the `next` of an earlier answer
        :return: {"entries": [{"key", "kind", "icon", "day", "title", "text", "amount", "state", "tone", "model",
            "id"}], "next": text for the entries before these; empty where there are none}
        :raise UserError: `before` is nothing that was returned
        """
        kinds = [kind for kind in self._get_kinds(account) if self.env[kind.model].has_access("read")]
        rows = self._fetch(kinds, self._read_cursor(before, kinds))
        is_more, rows = len(rows) > PAGE, rows[:PAGE]
        described = {}
        for place, kind in enumerate(kinds):
            ids = [record_id for _at, rank, record_id in rows if rank == place]
            records = self.env[kind.model].browse(ids)._filtered_access("read")
            for record in records:
                described[kind.name, record.id] = getattr(self, f"_describe_{kind.name}")(record)
        entries = [
            {
                "key": f"{kinds[rank].name}-{record_id}",
                "kind": kinds[rank].name,
                "day": self._get_day(kinds[rank], at),
                "model": kinds[rank].model,
                "id": record_id,
                "icon": "fa-circle-o",
                "text": "",
                "amount": "",
                "state": "",
                "tone": "muted",
                **described[kinds[rank].name, record_id],
            }
            for at, rank, record_id in rows
            if (kinds[rank].name, record_id) in described
        ]
        last = ""
        if is_more:
            at, rank, record_id = rows[-1]
            last = f"{at.isoformat()} {kinds[rank].name} {record_id}"
        return {"entries": entries, "next": last}

    # -- which entries there are --------------------------------------------------------------------------------------

    def _get_kinds(self, account):
        """Return the kinds of entries, in the order in which those of one moment stand. An override adds its own.

        Each needs a method `_describe_<name>` that says one record, and an index that answers the latest of an account.
        """
        own = SQL("thing.account_id = %s", account.id)
        billed = SQL("thing.billing_account_id = %s", account.id)
        transferred = self.env["billing.money.book"].get_line_condition("thing", account)
        said = SQL(
            "thing.model = 'billing.account' AND thing.res_id = %s AND thing.message_type IN ('comment', 'email')"
            " AND NOT EXISTS (SELECT FROM billing_collection_message sent"
            " WHERE sent.billing_delivery_message_id = thing.id)",
            account.id,
        )
        by_hand = SQL("%s AND thing.message_id IS NULL", own)
        return [
            Kind("invoice", "account.move", "date", billed),
            Kind("payment", "account.payment", "date", billed),
            Kind("transfer", "account.move.line", "date", transferred),
            Kind("promise", "billing.payment.promise", "date_made", own),
            Kind("step", "billing.collection.entry", "date", by_hand),
            Kind("plan", "billing.installment.plan", "create_date", own, is_day=False),
            Kind("stop", "billing.stop", "create_date", own, is_day=False),
            Kind("message", "billing.collection.message", "create_date", own, is_day=False),
            Kind("note", "mail.message", "date", said, is_day=False, order=SQL("thing.id DESC")),
        ]

    def _fetch(self, kinds, cursor):
        """Return [(moment, place of the kind, id)] of one entry more than a page, by one statement."""
        if not kinds:
            return []
        self.env.flush_all()
        parts = [self._get_part(kind, rank, cursor) for rank, kind in enumerate(kinds)]
        return self.env.execute_query(
            SQL(
                "SELECT at, rank, id FROM (%s) entries ORDER BY at DESC, rank DESC, id DESC LIMIT %s",
                SQL(" UNION ALL ").join(parts),
                PAGE + 1,
            )
        )

    def _get_part(self, kind, rank, cursor):
        at = SQL.identifier("thing", kind.at)
        condition = SQL("%s AND %s IS NOT NULL", kind.condition, at)
        if cursor:
            condition = SQL("%s AND %s", condition, self._get_earlier(kind, rank, at, *cursor))
        return SQL(
            "(SELECT %s::timestamp AS at, %s AS rank, thing.id FROM %s thing WHERE %s ORDER BY %s LIMIT %s)",
            at,
            rank,
            SQL.identifier(self.env[kind.model]._table),
            condition,
            kind.order or SQL("%s DESC, thing.id DESC", at),
            PAGE + 1,
        )

    def _get_earlier(self, kind, rank, at, moment, place, record_id):
        """Return the condition on a kind for what stands below an entry; a day stands for its first moment."""
        if kind.is_day and moment.time() != time.min:
            return SQL("%s <= %s", at, moment.date())
        limit = moment.date() if kind.is_day else moment
        if rank == place:
            return SQL("(%s, thing.id) < (%s, %s)", at, limit, record_id)
        return SQL("%s <= %s", at, limit) if rank < place else SQL("%s < %s", at, limit)

    def _read_cursor(self, before, kinds):
        if not before:
            return None
        found = CURSOR.fullmatch(before) if isinstance(before, str) else None
        places = {kind.name: rank for rank, kind in enumerate(kinds)}
        try:
            moment, name, record_id = found.groups()
            return datetime.fromisoformat(moment), places[name], int(record_id)
        except (AttributeError, KeyError, ValueError):
            raise UserError(self.env._("There are no such entries any more. Load the page anew.")) from None

    def _get_day(self, kind, at):
        moment = at if kind.is_day else fields.Datetime.context_timestamp(self, at)
        return format_date(self.env, moment.date())

    # -- what each says -----------------------------------------------------------------------------------------------

    def _describe_invoice(self, move):
        _ = self.env._
        is_credit = move.move_type == "out_refund"
        states = {
            "not_paid": (_("Open"), "info"),
            "partial": (_("Partly paid"), "info"),
            "in_payment": (_("Paid"), "success"),
            "paid": (_("Paid"), "success"),
            "reversed": (_("Credited"), "muted"),
            "blocked": (_("In dispute"), "warning"),
        }
        state, tone = states.get(move.payment_state, ("", "muted"))
        if move.state != "posted":
            state, tone = (_("Draft"), "info") if move.state == "draft" else (_("Cancelled"), "muted")
        elif is_credit:
            state, tone = (_("Used"), "muted") if move.payment_state in ("paid", "reversed") else (_("Credit"), "info")
        kind = _("Credit note") if is_credit else _("Invoice")
        text = ""
        if self.env["billing.open.documents"].is_open(move) and not is_credit and move.invoice_date_due:
            text = _("due on %(day)s", day=format_date(self.env, move.invoice_date_due))
        return {
            "icon": "fa-undo" if is_credit else "fa-file-text-o",
            "title": f"{kind} {move.name}" if move.name and move.name != "/" else kind,
            "text": text,
            "amount": move.currency_id.format(-move.amount_total if is_credit else move.amount_total),
            "state": state,
            "tone": tone,
        }

    def _describe_payment(self, payment):
        _ = self.env._
        states = {
            "draft": (_("Draft"), "info"),
            "in_process": (_("Received"), "success"),
            "paid": (_("Received"), "success"),
            "rejected": (_("Rejected"), "danger"),
            "canceled": (_("Cancelled"), "muted"),
        }
        state, tone = states.get(payment.state, ("", "muted"))
        if payment.payment_type == "outbound" and tone == "success":
            state = _("Paid back")
        return {
            "icon": "fa-money",
            "title": _("Payment: %(way)s", way=payment._get_billing_method_label()),
            "text": payment.memo or "",
            "amount": payment.currency_id.format(payment.amount_signed),
            "state": state,
            "tone": tone,
        }

    def _describe_transfer(self, line):
        _ = self.env._
        return {
            "icon": "fa-university",
            "title": _("Payment: %(way)s", way=line.journal_id.name),
            "text": line.name or "",
            "amount": line.currency_id.format(-line.amount_currency),
            "state": _("Received") if line.amount_currency < 0 else _("Paid back"),
            "tone": "success",
            "model": "account.move",
            "id": line.move_id.id,
        }

    def _describe_promise(self, promise):
        tones = {"open": "info", "kept": "success", "broken": "danger"}
        return {
            "icon": "fa-handshake-o",
            "title": self.env._("Promise to pay by %(day)s", day=format_date(self.env, promise.date)),
            "text": promise.end_reason or promise.note or "",
            "amount": promise.currency_id.format(promise.amount),
            "state": self._get_label(promise, "state"),
            "tone": tones.get(promise.state, "muted"),
        }

    def _describe_step(self, entry):
        return {
            "icon": "fa-calendar",
            "title": entry.name,
            "text": ", ".join(text for text in (entry.reason, entry.user_id.name) if text),
            "state": self._get_label(entry, "state"),
            "tone": "danger" if entry.state == "failed" else "muted",
            "model": "billing.collection.case",
            "id": entry.case_id.id,
        }

    def _describe_plan(self, plan):
        tones = {"requested": "warning", "active": "info", "kept": "success", "broken": "danger"}
        return {
            "icon": "fa-calendar-check-o",
            "title": self.env._("Installment plan %(number)s", number=plan.name),
            "text": self.env._("installments: %(count)s", count=plan.part_count),
            "amount": plan.currency_id.format(plan.principal),
            "state": self._get_label(plan, "state"),
            "tone": tones.get(plan.state, "muted"),
        }

    def _describe_stop(self, stop):
        _ = self.env._
        first, last = (format_date(self.env, day) if day else "…" for day in (stop.date_from, stop.date_to))
        kind = _("Dispute") if stop.reason == "dispute" else _("No late fees")
        texts = [_("%(first)s to %(last)s", first=first, last=last), stop.note]
        is_running = stop.reason == "dispute" and not stop.date_to
        return {
            "icon": "fa-pause",
            "title": f"{kind}: {stop.move_id.name}" if stop.move_id else kind,
            "text": ", ".join(text for text in texts if text),
            "amount": stop.currency_id.format(stop.amount) if stop.amount else "",
            "state": _("Goes on") if is_running else self._get_label(stop, "verdict"),
            "tone": "warning" if is_running else "muted",
        }

    def _describe_message(self, message):
        tones = {"sent": "success", "failed": "danger", "pending": "info", "letter": "info"}
        return {
            "icon": "fa-envelope-o",
            "title": message.subject or self._get_label(message, "kind"),
            "text": ", ".join([self._get_label(message, "kind"), self._get_label(message, "channel")]),
            "amount": message.currency_id.format(message.amount) if message.amount else "",
            "state": self._get_label(message, "billing_delivery_state"),
            "tone": tones.get(message.billing_delivery_state, "muted"),
        }

    def _describe_note(self, message):
        text = " ".join(html2plaintext(message.body or "").split())
        short = text if len(text) <= TEXT_LENGTH else f"{text[:TEXT_LENGTH].rstrip()}…"
        return {
            "icon": "fa-comment-o",
            "title": message.author_id.name or message.email_from or self.env._("Note"),
            "text": short or message.subject or "",
            "model": "",
        }

    def _get_label(self, record, name):
        return dict(record._fields[name]._description_selection(self.env)).get(record[name], "")
