"""What is open: receivable lines, credits and unmatched payments of accounts, as plain values."""

from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ...engine import net_open, share_credits
from ...models.receivables.due_dates import DUE_DAY_OF_LINE
from ..shared.numbers import money
from .open_documents import OPEN_STATES
from .standing import stand
from .values import DISPUTE, HOLDS_REMINDERS, NOT_ASKED, Discount, OpenItem, Rest


class BillingOpenItems(models.AbstractModel):
    _name = "billing.open.items"
    _description = "Open Receivables of Billing Accounts"

    # -- what is open -------------------------------------------------------------------------------------------------

    @api.private
    def get_items(self, account_ids, coming=True):
        """Return what is open on accounts, with few queries however many accounts.

        A payment belongs to the account of the customer that it names. What names no account belongs to the customer's
        only account of its company and currency. Where there are several, credits and payments go to the oldest items
        of that customer, on whichever account they lie; what is owed, and what is left of the credits, is on no
        account: see `get_unassigned`.

        :param coming: also what waits for a debit that nobody has planned yet rests; for whoever debits it does not
        :return: {account id: [OpenItem, ...] in due order}, one entry per account
        """
        if not account_ids:
            return {}
        items, _unassigned = self._collect(list(account_ids), coming)
        return items

    @api.private
    def get_unassigned(self, account_ids):
        """Return what is open of the customers of accounts and is on none of their accounts.

        :return: {(commercial partner id, company id): [OpenItem, ...] in due order} of those that have any
        """
        return self._collect(list(account_ids))[1] if account_ids else {}

    @api.private
    def get_all(self, account_ids):
        """Return what `get_items` and what `get_unassigned` return, asked for once."""
        return self._collect(list(account_ids)) if account_ids else ({}, {})

    # -- what it comes to ---------------------------------------------------------------------------------------------

    @api.private
    def split_by_currency(self, items):
        """Return {currency id: items in the order in which they were}."""
        by_currency = defaultdict(list)
        for item in items:
            by_currency[item.currency_id].append(item)
        return by_currency

    @api.private
    def find_overdue_currencies(self, by_currency, day):
        """Return the ids of the currencies in which something of one account is overdue on a day."""
        return [currency for currency, items in by_currency.items() if self.sum_up(items, day)["overdue"]]

    @api.private
    def net(self, items):
        """Take credits and payments off what is owed, the oldest first.

        :param list items: OpenItem of one account, in due order
        :return: [(OpenItem, open Decimal)] of what is still owed, per currency
        """
        by_currency = self.split_by_currency(items)
        netted = []
        for own in by_currency.values():
            left = net_open([item.usable for item in own])
            netted += [(item, amount) for item, amount in zip(own, left, strict=True) if amount > 0]
        return netted

    @api.private
    def leave_disputed_out(self, items):
        """Return items with what is not in dispute of them; those that are wholly in dispute are left out.

        :param list items: OpenItem
        """
        return [item._replace(amount=item.amount - item.disputed) for item in items if not item.is_blocked]

    @api.private
    def stand(self, items, day, reasons=HOLDS_REMINDERS):
        """Return how what is owed stands on a day, as :func:`.standing.stand` works it out."""
        return stand(items, day, reasons)

    @api.private
    def sum_up(self, items, day):
        """Return what the pay page asks for on a day; reminders name the same amounts.

        :param list items: OpenItem of one account and currency, in due order
        :return: {"all", "due", "overdue"} as Decimals, credits taken off, without what is in dispute or being paid;
            "due" counts what falls due on the day itself, "overdue" does not
        """
        asked = [(one.item.due_date, one.active) for one in self.stand(items, day, NOT_ASKED)]
        return {
            "all": sum((amount for _due, amount in asked), Decimal(0)),
            "due": sum((amount for due, amount in asked if due <= day), Decimal(0)),
            "overdue": sum((amount for due, amount in asked if due < day), Decimal(0)),
        }

    @api.private
    def get_discounts(self, items, day):
        """Return what may be kept of items that are paid wholly on a day.

        :param list items: OpenItem of one account and currency, in due order
        :return: {"lines": {line id: Decimal}, "all": their sum, "due": that of what is due by the day}
        """
        kept = [
            (one.item, amount)
            for one in self.stand(items, day, NOT_ASKED)
            if one.active == one.item.amount and (amount := one.item.get_discount(day))
        ]
        return {
            "lines": {item.line_id: amount for item, amount in kept},
            "all": sum((amount for _item, amount in kept), Decimal(0)),
            "due": sum((amount for item, amount in kept if item.due_date <= day), Decimal(0)),
        }

    @api.private
    def get_balance(self, items):
        """Return what is owed on balance, and the two sums that it is made of.

        :param list items: OpenItem of one currency
        :return: {"owed", "credit", "balance"} as Decimals; credit is positive, without what is for something else
        """
        owed = sum((item.amount for item in items if item.amount > 0), Decimal(0))
        credit = -sum((item.amount + item.for_something_else for item in items if item.amount < 0), Decimal(0))
        return {"owed": owed, "credit": credit, "balance": owed - credit}

    @api.private
    def apply_credits(self, account, moves):
        """Settle what is left of invoices with the credits of the account, as the pay page counted on.

        :param moves: invoices that were just paid, less those credits
        """
        # what is held back settles nothing: the document is reconciled as a whole, so that all of it waits
        offsets = [item for item in self.get_items([account.id])[account.id] if item.amount < 0]
        waiting = {item.move_id for item in offsets if item.held_back}
        offsets = [item for item in offsets if item.move_id not in waiting]
        # sudo: the customer paid, the books follow
        lines = self.env["account.move.line"].sudo().browse({item.line_id for item in offsets}) | moves.sudo().line_ids
        for _account, own in lines.grouped(lambda line: (line.account_id, line.currency_id)).items():
            unsettled = own.filtered(
                lambda line: (
                    line.account_id.account_type == "asset_receivable"
                    and line.parent_state == "posted"
                    and not line.reconciled
                )
            )
            signs = {line.amount_residual_currency > 0 for line in unsettled}
            if len(signs) == 2:
                unsettled.reconcile()

    @api.private
    def get_open_condition(self):
        """Return the SQL condition on `account` for those on which something is owed, whoever wrote the document.

        The first half is answered by the index of open documents of accounts.
        """
        return SQL(
            """
            (EXISTS (SELECT FROM account_move move
                      WHERE move.billing_account_id = account.id AND move.state = 'posted'
                        AND move.payment_state IN ('not_paid', 'partial', 'blocked'))
             OR EXISTS (SELECT FROM res_partner customer
                          JOIN res_partner member ON member.commercial_partner_id = customer.commercial_partner_id
                          JOIN account_move_line line
                            ON line.partner_id = member.id AND line.reconciled IS NOT TRUE
                           AND line.amount_residual_currency > 0
                          JOIN account_account receivable
                            ON receivable.id = line.account_id AND receivable.account_type = 'asset_receivable'
                          JOIN account_move move ON move.id = line.move_id
                         WHERE customer.id = account.partner_id AND move.state = 'posted'
                           AND move.company_id = account.company_id AND move.billing_account_id IS NULL))
            """
        )

    # -- putting it together ------------------------------------------------------------------------------------------

    def _collect(self, account_ids, coming=True):
        """Return ({account id: items}, {(customer, company): items on no account})."""
        self.env.flush_all()
        items = {account_id: [] for account_id in account_ids}
        for item in self._fetch_named(account_ids):
            items[item.account_id].append(item)
        floating, unassigned = self._place_floating(items, self._fetch_floating(account_ids))
        for item in floating:
            items[item.account_id].append(item)
        items, shielded = self.env["billing.planned.items"].divide(items)
        for own in [*items.values(), *unassigned.values()]:
            own.sort(key=lambda item: (item.due_date, item.line_id, item.installment_id or 0))
        return self.env["billing.rests"].add_rests(items, shielded, coming), unassigned

    def _place_floating(self, items, rows):
        """Give what names no account to the accounts of its customer.

        :param dict items: {account id: [OpenItem]} as far as the documents name their account
        :param rows: [(commercial partner id, OpenItem)] in the order of their dates
        :return: (items with their accounts, {(customer, company): items on no account})
        """
        if not rows:
            return [], {}
        pools = defaultdict(list)
        named = defaultdict(list)
        for customer_id, item in rows:
            if item.account_id:
                named[item.account_id].append(item)
            else:
                pools[customer_id, item.company_id, item.currency_id].append(item)
        candidates = self._get_candidates(pools)
        shared = {key for key, ids in candidates.items() if len(ids) > 1}
        others = {one for key in shared for one in candidates[key]} - set(items)
        known = {account_id: [*own, *named[account_id]] for account_id, own in items.items()}
        known |= {account_id: [*named[account_id]] for account_id in others}
        for item in self._fetch_named(list(others)) if others else ():
            known[item.account_id].append(item)
        placed, unassigned = [item for own in named.values() for item in own], defaultdict(list)
        offsets = {item.move_id for key in shared for item in pools[key] if item.amount < 0}
        bound = self.env["billing.bound.payments"].find(offsets)
        for key, own in pools.items():
            if key not in shared:
                placed += [item._replace(account_id=account_id) for account_id in candidates[key] for item in own]
                continue
            free = [item for item in own if item.move_id not in bound]
            shared_out = self._share_out(free, {one: known[one] for one in candidates[key]}, key[2])
            for item in [*(item for item in own if item.move_id in bound), *shared_out]:
                (placed if item.account_id else unassigned[key[:2]]).append(item)
        return [item for item in placed if item.account_id in items], dict(unassigned)

    def _share_out(self, pool, items, currency_id):
        """Return the items of a pool with the accounts that they go to; what is owed goes to none of several."""
        debts = []
        for account_id, own in items.items():
            ordered = sorted(own, key=lambda item: (item.due_date, item.line_id))
            debts += [
                (item.due_date, account_id, amount)
                for item, amount in self.net(ordered)
                if item.currency_id == currency_id
            ]
        owed = [item for item in pool if item.amount > 0]
        debts += [(item.due_date, 0, item.amount) for item in owed]
        offsets = [item for item in pool if item.amount < 0]
        left, result = [item.amount for item in offsets], list(owed)
        shares = share_credits([(account_id, amount) for _day, account_id, amount in sorted(debts)], left)
        for index, account_id, amount in shares:
            if account_id:
                left[index] -= amount
                result.append(offsets[index]._replace(account_id=account_id, amount=amount, is_shared=True))
        return result + [item._replace(amount=amount) for item, amount in zip(offsets, left, strict=True) if amount]

    @api.private
    def find_account(self, document):
        """Return the only account to which a document that names none belongs; none where there are several."""
        return self.find_only_account(document.commercial_partner_id, document.company_id, document.currency_id)

    @api.private
    def find_only_account(self, customer, company, currency):
        """Return the only account to which what names none belongs; none where there are several.

        :param customer: the commercial `res.partner`
        """
        self.env["billing.account"].flush_model(["partner_id", "company_id", "currency_id", "state"])
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        key = customer.id, company.id, currency.id
        found = self._get_candidates([key])[key]
        return self.env["billing.account"].browse(found if len(found) == 1 else ())

    @api.private
    def is_only_account(self, account, currency):
        """Tell whether what names no account of the customer, in a currency, belongs to this account."""
        customer = account.partner_id.commercial_partner_id
        return self.find_only_account(customer, account.company_id, currency) == account

    def _get_candidates(self, pools):
        """Return {(customer, company, currency): account ids} to which what names no account may belong.

        Those of the currency come before others, those that are not closed before closed ones.
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT account.id, customer.commercial_partner_id, account.company_id, account.currency_id,"
                " account.state = 'closed' FROM billing_account account"
                " JOIN res_partner customer ON customer.id = account.partner_id"
                " WHERE customer.commercial_partner_id = ANY(%s) ORDER BY account.id",
                [customer_id for customer_id, _company_id, _currency_id in pools],
            )
        )
        candidates = {}
        for key in pools:
            ranked = defaultdict(list)
            for account_id, customer_id, company_id, currency_id, is_closed in rows:
                if (customer_id, company_id) == key[:2]:
                    ranked[currency_id != key[2], is_closed].append(account_id)
            candidates[key] = ranked[min(ranked)] if ranked else []
        return candidates

    # -- queries ------------------------------------------------------------------------------------------------------

    def _fetch_named(self, account_ids):
        """Return the open items of documents that name their account.

        They are looked for account by account, in the words of the index of open documents: where one has very many,
        a plan for all accounts together reads every document that there ever was.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT %(columns)s
                  FROM unnest(%(accounts)s::int[]) owner (id)
                 CROSS JOIN LATERAL (
                       SELECT * FROM account_move own
                        WHERE own.billing_account_id = owner.id AND own.state = 'posted'
                          AND own.payment_state IN %(open)s OFFSET 0) move
                  JOIN account_move_line line ON line.move_id = move.id
                  JOIN account_account receivable ON receivable.id = line.account_id
                  JOIN res_currency currency ON currency.id = line.currency_id
                 WHERE receivable.account_type = 'asset_receivable' AND line.reconciled IS NOT TRUE
                   AND line.amount_residual_currency <> 0
                """,
                columns=self._get_columns(SQL("COALESCE(move.invoice_date, move.date)")),
                accounts=list(account_ids),
                open=OPEN_STATES,
            )
        )
        return [self._get_item(row) for row in rows]

    def _fetch_floating(self, account_ids):
        """Return [(commercial partner id, OpenItem)] of what is open of the customers and is no document of an account.

        A payment may name an account of the customer, and so may money from the bank; then the item does too. It is
        looked for among what is open of the customers, partner by partner: a plan that begins with the documents
        without an account, because they are few, reads all that there ever were, and so does one that reads all
        journal items of a partner.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT owner.commercial_partner_id, named.id, %(columns)s
                  FROM (SELECT member.id, member.commercial_partner_id FROM res_partner member
                         WHERE member.commercial_partner_id IN (
                               SELECT customer.commercial_partner_id FROM billing_account account
                                 JOIN res_partner customer ON customer.id = account.partner_id
                                WHERE account.id = ANY(%(accounts)s)) OFFSET 0) owner
                 CROSS JOIN (SELECT id FROM account_account WHERE account_type = 'asset_receivable' OFFSET 0) receivable
                 CROSS JOIN LATERAL (
                       SELECT * FROM account_move_line own
                        WHERE own.account_id = receivable.id AND own.partner_id = owner.id
                          AND own.reconciled IS NOT TRUE AND own.amount_residual_currency <> 0 OFFSET 0) line
                  JOIN account_move move ON move.id = line.move_id
                  JOIN res_currency currency ON currency.id = line.currency_id
                  LEFT JOIN account_payment payment ON payment.id = move.origin_payment_id
                  LEFT JOIN LATERAL (
                       SELECT account.id FROM billing_account account
                         JOIN res_partner holder ON holder.id = account.partner_id
                        WHERE account.id = COALESCE(line.billing_account_id, payment.billing_account_id)
                          AND account.company_id = move.company_id
                          AND holder.commercial_partner_id = owner.commercial_partner_id OFFSET 0) named ON TRUE
                 WHERE move.billing_account_id IS NULL AND move.state = 'posted' AND NOT %(settled)s
                 ORDER BY move.date, line.id
                """,
                columns=self._get_columns(SQL("COALESCE(move.invoice_date, payment.date, move.date)")),
                accounts=list(account_ids),
                settled=self.env["billing.open.documents"].get_settled_condition("move"),
            )
        )
        return [
            (customer_id, self._get_item(row)._replace(account_id=account_id)) for customer_id, account_id, *row in rows
        ]

    def _get_columns(self, day):
        """Return the SQL of what an item is made of.

        :param day: SQL of its day; money came on the day of its payment, whenever it was booked

        Journal entries by hand are out of Odoo's follow-up unless somebody says otherwise, so that it says something
        of invoices only.
        """
        return SQL(
            """
            line.id, move.id, move.billing_account_id, move.company_id, line.partner_id, line.currency_id,
            currency.decimal_places,
            %(due_day)s,
            %(day)s, line.amount_residual_currency, move.name,
            CASE WHEN line.amount_residual_currency > 0
                 THEN CASE WHEN move.move_type = 'entry' THEN 'entry' ELSE 'invoice' END
                 ELSE CASE WHEN move.move_type = 'entry' THEN 'payment' ELSE 'credit' END END,
            move.payment_state = 'blocked' OR (move.move_type <> 'entry' AND COALESCE(line.no_followup, FALSE)),
            CASE WHEN line.amount_residual_currency = line.amount_currency AND line.discount_amount_currency <> 0
                 THEN line.discount_date END,
            line.amount_currency - COALESCE(line.discount_amount_currency, 0)
            """,
            due_day=DUE_DAY_OF_LINE,
            day=day,
        )

    def _get_item(self, row):
        *head, digits, due_date, invoice_date, amount, number, kind, blocked, discount_until, discount = row
        amount = money(amount, digits)
        return OpenItem(
            *head,
            digits,
            due_date,
            invoice_date,
            amount,
            number or "",
            kind,
            rests=(Rest(amount, DISPUTE),) if blocked and amount > 0 else (),
            discount=Discount(money(discount, digits), discount_until) if discount_until and amount > 0 else None,
        )
