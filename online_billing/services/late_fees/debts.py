"""The debts of one account as a late fee rule looks at them: pieces, history, credits and stops put together."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from ...engine import Period, round_half_up, share_credits
from ..receivables.values import DISPUTE, EXEMPTION, HOLDS_FEES, PAYMENT_UNDER_WAY, PLAN, PROMISE, OpenItem
from .terms import get_days


@dataclass(slots=True)
class Piece:
    """One due part of a document: what is open of it now, and what took off how much on which day."""

    due: date
    open_amount: Decimal
    events: list[tuple[date, Decimal]] = field(default_factory=list)

    def open_at_end_of(self, day: date) -> Decimal:
        if day < self.due:
            return Decimal(0)
        return self.open_amount + sum((amount for when, amount in self.events if when > day), Decimal(0))


@dataclass(slots=True)
class LineHistory:
    """A receivable line: what is open of it now in its currency, and what was paid of it when."""

    line_id: int
    move_id: int
    due: date
    residual: Decimal
    events: list[tuple[date, Decimal]]


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
    """Puts items, histories, credits and stops of one account together."""

    def __init__(self, account, items, histories, day, planned=()):
        self.account, self.items, self.histories, self.day, self.planned = account, items, histories, day, planned

    def get_debts(self, rule):
        """Yield the debts that the rule looks at."""
        rule = rule.sudo()  # sudo: the job of the fees reads its rules
        is_whole = rule.level == "invoice"
        groups = self._get_open_pieces(is_whole)
        if rule.closing:
            groups.update(self._get_closed_pieces(set(groups), is_whole))
        for (move_id, _due), (line_id, number, pieces, stop) in groups.items():
            due = min((piece.due for piece in pieces), default=None)
            if due is None or (rule.apply_from and due < rule.apply_from):
                continue
            days = {due, *(piece.due for piece in pieces)}
            days.update(when for piece in pieces for when, _amount in piece.events if when > piece.due)
            share, digits = self._get_share(move_id), self.account["digits"]
            steps = []
            for moment in sorted(days):
                owed = sum((piece.open_at_end_of(moment) for piece in pieces), Decimal(0))
                steps.append((moment, Fraction(round_half_up(Fraction(owed) * share, digits))))
            spared = self._get_spared(move_id, due)
            yield Debt(line_id, move_id, number, due, tuple(steps), stop, spared, is_whole)

    def _get_spared(self, move_id, due):
        """Return the days that bear nothing: of an exemption with an end, and of plans that held the debt."""
        until = self.account["exempt_until"]
        spared = [get_days(date.min, until)] if until and until < date.max else []
        spared += [get_days(first, last) for planned, first, last in self.planned if planned == move_id and due < first]
        return tuple(spared)

    def _get_share(self, move_id):
        """Return which part of a document is no late fee: fees bear no fees of their own."""
        own = [item for item in self.items if item.move_id == move_id and item.kind == "invoice" and item.fee_amount]
        if not own:
            return Fraction(1)
        whole = self._get_whole(move_id)
        return max(Fraction(0), 1 - Fraction(own[0].fee_amount) / whole) if whole else Fraction(1)

    def _get_whole(self, move_id):
        lines = self.histories.get(move_id, (0, "", []))[2]
        return sum(
            (
                Fraction(one.residual) + sum((Fraction(amount) for _day, amount in one.events), Fraction(0))
                for one in lines
            ),
            Fraction(0),
        )

    def _get_open_pieces(self, is_whole):
        """Return {(move, due date or None): (line, number, [Piece], stop)} of what is open in the currency."""
        own = [item for item in self.items if item.currency_id == self.account["currency_id"]]
        debts = [item for item in own if item.amount > 0 and item.kind == "invoice"]
        taken = self._get_credit_events(debts, [item for item in own if item.amount < 0])
        groups = defaultdict(list)
        for index, item in enumerate(debts):
            key = (item.move_id, None if is_whole else item.due_date)
            groups[key].append((item, self._get_piece(item, taken.get(index, []))))
        return {key: self._get_group([(*one, self._get_stop(one[0])) for one in own]) for key, own in groups.items()}

    def _get_group(self, parts):
        """Return (line, number, [Piece], stop): what a plan shields counts only where nothing else is left."""
        counted = [part for part in parts if part[2] != PLAN] or parts
        stops = [stop for _item, _piece, stop in counted if stop]
        first = parts[0][0]
        return first.line_id, first.number, [piece for _item, piece, _stop in counted], stops[0] if stops else None

    def _get_credit_events(self, debts, given):
        """Return {index of the debt: [(day, amount)]} of credits and payments that settle nothing yet."""
        given.sort(key=lambda item: (item.invoice_date, item.line_id))
        taken = defaultdict(list)
        shares = share_credits(
            [(index, item.amount) for index, item in enumerate(debts)], [item.amount for item in given]
        )
        for credit, index, amount in shares:
            taken[index].append((given[credit].invoice_date, -amount))
        return taken

    def _get_piece(self, item, taken):
        resting = item.get_resting(self.day, HOLDS_FEES)
        spared = resting if resting < item.amount else Decimal(0)  # what rests in part bears nothing
        open_amount = max(item.amount - sum((amount for _day, amount in taken), Decimal(0)) - spared, Decimal(0))
        events = list(taken)
        for history in self.histories.get(item.move_id, (0, "", []))[2]:
            if history.due == item.due_date:
                events += history.events
        return Piece(item.due_date, open_amount, events)

    def _get_closed_pieces(self, known, is_whole):
        """Return the same for debts that were paid late, for rules that charge interest at payment."""
        groups = {}
        open_moves = {move_id for move_id, _due in known}
        for move_id, (account_id, number, lines) in self.histories.items():
            if account_id != self.account["id"] or (is_whole and move_id in open_moves):
                continue
            for line in lines:
                key = (move_id, None if is_whole else line.due)
                if line.residual or key in known:
                    continue
                group = groups.setdefault(key, (line.line_id, number, [], self._get_exemption()))
                group[2].append(Piece(line.due, Decimal(0), line.events))
        return groups

    def _get_exemption(self):
        until = self.account["exempt_until"]
        return EXEMPTION if until and until >= self.day else None

    def _get_stop(self, item: OpenItem):
        """Return why nothing is announced or charged for an item now."""
        if item.get_resting(self.day, HOLDS_FEES) < item.amount:
            return None
        holding = {rest.reason for rest in item.get_holding(self.day, HOLDS_FEES)}
        return next(reason for reason in (EXEMPTION, DISPUTE, PAYMENT_UNDER_WAY, PROMISE, PLAN) if reason in holding)
