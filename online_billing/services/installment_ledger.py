"""Put the dates of a plan on the receivable of posted invoices, and take them off again.

Only the open amount is divided. What was paid of a journal item becomes the whole of that item, so that its payments
stay matched as they are; number, total and accounts of the invoice never change. Invoices whose journal items may not
be touched (hashed, or in a locked period) get their dates on the parts alone.
"""

from datetime import timedelta
from decimal import Decimal

from odoo import fields, models

from ..engine import PlanRow, allocate, as_exact, pay_rows
from .failpoint import failpoint


def to_decimal(amount, currency):
    """Return a stored amount as the Decimal that it stands for."""
    return Decimal(f"{currency.round(amount or 0.0):.{currency.decimal_places}f}")


class BillingInstallmentLedger(models.AbstractModel):
    _name = "billing.installment.ledger"
    _description = "Due Dates of Installments on Invoices"

    def _get_terms(self, move):
        return move.line_ids.filtered(lambda line: line.display_type == "payment_term").sorted("date_maturity")

    def _get_open_amount(self, move):
        """Return what is open of an invoice, as a Decimal in its currency."""
        return to_decimal(sum(self._get_terms(move).mapped("amount_residual_currency")), move.currency_id)

    def _get_mode(self, move):
        """Return whether journal items of an invoice may be divided: ``split``, else ``virtual``."""
        is_locked = move.company_id._get_lock_date_violations(
            move.date, fiscalyear=True, sale=True, purchase=False, tax=False, hard=True
        )
        return "virtual" if move.inalterable_hash or is_locked else "split"

    def _get_open_schedule(self, move):
        """Return [(date, amount)] of what is open, for the record."""
        virtual = move._get_virtual_parts()
        if virtual:
            return [(part.date, to_decimal(part.amount_open, move.currency_id)) for part in virtual if part.amount_open]
        return [
            (line.date_maturity or move.invoice_date_due, to_decimal(line.amount_residual_currency, move.currency_id))
            for line in self._get_terms(move)
            if not line.reconciled
        ]

    def _apply(self, move, rows):
        """Give the open amount of a posted invoice new dates.

        :param move: one customer invoice
        :param list rows: (date, Decimal, `billing.installment` or empty), dates unique, amounts summing to what is open
        :return: ``split`` or ``virtual``
        """
        move = move.sudo()  # sudo: the rule book and the approval decide who plans, not the rights on journal items
        rows = [(day, amount, row) for day, amount, row in rows if amount]
        mode = self._get_mode(move)
        move.billing_installment_part_ids.filtered("is_virtual").unlink()
        if mode == "split":
            self._split(move, rows)
        else:
            # journal items that were divided before stay as they are; what is open is told by the plan alone
            divided = move.billing_installment_part_ids.filtered(
                lambda part: not move.currency_id.is_zero(part.amount_open)
            )
            divided.installment_id = False
            move.billing_installment_part_ids.create(
                [{**self._prepare_part_values(move, *row), "is_virtual": True} for row in rows]
            )
        return mode

    def _prepare_part_values(self, move, day, amount, row, company_amount=0):
        return {
            "move_id": move.id,
            "company_id": move.company_id.id,
            "currency_id": move.currency_id.id,
            "installment_id": row.id if row else False,
            "date": day,
            "amount": float(amount),
            "company_amount": float(company_amount),
        }

    def _split(self, move, rows):
        """Divide the open amount among journal items: those without a payment are used again, others are added."""
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
            vals = {"date_maturity": day, "amount_currency": float(amount), "balance": float(balance)}
            if free:
                written[free.pop(0)] = {**vals, "discount_date": False}
            else:
                added.append(vals)
        failpoint("installment_before_split")
        self._write_lines(move, written, added, self.env["account.move.line"].union(*free))
        failpoint("installment_after_split")
        self._replace_parts(move, rows, shares, kept, written)

    def _get_free_day(self, day, taken):
        """Return the day, or the nearest one before it that no other part has."""
        while day in taken:
            day -= timedelta(days=1)
        taken.add(day)
        return day

    def _write_lines(self, move, written, added, superfluous):
        """Write journal items of a posted invoice without Odoo deriving them anew; debit must still equal credit."""
        quiet = {
            "skip_invoice_sync": True,
            "billing_keep_reconciliation": True,
            "tracking_disable": True,
            "dynamic_unlink": True,
            "force_delete": True,
        }
        example = self._get_terms(move)[:1]
        with move._check_balanced({"records": move}):
            for line, vals in written.items():
                line.with_context(**quiet).write(vals)
            if superfluous:
                superfluous.with_context(**quiet).unlink()
            if added:
                shared = {
                    "move_id": move.id,
                    "display_type": "payment_term",
                    "account_id": example.account_id.id,
                    "partner_id": example.partner_id.id,
                    "currency_id": move.currency_id.id,
                    "no_followup": example.no_followup,
                }
                self.env["account.move.line"].sudo().with_context(**quiet).create(  # sudo: as in _apply
                    [{**shared, **vals} for vals in added]
                )

    def _replace_parts(self, move, rows, shares, kept, written):
        """Have one part for each journal item: those that were paid keep theirs, with what was paid."""
        parts = move.billing_installment_part_ids
        by_day = {part.date: part for part in parts}
        values, remaining = [], parts
        for line, day in kept.items():
            vals = written[line]
            if part := by_day.get(day):
                remaining -= part
                values.append((part, vals))
            else:
                values.append((None, vals))
        remaining.unlink()
        new = []
        for part, vals in values:
            row = part.installment_id if part else None
            prepared = self._prepare_part_values(
                move, vals["date_maturity"], vals["amount_currency"], row, vals["balance"]
            )
            if part:
                part.write({name: prepared[name] for name in ("date", "amount", "company_amount")})
            else:
                new.append(prepared)
        new += [
            self._prepare_part_values(move, day, amount, row, share)
            for (day, amount, row), share in zip(rows, shares, strict=True)
        ]
        parts.create(new)
        self._refresh_due_date(move)

    def _refresh_due_date(self, move):
        """Have the due date of the invoice follow the last of its parts.

        Odoo derives due date and due lines from each other; whichever is asked for first decides, so it is done here.
        """
        self.env.flush_all()
        field = move._fields["invoice_date_due"]
        if move.needed_terms:
            with self.env.protecting([field], move):
                move._compute_invoice_date_due()
            move.modified(["invoice_date_due"])

    def _restore(self, move, original):
        """Give what is open the dates that it had before the plan; what was paid counts for the earliest of them.

        :param list original: [[ISO date, amount as text], ...] as :meth:`_get_open_schedule` told
        """
        open_amount = self._get_open_amount(move)
        if not open_amount:
            return
        entries = [
            PlanRow(number, fields.Date.to_date(day), as_exact(amount), as_exact(amount))
            for number, (day, amount) in enumerate(original)
        ]
        paid = max(sum(row.amount for row in entries) - as_exact(open_amount), 0)
        left = list(pay_rows(entries, paid))
        left[-1] += as_exact(open_amount) - sum(left)
        digits = move.currency_id.decimal_places
        rows = [
            (row.due_date, Decimal(f"{float(amount):.{digits}f}"), None)
            for row, amount in zip(entries, left, strict=True)
        ]
        if self._get_mode(move) == "virtual":
            move.sudo().billing_installment_part_ids.filtered("is_virtual").unlink()  # sudo: as in _apply
        else:
            self._apply(move, rows)

    def _follow(self, moves):
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
            self._refresh_due_date(move)
