"""What was tried for due lines, and what is not tried any more: as planning, sending and charging at once ask it."""

from collections import defaultdict
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...engine import TRIES_WINDOW, may_try
from ...models.automatic_payment.payment_attempt import UNDER_WAY
from ..receivables.values import COUNTED_ATTEMPTS
from ..shared.numbers import money


class BillingDebitHistory(models.AbstractModel):
    _name = "billing.debit.history"
    _description = "What Was Tried for Due Lines"

    @api.private
    def get_places(self, items, further=None):
        """Return the places that stand in an open attempt: the database lets no other one have them.

        What is planned may have been for a day that has passed, as where no job could work.

        :param list items: OpenItem
        :param SQL further: what is asked of the attempt besides
        :return: {OpenItem.place}
        """
        self.env["billing.payment.attempt.line"].flush_model()
        self.env["billing.payment.attempt"].flush_model(["state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.line_id, COALESCE(line.installment_id, 0)
                  FROM billing_payment_attempt_line line
                  JOIN billing_payment_attempt attempt ON attempt.id = line.attempt_id
                 WHERE line.is_open AND line.line_id = ANY(%s) %s
                """,
                [item.line_id for item in items],
                further or SQL(),
            )
        )
        return set(rows)

    @api.private
    def find_left_out(self, items):
        """Return the ids of documents that somebody has left out of automatic payment.

        :param list items: OpenItem
        """
        self.env["account.move"].flush_model(["billing_without_debit"])
        query = SQL(
            "SELECT id FROM account_move WHERE id = ANY(%s) AND billing_without_debit",
            list({item.move_id for item in items}),
        )
        return {move_id for [move_id] in self.env.execute_query(query)}

    @api.private
    def get_tries(self, line_ids):
        """Return when due lines were tried, under whichever consent, by whomever and with whichever method.

        Networks count by card: that a bill is tried no oftener with all methods together stays within that. An attempt
        for several installments is one try of each journal item that they stand on, as the network sees one request.

        :param list line_ids: of journal items
        :return: {journal item id: {attempt id: datetime}}
        """
        found = {line_id: {} for line_id in line_ids}
        self.env["billing.payment.attempt"].flush_model(["kind", "origin", "sent_at"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.line_id, attempt.id, attempt.sent_at
                  FROM billing_payment_attempt_line line
                  JOIN billing_payment_attempt attempt ON attempt.id = line.attempt_id
                 WHERE line.line_id = ANY(%s) AND attempt.kind = 'debit' AND attempt.origin <> 'page'
                   AND attempt.sent_at IS NOT NULL
                """,
                list(line_ids),
            )
        )
        for line_id, attempt_id, sent_at in rows:
            found[line_id][attempt_id] = sent_at
        return found

    @api.private
    def get_tries_seen(self, attempt, token):
        """Return the moments that count where an attempt is to be tried (again) with a method: [datetime].

        They are the tries of the same bills with whichever method; and, as networks tell no bills, those of one amount
        that have failed with this method, whatever bill and account they were for.

        :param token: a `payment.token`
        """
        failed = self.get_domain_alike(attempt, token) & Domain("state", "=", "failed")
        failed &= Domain("sent_at", ">", fields.Datetime.now() - TRIES_WINDOW)
        attempts = self.env["billing.payment.attempt"].sudo()  # sudo: rows of the billing, of whichever account
        tries = {one.id: one.sent_at for one in attempts.search_fetch(failed, ["sent_at"])}
        for own in self.get_tries(attempt.line_ids.line_id.ids).values():
            tries |= own
        return list(tries.values())

    @api.private
    def get_pending_alike(self, attempt, token):
        """Return the attempts that will count like those of `get_tries_seen` if they fail, which nobody knows yet.

        :param token: as above
        """
        attempts = self.env["billing.payment.attempt"].sudo()  # sudo: as above
        return attempts.search(self.get_domain_alike(attempt, token) & Domain("state", "in", UNDER_WAY))

    @api.private
    def get_domain_alike(self, attempt, token):
        """Return the domain of the debits that a network takes for tries of the same, once they have failed."""
        return Domain(
            [
                ("token_id", "=", token.id),
                ("currency_id", "=", attempt.currency_id.id),
                ("amount", "=", attempt.amount),
                ("kind", "=", "debit"),
                ("origin", "!=", "page"),
            ]
        )

    @api.private
    def find_exhausted(self, line_ids, moment, without=None, tries=None):
        """Return the journal items that were tried as often as card networks allow.

        :param list line_ids: of journal items
        :param datetime moment: of the next try
        :param without: an attempt that is no try besides: it is this one
        :param dict tries: of :meth:`get_tries`; looked up if left out
        """
        tries = self.get_tries(line_ids) if tries is None else tries
        return {
            line_id
            for line_id in line_ids
            if not may_try(moment, [sent for one, sent in tries[line_id].items() if not without or one != without.id])
        }

    @api.private
    def find_ended(self, consents, lines):
        """Return {consent id: places of due lines that are not planned}: failed for good, stopped, or tried too often.

        What somebody has stopped stays so under a further consent. So does what has failed, unless the customer wants
        it collected with the methods of that one. What was tried as often as networks allow waits until some tries are
        long past.

        :param dict lines: {account id: [DueLine]}; of these, however many attempts there were
        """
        ended = self._fetch_ended(consents, lines)
        every, now = [line for own in lines.values() for line in own], fields.Datetime.now()
        exhausted = self.find_exhausted({line.line_id for line in every}, now)
        for consent in consents:
            own = lines[consent.account_id.id]
            ended[consent.id] |= {line.place for line in own if line.line_id in exhausted}
        return ended

    def _fetch_ended(self, consents, lines):
        """Return {consent id: places of due lines that have failed for good or were stopped}.

        :param dict lines: {account id: [DueLine]}
        """
        found = {consent_id: set() for consent_id in consents.ids}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT consent.id, line.line_id, COALESCE(line.installment_id, 0)
                  FROM billing_payment_attempt_line line
                  JOIN billing_payment_attempt attempt ON attempt.id = line.attempt_id
                  JOIN billing_payment_consent consent
                    ON consent.account_id = attempt.account_id
                   AND (consent.id = attempt.consent_id OR attempt.state = 'given_up' OR NOT consent.takes_up_failed)
                 WHERE line.line_id = ANY(%s) AND attempt.is_final AND consent.id = ANY(%s)
                """,
                [line.line_id for own in lines.values() for line in own],
                consents.ids,
            )
        )
        for consent_id, line_id, installment_id in rows:
            found[consent_id].add((line_id, installment_id))
        return found

    @api.private
    def find_taken_back(self, consents, lines):
        """Return {consent id: {place of a due line: the last day for which its debit was planned and taken back}}.

        Under the same consent, or the one that it has replaced; what somebody has stopped is not planned again at all.

        :param dict lines: {account id: [DueLine]}
        """
        found = {consent_id: {} for consent_id in consents.ids}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT consent.id, line.line_id, COALESCE(line.installment_id, 0), max(attempt.day)
                  FROM billing_payment_attempt_line line
                  JOIN billing_payment_attempt attempt ON attempt.id = line.attempt_id
                  JOIN billing_payment_consent consent ON attempt.consent_id IN (consent.id, consent.previous_id)
                 WHERE line.line_id = ANY(%s) AND consent.id = ANY(%s)
                   AND attempt.state = 'given_up' AND attempt.origin = 'automatic'
                 GROUP BY 1, 2, 3
                """,
                [line.line_id for own in lines.values() for line in own],
                consents.ids,
            )
        )
        for consent_id, line_id, installment_id, day in rows:
            found[consent_id][line_id, installment_id] = day
        return found

    @api.private
    def find_made_way(self, consents, lines):
        """Return {consent id: {place of a due line: attempt}} of lines whose latest debit made way.

        :param dict lines: {account id: [DueLine]}
        """
        found, attempts = {consent_id: {} for consent_id in consents.ids}, self.env["billing.payment.attempt"].sudo()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (attempt.consent_id, line.line_id, COALESCE(line.installment_id, 0))
                       attempt.consent_id, line.line_id, COALESCE(line.installment_id, 0), attempt.id, attempt.made_way
                  FROM billing_payment_attempt_line line
                  JOIN billing_payment_attempt attempt ON attempt.id = line.attempt_id
                 WHERE line.line_id = ANY(%s) AND attempt.consent_id = ANY(%s) AND attempt.kind = 'debit'
                 ORDER BY 1, 2, 3, attempt.id DESC
                """,
                [line.line_id for own in lines.values() for line in own],
                consents.ids,
            )
        )
        for consent_id, line_id, installment_id, attempt_id, made_way in rows:
            if made_way:
                found[consent_id][line_id, installment_id] = attempts.browse(attempt_id)
        return found

    @api.private
    def get_month_amounts(self, consents):
        """Return {consent id: {first day of a month: Decimal}} of those that have a limit of the month."""
        limited = consents.filtered("limit_month")
        return self.fetch_month_amounts(limited) if limited else {}

    @api.private
    def fetch_month_amounts(self, consents):
        """Return {consent id: {first day of a month: Decimal}} of what was or will be debited of its account.

        Also under an earlier consent: the customer's limit is one of the month, however often it was agreed to anew.
        What the customer has paid on a page is no debit.
        """
        found = {consent_id: defaultdict(Decimal) for consent_id in consents.ids}
        digits = {consent.id: consent.currency_id.decimal_places for consent in consents}
        self.env["billing.payment.attempt"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT consent.id, date_trunc('month', attempt.day)::date, sum(attempt.amount)
                  FROM billing_payment_consent consent
                  JOIN billing_payment_attempt attempt
                    ON attempt.account_id = consent.account_id AND attempt.currency_id = consent.currency_id
                 WHERE consent.id = ANY(%s) AND attempt.consent_id IS NOT NULL AND attempt.kind = 'debit'
                   AND attempt.state IN %s AND attempt.day >= %s
                 GROUP BY 1, 2
                """,
                consents.ids,
                COUNTED_ATTEMPTS,
                fields.Date.context_today(self) - relativedelta(months=1, day=1),
            )
        )
        for consent_id, month, amount in rows:
            found[consent_id][month] += money(amount, digits[consent_id])
        return found
