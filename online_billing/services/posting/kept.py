"""Patterns of earlier batches of this process, and how long they need no new example of Odoo's."""

from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from . import configuration

# Then Odoo makes an example again, and the pattern is compared with it; the amounts of a single invoice are compared
# each time. With an example for each fifty single invoices, these were an eighth of what they cost.
LONGEST, MOST_USES = 600.0, 200  # seconds; batches, or single invoices


@dataclass
class KeptPattern:
    """What one batch has learned of a shape.

    :ivar pattern: the :class:`Template`; None where Odoo's examples said that such invoices are not to be rendered
    :ivar fingerprint: of the configuration, as far as it is that of the company
    :ivar overrides: what stood over Odoo's methods; another object where something has changed
    :ivar asked: constraints of others that ran for the examples
    :ivar prefix: of the numbers
    :ivar customer_id: of the example; another customer's has to agree before it is relied on
    :ivar is_confirmed: two examples of Odoo's have agreed with it
    """

    pattern: Any
    overrides: Any
    fingerprint: tuple
    asked: frozenset = frozenset()
    prefix: str = ""
    customer_id: int = 0
    is_confirmed: bool = False
    made_at: float = field(default_factory=lambda: monotonic())  # noqa: PLW0108  the clock of the moment, not of import
    uses: int = 0

    def is_fresh(self, overrides, fingerprint):
        """Tell whether nothing has changed, and the last example is not long ago."""
        return (
            self.overrides is overrides
            and self.fingerprint == fingerprint
            and self.uses < MOST_USES
            and 0 <= monotonic() - self.made_at < LONGEST
        )


class Kept:
    """The patterns of this process, by database, user, context and shape."""

    LIMIT = 256

    def __init__(self):
        self._patterns = {}

    def get(self, key):
        return self._patterns.get(key)

    def put(self, key, kept):
        if key not in self._patterns and len(self._patterns) >= self.LIMIT:
            self._patterns.clear()
        self._patterns[key] = kept

    def clear(self):
        """Forget all of it, and what was read of the configuration."""
        self._patterns.clear()
        configuration.MEMORIES.clear()


KEPT = Kept()


def get_key(env, shape):
    """Return under what a pattern is kept: whoever bills in another way has one of their own."""
    return (*configuration.get_key(env), shape)
