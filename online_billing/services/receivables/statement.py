"""The statement of an account: what was owed at first, what happened in between, and what is owed at the end."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..shared.numbers import money


class StatementEntry(NamedTuple):
    """Something that changed what is owed; amounts are in the currency of the statement."""

    day: date
    kind: str  # "bill", "credit", "payment" or "entry"
    number: str
    amount: Decimal  # positive where it is owed
    balance: Decimal  # what is owed after it


class Statement(NamedTuple):
    account_id: int
    currency_id: int
    digits: int
    first: date
    last: date
    opening: Decimal  # owed before the first day
    entries: tuple[StatementEntry, ...]
    closing: Decimal  # owed at the end of the last day

    def get_sum(self, kind: str) -> Decimal:
        """Return what entries of a kind come to."""
        return sum((entry.amount for entry in self.entries if entry.kind == kind), Decimal(0))


class BillingStatement(models.AbstractModel):
    """Read from the ledger: the receivable journal items of an account, and payments that have no entry of their own.

    What names no account belongs to the customer's only account of its company and currency, as with open items.
    """

    _name = "billing.statement"
    _description = "Statement of an Account"

    @api.private
    def get_statement(self, account, currency, first, last):
        """Return the Statement of an account in one currency, over days that both count.

        :param account: a `billing.account`
        :param currency: a `res.currency`
        :param date first: the first day
        :param date last: the last day
        """
        self.env.flush_all()
        digits = currency.decimal_places
        opening, balance, entries = money(0, digits), None, []
        for day, kind, number, amount in self._fetch(account, currency, last):
            amount = money(amount, digits)
            if day < first:
                opening += amount
                continue
            balance = (opening if balance is None else balance) + amount
            entries.append(StatementEntry(day, kind, number, amount, balance))
        closing = opening if balance is None else balance
        return Statement(account.id, currency.id, digits, first, last, opening, tuple(entries), closing)

    @api.private
    def get_currencies(self, account):
        """Return the currencies in which an account has documents, its own first."""
        rows = self.env.execute_query(
            SQL("SELECT DISTINCT currency_id FROM account_move WHERE billing_account_id = %s", account.id)
        )
        found = account.env["res.currency"].browse({currency_id for [currency_id] in rows}) | account.currency_id
        return found.sorted(lambda one: (one != account.currency_id, one.name))

    @api.private
    def get_kind_labels(self):
        """Return {kind of an entry: word}."""
        _ = self.env._
        return {
            "bill": _("Invoice"),
            "credit": _("Credit note"),
            "payment": _("Payment"),
            "entry": _("Entry"),
        }

    def _fetch(self, account, currency, last):
        """Return [(day, kind, number, amount)] in the order of days, up to the last one."""
        floating = self.env["billing.open.items"].is_only_account(account, currency)
        return self.env.execute_query(
            SQL(
                """
                SELECT day, kind, number, sum(amount)
                  FROM (SELECT line.date AS day,
                               CASE WHEN move.move_type IN ('out_invoice', 'out_receipt') THEN 'bill'
                                    WHEN move.move_type = 'out_refund' THEN 'credit'
                                    WHEN move.origin_payment_id IS NOT NULL OR move.statement_line_id IS NOT NULL
                                    THEN 'payment'
                                    ELSE 'entry' END AS kind,
                               COALESCE(move.name, '') AS number, move.id, line.amount_currency AS amount
                          FROM account_move_line line
                          JOIN account_move move ON move.id = line.move_id
                          JOIN account_account receivable
                            ON receivable.id = line.account_id AND receivable.account_type = 'asset_receivable'
                          JOIN res_partner owner ON owner.id = line.partner_id
                          LEFT JOIN account_payment payment ON payment.id = move.origin_payment_id
                         WHERE owner.commercial_partner_id = %(customer)s AND line.company_id = %(company)s
                           AND line.currency_id = %(currency)s AND line.parent_state = 'posted'
                           AND line.date <= %(last)s
                           AND COALESCE(move.billing_account_id, payment.billing_account_id, %(floating)s) = %(account)s
                         UNION ALL
                        SELECT payment.date, 'payment', COALESCE(payment.name, ''), -payment.id,
                               CASE WHEN payment.payment_type = 'inbound' THEN -payment.amount ELSE payment.amount END
                          FROM account_payment payment
                         WHERE payment.billing_account_id = %(account)s AND payment.move_id IS NULL
                           AND payment.currency_id = %(currency)s AND payment.state IN ('in_process', 'paid')
                           AND payment.date <= %(last)s
                           AND EXISTS (SELECT FROM account_move__account_payment paid
                                         JOIN account_move_line line ON line.move_id = paid.invoice_id
                                         JOIN account_account receivable
                                           ON receivable.id = line.account_id
                                          AND receivable.account_type = 'asset_receivable'
                                        WHERE paid.payment_id = payment.id AND line.reconciled IS NOT TRUE)
                       ) found
                 GROUP BY day, kind, number, id
                HAVING sum(amount) <> 0
                 ORDER BY day, kind, number, id
                """,
                customer=account.partner_id.commercial_partner_id.id,
                company=account.company_id.id,
                currency=currency.id,
                last=last,
                floating=account.id if floating else 0,
                account=account.id,
            )
        )
