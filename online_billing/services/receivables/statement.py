"""The statement of an account: what was owed at first, what happened in between, and what is owed at the end."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ...models.payments.account_payment import CONFIRMED_STATES
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


class StatementPage(NamedTuple):
    """A part of a statement, as a page shows it: what it costs does not grow with what it does not show."""

    first: date
    last: date
    count: int  # entries of the whole statement
    number: int  # of the page, from 1
    before: Decimal  # owed before the first entry of the page
    entries: tuple[StatementEntry, ...]
    closing: Decimal  # owed at the end of the last day


class BillingStatement(models.AbstractModel):
    """Read from the ledger: what the account's receivable journal items say, and what of other items touched them.

    What belongs to an account is what open items say of it, so that today's closing is the balance of the open items. A
    document stands there with what it came to. What settled it and is no item of the account (a payment for several
    accounts, in another currency, of somebody else) stands there with the part that it settled.
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
        opening = balance = money(0, digits)
        entries = []
        for day, kind, number, amount, _id in self._fetch(account, currency, first, last):
            amount = money(amount, digits)
            balance += amount
            if day is None:
                opening = balance
            else:
                entries.append(StatementEntry(day, kind, number, amount, balance))
        return Statement(account.id, currency.id, digits, first, last, opening, tuple(entries), balance)

    @api.private
    def get_page(self, account, currency, first, last, number, rows):
        """Return the StatementPage of a number, or the last one where there are not so many; see `get_statement`.

        :param int number: of the page, from 1
        :param int rows: entries of a page
        """
        self.env.flush_all()
        digits = currency.decimal_places
        found = self.env.execute_query(
            SQL(
                """
                WITH entries AS MATERIALIZED (%(entries)s),
                summed AS (
                    SELECT COUNT(day) AS count, COALESCE(SUM(amount), 0) AS closing,
                           COALESCE(SUM(amount) FILTER (WHERE day IS NULL), 0) AS opening,
                           GREATEST(LEAST(%(number)s, CEIL(COUNT(day) / %(rows)s::numeric)), 1)::integer AS number
                      FROM entries),
                placed AS (
                    SELECT entries.*, SUM(amount) OVER one_by_one AS balance, COUNT(day) OVER one_by_one AS place
                      FROM entries
                    WINDOW one_by_one AS (ORDER BY day NULLS FIRST, kind, number, id ROWS UNBOUNDED PRECEDING))
                SELECT summed.count, summed.number, summed.opening, summed.closing, placed.day, placed.kind,
                       placed.number, placed.amount, placed.balance
                  FROM summed
                  LEFT JOIN placed ON placed.place > (summed.number - 1) * %(rows)s
                       AND placed.place <= summed.number * %(rows)s AND placed.day IS NOT NULL
                 ORDER BY placed.place
                """,
                entries=self._get_entries(account, currency, first, last),
                number=number,
                rows=rows,
            )
        )
        count, number, opening, closing = found[0][:4]
        entries = tuple(
            StatementEntry(day, kind, name, money(amount, digits), money(balance, digits))
            for *_whole, day, kind, name, amount, balance in found
            if day
        )
        before = entries[0].balance - entries[0].amount if entries else money(opening, digits)
        return StatementPage(first, last, count, number, before, entries, money(closing, digits))

    @api.private
    def get_currencies(self, account):
        """Return the currencies in which something was billed or paid on an account, its own first."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT currency_id, TRUE FROM account_move WHERE billing_account_id = %(account)s AND state = 'posted'
                 UNION
                SELECT currency_id, TRUE FROM account_payment WHERE billing_account_id = %(account)s
                 UNION
                SELECT currency_id, TRUE FROM account_move_line WHERE billing_account_id = %(account)s
                 UNION
                SELECT line.currency_id, FALSE FROM account_move_line line WHERE %(of_customer)s
                """,
                account=account.id,
                of_customer=self._get_condition_of_customer(account),
            )
        )
        currencies = account.env["res.currency"]
        found = currencies.browse({currency_id for currency_id, is_named in rows if is_named}) | account.currency_id
        others = currencies.browse({currency_id for currency_id, is_named in rows if not is_named}) - found
        found |= others.filtered(lambda one: self.env["billing.open.items"].is_only_account(account, one))
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

    def _fetch(self, account, currency, first, last):
        """Return [(day, kind, number, amount, id of the document)] in the order of days."""
        entries = self._get_entries(account, currency, first, last)
        return self.env.execute_query(SQL("%s ORDER BY day NULLS FIRST, kind, number, id", entries))

    def _get_entries(self, account, currency, first, last):
        """Return the SQL of (day, kind, number, amount, id of the document), and, without a day, of what was before.

        `own` are the items of the account, `other` is one that is not.
        """
        return SQL(
            """
            WITH own AS MATERIALIZED (%(own)s),
            touched AS (
                SELECT own.id AS own_id, partial.credit_move_id AS other_id,
                       -partial.debit_amount_currency AS amount
                  FROM own JOIN account_partial_reconcile partial ON partial.debit_move_id = own.id
                 UNION ALL
                SELECT own.id, partial.debit_move_id, partial.credit_amount_currency
                  FROM own JOIN account_partial_reconcile partial ON partial.credit_move_id = own.id),
            rows AS (
                SELECT own.id AS line_id, own.amount_currency AS amount FROM own
                 UNION ALL
                -- money that went elsewhere is less money here; what settled a document from elsewhere shows itself
                SELECT CASE WHEN own.is_money THEN own.id ELSE touched.other_id END, touched.amount
                  FROM touched JOIN own ON own.id = touched.own_id
                 WHERE NOT EXISTS (SELECT FROM own one WHERE one.id = touched.other_id)
                 UNION ALL
                SELECT * FROM unnest(%(shared_lines)s::integer[], %(shared_amounts)s::numeric[])),
            found AS (
                SELECT line.date AS day, %(kind)s AS kind, COALESCE(move.name, '') AS number, move.id, rows.amount
                  FROM rows
                  JOIN account_move_line line ON line.id = rows.line_id
                  JOIN account_move move ON move.id = line.move_id
                 UNION ALL
                SELECT COALESCE(payment.date, own.date), 'payment', COALESCE(payment.name, ''), -payment.id,
                       -own.amount_residual_currency
                  FROM own
                  LEFT JOIN LATERAL (
                       SELECT payment.* FROM account_move__account_payment paid
                         JOIN account_payment payment ON payment.id = paid.payment_id
                        WHERE paid.invoice_id = own.move_id AND payment.state IN %(confirmed)s
                        ORDER BY payment.date DESC, payment.id DESC LIMIT 1) payment ON TRUE
                 WHERE own.is_settled)
            SELECT NULL::date AS day, '' AS kind, '' AS number, SUM(amount) AS amount, 0 AS id
              FROM found WHERE day < %(first)s HAVING SUM(amount) <> 0
             UNION ALL
            SELECT day, kind, number, SUM(amount), id
              FROM found WHERE day BETWEEN %(first)s AND %(last)s
             GROUP BY day, kind, number, id HAVING SUM(amount) <> 0
            """,
            own=self._get_own_lines(account, currency),
            kind=self._get_kind(),
            confirmed=CONFIRMED_STATES,
            first=first,
            last=last,
            **self._get_shared(account, currency),
        )

    def _get_own_lines(self, account, currency):
        """Return the SQL of the journal items that belong to an account, as open items have it."""
        is_only = self.env["billing.open.items"].is_only_account(account, currency)
        columns = SQL(
            """
            line.id, line.move_id, line.date, line.amount_currency, line.amount_residual_currency,
            move.move_type = 'entry' AND line.amount_currency < 0 AS is_money,
            %s AND line.amount_residual_currency <> 0 AS is_settled
            """,
            self.env["billing.open.documents"].get_settled_condition("move"),
        )
        return SQL(
            """
            SELECT %(columns)s
              FROM account_move move
              JOIN account_move_line line ON line.move_id = move.id
              JOIN account_account receivable ON receivable.id = line.account_id
             WHERE move.billing_account_id = %(account)s AND move.state = 'posted'
               AND receivable.account_type = 'asset_receivable' AND line.currency_id = %(currency)s
             UNION ALL
            SELECT %(columns)s
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
              LEFT JOIN account_payment payment ON payment.id = move.origin_payment_id
              LEFT JOIN (billing_account named JOIN res_partner holder ON holder.id = named.partner_id)
                ON named.id = COALESCE(line.billing_account_id, payment.billing_account_id)
               AND named.company_id = move.company_id
               AND holder.commercial_partner_id = %(customer)s
             WHERE %(of_customer)s AND line.currency_id = %(currency)s AND move.billing_account_id IS NULL
               AND COALESCE(named.id, %(only)s) = %(account)s
            """,
            columns=columns,
            account=account.id,
            currency=currency.id,
            customer=account.partner_id.commercial_partner_id.id,
            of_customer=self._get_condition_of_customer(account),
            only=account.id if is_only else 0,
        )

    def _get_condition_of_customer(self, account):
        """Return the SQL condition on `line` for posted receivable items of a customer in the account's company."""
        return SQL(
            """
            (line.partner_id IN (SELECT member.id FROM res_partner member WHERE member.commercial_partner_id = %s)
             AND line.company_id = %s AND line.parent_state = 'posted'
             AND line.account_id IN (SELECT receivable.id FROM account_account receivable
                                      WHERE receivable.account_type = 'asset_receivable'))
            """,
            account.partner_id.commercial_partner_id.id,
            account.company_id.id,
        )

    def _get_kind(self):
        """Return the SQL of the kind of an entry; `move` is the document."""
        return SQL(
            """
            CASE WHEN move.move_type IN ('out_invoice', 'out_receipt') THEN 'bill'
                 WHEN move.move_type = 'out_refund' THEN 'credit'
                 WHEN move.origin_payment_id IS NOT NULL OR move.statement_line_id IS NOT NULL THEN 'payment'
                 ELSE 'entry' END
            """
        )

    def _get_shared(self, account, currency):
        """Return what the account has now of credits and payments that name none of the customer's several accounts."""
        service = self.env["billing.open.items"]
        if service.is_only_account(account, currency):
            shared = []
        else:
            items = service.get_items([account.id])[account.id]
            shared = [item for item in items if item.is_shared and item.currency_id == currency.id]
        return {"shared_lines": [item.line_id for item in shared], "shared_amounts": [item.amount for item in shared]}
