"""Take plans off invoices as if they had never been: the due lines as they were, and the payments on them.

Where journal items may not be touched any more, the old dates are noted for what is open.
"""

from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Command

from ...engine import allocate, as_exact, pay_rows, round_half_up
from ...models.receivables.due_dates import get_due_day_of_line
from ..shared.numbers import as_float, stored_decimal, to_decimal
from .ledger import QUIET
from .terms import make_row
from .values import DatedAmount


class BillingInstallmentRestoring(models.AbstractModel):
    _name = "billing.installment.restoring"
    _description = "The Way Back from Installments"

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
            for line in self.env["billing.installment.ledger"].get_terms(move)
        ]

    @api.private
    def restore(self, originals):
        """Take plans off invoices as if they had never been: due lines, payments on them, discounts.

        Where journal items may not be touched any more, the old dates are noted for what is open.

        :param dict originals: {invoice: what :meth:`get_original_terms` told}
        """
        for move, original in originals.items():
            move = move.sudo()  # sudo: as where the plan was put on
            if move.state != "posted":
                self._restore_draft(move, original)
                continue
            amounts = self._get_original_amounts(move, original)
            if not any(amounts):
                continue
            if self.env["billing.installment.ledger"].get_mode(move) == "split":
                self._restore_lines(move, original, amounts)
            else:
                self._restore_dates(move, original, amounts)

    def _restore_draft(self, move, original):
        """Take a plan off an invoice that is being edited, or was cancelled: Odoo derives its due lines as before.

        Without a payment term these have the due date that was given with the invoice.
        """
        parts = move.billing_installment_part_ids
        move.write({"billing_installment_part_ids": [Command.delete(part.id) for part in parts]})
        if not move.invoice_payment_term_id and original:
            move.invoice_date_due = max(fields.Date.to_date(one["date"]) for one in original)

    def _get_original_amounts(self, move, original):
        """Return the amounts of the old due lines; what an edited draft made of the total is borne by the last ones."""
        amounts = [stored_decimal(one["amount"]) for one in original]
        terms = self.env["billing.installment.ledger"].get_terms(move)
        difference = to_decimal(sum(terms.mapped("amount_currency")), move.currency_id) - sum(amounts)
        for place in reversed(range(len(amounts))):
            changed = max(amounts[place] + difference, Decimal(0)) if place else amounts[place] + difference
            difference -= changed - amounts[place]
            amounts[place] = changed
        return amounts

    def _restore_dates(self, move, original, amounts):
        """Note the old dates of what is open, where the journal items have others and have to keep them.

        Where nothing is open all of it is noted, for a payment that comes back.
        """
        ledger = self.env["billing.installment.ledger"]
        move.billing_installment_part_ids.filtered("is_virtual").unlink()
        days = {line.date_maturity for line in ledger.get_terms(move)}
        if days != {fields.Date.to_date(one["date"]) for one in original}:
            days = [fields.Date.to_date(one["date"]) for one in original]
            every = [DatedAmount(day, amount) for day, amount in zip(days, amounts, strict=True) if amount]
            ledger.apply({move: self._get_open_rows(move, original, amounts) or every})

    def _get_open_rows(self, move, original, amounts):
        """Return what is open by old dates: what was paid counts for the earliest."""
        open_amount = self.env["billing.installment.ledger"].get_open_amount(move)
        entries = [
            make_row(number, fields.Date.to_date(one["date"]), amount)
            for number, (one, amount) in enumerate(zip(original, amounts, strict=True))
        ]
        left = pay_rows(entries, max(sum(row.amount for row in entries) - as_exact(open_amount), 0))
        digits = move.currency_id.decimal_places
        return [
            DatedAmount(row.due_date, round_half_up(amount, digits))
            for row, amount in zip(entries, left, strict=True)
            if amount
        ]

    def _restore_lines(self, move, original, amounts):
        """Make the old due lines of the present ones; payments stay matched, each with the line that it now pays."""
        ledger = self.env["billing.installment.ledger"]
        terms = ledger.get_terms(move)
        partials = terms.matched_credit_ids | terms.matched_debit_ids
        exchanges = partials.filtered(
            lambda partial: (partial.credit_move_id | partial.debit_move_id).move_id & partials.exchange_move_id
        )
        payments = (partials - exchanges).sorted(lambda partial: (partial.max_date, partial.id))
        if len(original) > 1 and payments.credit_move_id & terms:
            # a due line that is itself what pays another debt: nobody can say which of the old ones it was
            ledger.apply({move: self._get_open_rows(move, original, amounts)})
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
            lines |= lines.create([ledger.prepare_line_values(move, terms[:1]) | vals for vals in wanted[len(lines) :]])
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
        terms = self.env["billing.installment.ledger"].get_terms(move)
        total = to_decimal(sum(terms.mapped("balance")), currency)
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
