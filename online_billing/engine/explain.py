"""Why this amount: the breakdown of a due item as plain, storable data. No sentences.

What is stored says only what cannot be told from the charge itself and from the rest: a part that is as one would
expect is left out. :func:`spell_out` gives all of it back.
"""

from datetime import date, timedelta

from .money import ZERO, as_exact, round_half_up

# Enough to read a unit price; the exact value stands beside it.
_SHOWN_DIGITS = 10
_NOTHING = "0.00"
# what a charge says of its quantity is exact so far
_CHARGED_DIGITS = 6
_LARGEST_CHARGED = 10**9
_USUAL_BASIS = "actual"


def abbreviate(due):
    """Return why a due item costs what it does, ready for JSON, without what its charge says itself.

    ``q`` quantity, ``b`` basis, ``r`` share of the period where it is not whole, ``v`` the days served (first day and
    number) where the charge names others, ``s`` the segments: ``d`` days (from the first day served, number) ``q`` and
    ``r`` where they differ from those of the item, ``l`` slices. ``a``, of anything, is its exact amount where it is
    not the sum of its parts. Numbers are texts.

    Most owe their whole quantity at one price: then ``p``, the price of a unit, or ``f``, a flat amount, stands for
    quantity, basis and segments.

    :param due: :class:`~.schedule.Due`
    :return: dict
    """
    content = {"q": decimal_text(due.quantity), "b": due.basis.value}
    if due.ratio != 1:
        content["r"] = exact_text(due.ratio)
    if due.affected:
        content["v"] = [due.service.start.isoformat(), due.service.days]
    content["s"] = [_abbreviate_segment(segment, due, content["q"]) for segment in due.segments]
    if due.amount != _add(segment.amount for segment in due.segments):
        content["a"] = exact_text(due.amount)
    return _fold(content, due.quantity)


def _fold(content, quantity):
    """Return the short form of a breakdown that is as usual, else the breakdown as it is."""
    told = abs(quantity) < _LARGEST_CHARGED and not 10**_CHARGED_DIGITS % quantity.denominator
    if not told or content["b"] != _USUAL_BASIS or [segment.keys() for segment in content["s"]] != [{"l"}]:
        return content
    [*others, (code, *numbers)] = content["s"][0]["l"] or [("",)]
    if others or numbers[:1] != [content["q"]]:
        return content
    short = {name: content[name] for name in ("r", "v", "a") if name in content}
    if code == "unit" and not numbers[2:]:
        return {**short, "p": (numbers[1:] or [_NOTHING])[0]}
    if code == "flat" and numbers[1:2] == [_NOTHING] and len(numbers) == 3:
        return {**short, "f": numbers[2]}
    return content


def _unfold(content, quantity):
    """Return a breakdown of which the short form was stored.

    :param str quantity: what the charge says of it
    """
    if "s" in content:
        return content
    quantity = decimal_text(as_exact(quantity))
    only = ["unit", quantity, content["p"]] if "p" in content else ["flat", quantity, _NOTHING, content["f"]]
    return {"b": _USUAL_BASIS, **content, "q": quantity, "s": [{"l": [only]}]}


def abbreviate_priced(priced):
    """Return the slices of a price, ready for JSON; used for what has no due item of its own."""
    content = {"l": [_abbreviate_slice(entry) for entry in priced.slices]}
    if priced.amount != _add(entry.amount for entry in priced.slices):
        content["a"] = exact_text(priced.amount)
    return content


def _abbreviate_segment(segment, due, quantity):
    content = abbreviate_priced(segment.priced)
    if segment.service != due.service:
        content["d"] = [(segment.service.start - due.service.start).days, segment.service.days]
    if (own := decimal_text(segment.quantity)) != quantity:
        content["q"] = own
    if segment.ratio != due.ratio:
        content["r"] = exact_text(segment.ratio)
    return content


def _abbreviate_slice(entry):
    """Return code, quantity, unit price, flat part, bounds, exact amount; what is as usual at the end is left out."""
    bounds = [None if bound is None else decimal_text(bound) for bound in (entry.lower, entry.upper)]
    content = [entry.code, decimal_text(entry.quantity), decimal_text(entry.unit_price), decimal_text(entry.flat)]
    content += [*bounds, None if _follows(entry) else exact_text(entry.amount)]
    usual = (None, _NOTHING, _NOTHING, _NOTHING, None, None, None)
    while len(content) > 1 and content[-1] == usual[len(content) - 1]:
        content.pop()
    return content


