"""Give numbers to rendered invoices after their example."""

from . import number_blocks


class OdooNumbers:
    """Continues the numbers of posted examples under Odoo's own lock.

    Posting an example makes Odoo lock its number sequence for the transaction and remember the last number it gave.
    The renderer goes on from there in the same memory, so that whatever Odoo posts later in the transaction goes on
    after it.
    """

    def __init__(self, env):
        self._last = env["account.move"]._get_sequence_cache()
        self._sequences = {}

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass

    def take(self, example, count):
        """Take ``count`` numbers after those of a posted example.

        :return: list of pairs of number and name
        """
        sequence, number = _sequence_of(self._sequences, example)
        key = (sequence.key, sequence.journal)
        if key not in self._last:
            # something renamed an entry meanwhile and made Odoo forget; the lock is still held
            known = example._get_last_sequence(with_prefix=example.sequence_prefix)
            last = example._get_sequence_format_param(known)[1]["seq"] if known else 0
            self._last[key] = max(number, last)
        first = self._last[key] + 1
        self._last[key] += count
        return [(number, sequence.name(number)) for number in range(first, first + count)]

    def settle(self, examples):
        pass


class BlockNumbers(number_blocks.NumberBlocks):
    """Takes numbers from blocks of this transaction, for which no other one waits."""

    def __init__(self, env, needed):
        super().__init__(env, needed)
        self._sequences = {}

    def take(self, example, count):
        sequence, number = _sequence_of(self._sequences, example)
        numbers = self._take(sequence, self._need_of(example), count, number)
        return [(number, sequence.name(number)) for number in numbers]

    def settle(self, examples):
        """The number before a block may be another worker's and not visible yet; that is no gap."""
        examples.made_sequence_gap = False


def _sequence_of(known, example):
    if example.id not in known:
        pattern, values = example._get_sequence_format_param(example.name)
        number = values.pop("seq")
        known[example.id] = (number_blocks.Sequence(example, pattern, values), number)
    return known[example.id]
