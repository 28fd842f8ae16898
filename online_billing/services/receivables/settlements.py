"""What settled a receivable: asked here, once, for fees, promises, plans and receipts."""

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ..shared.numbers import money
from .values import Settlement


class BillingSettlements(models.AbstractModel):
    _name = "billing.settlements"
    _description = "What Settled a Receivable"

    @api.private
    def get_settlements(self, line_ids=(), move_ids=()):
        """Return what was matched with what customers owe, in the order of days.

        A payment is money that came in, through a payment, a bank statement or an entry against an account of the
        balance sheet; a credit is a document of credit; a write-off is an entry against income or expense; an exchange
        is a difference of rates. Only the first is something that the customer did.

        :param line_ids: receivable journal items that are owed
        :param move_ids: documents of which all receivable journal items are meant
        :return: {line id: [Settlement, ...]} of those that have any
        """
        if not line_ids and not move_ids:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partial.id, line.id, line.move_id, %(day)s, partial.debit_amount_currency, %(kind)s,
                       credit.id, currency.decimal_places
                  FROM account_move_line line
                  JOIN account_account receivable ON receivable.id = line.account_id
                  JOIN res_currency currency ON currency.id = line.currency_id
                  JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
                  JOIN account_move_line credit ON credit.id = partial.credit_move_id
                  JOIN account_move counter ON counter.id = credit.move_id
                  LEFT JOIN account_payment payment ON payment.id = counter.origin_payment_id
                 WHERE (line.id = ANY(%(lines)s) OR line.move_id = ANY(%(moves)s))
                   AND receivable.account_type = 'asset_receivable'
                 ORDER BY 4, partial.id
                """,
                day=self.get_day_expression(),
                kind=self.get_kind_expression(),
                lines=list(line_ids),
                moves=list(move_ids),
            )
        )
        found = defaultdict(list)
        for *head, amount, kind, credit_id, digits in rows:
            found[head[1]].append(Settlement(*head, money(amount, digits), kind, credit_id))
        return dict(found)

    @api.private
    def get_day_expression(self):
        """Return the SQL of the day on which something was settled: the later one of the two that were reconciled.

        Money came on the day of its payment. Where that lies in a period that is locked, Odoo books it on a later one,
        which is not when the customer paid.

        `line` is the debit side, `credit` the other one, `payment` that of which it is the entry, if any.
        """
        return SQL("GREATEST(line.date, COALESCE(payment.date, credit.date))")

    @api.private
    def get_kind_expression(self):
        """Return the SQL of what a reconciliation is; `credit` is its credit side, `counter` the document of that."""
        return SQL(
            """
            CASE WHEN counter.move_type <> 'entry' THEN 'credit'
                 WHEN counter.origin_payment_id IS NOT NULL OR counter.statement_line_id IS NOT NULL THEN 'payment'
                 WHEN counter.journal_id = (SELECT company.currency_exchange_journal_id FROM res_company company
                                             WHERE company.id = counter.company_id) THEN 'exchange'
                 WHEN EXISTS (SELECT FROM account_move_line other
                                JOIN account_account contra ON contra.id = other.account_id
                               WHERE other.move_id = counter.id AND other.id <> credit.id
                                 AND split_part(contra.account_type, '_', 1) IN ('income', 'expense')) THEN 'write_off'
                 ELSE 'payment' END
            """
        )
