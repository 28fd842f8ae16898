"""Take blocks of invoice numbers, under the same lock that Odoo takes."""


class Numbering:
    """Continues the numbers of posted examples.

    Posting an example makes Odoo lock its number sequence for the transaction and remember the last number it gave. The
    renderer goes on from there in the same memory, so that whatever Odoo posts later in the transaction goes on after it.
    """

    def __init__(self, env):
        self._last = env["account.move"]._get_sequence_cache()
        self._formats = {}

    def take(self, example, count):
        """Take ``count`` numbers after those of a posted example.

        :return: list of pairs of number and name
        """
        found = self._formats.get(example.id)
        if found is None:
            pattern, values = example._get_sequence_format_param(example.name)
            number = values.pop("seq")
            found = self._formats[example.id] = (
                pattern,
                values,
                (pattern.format(**values, seq=0), example.journal_id),
                number,
            )
        pattern, values, key, number = found
        if key not in self._last:
            # something renamed an entry meanwhile and made Odoo forget; the lock is still held
            known = example._get_last_sequence(with_prefix=example.sequence_prefix)
            last = example._get_sequence_format_param(known)[1]["seq"] if known else 0
            self._last[key] = max(number, last)
        first = self._last[key] + 1
        self._last[key] += count
        return [(number, pattern.format(**values, seq=number)) for number in range(first, first + count)]
