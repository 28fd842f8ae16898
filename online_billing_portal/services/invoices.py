"""Invoices and credit notes of a customer: the list with what is open, and each of them with all its reasons."""

import io
import logging
import re
import zipfile
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.addons.online_billing.services.receivables.values import DISPUTE, NOT_ASKED
from odoo.addons.online_billing.services.shared.numbers import as_float
from odoo.exceptions import UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

ORDERS = {
    "date": "invoice_date desc, id desc",
    "due": "invoice_date_due desc, id desc",
    "number": "name desc, id desc",
    # credit notes are less than nothing, and currencies are compared in that of the company
    "amount": "amount_total_signed desc, id desc",
}
FILTERS = ("all", "open", "overdue", "paid", "credits")
SHOWN_TYPES = ("out_invoice", "out_refund", "out_receipt")
MOST_QUESTIONS = 20
LONGEST_SEARCH = 64
# so long nobody asks for the same mail again
PAUSE = timedelta(minutes=10)
# what is mailed again by whom
DELIVERIES = {"account.move": "billing.invoice.delivery", "account.payment": "billing.receipt.delivery"}


class BillingPortalInvoices(models.AbstractModel):
    _name = "billing.portal.invoices"
    _description = "Invoices of a Customer"

    # -- the list -----------------------------------------------------------------------------------------------------

    @api.private
    def get_standings(self, accounts):
        """Return how all that is open on accounts stands.

        :return: {move id: {"open", "asked", "overdue", "next_day", "reason"}}; amounts are Decimals: what is open of
            the document itself, what the customer is asked for once credits are taken off, and what of that is late;
            the day is the first on which something falls due, reason the weightiest why it is not asked for, or None
        """
        items = self.env["billing.open.items"].sudo().get_items(accounts.ids)  # sudo: the caller knows the roles
        return self._stand(accounts, items)

    def _stand(self, accounts, items):
        receivables = self.env["billing.open.items"]
        found = defaultdict(
            lambda: {"open": Decimal(0), "asked": Decimal(0), "overdue": Decimal(0), "next_day": None, "reason": None}
        )
        for account in accounts:
            day = self.env["billing.days"].get_local_day(account)
            by_currency = defaultdict(list)
            for item in items[account.id]:
                by_currency[item.currency_id].append(item)
                if item.amount > 0 or item.kind == "credit":
                    values = found[item.move_id]
                    values["open"] += item.amount
                    values["next_day"] = min(filter(None, (values["next_day"], item.due_date)))
            for own in by_currency.values():
                for one in receivables.stand(own, day):
                    values = found[one.item.move_id]
                    values["reason"] = values["reason"] or one.reason
                    asked = one.open_amount - min(one.item.get_resting(day, NOT_ASKED), one.open_amount)
                    values["asked"] += asked
                    values["overdue"] += asked if one.item.due_date < day else 0
        return dict(found)

    @api.private
    def get_domain(self, accounts, filterby, search, first, last, standings):
        """Return the domain of what a list shows.

        :param str filterby: one of FILTERS
        :param str search: the beginning of a number, or a whole reference
        :param first: the first and
        :param last: the last invoice date, or None
        """
        domain = Domain("billing_account_id", "in", accounts.ids) & Domain("state", "=", "posted")
        domain &= Domain("move_type", "in", SHOWN_TYPES)
        if filterby == "credits":
            domain &= Domain("move_type", "=", "out_refund")
        elif filterby in ("open", "overdue"):
            name = filterby
            domain &= Domain("id", "in", [move_id for move_id, values in standings.items() if values[name] > 0])
        elif filterby == "paid":
            domain &= Domain("id", "not in", list(standings)) & Domain("move_type", "!=", "out_refund")
        if search:
            beginning = re.sub(r"([\\%_])", r"\\\1", search)
            domain &= Domain("name", "=ilike", f"{beginning}%") | Domain("ref", "=", search)
        if first:
            domain &= Domain("invoice_date", ">=", first)
        if last:
            domain &= Domain("invoice_date", "<=", last)
        return domain

    @api.private
    def find(self, moves, domain, sortby, standings, limit, offset):
        """Return a page of a list.

        By due date, what is open stands first, in the order of what falls due next: Odoo knows of an invoice in parts
        the day of its last part alone.

        :param moves: `account.move` (elevated) in which is searched
        :param str sortby: one of ORDERS
        """
        if sortby != "due":
            return moves.search(domain, order=ORDERS[sortby], limit=limit, offset=offset)
        waiting = {move_id: values["next_day"] for move_id, values in standings.items() if values["next_day"]}
        is_waiting = Domain("id", "in", list(waiting))
        first = sorted(moves.search(domain & is_waiting).ids, key=lambda move_id: (waiting[move_id], move_id))
        found = moves.browse(first[offset : offset + limit])
        if len(found) < limit:
            rest, skipped = domain & ~is_waiting, max(offset - len(first), 0)
            found |= moves.search(rest, order=ORDERS[sortby], limit=limit - len(found), offset=skipped)
        return found

    @api.private
    def get_rows(self, moves, standings):
        """Return the rows of a list, with few statements however many documents."""
        subjects = self.env["billing.open.documents"].sudo().get_subjects(moves.ids)
        rows = []
        for move in moves:
            values = standings.get(move.id)
            rows.append(
                {
                    "move": move,
                    "subject": subjects.get(move.id, ""),
                    "total": -move.amount_total if move.move_type == "out_refund" else move.amount_total,
                    "open": as_float(values["open"]) if values else 0.0,
                    "is_asked": bool(values and values["asked"] > 0),
                    "next_day": values["next_day"] if values else None,
                    "status": self._get_status(move, values),
                }
            )
        return rows

    def _get_status(self, move, values):
        """Return how a document stands, in one word: its text is given by the page."""
        if not values or not values["open"]:
            return "credited" if move.payment_state == "reversed" else "settled"
        if values["open"] < 0:
            return "credit"
        if values["reason"] and (values["reason"] != DISPUTE or not values["asked"]):
            return values["reason"]
        if not values["asked"]:
            return "covered"
        return "overdue" if values["overdue"] else "open"

    # -- one of them --------------------------------------------------------------------------------------------------

    @api.private
    def get_page(self, move, lang):
        """Return what the page of one document shows beside the document itself.

        :param move: an `account.move` (elevated) that the visitor may see
        :return: {"lines": [{"line", "reasons": [HTML]}], "dues": [...], "payments": [...], "questions": records,
            "standing", "status"}; the last two are what the list says of the document, see :meth:`get_standings`
        """
        move = move.with_context(lang=lang)
        account = move.billing_account_id
        items = self.env["billing.open.items"].sudo().get_items([account.id])  # sudo: as above
        standing = self._stand(account, items).get(move.id)
        return {
            "standing": standing,
            "status": self._get_status(move, standing),
            "lines": self._get_lines(move),
            "dues": self._get_dues(move, items[account.id]),
            "payments": self._get_settlements(move),
            "questions": move.env["billing.question"].search([("move_id", "=", move.id)], limit=MOST_QUESTIONS),
        }

    @api.private
    def mail_again(self, record):
        """Mail a document, or the receipt of a payment, again to those who get the documents of its account.

        :param record: an `account.move` or `account.payment` (elevated) that the visitor may see
        :raise UserError: nobody has an address, it cannot be sent, or it was mailed a moment ago
        """
        now, sent = fields.Datetime.now(), record.billing_delivery_date
        if sent and sent > now - PAUSE:
            raise UserError(
                self.env._("This document was mailed a moment ago. Look into your mail, or try again later.")
            )
        if not record._get_billing_recipients():
            raise UserError(self.env._("We have no e-mail address of yours. Add one under Preferences."))
        try:
            self.env[DELIVERIES[record._name]].sudo().mail_again(record)  # sudo: to the known addresses alone
        except UserError as error:
            _logger.warning("%s was not mailed again: %s", record.name, error)  # what is missing is for staff to read
            raise UserError(
                self.env._("The document could not be mailed just now. Please try again later, or write to us.")
            ) from error

    @api.private
    def get_archive(self, moves):
        """Return a zip of documents, each in the formats of its account; one that cannot be made says so in a text.

        :param moves: `account.move` (elevated) that the visitor may see
        """
        formats, output, taken = self.env["billing.document.formats"].sudo(), io.BytesIO(), set()
        with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
            for move in moves:
                for kind in formats.get_sent(move):
                    try:
                        name, _mime, content = formats.render(move, kind.code)
                    except UserError as error:
                        name, content = f"{move.name}_{kind.code}.txt".replace("/", "-"), str(error).encode()
                    if name in taken:
                        name = f"{move.id}_{name}"
                    taken.add(name)
                    archive.writestr(name, content)
        return output.getvalue()

    def _get_lines(self, move):
        explanation = self.env["billing.explanation"].sudo().with_context(lang=move.env.context.get("lang"))
        charges = move.billing_charge_ids.grouped("invoice_line_id")
        shown = move.invoice_line_ids.sorted(lambda line: (line.sequence, line.id))
        return [
            {
                "line": line,
                "reasons": [text for charge in charges.get(line, ()) if (text := explanation.render(charge))],
            }
            for line in shown
        ]

    def _get_dues(self, move, items):
        """Return what falls due when, with what is open of it."""
        day = self.env["billing.days"].get_local_day(move.billing_account_id)
        return [
            {
                "day": item.due_date,
                "amount": as_float(item.amount),
                "is_overdue": item.due_date < day,
                "disputed": as_float(item.disputed),
                "is_resting": item.get_resting(day, NOT_ASKED) >= item.amount,
            }
            for item in items
            if item.move_id == move.id and item.amount > 0
        ]

    def _get_settlements(self, move):
        """Return what was taken off a document: payments, credits and what was written off, by day."""
        found = self.env["billing.settlements"].sudo().get_settlements(move_ids=[move.id])  # sudo: as above
        every = sorted((one for own in found.values() for one in own), key=lambda one: (one.day, one.id))
        return [
            {"day": one.day, "amount": as_float(one.amount), "kind": one.kind}
            for one in every
            if one.kind != "exchange"
        ]
