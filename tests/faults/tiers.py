"""Which of many like cases are for every commit, and which for the night."""

from __future__ import annotations

from collections.abc import Iterable

import pytest


def thin(cases: Iterable) -> list:
    """Leave three of four cases to the night: each of them takes seconds of several processes.

    :param cases: values or rows of values, as ``parametrize`` takes them; the first one is for every commit
    """
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.nightly) if number % 4 else case
        for number, case in enumerate(cases)
    ]
