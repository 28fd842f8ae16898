"""The debts of one account in one currency as a late fee rule looks at them: pieces, history, credits and stops."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from ...engine import Period, as_exact, is_open, round_half_up, share_credits
from ..receivables.values import (
    DEBIT_PLANNED,
    DISPUTE,
    EXEMPTION,
    HOLDS_FEES,
    PAYMENT_UNDER_WAY,
    PLAN,
    PROMISE,
    OpenItem,
    Stop,
)
from ..shared.numbers import exact
from .terms import get_days

NOTHING = Decimal(0)
# of several reasons for which nothing is charged, the one that is said
WEIGHT = (EXEMPTION, DISPUTE, PAYMENT_UNDER_WAY, PROMISE, PLAN, DEBIT_PLANNED)


@dataclass(slots=True)
class Piece:
    """One due part of a document: what is open of it now, and what took off how much on which day."""

    due: date
    open_amount: Decimal
    events: list[tuple[date, Decimal]] = field(default_factory=list)

    def open_at_end_of(self, day: date) -> Decimal:
        if day < self.due:
            return NOTHING
        return self.open_amount + sum((amount for when, amount in self.events if when > day), NOTHING)


@dataclass(slots=True)
class LineHistory:
    """A receivable line: what is open of it now in its currency, and what was paid of it when."""

    line_id: int
    due: date
    residual: Decimal
    events: list[tuple[date, Decimal]]


@dataclass(slots=True)
class MoveHistory:
    """A document: whose it is, its receivable lines, and how much of its total are late fees."""

    account_id: int | None
    currency_id: int
    digits: int
    number: str
    fee_amount: Decimal = NOTHING
    lines: list[LineHistory] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        """What it asked for, without what was credited or written off."""
        return sum((line.residual + sum(amount for _day, amount in line.events) for line in self.lines), NOTHING)


@dataclass(slots=True)
class DebtGroup:
    """The pieces of a document that a rule looks at together, and why nothing is charged of them now."""

    line_id: int
    number: str
    pieces: list[Piece] = field(default_factory=list)
    stop: str | None = None


@dataclass(slots=True)
class Debt:
    """A debt of an account as its rule looks at it: one due date, or the invoice as a whole."""

    line_id: int
    move_id: int
    number: str
    due: date
    steps: tuple[tuple[date, Fraction], ...]
    stop: str | None
    spared: tuple[Period, ...]
    is_whole: bool


class AccountDebts:
    """Puts items, histories, credits and stops of one account and currency together.

    :param items: [OpenItem] of the account in the currency
    :param dict histories: {document id: MoveHistory}; those of other accounts and currencies are left alone
    :param dict stops: {document id: [Stop]}, times that are over or have an end
    """

    def __init__(self, account, currency_id, items, histories, day, stops):
        self.account, self.currency_id, self.items = account, currency_id, items
        self.histories, self.day, self.stops = histories, day, stops

    def get_debts(self, rule):
        """Yield the debts that the rule looks at."""
        rule = rule.sudo()  # sudo: the job of the fees reads its rules
        is_whole = rule.level == "invoice"
        groups = self._get_open_groups(is_whole)
        if rule.closing:
            groups.update(self._get_closed_groups(set(groups), is_whole))
        pieces_of = defaultdict(list)
        for (move_id, _due), group in groups.items():
            pieces_of[move_id] += group.pieces
        for (move_id, _due), group in groups.items():
            due = min((piece.due for piece in group.pieces), default=None)
            if due is None or (rule.apply_from and due < rule.apply_from):
                continue
            steps, spared = self.get_course(move_id, due, group.pieces, pieces_of[move_id], rule)
            yield Debt(group.line_id, move_id, group.number, due, steps, group.stop, spared, is_whole)

    def get_course(self, move_id, due, pieces, every, rule):
        """Return what bore fees over time, and the days that bore nothing, each counted once however often it rested.

        :param pieces: those of a document that the rule looks at together
        :param every: all of the document, among which what rested in part is shared out in due order
        """
        stops = [stop for stop in self.stops.get(move_id, ()) if self._counts(stop, due, rule)]
        every = sorted(every, key=lambda piece: piece.due)
        steps, rested = self._get_steps(move_id, due, pieces, every, stops, exact(rule.tolerance))
        whole = [get_days(stop.first or date.min, stop.last) for stop in stops if stop.amount is None]
        return steps, tuple(whole + rested)

    def _counts(self, stop: Stop, due, rule):
        """Tell whether a time spares a debt: plans spare what was overdue before them, their own parts are due."""
        if stop.reason == PLAN:
            return due < stop.first
        return not stop.is_lost or rule.spares_lost_disputes

    def _get_steps(self, move_id, due, pieces, every, stops, tolerance):
        """Return what bore fees at the end of each day on which that changed, and the days on which nothing did.

        What rested in part bears nothing; where that is all, or all but what is left alone, the days are spared.

        :param every: the pieces of the document in due order, among which what rested is shared out
        """
        partly = [stop for stop in stops if stop.amount is not None]
        days = {due, *(piece.due for piece in pieces)}
        days.update(when for piece in pieces for when, _amount in piece.events if when > piece.due)
        days.update(day for stop in partly for day in (stop.first, stop.last + timedelta(days=1)) if day and day > due)
        share, digits = self._get_share(move_id), self._get_digits(move_id)
        steps, rested, days = [], [], sorted(days)
        for place, day in enumerate(days):
            owed = sum((piece.open_at_end_of(day) for piece in pieces), NOTHING)
            resting = self._get_rested(day, pieces, every, partly)
            active = as_exact(owed - resting)
            if resting and is_open(as_exact(owed), tolerance) and not is_open(active, tolerance):
                rested.append(get_days(day, days[place + 1] - timedelta(days=1)))
                active = as_exact(owed)
            steps.append((day, as_exact(round_half_up(active * share, digits))))
        return tuple(steps), rested

    def _get_rested(self, day, pieces, every, stops):
        """Return how much of some pieces rested on a day; it is shared out among all in due order.

        Disputed parts lie beside each other, as in the open items; other reasons may overlap.
        """
        resting, disputed = NOTHING, [NOTHING] * len(every)
        for stop in stops:
            left = stop.amount if stop.rests(day) else NOTHING
            for place, piece in enumerate(every):
                amount = min(left, piece.open_at_end_of(day) - disputed[place])
                if amount <= 0:
                    continue
                left -= amount
                if stop.reason == DISPUTE:
                    disputed[place] += amount
                if any(piece is own for own in pieces):
                    resting += amount
        return min(resting, sum((piece.open_at_end_of(day) for piece in pieces), NOTHING))

    def _get_share(self, move_id):
        """Return which part of a document is no late fee: fees bear no fees of their own."""
        history = self.histories.get(move_id)
        if not history or not history.fee_amount or not history.total:
            return Fraction(1)
        return max(Fraction(0), 1 - as_exact(history.fee_amount) / as_exact(history.total))

    def _get_digits(self, move_id):
        if move_id in self.histories:
            return self.histories[move_id].digits
        return next(item.digits for item in self.items if item.move_id == move_id)

    def _get_open_groups(self, is_whole):
        """Return {(document, due date or None): DebtGroup} of what is open."""
        debts = [item for item in self.items if item.amount > 0 and item.kind == "invoice"]
        taken = self._get_credit_events(debts, [item for item in self.items if item.amount < 0])
        parts = defaultdict(list)
        for index, item in enumerate(debts):
            parts[item.move_id, None if is_whole else item.due_date].append((item, taken.get(index, [])))
        return {key: self._get_group(own) for key, own in parts.items()}

    def _get_group(self, parts):
        """Return the group of items: what a plan shields counts only where nothing else is left.

        :param parts: [(OpenItem, [(day, amount)] of credits that settle nothing yet)]
        """
        first, _taken = parts[0]
        group, shielded = DebtGroup(first.line_id, first.number), []
        for item, taken in parts:
            stop = self._get_stop(item)
            if stop == PLAN:
                shielded.append(self._get_piece(item, taken))
                continue
            group.pieces.append(self._get_piece(item, taken))
            group.stop = group.stop or stop
        if not group.pieces:
            group.pieces, group.stop = shielded, PLAN
        return group

    def _get_credit_events(self, debts, given):
        """Return {index of the debt: [(day, amount)]} of credits and payments that settle nothing yet."""
        given.sort(key=lambda item: (item.invoice_date, item.line_id))
        taken = defaultdict(list)
        shares = share_credits(
            [(index, item.amount) for index, item in enumerate(debts)], [item.usable for item in given]
        )
        for credit, index, amount in shares:
            taken[index].append((given[credit].invoice_date, -amount))
        return taken

    def _get_piece(self, item, taken):
        resting = item.get_resting(self.day, HOLDS_FEES)
        spared = resting if resting < item.amount else NOTHING  # what rests in part bears nothing
        open_amount = max(item.amount - sum((amount for _day, amount in taken), NOTHING) - spared, NOTHING)
        events = list(taken)
        if item.move_id in self.histories:
            for line in self.histories[item.move_id].lines:
                if line.due == item.due_date:
                    events += line.events
        return Piece(item.due_date, open_amount, events)

    def _get_closed_groups(self, known, is_whole):
        """Return the same for debts that were paid late, for rules that charge interest at payment."""
        groups = {}
        open_moves = {move_id for move_id, _due in known}
        for move_id, history in self.histories.items():
            is_own = (history.account_id, history.currency_id) == (self.account["id"], self.currency_id)
            if not is_own or (is_whole and move_id in open_moves):
                continue
            for line in history.lines:
                key = (move_id, None if is_whole else line.due)
                if line.residual or key in known:
                    continue
                group = groups.setdefault(key, DebtGroup(line.line_id, history.number, stop=self._get_exemption()))
                group.pieces.append(Piece(line.due, NOTHING, line.events))
        return groups

    def _get_exemption(self):
        since, until = self.account["exempt_from"], self.account["exempt_until"]
        return EXEMPTION if until and until >= self.day and (since is None or since <= self.day) else None

    def _get_stop(self, item: OpenItem):
        """Return why nothing is announced or charged for an item now."""
        if item.get_resting(self.day, HOLDS_FEES) < item.amount:
            return None
        holding = {rest.reason for rest in item.get_holding(self.day, HOLDS_FEES)}
        return next(reason for reason in WEIGHT if reason in holding)
