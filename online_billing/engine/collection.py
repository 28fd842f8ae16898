"""The collection calendar: which step an account's open items have reached on a day, and when the next one comes.

A step is a state, not an event of one day: "at least d days overdue, and this step not had yet". So a day on which
nobody looked is made up for, one step per look. An account takes one step at a time for all its items: the furthest
that any of them asks for; its overdue items have then all had it (the worst one leads). When what is open shrinks or
is due later than before, each item falls back to what its own age justifies.

A step is known by its key, never by its place: a policy may lose, gain or re-order steps while items are on the way.
What an item has had stays had, and its next step is the first one, in the present order, that it has not had.
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

    :param key: identity, any value; its place is the order of the policy
    :param trigger: a :class:`Trigger`
    :param days: of the trigger
    :param is_message: the customer hears of it, so that the distance between messages counts
    :param deadline_days: the customer gets so many days; the next step does not come before they are over
    """

    key: object
    trigger: Trigger
    days: int = 0
    is_message: bool = True
    deadline_days: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One open receivable under collection.

    :param key: identity, any value
    :param amount: what is still owed of it, credits taken off
    :param had: keys of the steps it has had or that have passed it by, in whatever policy
    :param since: day of the last of them
    :param counted_from: its due date on that day
    :param seen: what was owed when somebody last looked; None for a new item
    :param is_resting: all of it is disputed, promised, handed over or on a plan that is kept: it takes no step
    :param resting: how much of it rests; that part counts nowhere
    :param follows: keys of the items whose calendar it joins, such as the debts of a late fee: while one of them is
        under collection it asks for no step of its own, and comes along with theirs
    """

    key: object
    due_date: date
    amount: Decimal
    had: frozenset = frozenset()
    since: date | None = None
    counted_from: date | None = None
    seen: Decimal | None = None
    is_resting: bool = False
    resting: Decimal = ZERO
    follows: frozenset = frozenset()

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
    :param passed: keys of the step and of all before it: the items that it raises have had them
    """

    step: Step | None = None
    raised: tuple = ()
    reason: str = ""
    passed: frozenset = frozenset()


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


def get_own_steps(steps, due_date, day):
    """Return the keys of the steps that the age of an item alone justifies, had every step come on its day."""
    keys, previous = set(), due_date
    for step in steps:
        on = reached_on(step, due_date, previous)
        if on > day:
            break
        keys.add(step.key)
        previous = on
    return frozenset(keys)


def get_furthest(steps, had):
    """Return the last step, in the order of the policy, whose key is among those that were had; None without one."""
    return next((step for step in reversed(steps) if step.key in had), None)


def next_of(steps, item, day):
    """Return the next step that an item takes, whether reached or not; None when it has had all.

    A notice before the due date lapses on that date; one of the due date as soon as a later step has been reached. Both
    lapse with a later step that was had.
    """
    for place, step in enumerate(steps):
        if step.key in item.had or (step.trigger in EARLY and _is_lapsed(step, steps[place + 1 :], item, day)):
            continue
        return step
    return None


def _is_lapsed(step, later, item, day):
    if any(other.key in item.had for other in later):
        return True
    if step.trigger is Trigger.BEFORE:
        return item.due_date <= day
    return any(_is_reached(other, item, day) for other in later)


def _is_reached(step, item, day):
    if step.trigger is Trigger.BEFORE:
        return False  # it has lapsed, or lies in the future
    return reached_on(step, item.due_date, item.since or item.due_date) <= day


def fall_back(steps, items, day):
    """Return the items after what is open has eased: each has had what its own age justifies, and no more.

    What rests keeps the place it had by the due date of its last step: a plan moves due dates, and may end unkept.
    """
    return tuple(_fall_back_one(steps, item, day) for item in items)


def _fall_back_one(steps, item, day):
    due_date = item.due_date
    if item.is_resting and item.counted_from is not None:
        due_date = min(due_date, item.counted_from)
    had = item.had - {step.key for step in steps} | (item.had & get_own_steps(steps, due_date, day))
    if not any(step.key in had for step in steps):
        return replace(item, had=had, since=None, counted_from=None)
    return replace(item, had=had, counted_from=due_date)


def has_eased(items, gone=()):
    """Tell whether less is open than when somebody last looked, or due later than when it had its last step.

    :param gone: what was seen of items that are not open any more
    """
    return bool(gone) or any(_has_eased_one(item) for item in items)


def _has_eased_one(item):
    if item.seen is not None and item.amount < item.seen:
        return True
    return not item.is_resting and item.counted_from is not None and item.due_date > item.counted_from


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
    place, step = max(((rules.steps.index(step), step) for step in asking.values()), key=lambda pair: pair[0])
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
    passed = frozenset(other.key for other in rules.steps[: place + 1])
    return Decision(step, tuple(item for item in concerned if step.key not in item.had), passed=passed)


def _get_asking(steps, items, day):
    """Return {key: step} of the items that have reached a step they have not had, and follow none of the others."""
    asking, leading = {}, {item.key for item in items}
    for item in items:
        if item.follows & leading:
            continue
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
            replace(item, had=item.had | decision.passed, since=day, counted_from=item.due_date)
            if item.key in raised
            else item
            for item in situation.items
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
            if step.key not in item.had:
                days.add(reached_on(step, item.due_date, item.since or item.due_date))
    return sorted(other for other in days if other >= day)


def forecast(rules, situation, day, count):
    """Return [(day, Decision)] of the next steps, if nothing is paid and nothing new is billed.

    :param count: how many at most
    """
    steps = []
    while len(steps) < count:
        found = next_decision(rules, situation, day)
        if found is None:
            break
        on, decision = found
        steps.append((on, decision))
        situation, day = take(situation, decision, on), on + ONE_DAY
    return steps
