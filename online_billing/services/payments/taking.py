"""Money that somebody hands over: how it is spread over what is open, and its payment."""

from decimal import Decimal
from typing import NamedTuple

from odoo import Command, api, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ...engine import share_credits
from ..receivables.values import NOT_ASKED
from ..shared.numbers import as_float, to_decimal


class OpenLine(NamedTuple):
    """What is open of one due line of a document."""

    line_id: int
    move_id: int
    number: str
    due: str
    text: str
    amount: Decimal  # as it stands in the books
    left: Decimal  # credits taken off
    asked: Decimal  # of that, what is neither in dispute nor being paid


class Receipt(NamedTuple):
    """An amount that has come, and where it goes."""

    account: object
    currency: object
    amount: float
    shares: dict  # {id of a journal item: Decimal}
    way: dict  # values of the payment: journal, method, day, memo


class BillingPaymentTaking(models.AbstractModel):
    """The desk and the dialogue of an account take money the same way: oldest first, unless somebody says otherwise."""

    _name = "billing.payment.taking"
    _description = "Taking Money"

    @api.private
    def get_lines(self, account, currency, moves=None):
        """Return what is open of an account in a currency, in due order.

        :param moves: these documents only
        :return: [OpenLine]
        """
        day = self.env["billing.days"].get_local_day(account)
        by_line = {}
        for one in self._get_standings(account, currency, moves):
            by_line.setdefault(one.item.line_id, []).append(one)
        return [self._get_line(line_id, standings, currency, day) for line_id, standings in by_line.items()]

    @api.private
    def spread(self, account, currency, amount, moves=None):
        """Return how an amount is spread over what is open and asked for, the oldest first.

        :param amount: as it was typed
        :return: {journal item: Decimal}; what is left of the amount is not in it
        """
        given = to_decimal(amount, currency)
        debts = [(one.item.line_id, one.active) for one in self._get_standings(account, currency, moves)]
        shares = {}
        for _place, line_id, used in share_credits(debts, [-given] if given > 0 else []):
            shares[line_id] = shares.get(line_id, Decimal(0)) - used
        return shares

    @api.private
    def take(self, account, currency, amount, shares, way):
        """Make and confirm the payment of an amount; what is not spread stays as a credit of the customer.

        The account is held: of two desks that take money for the same invoice the second is begun anew and sees it.

        :param dict shares: {journal item: amount}
        :param dict way: values of the payment: journal, method, day, memo, cheque
        :return: the payment
        :raise UserError: nothing was handed over, or on a day to come, or more is spread than that, or than is open
        """
        account.check_access("read")
        account.hold()
        given = to_decimal(amount, currency)
        shares = {line_id: to_decimal(share, currency) for line_id, share in shares.items()}
        shares = {line_id: share for line_id, share in shares.items() if share}
        lines = {line.line_id: line for line in self.get_lines(account, currency)}
        self._check_day(account, way["date"])
        self._check(account, currency, given, shares, lines)
        covered = [line for line_id, share in shares.items() if share == (line := lines[line_id]).left < line.amount]
        payment = self.book(account, currency, amount, shares, way)
        if covered:
            moves = self.env["account.move"].browse([line.move_id for line in covered])
            self.env["billing.open.items"].apply_credits(account, moves)
        return payment

    @api.private
    def book(self, account, currency, amount, shares, way):
        """Make and confirm the payment of an amount that has come; see :meth:`book_all`.

        :return: the payment
        """
        return self.book_all([Receipt(account, currency, amount, shares, way)])

    @api.private
    def book_all(self, receipts):
        """Make and confirm payments that have come, each with a part of its own for each thing that it pays.

        Whoever calls has seen to it that no more is spread than is open; what is not spread stays as a credit. However
        many they are, they are posted and matched together.

        :param list receipts: :class:`Receipt`, all of one company
        :return: the payments, in the same order
        """
        payments = self._create_payments(receipts)
        plan = [
            pair
            for payment, receipt in zip(payments, receipts, strict=True)
            for pair in self._pair(payment, receipt.shares)
        ]
        if plan:
            self.env["account.move.line"]._reconcile_plan(plan)
        if any(payment.billing_delivery_state == "pending" for payment in payments):
            self.env["billing.receipt.delivery"].wake()
        return payments

    # -- what is open -------------------------------------------------------------------------------------------------

    def _get_standings(self, account, currency, moves):
        items = self.env["billing.open.items"].get_items([account.id])[account.id]
        own = [item for item in items if item.currency_id == currency.id]
        day = self.env["billing.days"].get_local_day(account)
        standings = self.env["billing.open.items"].stand(own, day, NOT_ASKED)
        return [one for one in standings if not moves or one.item.move_id in moves.ids]

    def _get_line(self, line_id, standings, currency, day):
        _ = self.env._
        first = standings[0].item
        reasons = {"dispute": _("in dispute"), "payment_under_way": _("being paid online")}
        texts = [reasons[reason] for reason in dict.fromkeys(one.reason for one in standings) if reason in reasons]
        late = (day - first.due_date).days
        if late > 0:
            texts.append(_("days late: %(count)s", count=late))
        if discount := sum((one.item.get_discount(day) for one in standings), Decimal(0)):
            texts.append(
                _(
                    "%(amount)s less if paid now: use “Pay” on the invoice for that",
                    amount=currency.format(as_float(discount)),
                )
            )
        return OpenLine(
            line_id,
            first.move_id,
            first.number,
            format_date(self.env, first.due_date),
            ", ".join(texts),
            sum((one.item.amount for one in standings), Decimal(0)),
            sum((one.open_amount for one in standings), Decimal(0)),
            sum((one.active for one in standings), Decimal(0)),
        )

    def _check_day(self, account, day):
        if day > self.env["billing.days"].get_latest_today(account):
            raise UserError(
                self.env._(
                    "%(day)s is still to come. Type the day on which the money came.", day=format_date(self.env, day)
                )
            )

    def _check(self, account, currency, given, shares, lines):
        if given <= 0:
            raise UserError(self.env._("Type how much was handed over."))
        if not self.env["billing.paying"].is_amount(as_float(given)):
            raise UserError(
                self.env._(
                    "%(amount)s is more than any payment can be. Correct what was handed over.",
                    amount=currency.format(as_float(given)),
                )
            )
        for line_id, share in shares.items():
            line = lines.get(line_id)
            if line and 0 < share <= line.amount:
                continue
            raise UserError(
                self.env._(
                    "%(share)s cannot go to %(document)s: %(open)s of it is open. Choose the customer again to see what"
                    " is open now.",
                    share=currency.format(as_float(share)),
                    document=line.number if line else self.env._("an invoice that was paid meanwhile"),
                    open=currency.format(as_float(line.amount if line else Decimal(0))),
                )
            )
        if (spread := sum(shares.values(), Decimal(0))) > given:
            raise UserError(
                self.env._(
                    "%(spread)s is spread over what is open on account %(account)s, and only %(given)s was handed over."
                    " Lower one of the parts, or correct the amount.",
                    spread=currency.format(as_float(spread)),
                    account=account.name,
                    given=currency.format(as_float(given)),
                )
            )

    # -- the payment --------------------------------------------------------------------------------------------------

    def _create_payments(self, receipts):
        """Return confirmed payments with a part of its own for each thing that they pay."""
        payments = (
            self.env["account.payment"]
            .with_company(receipts[0].account.company_id)
            .create([self._prepare_payment(receipt) for receipt in receipts])
        )
        spread, entries = payments.browse(), []
        for payment, receipt in zip(payments, receipts, strict=True):
            if not payment.outstanding_account_id:
                # the parts stand on an entry, also where Odoo's accounting would make do without one
                payment.outstanding_account_id = payment._get_outstanding_account("inbound")
            if receipt.shares:
                received, owed = payment._prepare_move_line_default_vals()
                items = self.env["account.move.line"].browse(receipt.shares)
                parts = self._get_parts(payment, owed, items, receipt.shares)
                lines = [Command.create(vals) for vals in (received, *parts)]
                entries.append(payment._generate_move_vals(line_ids=lines))
                spread |= payment
        if entries:
            # new journal items have no analytic items that would have to follow: Odoo would write each by itself
            moves = spread.move_id.with_context(skip_analytic_sync=True)
            self._link(spread, moves.create(entries).with_env(spread.env))
        with self.env["billing.posting"].get_numbers([(payment.journal_id, payment.date) for payment in payments]):
            payments.action_post()
        return payments

    def _link(self, payments, entries):
        """Tell payments their journal entries at once: written one by one, each is searched for what it has settled."""
        payments.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE account_payment payment SET move_id = made.move_id"
                " FROM unnest(%s::int[], %s::int[]) made (id, move_id) WHERE payment.id = made.id",
                payments.ids,
                entries.ids,
            )
        )
        payments.invalidate_recordset(["move_id"], flush=False)
        payments.modified(["move_id"])

    def _prepare_payment(self, receipt):
        items = self.env["account.move.line"].browse(receipt.shares)
        return {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": receipt.account.partner_id.commercial_partner_id.id,
            "amount": as_float(to_decimal(receipt.amount, receipt.currency)),
            "currency_id": receipt.currency.id,
            "billing_account_id": receipt.account.id,
            **receipt.way,
            "memo": receipt.way.get("memo") or ", ".join(dict.fromkeys(items.move_id.mapped("name"))),
        }

    def _get_parts(self, payment, whole, items, shares):
        """Return the values of journal items for the parts, and for what is left; together they are the whole."""
        company_currency = payment.company_id.currency_id
        left_amount, left_balance = whole["amount_currency"], whole["debit"] - whole["credit"]
        parts = []
        for item in items:
            amount = -as_float(shares[item.id])
            balance = payment.currency_id._convert(amount, company_currency, payment.company_id, payment.date)
            left_amount = payment.currency_id.round(left_amount - amount)
            if payment.currency_id.is_zero(left_amount):
                balance = left_balance  # what rounding leaves goes to the last part
            left_balance = company_currency.round(left_balance - balance)
            parts.append(self._get_part(whole, amount, balance, item.account_id.id))
        if not payment.currency_id.is_zero(left_amount):
            parts.append(self._get_part(whole, left_amount, left_balance, whole["account_id"]))
        return parts

    def _get_part(self, whole, amount, balance, account_id):
        debit, credit = max(balance, 0.0), max(-balance, 0.0)
        return {**whole, "amount_currency": amount, "debit": debit, "credit": credit, "account_id": account_id}

    def _pair(self, payment, shares):
        """Yield each part of a payment with what it pays."""
        items = self.env["account.move.line"].browse(shares)
        parts = payment.move_id.line_ids.filtered(lambda line: line.account_id in items.account_id)
        for item in items:
            part = parts.filtered(
                lambda part, item=item: (
                    part.account_id == item.account_id
                    and to_decimal(-part.amount_currency, payment.currency_id) == shares[item.id]
                )
            )[:1]
            parts -= part
            yield part | item
