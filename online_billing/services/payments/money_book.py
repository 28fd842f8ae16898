"""What money of customers is, and on which account it stands: asked here, once, by all pages and lists."""

from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...models.payments.account_payment import CONFIRMED_STATES


class BillingMoneyBook(models.AbstractModel):
    """Money is a payment, or a receivable item of an entry by which a bank or a cash box was debited or credited.

    A payment knows its account itself. Where staff match a line of a bank statement straight with what is open, there
    is no payment: the receivable items of its entry are noted here, each with its account, as one transfer may pay for
    several customers.
    """

    _name = "billing.money.book"
    _description = "On Which Account Money Stands"

    @api.private
    def note(self, lines):
        """Note on journal items the account on which they stand, as far as they are money that no payment tells of.

        It is that of the first document of the billing that they settle. What settles none yet is on the customer's
        only account, as open items have it.

        :param lines: `account.move.line`; what is no such money loses its note
        """
        lines = lines.sudo()  # sudo: whoever matches need not be allowed to see accounts
        known, noted = {}, defaultdict(lines.browse)
        for line in lines.filtered(lambda line: self._may_be_money(line.move_id)):
            account = self._find_account(line, known) if self._is_money(line) else line.billing_account_id.browse()
            if line.billing_account_id != account:
                noted[account] |= line
        for account, own in noted.items():
            # a note beside the entry, of which nothing changes: the checks of Odoo's own writing are not asked
            models.BaseModel.write(own, {"billing_account_id": account.id})

    @api.private
    def note_settled(self, moves):
        """Note anew what settled documents, where a payment without an entry of its own came or went."""
        matched = moves.sudo().line_ids  # sudo: as in note
        self.note(matched.matched_credit_ids.credit_move_id | matched.matched_debit_ids.debit_move_id)

    @api.private
    def get_line_condition(self, line, account=None):
        """Return the SQL condition on journal items that are money, of one account or of all.

        :param str line: the name of their table in the query
        :param account: a `billing.account`, or None
        """
        noted, state = SQL.identifier(line, "billing_account_id"), SQL.identifier(line, "parent_state")
        of_account = SQL("%s = %s", noted, account.id) if account else SQL("%s IS NOT NULL", noted)
        return SQL("%s AND %s = 'posted'", of_account, state)

    @api.private
    def get_confirmed_domain(self):
        """Return the domain of `billing.money` that has moved: what is a draft, cancelled or rejected has not."""
        return Domain("state", "in", CONFIRMED_STATES)

    @api.private
    def get_latest(self, accounts, limit):
        """Return {account: its latest `billing.money`}, found by one statement however many there are.

        :param accounts: `billing.account`; what is found is of the same environment
        :param int limit: how many of each
        """
        money = accounts.env["billing.money"]
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account.id, money.id FROM unnest(%(accounts)s::integer[]) account (id)
                 CROSS JOIN LATERAL (
                       (SELECT id, date FROM account_payment
                         WHERE billing_account_id = account.id AND state IN %(confirmed)s
                         ORDER BY date DESC, id DESC LIMIT %(limit)s)
                        UNION ALL
                       (SELECT -id, date FROM account_move_line line
                         WHERE billing_account_id = account.id AND %(is_money)s
                         ORDER BY date DESC, id DESC LIMIT %(limit)s)
                        ORDER BY date DESC, id DESC LIMIT %(limit)s) money
                 ORDER BY money.date DESC, money.id DESC
                """,
                accounts=accounts.ids,
                confirmed=CONFIRMED_STATES,
                is_money=self.get_line_condition("line"),
                limit=limit,
            )
        )
        found = defaultdict(list)
        for account_id, money_id in rows:
            found[account_id].append(money_id)
        every = money.browse(money_id for _account_id, money_id in rows)
        return {account: money.browse(found[account.id]).with_prefetch(every.ids) for account in accounts}

    def _may_be_money(self, move):
        return move.move_type == "entry" and not move.origin_payment_id

    def _is_money(self, line):
        """Tell whether a journal item is a customer's money that no payment tells of.

        What is booked by hand on a bank or a cash box is, where it settles documents; what takes such an entry back,
        or books that a bank has taken a payment back, is told by that payment.
        """
        move = line.move_id
        if line.account_id.account_type != "asset_receivable":
            return False
        if move.statement_line_id:
            return True
        by_hand = move.journal_id.type in ("bank", "cash", "credit")
        return by_hand and not move.reversed_entry_id and not move.billing_returned_payment_id

    def _find_account(self, line, known):
        documents = (line.matched_debit_ids.debit_move_id | line.matched_credit_ids.credit_move_id).move_id
        settled, noted = documents.billing_account_id, line.billing_account_id
        if self._books_payments(line, documents):
            return noted.browse()
        if settled:
            return noted if noted in settled else settled[:1]
        if not line.move_id.statement_line_id:
            return noted
        customer = line.partner_id.commercial_partner_id
        if noted and noted.partner_id.commercial_partner_id == customer:
            return noted
        key = customer, line.company_id, line.currency_id
        if customer and key not in known:
            known[key] = self.env["billing.open.items"].sudo().find_only_account(*key)  # sudo: as in note
        return known.get(key, noted.browse()).with_env(line.env)

    def _books_payments(self, line, documents):
        """Tell whether a journal item is the entry of payments that Odoo has confirmed without one of their own.

        Nothing ties them together but documents and amount: of several items alike the earliest are those entries.
        """
        waiting = documents.matched_payment_ids.filtered(
            lambda payment: (
                payment.state in CONFIRMED_STATES
                and not payment.move_id
                and payment.billing_account_id
                and payment.currency_id == line.currency_id
                and (payment.payment_type == "inbound") == (line.amount_currency < 0)
            )
        )
        if not waiting:
            return False
        came, compare = abs(line.amount_currency), line.currency_id.compare_amounts
        alike = len(waiting.filtered(lambda payment: compare(payment.amount, came) == 0))
        if not alike and compare(sum(waiting.mapped("amount")), came) == 0:
            alike = 1
        matched = documents.line_ids
        others = matched.matched_credit_ids.credit_move_id | matched.matched_debit_ids.debit_move_id
        earlier = others.filtered(
            lambda other: (
                other.id < line.id
                and self._may_be_money(other.move_id)
                and self._is_money(other)
                and other.currency_id == line.currency_id
                and compare(other.amount_currency, line.amount_currency) == 0
            )
        )
        return len(earlier) < alike
