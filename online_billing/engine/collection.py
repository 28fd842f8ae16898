"""The collection calendar: which step an account's open items have reached on a day, and when the next one comes.

A step is a state, not an event of one day: "at least d days overdue, and this step not had yet". So a day on which
nobody looked is made up for, one step per look. An account takes one step at a time for all its items: the highest
that any of them asks for; its overdue items are then all at that level (the worst one leads). When what is open
shrinks, each item falls back to what its own age justifies.
"""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

ONE_DAY = timedelta(days=1)
ZERO = Decimal(0)
#: how far a forecast looks ahead, at most
HORIZON = timedelta(days=400)


class Trigger(str, Enum):
    """From which day a step counts as reached."""

    BEFORE = "before"  # days before the due date
    DUE = "due"  # the due date
    OVERDUE = "overdue"  # days after the due date
    END_OF_MONTH = "end_of_month"  # days after the due date, then the end of that month
    AFTER_PREVIOUS = "after_previous"  # days after the step before this one


#: steps that speak of the future; they lapse when the item is late
EARLY = frozenset({Trigger.BEFORE, Trigger.DUE})


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a policy.

    :param level: 1, 2, 3, ... in the order of the policy
    :param trigger: a :class:`Trigger`
    :param days: of the trigger
    :param is_message: the customer hears of it, so that the distance between messages counts
    :param deadline_days: the customer gets so many days; the next step does not come before they are over
    """

    level: int
    trigger: Trigger
    days: int = 0
    is_message: bool = True
    deadline_days: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One open receivable under collection.

    :param key: identity, any value
    :param amount: what is still owed of it, credits taken off
    :param level: of the last step it has had, 0 for none
    :param since: day of that step
    :param seen: what was owed when somebody last looked; None for a new item
    :param is_resting: all of it is disputed, promised or on a plan that is kept: it counts nowhere and takes no step
    :param resting: how much of it rests; that part counts nowhere
    """

    key: object
    due_date: date
    amount: Decimal
    level: int = 0
    since: date | None = None
    seen: Decimal | None = None
    is_resting: bool = False
    resting: Decimal = ZERO

    @property
    def active(self):
        """What is owed and does not rest."""
        return ZERO if self.is_resting else self.amount - self.resting


@dataclass(frozen=True, slots=True)
class QuietDays:
    """Days without messages: weekdays (0 Monday to 6 Sunday) and single days."""

    weekdays: frozenset = frozenset()
    days: frozenset = frozenset()

    def __contains__(self, day):
        return day.weekday() in self.weekdays or day in self.days

    def next_open(self, day):
        """Return the day itself, or the first one after it that is not quiet; None if there is none for a year."""
        for number in range(HORIZON.days):
            if day + number * ONE_DAY not in self:
                return day + number * ONE_DAY
        return None


@dataclass(frozen=True, slots=True)
class Rules:
    """What a policy says: its steps in order, from which amount it acts, and how often customers are written to.

    :param minimum_gap: full days without a message between two messages
    """

    steps: tuple
    threshold: Decimal = ZERO
    minimum_gap: int = 0
    quiet: QuietDays = QuietDays()


@dataclass(frozen=True, slots=True)
class Situation:
    """Where an account stands in one currency.

    :param items: tuple of :class:`Item`
    :param last_message: day of the last message of any kind
    :param deadline: last day that a message has granted
    :param not_before: somebody has postponed the next step to this day
    """

    items: tuple
    last_message: date | None = None
    deadline: date | None = None
    not_before: date | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens on a day: a step with the items it raises, or none and why not.

    :param reason: "nothing_open", "no_step", "threshold", "postponed", "deadline", "gap", "quiet"; empty with a step
    """

    step: Step | None = None
    raised: tuple = ()
    reason: str = ""


def end_of_month(day):
    """Return the last day of the month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def reached_on(step, due_date, previous):
    """Return the day from which an item has reached a step.

    :param previous: day of the step before; None where that is not known yet
    :return: date, or None for a step that follows another one that has not been
    """
    if step.trigger is Trigger.BEFORE:
        return due_date - step.days * ONE_DAY
    if step.trigger is Trigger.DUE:
        return due_date
    if step.trigger is Trigger.AFTER_PREVIOUS:
        return None if previous is None else previous + step.days * ONE_DAY
    late = due_date + step.days * ONE_DAY
    return end_of_month(late) if step.trigger is Trigger.END_OF_MONTH else late


def own_level(steps, due_date, day):
    """Return the level that the age of an item alone justifies, had every step come on its day."""
    level, previous = 0, due_date
    for step in steps:
        on = reached_on(step, due_date, previous)
        if on > day:
            break
        level, previous = step.level, on
    return level


