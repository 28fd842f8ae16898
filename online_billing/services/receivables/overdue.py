"""What is open and overdue on all accounts at once: for the first page, and to find and to sort those accounts."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..shared.numbers import money
from .open_documents import OPEN_STATES

# payments that are neither refused nor given up: they may be under way
LIVELY_STATES = ("draft", "pending", "authorized", "done")


class BillingOverdue(models.AbstractModel):
    """Most accounts owe plain invoices, which the database sums up itself.

    Where credits, payments, disputes, installments or documents without an account have a say, or a journal item does
    not say itself when it is due, the open items are asked, account by account, as the page of each account does.
    """

    _name = "billing.overdue"
    _description = "What Is Overdue on All Accounts"

    @api.private
    def find(self):
        """Return {(account, currency): what is overdue on its own local day, as its page says it} of chosen companies.

        Accounts on which nothing is overdue are left out; amounts are Decimal, in each currency in which something is.
        """
        overdue = self._find("overdue")
        ids = [account_id for account_id, _currency_id in overdue]
        # sudo: a mere condition; who may not read an account does not find it by this either
        accounts, currencies = self.env["billing.account"].sudo(), self.env["res.currency"]
        return {
            (accounts.browse(account_id).with_prefetch(ids), currencies.browse(currency_id)): amount
            for (account_id, currency_id), amount in overdue.items()
        }

    @api.private
    def get_amounts(self, figure):
        """Return {account id: amount} of what is found, as the page of an account says it in its own currency.

        :param str figure: "overdue", or "balance" for what is open less credits; accounts on which it is zero are left
            out
        """
        return {account_id: amount for (account_id, _currency_id), amount in self._find(figure, True).items()}

    @api.private
    def get_table(self, figure):
        """Return the SQL of a table (account_id, amount) of what `get_amounts` finds."""
        amounts = self.get_amounts(figure)
        # the database reads a long list much faster as one text
        ids, sums = (f"{{{','.join(map(str, some))}}}" for some in (amounts, amounts.values()))
        return SQL("(SELECT * FROM unnest(%s::int[], %s::numeric[]) AS found (account_id, amount))", ids, sums)

    def _find(self, figure, of_account=False):
        """Return {(account id, currency id): Decimal} where a figure is not zero.

        :param bool of_account: in the currency of the account only
        """
        self.env.flush_all()
        sums, intricate = {}, set()
        for account_id, currency_id, is_intricate, balance, overdue, digits in self._sum_up_documents(of_account):
            amount = overdue if figure == "overdue" else balance
            if is_intricate:
                intricate.add(account_id)
            elif amount:
                sums[account_id, currency_id] = money(amount, digits)
        sums = {key: amount for key, amount in sums.items() if key[0] not in intricate}
        return {**sums, **self._ask(figure, sorted(intricate), of_account)}

    def _ask(self, figure, account_ids, of_account):
        """Return the same of accounts whose items have to be looked at one by one."""
        items, calendar = self.env["billing.open.items"], self.env["billing.days"]
        found, sums = items.get_items(account_ids), {}
        # sudo: a mere condition, as above
        for account in self.env["billing.account"].sudo().browse(account_ids):
            for currency_id, some in items.split_by_currency(found[account.id]).items():
                if of_account and currency_id != account.currency_id.id:
                    continue
                if figure == "overdue":
                    amount = items.sum_up(some, calendar.get_local_day(account))["overdue"]
                else:
                    amount = items.get_balance(some)["balance"]
                if amount:
                    sums[account.id, currency_id] = amount
        return sums

    def _sum_up_documents(self, of_account):
        """Return [(account id, currency id, whether something else has a say, sums of what is open and overdue,
        digits)].

        Summed up are documents that name an account. Where something else has a say, the sums are not to be used: of
        whose customer something is open that names no account has a row of its own, beside that of its sums. Documents
        are read by the index of the open ones, at once: to look each up by its line takes longer. Accounts are read by
        their ids: most owe nothing.
        """
        return self.env.execute_query(
            SQL(
                """
                WITH line AS MATERIALIZED (SELECT * FROM %(open_lines)s open_line),
                move AS MATERIALIZED (
                    SELECT id, billing_account_id FROM account_move
                     WHERE billing_account_id IS NOT NULL AND state = 'posted' AND payment_state IN %(open)s),
                account AS MATERIALIZED (
                    SELECT id, currency_id, (%(now)s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE timezone)::date AS today
                      FROM billing_account
                     WHERE id = ANY(ARRAY(SELECT DISTINCT billing_account_id FROM move))
                       AND company_id = ANY(%(companies)s))
                SELECT owed.*, currency.decimal_places FROM (
                    SELECT account.id AS account_id,
                           line.currency_id,
                           bool_or(line.amount_residual_currency < 0 OR line.date_maturity IS NULL
                                   OR COALESCE(line.no_followup, FALSE)
                                   OR move.id IN (SELECT id FROM account_move WHERE payment_state = 'blocked')
                                   OR EXISTS (SELECT FROM billing_installment_part part WHERE part.move_id = move.id)
                                   OR move.id IN (SELECT stop.move_id FROM billing_stop stop
                                                   WHERE stop.date_to IS NULL AND stop.amount > 0)
                                   OR EXISTS (SELECT FROM account_invoice_transaction_rel paid
                                                JOIN payment_transaction payment ON payment.id = paid.transaction_id
                                               WHERE paid.invoice_id = move.id AND payment.state IN %(lively)s)
                                  ) AS is_intricate,
                           sum(line.amount_residual_currency) AS balance,
                           sum(line.amount_residual_currency) FILTER (
                               WHERE line.date_maturity < account.today) AS overdue
                      FROM line
                      JOIN move ON move.id = line.move_id
                      JOIN account ON account.id = move.billing_account_id AND %(currencies)s
                     GROUP BY account.id, line.currency_id) owed
                  JOIN res_currency currency ON currency.id = owed.currency_id
                UNION ALL
                SELECT DISTINCT account.id, NULL::integer, TRUE, NULL::numeric, NULL::numeric, NULL::integer
                  FROM (SELECT line.partner_id, other.company_id
                          FROM line JOIN account_move other ON other.id = line.move_id
                         WHERE NOT EXISTS (SELECT FROM move WHERE move.id = line.move_id) AND other.state = 'posted'
                           AND other.billing_account_id IS NULL AND NOT %(settled)s OFFSET 0) loose
                  JOIN res_partner owner ON owner.id = loose.partner_id
                  JOIN res_partner customer ON customer.commercial_partner_id = owner.commercial_partner_id
                  JOIN billing_account account
                    ON account.partner_id = customer.id AND account.company_id = loose.company_id
                 WHERE account.company_id = ANY(%(companies)s)
                """,
                open_lines=self._get_open_lines(),
                lively=LIVELY_STATES,
                currencies=SQL("account.currency_id = line.currency_id") if of_account else SQL("TRUE"),
                now=fields.Datetime.now(),
                companies=self.env.companies.ids,
                open=OPEN_STATES,
                settled=self.env["billing.open.documents"].get_settled_condition("other"),
            )
        )

    def _get_open_lines(self):
        """Return the SQL of a table of the receivable journal items that are open.

        It is found by Odoo's own index of what is not matched, account by account: a plan that reads all journal items
        to find the few that are open would take longer every year.
        """
        return SQL(
            "(SELECT item.* FROM account_account receivable CROSS JOIN LATERAL (SELECT move_id, partner_id,"
            " currency_id, amount_residual_currency, no_followup, date_maturity FROM account_move_line own"
            " WHERE own.account_id = receivable.id AND own.reconciled IS NOT TRUE"
            " AND own.amount_residual_currency <> 0 OFFSET 0) item WHERE receivable.account_type = 'asset_receivable')"
        )