def _follows(entry):
    """Tell whether the amount of a slice is what its numbers come to as they are written."""
    numbers = (entry.quantity, entry.unit_price, entry.flat)
    return entry.amount == entry.quantity * entry.unit_price + entry.flat and not any(
        10**_SHOWN_DIGITS % number.denominator for number in numbers
    )


def _add(amounts):
    return sum(amounts, ZERO)


# -- all of it ---------------------------------------------------------------------------------------------------------


def spell_out(content, charge):
    """Return all that an abbreviated breakdown of a due item means.

    Numbers are texts: ``exact`` as ``"numerator/denominator"``, ``decimal`` with ten decimals. Days are ISO dates;
    ``first`` and ``last`` are both inclusive, as people read them.

    :param dict content: what :func:`abbreviate` made
    :param dict charge: what the charge says: ``kind``, ``sequence``, ``due_date``, ``version``, ``quantity``, and
        ``period`` and ``service`` as first and last day
    :return: dict
    """
    content = _unfold(content, charge["quantity"])
    period, service = charge["period"], charge["service"]
    if "v" in content:
        first, days = date.fromisoformat(content["v"][0]), content["v"][1]
        service = (first, first + timedelta(days=days - 1))
    ratio = content.get("r", "1/1")
    whole = (service[0], _days(service), content["q"], ratio)
    segments = [_spell_out_segment(segment, *whole) for segment in content["s"]]
    amount = content.get("a") or exact_text(_add(as_exact(segment["amount"]["exact"]) for segment in segments))
    return {
        "kind": charge["kind"],
        "sequence": charge["sequence"],
        "due_date": charge["due_date"].isoformat(),
        "period": _period(*period),
        "service": _period(*service),
        "days_served": _days(service),
        "days_of_period": _days(period),
        "ratio": ratio,
        "basis": content["b"],
        "quantity": content["q"],
        "version": charge["version"],
        "amount": number_pair(as_exact(amount)),
        "segments": segments,
    }


def spell_out_priced(content):
    """Return the slices of a price and their sum, of what :func:`abbreviate_priced` made."""
    slices = [_spell_out_slice(*entry) for entry in content["l"]]
    amount = content.get("a") or exact_text(_add(as_exact(entry["amount"]["exact"]) for entry in slices))
    return {"amount": number_pair(as_exact(amount)), "slices": slices}


def _spell_out_segment(content, start, days, quantity, ratio):
    offset, days = content.get("d", (0, days))
    first, ratio = start + timedelta(days=offset), content.get("r", ratio)
    priced = spell_out_priced(content)
    return {
        "service": _period(first, first + timedelta(days=days - 1)),
        "days": days,
        "quantity": content.get("q", quantity),
        "ratio": ratio,
        "price": priced["amount"],
        "amount": number_pair(as_exact(priced["amount"]["exact"]) * as_exact(ratio)),
        "slices": priced["slices"],
    }


def _spell_out_slice(code, quantity=_NOTHING, unit_price=_NOTHING, flat=_NOTHING, lower=None, upper=None, amount=None):
    exact = as_exact(amount) if amount else as_exact(quantity) * as_exact(unit_price) + as_exact(flat)
    return {
        "code": code,
        "quantity": quantity,
        "unit_price": unit_price,
        "flat": flat,
        "lower": lower,
        "upper": upper,
        "amount": number_pair(exact),
    }


def _days(days):
    first, last = days
    return (last - first).days + 1


def _period(first, last):
    return {"first": first.isoformat(), "last": last.isoformat() if last >= first else None}


def exact_text(number):
    """Write a fraction as ``"numerator/denominator"``; :func:`~.money.as_exact` reads it back."""
    return f"{number.numerator}/{number.denominator}"


def number_pair(number):
    """Write a number exactly and readably, as every breakdown does."""
    return {"exact": exact_text(number), "decimal": decimal_text(number)}


def decimal_text(number):
    """Write a number with at most ten decimals and at least two."""
    text = f"{round_half_up(number, _SHOWN_DIGITS):f}"
    whole, _point, decimals = text.partition(".")
    # Two decimals stay, so that money reads as money.
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"
