"""Put the dates of a plan on the receivable of posted invoices.

Only the open amount is divided. What was paid of a journal item becomes the whole of that item, so that its payments
stay matched as they are; number, total and accounts of the invoice never change. Invoices whose journal items may not
be touched (hashed, or in a locked period) get their dates on the parts alone.
"""

from datetime import timedelta
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import frozendict

from ...engine import allocate
from ...models.receivables.due_dates import get_due_day_of_line
from ..shared.numbers import as_float, to_decimal
from .values import DatedAmount

#: what is read of an invoice and of its journal items to put a plan on it
MOVE_FIELDS = (
    *("name", "ref", "state", "move_type", "payment_state", "date", "invoice_date", "invoice_date_due"),
    *("company_id", "currency_id", "commercial_partner_id", "billing_account_id", "invoice_payment_term_id"),
    *("payment_reference", "inalterable_hash", "access_token"),
)
LINE_FIELDS = (
    *("move_id", "display_type", "account_id", "partner_id", "date_maturity", "matching_number", "reconciled"),
    *("amount_currency", "balance", "amount_residual_currency", "amount_residual", "is_storno"),
    *("analytic_distribution", "discount_date", "discount_balance", "discount_amount_currency", "no_followup"),
)
#: write journal items of posted invoices without Odoo deriving them anew
QUIET = {
    "skip_invoice_sync": True,
    "billing_keep_reconciliation": True,
    "tracking_disable": True,
    "dynamic_unlink": True,
    "force_delete": True,
}


class Division(NamedTuple):
    """How the receivable of one invoice is to be divided.

    :param example: one of its due lines
    :param rows: what is open: [DatedAmount]
    :param shares: the same amounts in the currency of the company
    :param kept: {due line with a payment: its date so far}
    :param written: {due line: new values}
    :param added: values of new due lines
    :param superfluous: due lines that are no longer needed
    """

    example: models.BaseModel
    rows: list
    shares: tuple
    kept: dict
    written: dict
    added: list
    superfluous: models.BaseModel


