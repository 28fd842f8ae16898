"""The daily planning of debits: what falls due is planned, and announced, some days before it is taken."""

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine import split_debits
from ..shared.numbers import to_decimal
from ..shared.rows import update_rows
from ..shared.work_loop import Pass, Queue
from .calendar import Before
from .open_pages import PATIENCE

_logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class PlanningPass(Pass):
    """One pass over the consents whose local day has not been planned."""

    as_of: datetime
    consents: models.Model | None = None


class BillingDebitPlanning(models.AbstractModel):
    """A unit is a consent. Its account is held, so that no page and no run changes what is open meanwhile."""

    _name = "billing.debit.planning"
    _inherit = "billing.work.loop"
    _description = "Planning of Debits"

    _batch_size = 200
    _reads = ("account_move", "account_move_line", "billing_account", "billing_payment_consent")

    @api.private
    def work(self, as_of=None):
        """Plan the debits of every consent on the local day of its account; once a day each.

        :return: ids of the attempts that were planned
        """
        return self.work_through(PlanningPass(as_of=as_of or fields.Datetime.now()))

    @api.private
    def plan_now(self, consents):
        """Plan what some consents cover at this moment, in the present transaction."""
        work = PlanningPass(as_of=fields.Datetime.now(), consents=consents, commit=False)
        consents.sudo().looked_on = False  # sudo: kept by the billing
        return self.work_through(work)

    @api.private
    def plan_anew(self, consents):
        """Take back what was planned under other terms, and plan it by those that hold now.

        Only what the plan of a day has made: another try keeps the day that the retry policy gives it, and what
        somebody of the staff charges at once is theirs. Limits hold for them when they are sent, and what they do not
        cover then is said by the next plan. What somebody has stopped stays so.
        """
        for consent in consents:
            planned = self.env["billing.debits"].get_planned(consent)
            if planned := planned.filtered(lambda attempt: attempt.origin == "automatic"):
                reason = self.env._("Planned anew: the terms have changed")
                self.env["billing.debits"].stop(planned, reason, is_final=False)
        # the days of those that made way are other ones now; another try keeps its own, as above
        made_way = self.env["billing.payment.attempt"].sudo()  # sudo: rows of the billing alone
        own = [("consent_id", "in", consents.ids), ("made_way", "=", True), ("origin", "=", "automatic")]
        made_way.search(own).made_way = False
        self.plan_now(consents.filtered(lambda consent: consent.state == "active"))

    @api.private
    def follow_methods(self, consents):
        """Plan anew where a method that is planned is not the first for its bills any more, as after staff changed it.

        Another try keeps its method as long as that is for such bills, which is asked when it is sent.
        """
        purposes = self.env["billing.debit.purposes"]
        for consent in consents:
            planned = self.env["billing.debits"].get_planned(consent)
            if any(
                attempt.origin == "automatic"
                # a debit of several kinds of bills has the one method that is the first for each of them
                and any(
                    attempt.token_id != self.env["billing.debit.purposes"].find_methods(consent, purpose)[:1].token_id
                    for purpose in set(purposes.get_purposes(attempt.line_ids.move_id.ids).values())
                )
                for attempt in planned
            ):
                self.plan_anew(consent)

    @api.private
    def look_again(self, accounts):
        """Let the next pass plan accounts once more on this day, because what was being paid is open again.

        :param accounts: `billing.account`
        """
        consents = self.env["billing.payment.consent"].sudo()  # sudo: whoever pays on a page, and events
        holding = [("account_id", "in", accounts.ids), ("state", "=", "active"), ("looked_on", "!=", False)]
        consents.search(holding).looked_on = False

    def _get_queue(self, work):
        local_day = SQL("(%s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE account.timezone)::date", work.as_of)
        condition = SQL(
            """%(chosen)s AND consent.state = 'active' AND EXISTS (
                SELECT FROM billing_account account WHERE account.id = consent.account_id
                   AND account.state IN ('active', 'suspended')
                   AND (consent.looked_on IS NULL OR consent.looked_on < %(local_day)s))""",
            chosen=SQL("TRUE") if work.consents is None else SQL("consent.id = ANY(%s)", work.consents.ids),
            local_day=local_day,
        )
        return Queue("billing_payment_consent", "consent", condition, stays=True)

    def _handle(self, work, units):
        consents = self.env["billing.payment.consent"].sudo().browse(units)  # sudo: a job of the billing
        consents.account_id.hold()
        days = {consent.id: self.env["billing.days"].get_local_day(consent.account_id) for consent in consents}
        lines = self._get_lines(consents)
        history = self.env["billing.debit.history"]
        month_amounts = history.fetch_month_amounts(consents)
        purposes = self.env["billing.debit.purposes"].get_purposes(
            {line.move_id for own in lines.values() for line in own}
        )
        ended, begun_on = history.find_ended(consents, lines), self._fetch_begun_on_pages(work, consents, lines)
        taken_back, made_way = history.find_taken_back(consents, lines), history.find_made_way(consents, lines)
        planned = []
        for consent in consents:
            own = [line for line in lines[consent.account_id.id] if line.place not in ended[consent.id]]
            month = month_amounts[consent.id]
            before = Before(taken_back[consent.id], made_way[consent.id], begun_on[consent.id])
            planned += self._plan(consent, days[consent.id], own, month, purposes, before)
        self.env["billing.debit.news"].tell_coming(self.env["billing.payment.attempt"].browse(planned))
        reached = {consent.id: days[consent.id] + self._get_notice(consent) for consent in consents}
        self._note({consent_id: (day, reached[consent_id]) for consent_id, day in days.items()})
        return planned

    def _get_notice(self, consent):
        """Return how long before a debit its customer is told."""
        return timedelta(days=consent.company_id.billing_debit_notice_days)

    def _get_lines(self, consents):
        """Return {account id: [DueLine]}, as they are on the day of the debits: companies announce them differently."""
        lines = {}
        for company, own in consents.grouped("company_id").items():
            notice = company.billing_debit_notice_days
            lines |= self.env["billing.due.lines"].get_lines(own.account_id, after=notice)
        return lines

    def _note_failure(self, work, unit_id, value, error):
        """Let the consent wait for its next day; somebody is told once."""
        consent = self.env["billing.payment.consent"].sudo().browse(unit_id)  # sudo: a job of the billing
        day = self.env["billing.days"].get_local_day(consent.account_id)
        self._tell_once(
            consent.account_id.ids,
            {consent.account_id.id: self.get_reason(error)},
            "debits.not_planned",
            self.env._("Debits could not be planned"),
        )
        self._note({unit_id: (day,)})

    def _note(self, days):
        """Note on consents when they were looked at, and up to which day debits were planned where they were.

        :param dict days: {consent id: (looked_on,) or (looked_on, planned_on)}
        """
        names = ("looked_on", "planned_on")[: len(next(iter(days.values())))]
        update_rows(self.env.cr, "billing_payment_consent", names, [(one, *own) for one, own in days.items()])
        self.env["billing.payment.consent"].invalidate_model(names)

    def _plan(self, consent, day, lines, month_amounts, purposes, before):
        """Plan what is due within the time of the notice, and say what the consent does not cover."""
        calendar = self.env["billing.debit.calendar"]
        window = calendar.get_window(consent, day)
        first = window.first
        groups = defaultdict(list)
        for line in lines:
            if line.currency_id != consent.currency_id.id:
                continue
            wanted, again = calendar.find_day(consent, line, window, before)
            methods = self.env["billing.debit.purposes"].find_methods(consent, purposes[line.move_id])
            if again:
                methods = methods.filtered(lambda one, token=again.token_id: one.token_id == token) or methods
            if wanted == first and methods:
                groups[methods[0], again].append(line)
        planned, uncovered, month = [], [], first.replace(day=1)
        for (method, again), own in groups.items():
            debits, left = self._split(consent, own, month_amounts[month])
            for covered in debits:
                attempt = self.env["billing.debits"].plan(
                    consent, method, covered, first, **self._get_chain_values(again)
                )
                month_amounts[month] += to_decimal(attempt.amount, consent.currency_id)
                planned.append(attempt.id)
            uncovered += left
        if uncovered:
            self.env["billing.debit.news"].tell_uncovered(consent, uncovered)
        return planned

    def _get_chain_values(self, again):
        """Return the values by which a debit takes the place of another try that made way; none for a first one."""
        if not again:
            return {}
        return {"origin": again.origin, "previous_id": again.previous_id.id, "number": again.number}

    def _split(self, consent, lines, month_amount):
        """Return (the lines of each debit that the limits of a consent make of some, lines that they do not cover)."""
        bills = defaultdict(list)
        for line in lines:
            bills[line.move_id].append(line)
        bills = list(bills.values())
        amounts = [[line.amount for line in own] for own in bills]
        debits, left = split_debits(amounts, *self.env["billing.debit.calendar"].get_limits(consent), month_amount)
        return (
            [[bills[bill][line] for bill, line in places] for places in debits],
            [bills[bill][line] for bill, line in left],
        )

    @api.private
    def get_obstacle(self, attempt, planned, month_amounts=None, tries=None):
        """Say why a debit must not be made at this moment: its consent does not cover it, or it was tried too often.

        Limits may have been lowered since it was planned, and somebody may have charged the same at once since. Where
        it could not be sent on its day, it counts in the month in which it is made.

        :param Decimal planned: so much of it counts in the month of its day already
        :param month_amounts: of `billing.debit.history`; looked up if left out
        :param tries: of `billing.debit.history`, for its lines; looked up if left out
        """
        consent, amount = attempt.consent_id, to_decimal(attempt.amount, attempt.currency_id)
        if consent.state != "active":
            return self.env._("The consent does not hold any more")
        today = self.env["billing.days"].get_local_day(attempt.account_id)
        counted = planned if attempt.day.replace(day=1) == today.replace(day=1) else Decimal(0)
        if self.get_uncovered_reason(consent, amount, today, counted, month_amounts):
            return self.env._("It is more than the customer allows")
        line_ids, now = attempt.line_ids.line_id.ids, fields.Datetime.now()
        if self.env["billing.debit.history"].find_exhausted(line_ids, now, attempt, tries):
            return self.get_exhausted_reason()
        return ""

    @api.private
    def get_exhausted_reason(self):
        """Return why nothing more is tried of what was tried too often."""
        return self.env._("It was tried as often as card networks allow: 15 times in 30 days")

    @api.private
    def get_uncovered_reason(self, consent, amount, day, planned=Decimal(0), month_amounts=None):
        """Return why a consent does not cover a debit on a day: "debit", "month" or None.

        :param planned: how much counts in that month already, because this debit is planned
        :param month_amounts: of `billing.debit.history`; looked up if left out
        """
        if month_amounts is None:
            month_amounts = self.env["billing.debit.history"].get_month_amounts(consent)
        counted = month_amounts.get(consent.id, {}).get(day.replace(day=1), Decimal(0))
        return self.env["billing.debit.calendar"].get_uncovered_reason(consent, amount, counted - planned)

    def _fetch_begun_on_pages(self, work, consents, lines):
        """Return {consent id: {document id: day}} on which payments were begun on pages that have ended since.

        While one was under way, what it was for could not be planned: a day of the month that has passed meanwhile is
        made up for. Asked once, by the plan that follows the end: later on other days hold.

        :param dict lines: {account id: [DueLine]}
        """
        found = {consent_id: {} for consent_id in consents.ids}
        chosen = consents.filtered(lambda consent: consent.day_rule == "day_of_month" and consent.planned_on)
        moves = [line.move_id for account in chosen.account_id for line in lines[account.id]]
        if not moves:
            return found
        self.env["payment.transaction"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT consent.id, paid.invoice_id,
                       (min(payment.create_date) AT TIME ZONE 'UTC' AT TIME ZONE account.timezone)::date
                  FROM billing_payment_consent consent
                  JOIN billing_account account ON account.id = consent.account_id
                  JOIN res_company company ON company.id = consent.company_id
                  JOIN account_move move ON move.billing_account_id = account.id
                  JOIN account_invoice_transaction_rel paid ON paid.invoice_id = move.id
                  JOIN payment_transaction payment ON payment.id = paid.transaction_id
                 CROSS JOIN LATERAL (SELECT payment.last_state_change
                       + CASE WHEN payment.state = 'draft' THEN %(patience)s ELSE interval '0' END AS moment) ended
                 WHERE consent.id = ANY(%(consents)s) AND move.id = ANY(%(moves)s)
                   AND payment.operation IN ('online_direct', 'online_redirect', 'online_token')
                   AND payment.state NOT IN ('pending', 'authorized') AND ended.moment <= %(now)s
                   AND (ended.moment AT TIME ZONE 'UTC' AT TIME ZONE account.timezone)::date
                       >= consent.planned_on - company.billing_debit_notice_days
                 GROUP BY 1, 2, account.timezone
                """,
                patience=PATIENCE,
                now=work.as_of,
                consents=chosen.ids,
                moves=moves,
            )
        )
        for consent_id, move_id, day in rows:
            found[consent_id][move_id] = day
        return found
