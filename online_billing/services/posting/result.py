from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class WriterResult:
    """What became of a batch.

    :ivar moves: the posted moves, in the order of the values
    :ivar line_ids: per move the ids of its invoice lines, in the order of the commands
    :ivar plain: number of invoices that Odoo itself made
    :ivar rendered: number of invoices that were written after an example
    :ivar reasons: why invoices went to Odoo, with their number
    :ivar rendered_ids: ids of the moves that were written after an example
    """

    moves: Any
    line_ids: list
    plain: int = 0
    rendered: int = 0
    reasons: Counter = field(default_factory=Counter)
    rendered_ids: frozenset = frozenset()
