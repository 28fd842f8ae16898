from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from online_billing.engine import net_open, share_credits

amounts = st.decimals(-1000, 1000, places=2)


def test_credits_are_taken_off_the_oldest_first():
    assert net_open([Decimal(100), Decimal(-130), Decimal(50)]) == (Decimal(0), Decimal(0), Decimal(20))


def test_a_credit_that_nobody_owes_for_stays():
    assert net_open([Decimal(10), Decimal(-7), Decimal(-8)]) == (Decimal(0), Decimal(0), Decimal(-5))


@given(st.lists(amounts))
def test_what_is_left_adds_up_and_only_one_side_is_left(values):
    left = net_open(values)
    assert sum(left) == sum(values)
    assert not (any(amount > 0 for amount in left) and any(amount < 0 for amount in left))
    for before, after in zip(values, left, strict=True):
        assert (0 <= after <= before) if before > 0 else (before <= after <= 0)


@given(st.lists(amounts))
def test_no_later_debt_is_touched_while_an_older_one_is_open(values):
    debts = [(before, after) for before, after in zip(values, net_open(values), strict=True) if before > 0]
    untouched = False
    for before, after in debts:
        assert not (untouched and after < before)
        untouched = untouched or after > 0


def test_free_credits_go_to_whoever_owes_longest():
    debts = [("b", Decimal(30)), ("a", Decimal(50)), ("b", Decimal(10))]
    assert share_credits(debts, [Decimal(-40), Decimal(-45)]) == [
        (0, "b", Decimal(-30)),
        (0, "a", Decimal(-10)),
        (1, "a", Decimal(-40)),
        (1, "b", Decimal(-5)),
    ]


def test_neighbouring_debts_of_one_owner_take_one_share_and_paid_ones_none():
    debts = [("a", Decimal(0)), ("a", Decimal(5)), ("a", Decimal(5))]
    assert share_credits(debts, [Decimal(-7)]) == [(0, "a", Decimal(-7))]
    assert share_credits([], [Decimal(-7)]) == []


@given(st.lists(st.tuples(st.sampled_from("abc"), amounts)), st.lists(amounts.map(lambda value: -abs(value))))
def test_shares_never_exceed_debt_or_credit(debts, offsets):
    shares = share_credits(debts, offsets)
    owed = sum(amount for _owner, amount in debts if amount > 0)
    assert -sum(amount for *_, amount in shares) == min(owed, -sum(offsets, Decimal(0)))
    for index, credit in enumerate(offsets):
        assert sum((amount for at, _owner, amount in shares if at == index), Decimal(0)) >= credit
    for owner in "abc":
        given_to = -sum((amount for _at, to, amount in shares if to == owner), Decimal(0))
        assert given_to <= sum((amount for debtor, amount in debts if debtor == owner and amount > 0), Decimal(0))
