"""Put the dates of a plan on the receivable of posted invoices, and take them off again.

Only the open amount is divided. What was paid of a journal item becomes the whole of that item, so that its payments
stay matched as they are; number, total and accounts of the invoice never change. Invoices whose journal items may not
be touched (hashed, or in a locked period) get their dates on the parts alone.
"""

from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import frozendict

from ...engine import allocate, as_exact, pay_rows, round_half_up
from ...models.receivables.due_dates import get_due_day_of_line
from ..shared.numbers import as_float, stored_decimal, to_decimal
from .terms import make_row

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
    :param rows: what is open: (date, Decimal, `billing.installment` or empty)
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

    def _get_terms(self, move):
        return move.line_ids.filtered(lambda line: line.display_type == "payment_term").sorted("date_maturity")

    @api.private
    def get_open_amount(self, move):
        """Return what is open of an invoice, as a Decimal in its currency."""
        return to_decimal(sum(self._get_terms(move).mapped("amount_residual_currency")), move.currency_id)

    @api.private
    def get_mode(self, move):
        """Return whether journal items of an invoice may be divided: ``split``, else ``virtual``."""
        is_locked = move.company_id._get_lock_date_violations(
            move.date, fiscalyear=True, sale=True, purchase=False, tax=False, hard=True
        )
        return "virtual" if move.inalterable_hash or is_locked else "split"

    @api.private
    def get_open_schedule(self, move):
        """Return [(date, amount)] of what is open, for the record."""
        virtual = move._get_virtual_parts()
        if virtual:
            return [(part.date, to_decimal(part.amount_open, move.currency_id)) for part in virtual if part.amount_open]
        return [
            (get_due_day_of_line(line), to_decimal(line.amount_residual_currency, move.currency_id))
            for line in self._get_terms(move)
            if not line.reconciled
        ]

    @api.private
    def apply(self, schedules):
        """Give the open amounts of posted invoices new dates; a fixed number of steps for any number of invoices.

        :param dict schedules: {customer invoice: [(date, Decimal, `billing.installment` or empty), ...]}, dates unique,
            amounts summing to what is open
        :return: the modes that were needed, a set of ``split`` and ``virtual``
        """
        split, virtual = {}, {}
        for move, rows in schedules.items():
            wanted = [(day, amount, row) for day, amount, row in rows if amount]
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
        moves = self.env["account.move"].sudo().union(*schedules)  # sudo: as in _apply
        divided = moves.billing_installment_part_ids.filtered(
            lambda part: not part.currency_id.is_zero(part.amount_open)
        )
        divided.installment_id = False
        moves.billing_installment_part_ids.create(
            [
                {**self._prepare_part_values(move, *row), "is_virtual": True}
                for move, rows in schedules.items()
                for row in rows
            ]
        )

    def _prepare_part_values(self, move, day, amount, row, company_amount=0):
        return {
            "move_id": move.id,
            "company_id": move.company_id.id,
            "currency_id": move.currency_id.id,
            "installment_id": row.id if row else False,
            "date": day,
            "amount": as_float(amount),
            "company_amount": as_float(company_amount),
        }

    def _split(self, schedules):
        """Divide the open amounts among journal items, those of all invoices together."""
        lines = self.env["account.move"].sudo().union(*schedules).line_ids  # sudo: as in _apply
        for name in ("matched_debit_ids", "matched_credit_ids"):
            lines.mapped(name)  # one read for all
        divisions = {move: self._prepare_division(move, rows) for move, rows in schedules.items()}
        self._write_lines(divisions)
        self._replace_parts(divisions)

    def _prepare_division(self, move, rows):
        """Work out how the receivable of one invoice is divided.

        Journal items without a payment are used again, others are added; what was paid of one becomes all of it.
        """
        company_currency = move.company_id.currency_id
        terms = self._get_terms(move)
        residual = to_decimal(sum(terms.mapped("amount_residual")), company_currency)
        shares = (
            allocate(residual, [amount for _day, amount, _row in rows], company_currency.decimal_places) if rows else ()
        )
        paid = terms.filtered(lambda line: line.matched_credit_ids or line.matched_debit_ids)
        taken = {day for day, _amount, _row in rows}
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
        for (day, amount, _row), balance in zip(rows, shares, strict=True):
            vals = {"date_maturity": day, "amount_currency": as_float(amount), "balance": as_float(balance)}
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
        moves = self.env["account.move"].sudo().union(*divisions)  # sudo: as in _apply
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
                    {**self._prepare_line_values(move, division.example), **vals}
                    for move, division in divisions.items()
                    for vals in division.added
                ]
            )

    def _prepare_line_values(self, move, example):
        return {
            "move_id": move.id,
            "display_type": "payment_term",
            "account_id": example.account_id.id,
            "partner_id": example.partner_id.id,
            "currency_id": move.currency_id.id,
            "no_followup": example.no_followup,
        }

    def _replace_parts(self, divisions):
        """Have one part for each journal item: those that were paid keep theirs, with what was paid."""
        moves = self.env["account.move"].sudo().union(*divisions)  # sudo: as in _apply
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
            values += [
                self._prepare_part_values(move, day, amount, row, share)
                for (day, amount, row), share in zip(division.rows, division.shares, strict=True)
            ]
        remaining.unlink()
        for part, vals in kept.items():
            part.write(vals)
        remaining.create(values)
        self._refresh_due_dates(moves)

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
    def get_original_terms(self, move):
        """Return the due lines of an invoice as they are before a plan, for the way back.

        :return: [{"date", "amount", "balance", "discount_date", "discount_amount", "discount_balance"}, ...] with
            amounts as texts
        """
        return [
            {
                "date": str(get_due_day_of_line(line)),
                "amount": str(to_decimal(line.amount_currency, move.currency_id)),
                "balance": str(to_decimal(line.balance, move.company_id.currency_id)),
                "discount_date": line.discount_date and str(line.discount_date),
                "discount_amount": str(to_decimal(line.discount_amount_currency, move.currency_id)),
                "discount_balance": str(to_decimal(line.discount_balance, move.company_id.currency_id)),
            }
            for line in self._get_terms(move)
        ]

    @api.private
    def restore(self, originals):
        """Take plans off invoices as if they had never been: due lines, payments on them, discounts.

        Where journal items may not be touched any more, the old dates are noted for what is open.

        :param dict originals: {invoice: what :meth:`get_original_terms` told}
        """
        for move, original in originals.items():
            move = move.sudo()  # sudo: as in _apply
            amounts = self._get_original_amounts(move, original)
            if not any(amounts):
                continue
            if self.get_mode(move) == "split":
                self._restore_lines(move, original, amounts)
            else:
                self._restore_dates(move, original, amounts)

    def _get_original_amounts(self, move, original):
        """Return the amounts of the old due lines; what an edited draft made of the total is borne by the last ones."""
        amounts = [stored_decimal(one["amount"]) for one in original]
        difference = to_decimal(sum(self._get_terms(move).mapped("amount_currency")), move.currency_id) - sum(amounts)
        for place in reversed(range(len(amounts))):
            changed = max(amounts[place] + difference, Decimal(0)) if place else amounts[place] + difference
            difference -= changed - amounts[place]
            amounts[place] = changed
        return amounts

    def _restore_dates(self, move, original, amounts):
        """Note the old dates of what is open, where the journal items have others and have to keep them.

        Where nothing is open all of it is noted, for a payment that comes back.
        """
        move.billing_installment_part_ids.filtered("is_virtual").unlink()
        days = {line.date_maturity for line in self._get_terms(move)}
        if days != {fields.Date.to_date(one["date"]) for one in original}:
            days = [fields.Date.to_date(one["date"]) for one in original]
            every = [(day, amount, None) for day, amount in zip(days, amounts, strict=True) if amount]
            self._have_virtual_parts({move: self._get_open_rows(move, original, amounts) or every})

    def _get_open_rows(self, move, original, amounts):
        """Return what is open by old dates: what was paid counts for the earliest."""
        open_amount = self.get_open_amount(move)
        entries = [
            make_row(number, fields.Date.to_date(one["date"]), amount)
            for number, (one, amount) in enumerate(zip(original, amounts, strict=True))
        ]
        left = pay_rows(entries, max(sum(row.amount for row in entries) - as_exact(open_amount), 0))
        digits = move.currency_id.decimal_places
        return [
            (row.due_date, round_half_up(amount, digits), None)
            for row, amount in zip(entries, left, strict=True)
            if amount
        ]

    def _restore_lines(self, move, original, amounts):
        """Make the old due lines of the present ones; payments stay matched, each with the line that it now pays."""
        terms = self._get_terms(move)
        partials = terms.matched_credit_ids | terms.matched_debit_ids
        exchanges = partials.filtered(
            lambda partial: (partial.credit_move_id | partial.debit_move_id).move_id & partials.exchange_move_id
        )
        payments = (partials - exchanges).sorted(lambda partial: (partial.max_date, partial.id))
        if len(original) > 1 and payments.credit_move_id & terms:
            # a due line that is itself what pays another debt: nobody can say which of the old ones it was
            self.apply({move: self._get_open_rows(move, original, amounts)})
            return
        partials.full_reconcile_id.unlink()
        wanted = [
            {
                "date_maturity": fields.Date.to_date(one["date"]),
                "amount_currency": as_float(amount),
                "balance": as_float(balance),
                "discount_date": fields.Date.to_date(one["discount_date"] or None),
                "discount_amount_currency": as_float(one["discount_amount"]),
                "discount_balance": as_float(one["discount_balance"]),
            }
            for one, amount, balance in zip(
                original, amounts, self._get_original_balances(move, original, amounts), strict=True
            )
            if amount
        ]
        with move._check_balanced({"records": move}):
            quiet = terms.with_context(**QUIET)
            lines = quiet[: len(wanted)]
            lines |= lines.create([self._prepare_line_values(move, terms[:1]) | vals for vals in wanted[len(lines) :]])
            for line, vals in zip(lines, wanted, strict=True):
                line.write(vals)
            self._move_payments(payments, exchanges, terms, lines)
            self._level_balances(lines)
            (quiet - lines).unlink()
        self._renew_matching(lines)
        move.billing_installment_part_ids.unlink()
        self._set_due_date(move, max(vals["date_maturity"] for vals in wanted))

    def _renew_matching(self, lines):
        """Give due lines and what they are matched with a number; one of a full match where nothing is open of any."""
        partials = lines.matched_credit_ids | lines.matched_debit_ids
        partials._update_matching_number(lines | partials.credit_move_id | partials.debit_move_id)
        matched = lines._filter_reconciled_by_number(lines._reconciled_by_number())
        if partials and all(line.reconciled for line in matched):
            every = matched.matched_credit_ids | matched.matched_debit_ids
            self.env["account.full.reconcile"].create(
                {
                    "partial_reconcile_ids": [Command.link(partial.id) for partial in every],
                    "reconciled_line_ids": [Command.link(line.id) for line in matched],
                }
            )

    def _get_original_balances(self, move, original, amounts):
        """Return what the old due lines are worth in the currency of the company: as before, if the total still is."""
        currency = move.company_id.currency_id
        total = to_decimal(sum(self._get_terms(move).mapped("balance")), currency)
        balances = [stored_decimal(one["balance"]) for one in original]
        as_before = amounts == [stored_decimal(one["amount"]) for one in original] and sum(balances) == total
        return balances if as_before else allocate(total, amounts, currency.decimal_places)

    def _move_payments(self, payments, exchanges, terms, lines):
        """Match payments with the lines in order; one that reaches over a line is divided, and so is its exchange.

        :param payments: reconciliations of the present due lines with what paid them
        :param exchanges: those with the differences of exchange rates that these made
        :param terms: the present due lines
        :param lines: those that they become
        """
        if len(lines) == 1:
            for name in ("debit_move_id", "credit_move_id"):
                (payments | exchanges).filtered(lambda partial, name=name: partial[name] in terms)[name] = lines
            return
        free = {line: to_decimal(line.amount_currency, line.currency_id) for line in lines}
        for payment in payments:
            left = to_decimal(payment.debit_amount_currency, payment.debit_currency_id)
            shares = {}
            for line, room in free.items():
                if taken := min(left, room):
                    free[line] -= taken
                    left -= taken
                    shares[line] = taken
            self._divide_reconciliation(payment, shares, terms)
            for exchange in exchanges:
                if payment.exchange_move_id in (exchange.credit_move_id | exchange.debit_move_id).move_id:
                    self._divide_reconciliation(exchange, shares, terms)

    def _divide_reconciliation(self, partial, shares, terms):
        """Divide a reconciliation among due lines.

        :param dict shares: {due line: amount that was paid of it}, which are the weights
        """
        side = "debit_move_id" if partial.debit_move_id in terms else "credit_move_id"
        divided = {
            name: allocate(to_decimal(partial[name], currency), list(shares.values()), currency.decimal_places)
            for name, currency in (
                ("amount", partial.company_currency_id),
                ("debit_amount_currency", partial.debit_currency_id),
                ("credit_amount_currency", partial.credit_currency_id),
            )
        }
        values = [
            {side: line.id, **{name: as_float(amounts[place]) for name, amounts in divided.items()}}
            for place, line in enumerate(shares)
            if any(amounts[place] for amounts in divided.values())
        ]
        for vals in values[1:]:
            partial.copy(vals)
        for vals in values[:1]:
            partial.write(vals)

    def _level_balances(self, lines):
        """Have due lines that are paid in full be worth what was paid for them; the last one bears the odd cents."""
        for line in lines[:-1]:
            if line.currency_id.is_zero(line.amount_residual_currency) and line.amount_residual:
                left, last = line.amount_residual, lines[-1:]
                line.balance -= left
                last.balance += left

    def _set_due_date(self, move, day):
        """Write the due date of an invoice whose due lines are right, without deriving these anew."""
        self.env.flush_all()
        with self.env.protecting([move._fields["needed_terms"], move._fields["invoice_date_due"]], move):
            move.with_context(**QUIET).invoice_date_due = day
            self.env.flush_all()

    @api.private
    def follow(self, moves):
        """Take over into the parts what editing a draft made of the journal items."""
        for move in moves.sudo():  # sudo: accountants edit invoices without seeing plans
            lines = self._get_terms(move).grouped("date_maturity")
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
        if moves.sudo().try_lock_for_update(allow_referencing=True) != moves:  # sudo: a lock changes nothing
            raise UserError(
                self.env._("Somebody else works on one of these invoices at this moment. Try again in a minute.")
            )
