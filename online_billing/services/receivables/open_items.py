"""What is open: receivable lines, credits and unmatched payments of accounts, as plain values."""

from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ...engine import net_open, share_credits
from ..shared.values import OpenItem

# states in which Odoo itself regards an invoice as settled, whatever its journal items still say
SETTLED_STATES = ("in_payment", "paid", "reversed", "invoicing_legacy")


class BillingOpenItems(models.AbstractModel):
    _name = "billing.open.items"
    _description = "Open Receivables of Billing Accounts"

    @api.private
    def get_items(self, account_ids):
        """Return what is open on accounts, with few queries however many accounts.

        Credits and payments of the customer that belong to no account go to the oldest items of that customer, on
        whichever account they lie.

        :return: {account id: [OpenItem, ...] in due order}, one entry per account
        """
        items = {account_id: [] for account_id in account_ids}
        if not items:
            return items
        self.env.flush_all()
        for item in self._fetch_own(list(items)):
            items[item.account_id].append(item)
        for item in self._fetch_floating(items):
            items[item.account_id].append(item)
        for own in items.values():
            own.sort(key=lambda item: (item.due_date, item.line_id, item.installment_id or 0))
        return items

    @api.private
    def net(self, items):
        """Take credits and payments off what is owed, the oldest first.

        :param list items: OpenItem of one account, in due order
        :return: [(OpenItem, open Decimal)] of what is still owed, per currency
        """
        by_currency = defaultdict(list)
        for item in items:
            by_currency[item.currency_id].append(item)
        netted = []
        for own in by_currency.values():
            left = net_open([item.amount for item in own])
            netted += [(item, amount) for item, amount in zip(own, left, strict=True) if amount > 0]
        return netted

    @api.private
    def sum_up(self, items, day):
        """Return what the pay page asks for on a day; reminders name the same amounts.

        :param list items: OpenItem of one account and currency, in due order
        :return: {"all", "due", "overdue"} as Decimals, credits taken off, without what is in dispute; "due" counts what
            falls due on the day itself, "overdue" does not
        """
        netted = self.net([item for item in items if not item.is_blocked])
        due = sum((amount for item, amount in netted if item.due_date <= day), Decimal(0))
        overdue = sum((amount for item, amount in netted if item.due_date < day), Decimal(0))
        return {"all": sum((amount for _item, amount in netted), Decimal(0)), "due": due, "overdue": overdue}

    @api.private
    def apply_credits(self, account, moves):
        """Settle what is left of invoices with the credits of the account, as the pay page counted on.

        :param moves: invoices that were just paid, less those credits
        """
        offsets = [item for item in self.get_items([account.id])[account.id] if item.amount < 0]
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

    # -- queries ------------------------------------------------------------------------------------------------------

    def _fetch_own(self, account_ids):
        """Return the open items of documents that name their account."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id, move.id, move.billing_account_id, move.company_id, line.partner_id, line.currency_id,
                       currency.decimal_places, COALESCE(line.date_maturity, move.invoice_date_due, move.date),
                       COALESCE(move.invoice_date, move.date), line.amount_residual_currency, move.name,
                       CASE WHEN line.amount_residual_currency < 0 THEN 'credit' ELSE 'invoice' END,
                       COALESCE((SELECT sum(COALESCE(fee.price_total, charge.amount)) FROM billing_charge charge
                                   LEFT JOIN account_move_line fee ON fee.id = charge.invoice_line_id
                                  WHERE charge.invoice_id = move.id AND charge.origin = 'late_fee'), 0),
                       move.payment_state = 'blocked' OR COALESCE(line.no_followup, FALSE)
                  FROM account_move move
                  JOIN account_move_line line ON line.move_id = move.id
                  JOIN account_account receivable ON receivable.id = line.account_id
                  JOIN res_currency currency ON currency.id = line.currency_id
                 WHERE move.billing_account_id = ANY(%s) AND move.state = 'posted'
                   AND move.payment_state NOT IN %s AND receivable.account_type = 'asset_receivable'
                   AND line.reconciled IS NOT TRUE AND line.amount_residual_currency <> 0
                """,
                list(account_ids),
                SETTLED_STATES,
            )
        )
        items = [self._get_item(row) for row in rows]
        installments = self._get_installments(items) if items else {}
        if not installments:
            return items
        return [part for item in items for part in installments.get(item.line_id, (item,))]

    def _get_item(self, row):
        *head, digits, due_date, invoice_date, amount, number, kind, fee, blocked = row
        return OpenItem(
            *head,
            digits,
            due_date,
            invoice_date,
            Decimal(str(amount)).quantize(Decimal(1).scaleb(-digits)),
            number or "",
            kind,
            Decimal(str(fee)).quantize(Decimal(1).scaleb(-digits)),
            bool(blocked),
        )

    def _get_installments(self, items):
        """Return {line id: [OpenItem, ...]} for lines that belong to an active installment plan.

        A seam: the plans put themselves here. A line that the plan has split is one item with its plan; the one line of
        a virtual plan becomes an item per open installment.
        """
        return {}

    def _fetch_floating(self, items):
        """Return credits of the customers that name no account, each given to those of their accounts that owe.

        :param dict items: {account id: [OpenItem]} as far as the documents name their account
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id, move.id, owner.commercial_partner_id, move.company_id, line.partner_id,
                       line.currency_id, currency.decimal_places,
                       COALESCE(line.date_maturity, move.invoice_date_due, move.date),
                       COALESCE(move.invoice_date, move.date), line.amount_residual_currency, move.name,
                       CASE WHEN move.move_type = 'out_refund' THEN 'credit' ELSE 'payment' END, 0, FALSE
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
                  JOIN account_account receivable ON receivable.id = line.account_id
                  JOIN res_partner owner ON owner.id = line.partner_id
                  JOIN res_currency currency ON currency.id = line.currency_id
                 WHERE line.partner_id IN (
                           SELECT member.id FROM res_partner member WHERE member.commercial_partner_id IN (
                               SELECT customer.commercial_partner_id FROM billing_account account
                                 JOIN res_partner customer ON customer.id = account.partner_id
                                WHERE account.id = ANY(%s)))
                   AND line.reconciled IS NOT TRUE AND line.amount_residual_currency < 0
                   AND move.billing_account_id IS NULL AND move.state = 'posted'
                   AND receivable.account_type = 'asset_receivable'
                 ORDER BY move.date, line.id
                """,
                list(items),
            )
        )
        if not rows:
            return []
        owners = self._get_accounts_of_customers({row[2] for row in rows})
        others = [account_id for account_id in owners if account_id not in items]
        known = {**items, **{account_id: [] for account_id in others}}
        for item in self._fetch_own(others) if others else ():
            known[item.account_id].append(item)
        debts, accounts = defaultdict(list), defaultdict(list)
        for account_id, (customer, company_id, currency_id) in owners.items():
            accounts[customer, company_id, currency_id].append(account_id)
            for item, amount in self.net(sorted(known[account_id], key=lambda item: (item.due_date, item.line_id))):
                debts[customer, company_id, item.currency_id].append((item.due_date, account_id, amount))
        offsets = defaultdict(list)
        for row in rows:
            item = self._get_item(row)
            offsets[item.account_id, item.company_id, item.currency_id].append(item)
        shared = []
        for key, own in offsets.items():
            ordered = [(account_id, amount) for _day, account_id, amount in sorted(debts[key])]
            left = [item.amount for item in own]
            for index, account_id, amount in share_credits(ordered, left):
                left[index] -= amount
                shared.append(own[index]._replace(account_id=account_id, amount=amount))
            # what nobody owes stands on the oldest account, so that it is seen
            keepers = sorted(accounts[key])[:1]
            shared += [
                item._replace(account_id=account_id, amount=amount)
                for account_id in keepers
                for item, amount in zip(own, left, strict=True)
                if amount
            ]
        return [item for item in shared if item.account_id in items]

    def _get_accounts_of_customers(self, customer_ids):
        """Return {account id: (commercial partner, company, currency)}."""
        rows = self.env.execute_query(
            SQL(
                "SELECT account.id, customer.commercial_partner_id, account.company_id, account.currency_id"
                " FROM billing_account account JOIN res_partner customer ON customer.id = account.partner_id"
                " WHERE customer.commercial_partner_id = ANY(%s) ORDER BY account.id",
                list(customer_ids),
            )
        )
        return {account_id: tuple(rest) for account_id, *rest in rows}
