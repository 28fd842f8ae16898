"""Notes in chatters that one piece of work logs one after the other, and writes by one statement."""

from contextlib import contextmanager

KEY = "billing_notes"


class Notes:
    """Keep notes within a ``with``, and write them at its end; carried by the context of records that are noted.

    Whatever is logged on these records later is written at once, tracked values before the commit for instance. A
    savepoint that is taken back takes none of them back: write them before one begins.
    """

    def __init__(self):
        self.is_open, self.is_logging = True, False  # what is posted meanwhile is answered with its message, not kept
        self._thread, self._kept = None, []

    def __enter__(self):
        return self

    def __exit__(self, kind, *_error):
        self.is_open = False
        if kind is None:
            self.write()

    def on(self, records):
        """Return records on which notes are kept."""
        return records.with_context(**{KEY: self})

    @contextmanager
    def logging(self):
        self.is_logging = True
        try:
            yield
        finally:
            self.is_logging = False

    def keep(self, thread, values_list):
        """Keep the values of messages; they are written as the first of them would be."""
        self._thread = self._thread if self._kept else thread
        self._kept += values_list

    def write(self):
        """Write the notes in the order in which they were logged."""
        kept, self._kept = self._kept, []
        if kept:
            self._thread.browse()._message_create(kept)


def get_notes(records):
    """Return the notes that are kept on these records, as long as they are."""
    notes = records.env.context.get(KEY)
    return notes if notes and notes.is_open else None