def next_of(steps, item, day):
    """Return the next step that an item takes, whether reached or not; None after the last.

    A notice before the due date lapses on that date; one of the due date as soon as a later step has been reached.
    """
    ahead = [step for step in steps if step.level > item.level]
    for place, step in enumerate(ahead):
        if step.trigger is Trigger.BEFORE and item.due_date <= day:
            continue
        if step.trigger is Trigger.DUE and any(_is_reached(other, item, day) for other in ahead[place + 1 :]):
            continue
        return step
    return None


def _is_reached(step, item, day):
    if step.trigger is Trigger.BEFORE:
        return False  # it has lapsed, or lies in the future
    return reached_on(step, item.due_date, item.since or item.due_date) <= day


def fall_back(steps, items, day):
    """Return the items after somebody looked at what is open: where something shrank, levels fall back.

    :param items: items that are still open, with what was seen of them the last time
    """
    return tuple(replace(item, level=min(item.level, own_level(steps, item.due_date, day))) for item in items)


def has_shrunk(items, gone=()):
    """Tell whether less is open than when somebody last looked, whatever the cause.

    :param gone: what was seen of items that are not open any more
    """
    return bool(gone) or any(item.seen is not None and item.amount < item.seen for item in items)


def decide(rules, situation, day):
    """Return what happens on a day: at most one step.

    :return: :class:`Decision`
    """
    active = [item for item in situation.items if item.amount > 0 and not item.is_resting]
    if not active:
        return Decision(reason="nothing_open")
    asking = _get_asking(rules.steps, active, day)
    if not asking:
        return Decision(reason="no_step")
    step = max(asking.values(), key=lambda step: step.level)
    # all that are late come along; an item that is not takes only the step that it asks for itself
    concerned = [
        item for item in active if asking.get(item.key) is step or (item.due_date < day and step.trigger not in EARLY)
    ]
    counted = active if step.trigger in EARLY else concerned
    if sum((item.active for item in counted), ZERO) < rules.threshold:
        return Decision(reason="threshold")
    if situation.not_before is not None and day < situation.not_before:
        return Decision(reason="postponed")
    if situation.deadline is not None and day <= situation.deadline and step.trigger not in EARLY:
        return Decision(reason="deadline")
    last = situation.last_message
    if step.is_message and last is not None and day <= last + rules.minimum_gap * ONE_DAY:
        return Decision(reason="gap")
    if day in rules.quiet:
        return Decision(reason="quiet")
    return Decision(step, tuple(item for item in concerned if item.level < step.level))


def _get_asking(steps, items, day):
    """Return {key: step} of the items that have reached a step they have not had."""
    asking = {}
    for item in items:
        step = next_of(steps, item, day)
        if step is not None and reached_on(step, item.due_date, item.since or item.due_date) <= day:
            asking[item.key] = step
    return asking


def take(situation, decision, day):
    """Return the situation after a step was taken on a day."""
    step = decision.step
    raised = {item.key for item in decision.raised}
    return replace(
        situation,
        items=tuple(
            replace(item, level=step.level, since=day) if item.key in raised else item for item in situation.items
        ),
        last_message=day if step.is_message else situation.last_message,
        deadline=day + step.deadline_days * ONE_DAY if step.deadline_days else situation.deadline,
        not_before=None,
    )


def next_decision(rules, situation, day):
    """Return (day, Decision) of the next step on or after a day, if nothing else happens; None if none comes.

    Only days on which something can change are looked at: an item reaches a step or becomes late, a distance or a
    deadline is over.
    """
    last = day + HORIZON
    for candidate in _candidates(rules, situation, day):
        open_day = rules.quiet.next_open(candidate)
        if open_day is None or open_day > last:
            continue
        decision = decide(rules, situation, open_day)
        if decision.step is not None:
            return open_day, decision
    return None


def _candidates(rules, situation, day):
    days = {day}
    if situation.last_message is not None:
        days.add(situation.last_message + (rules.minimum_gap + 1) * ONE_DAY)
    if situation.deadline is not None:
        days.add(situation.deadline + ONE_DAY)
    if situation.not_before is not None:
        days.add(situation.not_before)
    for item in situation.items:
        days.add(item.due_date + ONE_DAY)
        for step in rules.steps:
            if step.level > item.level:
                days.add(reached_on(step, item.due_date, item.since or item.due_date))
    return sorted(other for other in days if other >= day)


def forecast(rules, situation, day, count):
    """Return [(day, Step)] of the next steps, if nothing is paid and nothing new is billed.

    :param count: how many at most
    """
    steps = []
    while len(steps) < count:
        found = next_decision(rules, situation, day)
        if found is None:
            break
        on, decision = found
        steps.append((on, decision.step))
        situation, day = take(situation, decision, on), on + ONE_DAY
    return steps
