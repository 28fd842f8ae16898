from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def unlink(self):
        """Have late fees of a due line that vanishes, as by another payment term, stand on one that stays."""
        if due := self.filtered(lambda line: line.display_type == "payment_term"):
            self.env["billing.late.fee.ledger"].keep_fees(due)
        return super().unlink()

    def _get_lock_date_protected_fields(self):
        """Keep payments matched while an open amount is divided: what was paid of a line becomes the whole of it."""
        protected = super()._get_lock_date_protected_fields()
        if self.env.context.get("billing_keep_reconciliation"):
            protected["reconciliation"] = []
        return protected

    def _reconcile_plan(self, reconciliation_plan):
        """Let a payment that was made for chosen installments settle these first.

        Context key `billing_target_line_ids`: ids of the journal items that were chosen.
        """
        if target_ids := self.env.context.get("billing_target_line_ids"):
            reconciliation_plan = [
                entry if isinstance(entry, list) else entry._put_first(target_ids) for entry in reconciliation_plan
            ]
        return super()._reconcile_plan(reconciliation_plan)

    def _put_first(self, target_ids):
        """Return what is reconciled together as two steps: the money with the chosen items, then everything."""
        targets = self.filtered(lambda line: line.id in target_ids)
        money = self.filtered(lambda line: line.balance < 0)
        return [targets | money, self] if targets and money else self

    def _get_installments_data(self, payment_currency=None, payment_date=None, next_payment_date=None):
        """Show the installments of a virtual plan, of which the journal items know nothing.

        What is overdue is so on the local day of the account, where no day was told.
        """
        payment_date = payment_date or self.move_id._get_billing_day()
        data = super()._get_installments_data(
            payment_currency=payment_currency, payment_date=payment_date, next_payment_date=next_payment_date
        )
        parts = self.move_id._get_virtual_parts()
        if not parts or not data:
            return data
        return self._get_virtual_installments_data(parts, data, payment_date, next_payment_date)

    def _get_virtual_installments_data(self, parts, data, day, next_payment_date):
        """Return one entry for each part, in the shape of Odoo's, on the open journal item of the invoice.

        Overdue parts are paid together; without one, the next part is.
        """
        move = self.move_id
        base = next((entry for entry in data if not entry["reconciled"]), data[0])
        sign = -move.direction_sign
        residual, company_residual = base["amount_residual_currency"], base["amount_residual"]
        rate = company_residual / residual if residual else 1.0
        entries, mode = [], None
        for number, part in enumerate(parts, start=1):
            is_paid = move.currency_id.is_zero(part.amount_open)
            company_amount = move.company_id.currency_id.round(part.amount_open * rate)
            entry = {
                **base,
                "number": number,
                "date_maturity": part.date,
                "amount_residual_currency": sign * part.amount_open,
                "amount_residual": sign * company_amount,
                "amount_residual_currency_unsigned": part.amount_open,
                "amount_residual_unsigned": company_amount,
                "type": "other",
                "reconciled": is_paid,
            }
            if not is_paid:
                if next_payment_date and part.date <= next_payment_date:
                    mode = "before_date"
                elif part.date < day:
                    mode = "overdue"
                else:
                    mode = "next"
                entry["type"] = mode
            entries.append(entry)
        return entries