class BillingInstallmentLedger(models.AbstractModel):
    _name = "billing.installment.ledger"
    _description = "Due Dates of Installments on Invoices"

    @api.private
    def fetch_documents(self, moves):
        """Read what a plan is made of: few of the many columns of invoices and their journal items."""
        moves.fetch(MOVE_FIELDS)
        moves.line_ids.fetch(LINE_FIELDS)

    @api.private
    def get_terms(self, move):
        """Return the due lines of an invoice, in the order of their days."""
        return move.line_ids.filtered(lambda line: line.display_type == "payment_term").sorted("date_maturity")

    @api.private
    def get_open_amount(self, move):
        """Return what is open of an invoice, as a Decimal in its currency."""
        return to_decimal(sum(self.get_terms(move).mapped("amount_residual_currency")), move.currency_id)

    @api.private
    def get_plannable_amounts(self, moves):
        """Return {invoice: Decimal} of what is open and not in dispute: a plan is made of that, and of nothing else."""
        disputed = self.env["billing.stops"].get_disputed_parts(moves.ids)
        open_amounts = {move: self.get_open_amount(move) for move in moves}
        return {move: amount - min(disputed.get(move.id, 0), max(amount, 0)) for move, amount in open_amounts.items()}

    @api.private
    def get_mode(self, move):
        """Return whether journal items of an invoice may be divided: ``split``, else ``virtual``."""
        is_locked = move.company_id._get_lock_date_violations(
            move.date, fiscalyear=True, sale=True, purchase=False, tax=False, hard=True
        )
        return "virtual" if move.inalterable_hash or is_locked else "split"

    @api.private
    def get_open_schedule(self, move):
        """Return [DatedAmount] of what is open, for the record."""
        virtual = move._get_virtual_parts()
        if virtual:
            return [
                DatedAmount(part.date, to_decimal(part.amount_open, move.currency_id))
                for part in virtual
                if part.amount_open
            ]
        return [
            DatedAmount(get_due_day_of_line(line), to_decimal(line.amount_residual_currency, move.currency_id))
            for line in self.get_terms(move)
            if not line.reconciled
        ]

    @api.private
    def apply(self, schedules):
        """Give the open amounts of posted invoices new dates; a fixed number of steps for any number of invoices.

        :param dict schedules: {customer invoice: [DatedAmount, ...]}, days unique, amounts summing to what is open
        :return: the modes that were needed, a set of ``split`` and ``virtual``
        """
        split, virtual = {}, {}
        for move, rows in schedules.items():
            wanted = [row for row in rows if row.amount]
            # sudo: the rule book and the approval decide who plans, not the rights on journal items
            (split if self.get_mode(move) == "split" else virtual)[move.sudo()] = wanted
        moves = self.env["account.move"].sudo().union(*split, *virtual)  # sudo: as above
        moves.billing_installment_part_ids.filtered("is_virtual").unlink()
        if split:
            self._split(split)
        if virtual:
            self._have_virtual_parts(virtual)
        return {mode for mode, found in (("split", split), ("virtual", virtual)) if found}

    def _have_virtual_parts(self, schedules):
        """Note the dates on parts alone; journal items that were divided before stay as they are."""
        moves = self.env["account.move"].sudo().union(*schedules)  # sudo: as in `apply`
        divided = moves.billing_installment_part_ids.filtered(
            lambda part: not part.currency_id.is_zero(part.amount_open)
        )
        divided.installment_id = False
        moves.billing_installment_part_ids.create(
            [
                {**self._prepare_part_values(move, row.day, row.amount, row.installment), "is_virtual": True}
                for move, rows in schedules.items()
                for row in rows
            ]
        )

    def _prepare_part_values(self, move, day, amount, installment, company_amount=0):
        return {
            "move_id": move.id,
            "company_id": move.company_id.id,
            "currency_id": move.currency_id.id,
            "installment_id": installment.id if installment else False,
            "date": day,
            "amount": as_float(amount),
            "company_amount": as_float(company_amount),
        }

    def _split(self, schedules):
        """Divide the open amounts among journal items, those of all invoices together."""
        lines = self.env["account.move"].sudo().union(*schedules).line_ids  # sudo: as in `apply`
        matched = lines.filtered("matching_number")  # no other one has a payment
        for name in ("matched_debit_ids", "matched_credit_ids"):
            matched.mapped(name)  # one read for all
        divisions = {move: self._prepare_division(move, rows) for move, rows in schedules.items()}
        plain = self.env["billing.installment.due.lines"].find_plain(divisions)
        self.env["billing.installment.due.lines"].divide(plain)
        intricate = {move: division for move, division in divisions.items() if move not in plain}
        if intricate:
            self._write_lines(intricate)
        self._replace_parts(divisions, plain)

    def _prepare_division(self, move, rows):
        """Work out how the receivable of one invoice is divided.

        Journal items without a payment are used again, others are added; what was paid of one becomes all of it.
        """
        company_currency = move.company_id.currency_id
        terms = self.get_terms(move)
        residual = to_decimal(sum(terms.mapped("amount_residual")), company_currency)
        shares = allocate(residual, [row.amount for row in rows], company_currency.decimal_places) if rows else ()
        paid = terms.filtered("matching_number").filtered(
            lambda line: line.matched_credit_ids or line.matched_debit_ids
        )
        taken = {row.day for row in rows}
        kept, written = {}, {}
        for line in paid:
            amount = line.amount_currency - line.amount_residual_currency
            balance = line.balance - line.amount_residual
            kept[line] = line.date_maturity
            written[line] = {
                "date_maturity": self._get_free_day(line.date_maturity, taken),
                "amount_currency": move.currency_id.round(amount),
                "balance": company_currency.round(balance),
            }
        free = list(terms - paid)
        added = []
        for row, balance in zip(rows, shares, strict=True):
            vals = {
                "date_maturity": row.day,
                "amount_currency": as_float(row.amount),
                "balance": as_float(balance),
            }
            if free:
                written[free.pop(0)] = {**vals, "discount_date": False}
            else:
                added.append(vals)
        superfluous = self.env["account.move.line"].union(*free)
        return Division(terms[:1], rows, shares, kept, written, added, superfluous)

    def _get_free_day(self, day, taken):
        """Return the day, or the nearest one before it that no other part has."""
        while day in taken:
            day -= timedelta(days=1)
        taken.add(day)
        return day

    def _write_lines(self, divisions):
        """Write journal items of posted invoices without Odoo deriving them anew; debit must still equal credit."""
        moves = self.env["account.move"].sudo().union(*divisions)  # sudo: as in `apply`
        lines = moves.line_ids.with_context(**QUIET).browse()
        # what hardly differs is written together: where an invoice keeps one due line, only its date is new
        together = {}
        for division in divisions.values():
            for line, vals in division.written.items():
                changed = frozendict({name: value for name, value in vals.items() if line[name] != value})
                together.setdefault(changed, []).append(line.id)
        with moves._check_balanced({"records": moves}):
            for vals, ids in together.items():
                if vals:
                    lines.browse(ids).write(vals)
            lines.union(*(division.superfluous for division in divisions.values())).with_context(**QUIET).unlink()
            lines.create(
                [
                    {**self.prepare_line_values(move, division.example), **vals}
                    for move, division in divisions.items()
                    for vals in division.added
                ]
            )

    @api.private
    def prepare_line_values(self, move, example):
        """Return what one more due line of an invoice has in common with the others.

        :param example: one of them
        """
        values = {
            "move_id": move.id,
            "display_type": "payment_term",
            "account_id": example.account_id.id,
            "partner_id": example.partner_id.id,
            "currency_id": move.currency_id.id,
        }
        # to be reminded of is the rule; what is not makes Odoo go through the whole invoice again
        return {**values, "no_followup": True} if example.no_followup else values

    def _replace_parts(self, divisions, plain):
        """Have one part for each journal item: those that were paid keep theirs, with what was paid.

        :param plain: those invoices of which all is open, and the due date is written
        """
        moves = self.env["account.move"].sudo().union(*divisions)  # sudo: as in `apply`
        remaining, values, kept = moves.billing_installment_part_ids, [], {}
        for move, division in divisions.items():
            by_day = {part.date: part for part in move.billing_installment_part_ids}
            for line, day in division.kept.items():
                vals = division.written[line]
                part = by_day.get(day)
                prepared = self._prepare_part_values(
                    move, vals["date_maturity"], vals["amount_currency"], part and part.installment_id, vals["balance"]
                )
                if part:
                    remaining -= part
                    kept[part] = {name: prepared[name] for name in ("date", "amount", "company_amount")}
                else:
                    values.append(prepared)
            for row, share in zip(division.rows, division.shares, strict=True):
                vals = self._prepare_part_values(move, row.day, row.amount, row.installment, share)
                values.append({**vals, "amount_open": vals["amount"]} if move in plain else vals)
        finished = moves.browse([move.id for move in plain])
        with self.env.protecting([moves._fields["invoice_date_due"]], finished):
            remaining.unlink()
            for part, vals in kept.items():
                part.write(vals)
            remaining.create(values)
        if rest := moves - finished:
            self._refresh_due_dates(rest)

    def _refresh_due_dates(self, moves):
        """Have the due dates of invoices follow the last of their parts.

        Odoo derives due date and due lines from each other; whichever is asked for first decides, so it is done here.
        """
        self.env.flush_all()
        field = moves._fields["invoice_date_due"]
        if moves := moves.filtered("needed_terms"):
            with self.env.protecting([field], moves):
                moves._compute_invoice_date_due()
            moves.modified(["invoice_date_due"])

    @api.private
    def follow(self, moves):
        """Take over into the parts what editing a draft made of the journal items."""
        for move in moves.sudo():  # sudo: accountants edit invoices without seeing plans
            lines = self.get_terms(move).grouped("date_maturity")
            for part in move.billing_installment_part_ids.filtered(lambda part: not part.is_virtual):
                own = lines.get(part.date)
                row = part.installment_id
                if not own:
                    part.unlink()
                    if row and not row.part_ids:
                        row.is_left = True  # the invoice no longer asks for it
                    continue
                amount, balance = sum(own.mapped("amount_currency")), sum(own.mapped("balance"))
                changed = move.currency_id.compare_amounts(part.amount, amount)
                if changed or move.company_id.currency_id.compare_amounts(part.company_amount, balance):
                    if changed and row:
                        row.amount += amount - part.amount
                    part.write({"amount": amount, "company_amount": balance})
        self._refresh_due_dates(moves.sudo())  # sudo: as above

    @api.private
    def get_day(self, day, account):
        """Return the day that was told, or the local day of the account where none was."""
        return day or self.env["billing.days"].get_local_day(account)

    @api.private
    def lock(self, moves):
        """Hold invoices until the transaction ends.

        :raise UserError: somebody else works on one of them
        """
        if moves.sudo().try_lock_for_update(allow_referencing=True) != moves:  # sudo: a lock changes nothing
            raise UserError(
                self.env._("Somebody else works on one of these invoices at this moment. Try again in a minute.")
            )
