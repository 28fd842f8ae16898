"""Which part of what is open rests, why, and until when."""

from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..shared.numbers import money
from .values import (
    COUNTED_ATTEMPTS,
    CREDIT_UNDER_WAY,
    DEBIT_PLANNED,
    DISPUTE,
    EXEMPTION,
    FOR_SOMETHING_ELSE,
    PAYMENT_UNDER_WAY,
    PLAN,
    PROMISE,
    REFUND_UNDER_WAY,
    Rest,
)

#: a payment that somebody has begun and not confirmed counts as under way for so long
BEGUN = "10 minutes"


class BillingRests(models.AbstractModel):
    _name = "billing.rests"
    _description = "What Rests of Open Items"

    @api.private
    def add_rests(self, items, planned, coming=True):
        """Return the open items of accounts with what rests of each.

        Reasons may overlap; `OpenItem.get_resting` never counts more than the item.

        :param dict items: {account id: [OpenItem, ...] in due order}
        :param planned: ids of the installments that their plan shields
        :param coming: let also rest what waits for a debit that nobody has planned yet
        """
        moves = {item.move_id for own in items.values() for item in own if item.amount > 0}
        offsets = {item.move_id for own in items.values() for item in own if item.amount < 0}
        bound = self.env["billing.bound.payments"].find(offsets)
        items = {account_id: self._hold_bound(own, bound) for account_id, own in items.items()}
        if not moves:
            return items
        disputed = self.env["billing.stops"].get_disputed_parts(moves)
        paying = self._fetch_payments_under_way(moves)
        given_back = self.get_being_given_back(offsets)
        promised = defaultdict(list)
        for promise in self.env["billing.promises"].get_open(items):
            promised[promise.account_id].append(promise)
        exempt = self._fetch_exemptions(list(items))
        rested, free = {}, {}
        for account_id, own in items.items():
            rested[account_id], free[account_id] = self._add_rests_of_account(
                self._hold_given_back(self._hold_disputed(own, disputed), given_back),
                planned,
                paying,
                promised.get(account_id, ()),
                exempt.get(account_id),
            )
        if coming and (days := self._find_coming(rested)):
            rested = {account_id: self._hold_coming(own, free[account_id], days) for account_id, own in rested.items()}
        return rested

    def _find_coming(self, items):
        """Return until when items wait for debits that the customer has agreed to: automatic payment says it.

        :param dict items: {account id: [OpenItem, ...]}, with what rests of them for other reasons
        :return: {OpenItem.place: the day of the debit}
        """
        return {}

    def _add_rests_of_account(self, items, planned, paying, promises, exemption):
        """Return the items of an account with what rests of each, and [what nobody pays or disputes of each]."""
        rests = {index: list(item.rests) for index, item in enumerate(items)}
        self._hold_payments(items, rests, paying)
        free = [
            item.amount - sum((rest.amount for rest in rests[index]), Decimal(0)) for index, item in enumerate(items)
        ]
        self._hold_credits(items, rests, paying)
        for promise in promises:
            self._hold_promise(items, rests, promise)
        for index, item in enumerate(items):
            if item.amount <= 0:
                continue
            if item.installment_id in planned:
                rests[index].append(Rest(item.amount, PLAN))
            if exemption:
                since, until = exemption
                rests[index].append(Rest(item.amount, EXEMPTION, until, since))
        return [item._replace(rests=tuple(rests[index])) for index, item in enumerate(items)], free

    def _hold_disputed(self, items, disputed):
        """Let disputed parts of documents hold their items, the oldest first, beside what is in dispute wholly.

        :param dict disputed: {document id: Decimal}; what is placed is taken off it
        """
        held = []
        for item in items:
            amount = min(disputed.get(item.move_id, Decimal(0)), item.amount - item.disputed)
            if amount > 0:
                disputed[item.move_id] -= amount
                item = item._replace(rests=(*item.rests, Rest(amount, DISPUTE)))
            held.append(item)
        return held

    def _hold_given_back(self, items, given_back):
        """Let refunds under way hold the credits that they give back.

        :param dict given_back: {credit note id: Decimal}; what is placed is taken off it
        """
        held = []
        for item in items:
            amount = min(given_back.get(item.move_id, Decimal(0)), -item.amount)
            if amount > 0:
                given_back[item.move_id] -= amount
                item = item._replace(rests=(*item.rests, Rest(amount, REFUND_UNDER_WAY)))
            held.append(item)
        return held

    def _hold_bound(self, items, bound):
        """Let orders that are not invoiced yet, and donations, hold what was paid for them.

        :param set bound: ids of the entries of such payments
        """
        return [
            item._replace(rests=(*item.rests, Rest(-item.amount, FOR_SOMETHING_ELSE)))
            if item.move_id in bound
            else item
            for item in items
        ]

    @api.private
    def get_being_given_back(self, move_ids):
        """Return how much of credit notes and payments is being given back: decided, and not in the books yet.

        A refund for a credit note takes that; any other takes what its payment has not paid anything with, first of
        all. One that somebody has reset to draft counts as far as it was taken off its credit note besides.

        :param move_ids: of credit notes, and of the entries of payments
        :return: {document id: Decimal} of those of which something is
        """
        if not move_ids:
            return {}
        self.env["billing.payment.attempt"].flush_model(
            ["credit_note_id", "refunds_id", "state", "is_booked", "amount", "payment_id"]
        )
        self.env["account.payment"].flush_model(["state", "move_id"])
        self.env["account.partial.reconcile"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT attempt.credit_note_id, SUM(attempt.amount - COALESCE(matched.amount, 0)),
                       currency.decimal_places
                  FROM billing_payment_attempt attempt
                  JOIN res_currency currency ON currency.id = attempt.currency_id
                  LEFT JOIN account_payment booked ON booked.id = attempt.payment_id
                  LEFT JOIN LATERAL (
                       SELECT SUM(part.credit_amount_currency) AS amount
                         FROM account_move_line paid
                         JOIN account_partial_reconcile part ON part.debit_move_id = paid.id
                         JOIN account_move_line noted ON noted.id = part.credit_move_id
                        WHERE paid.move_id = booked.move_id AND noted.move_id = attempt.credit_note_id
                       ) matched ON TRUE
                 WHERE attempt.credit_note_id = ANY(%s) AND attempt.kind = 'refund'
                   AND attempt.state IN %s
                   AND (attempt.is_booked IS NOT TRUE OR booked.state = 'draft')
                 GROUP BY attempt.credit_note_id, currency.decimal_places
                HAVING SUM(attempt.amount - COALESCE(matched.amount, 0)) > 0
                 UNION ALL
                SELECT paid.move_id, SUM(attempt.amount), currency.decimal_places
                  FROM account_payment paid
                  JOIN billing_payment_attempt attempt ON attempt.refunds_id = paid.id
                  JOIN res_currency currency ON currency.id = attempt.currency_id
                 WHERE paid.move_id = ANY(%s) AND attempt.kind = 'refund' AND attempt.credit_note_id IS NULL
                   AND attempt.state IN %s AND attempt.is_booked IS NOT TRUE
                 GROUP BY paid.move_id, currency.decimal_places
                """,
                list(move_ids),
                COUNTED_ATTEMPTS,
                list(move_ids),
                COUNTED_ATTEMPTS,
            )
        )
        return {move_id: money(amount, digits) for move_id, amount, digits in rows}

    def _hold_payments(self, items, rests, paying):
        """Let payments under way hold the items of their documents: the chosen installment, then the oldest.

        They pay what was asked for; what is in dispute of an item is held last. What is under way comes before what is
        only planned: a debit takes nothing that somebody is paying.
        """
        left, disputed = [item.amount - item.disputed for item in items], [item.disputed for item in items]
        for is_planned in (False, True):
            for room in (left, disputed):
                self._place_payments(items, rests, paying, room, is_planned)

    def _place_payments(self, items, rests, paying, left, is_planned):
        for is_chosen in (True, False):
            for index, item in enumerate(items):
                for payment in paying.get((item.move_id, item.currency_id), ()):
                    if (payment["reason"] == DEBIT_PLANNED) != is_planned:
                        continue
                    if is_chosen and not self._is_chosen(payment, item):
                        continue
                    amount = min(payment["left"], left[index])
                    if amount > 0:
                        payment["left"] -= amount
                        left[index] -= amount
                        rests[index].append(Rest(amount, payment["reason"], payment["until"]))

    def _is_chosen(self, payment, item):
        """Tell whether a payment was made for just this item: the due line of a debit, or the chosen installment."""
        if payment["line_id"]:
            return (payment["line_id"], payment["installment_id"] or 0) == item.place
        return payment["installment_id"] == (item.installment_id or 0)

    def _hold_coming(self, items, free, days):
        """Let debits that are still to be planned hold what nobody is paying and nothing planned takes."""
        return [
            item._replace(rests=(*item.rests, Rest(amount, DEBIT_PLANNED, days[item.place])))
            if amount > 0 and item.place in days
            else item
            for item, amount in zip(items, free, strict=True)
        ]

    def _hold_credits(self, items, rests, paying):
        """Let credits hold what they will settle with payments of a whole account, the oldest first."""
        offsets = defaultdict(Decimal)
        for item in items:
            offsets[item.currency_id] += max(-item.usable, Decimal(0))
        for index, item in enumerate(items):
            payments = paying.get((item.move_id, item.currency_id), ())
            if not any(payment["account_id"] == item.account_id for payment in payments):
                continue
            paid = sum((rest.amount for rest in rests[index] if rest.reason == PAYMENT_UNDER_WAY), Decimal(0))
            amount = min(item.amount - paid, offsets[item.currency_id])
            if amount > 0:
                offsets[item.currency_id] -= amount
                rests[index].append(Rest(amount, CREDIT_UNDER_WAY))

    def _hold_promise(self, items, rests, promise):
        """Let a promise hold what it covers, as far as it was open when it was given, until its amount has come in."""
        if promise.received >= promise.amount:
            return
        covered = dict(promise.covered)
        for index, item in enumerate(items):
            if item.currency_id != promise.currency_id:
                continue
            amount = min(item.amount - item.disputed, covered.get(item.move_id, Decimal(0)))
            if amount > 0:
                covered[item.move_id] -= amount
                rests[index].append(Rest(amount, PROMISE, promise.until))

    def _fetch_payments_under_way(self, move_ids):
        """Return what is under way: {(document, currency): [payment, ...]}.

        A payment is {"left", "line_id", "installment_id", "account_id", "reason", "until"}. One of several documents is
        one dictionary: the amount that is not placed yet, the due line of a debit, the chosen installment, and the
        account where it pays all of one, less its credits. An attempt is one for each of its due lines, until it is in
        the books or has failed; one that is only planned holds what it will take, and no credits.

        What the customer keeps of it, because it is paid early, is settled with it.

        Under way is what the provider has not answered for good, what it has answered and nobody has booked yet, and
        what somebody has begun a moment ago; so is what has come and whose payment somebody has reset to draft. What is
        captured by hand has a transaction of its own, once nothing of what was begun is reserved any more.
        """
        settled = SQL(
            "payment.amount + COALESCE((SELECT SUM(kept.value::numeric)"
            " FROM jsonb_each_text(payment.billing_discounts) kept), 0)"
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT paid.invoice_id, payment.id, payment.currency_id, %s,
                       currency.decimal_places, payment.billing_installment_id, payment.billing_account_id,
                       %s, NULL::date, NULL::integer
                  FROM account_invoice_transaction_rel paid
                  JOIN payment_transaction payment ON payment.id = paid.transaction_id
                  JOIN res_currency currency ON currency.id = payment.currency_id
                 WHERE paid.invoice_id = ANY(%s) AND payment.amount > 0
                   AND payment.operation IS DISTINCT FROM 'validation'
                   AND (payment.state IN ('pending', 'authorized')
                     OR (payment.state = 'done' AND payment.is_post_processed IS NOT TRUE)
                     OR (payment.state = 'draft'
                         AND payment.create_date > (now() AT TIME ZONE 'UTC') - %s::interval))
                   AND NOT EXISTS (SELECT FROM billing_payment_attempt tried WHERE tried.transaction_id = payment.id)
                 UNION ALL
                SELECT paid.invoice_id, payment.id, payment.currency_id, payment.amount, currency.decimal_places,
                       begun.billing_installment_id, begun.billing_account_id, %s, NULL, NULL
                  FROM account_invoice_transaction_rel paid
                  JOIN payment_transaction begun ON begun.id = paid.transaction_id
                  JOIN payment_transaction payment
                    ON payment.source_transaction_id = begun.id AND payment.operation = begun.operation
                  JOIN res_currency currency ON currency.id = payment.currency_id
                 WHERE paid.invoice_id = ANY(%s) AND payment.amount > 0 AND begun.state <> 'authorized'
                   AND (payment.state = 'pending' OR (payment.state = 'done' AND payment.is_post_processed IS NOT TRUE))
                   AND NOT EXISTS (SELECT FROM billing_payment_attempt tried WHERE tried.transaction_id = begun.id)
                 UNION ALL
                SELECT line.move_id, -line.id, attempt.currency_id, line.amount + COALESCE(line.discount, 0),
                       currency.decimal_places, line.installment_id,
                       CASE WHEN attempt.state <> 'planned' THEN attempt.account_id END,
                       CASE WHEN attempt.state = 'planned' THEN %s ELSE %s END,
                       CASE WHEN attempt.state = 'planned' THEN attempt.day END, line.line_id
                  FROM billing_payment_attempt_line line
                  JOIN billing_payment_attempt attempt ON attempt.id = line.attempt_id
                  JOIN res_currency currency ON currency.id = attempt.currency_id
                 WHERE line.move_id = ANY(%s) AND line.is_open
                 UNION ALL
                SELECT paid.invoice_id, payment.id, payment.currency_id, %s, currency.decimal_places,
                       payment.billing_installment_id, NULL, %s, NULL, NULL
                  FROM account_payment drafted
                  JOIN payment_transaction payment
                    ON payment.id = drafted.payment_transaction_id AND payment.payment_id = drafted.id
                  LEFT JOIN payment_transaction begun
                    ON begun.id = payment.source_transaction_id AND begun.operation = payment.operation
                  JOIN account_invoice_transaction_rel paid ON paid.transaction_id = COALESCE(begun.id, payment.id)
                  JOIN res_currency currency ON currency.id = payment.currency_id
                 WHERE drafted.state = 'draft' AND drafted.payment_transaction_id IS NOT NULL
                   AND payment.state = 'done' AND payment.amount > 0 AND paid.invoice_id = ANY(%s)
                 ORDER BY 2
                """,
                settled,
                PAYMENT_UNDER_WAY,
                list(move_ids),
                BEGUN,
                PAYMENT_UNDER_WAY,
                list(move_ids),
                DEBIT_PLANNED,
                PAYMENT_UNDER_WAY,
                list(move_ids),
                settled,
                PAYMENT_UNDER_WAY,
                list(move_ids),
            )
        )
        payments, found = {}, defaultdict(list)
        names = ("installment_id", "account_id", "reason", "until", "line_id")
        for move_id, payment_id, currency_id, amount, digits, *values in rows:
            payment = {"left": money(amount, digits), **dict(zip(names, values, strict=True))}
            found[move_id, currency_id].append(payments.setdefault(payment_id, payment))
        return found

    def _fetch_exemptions(self, account_ids):
        """Return {account id: (first day or None, last day or None)} of accounts that bear no late fees."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id, late_fee_exempt_from, late_fee_exempt_until FROM billing_account"
                " WHERE id = ANY(%s) AND late_fee_exempt",
                account_ids,
            )
        )
        return {account_id: (since, until) for account_id, since, until in rows}
