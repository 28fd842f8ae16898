"""What keeps an account from being closed: one word for programs and pages, and the sentence for people."""

from typing import NamedTuple


class Unfinished(NamedTuple):
    """:ivar word: subscription, bill, plan, payment or fee
    :ivar reason: a sentence that says what to do first, and goes on after the name of the account
    """

    word: str
    reason: str
