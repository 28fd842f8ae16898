"""Notes in chatters that one piece of work logs one after the other, and writes by one statement."""

from contextlib import contextmanager

KEY = "billing_notes"


class Notes:
    """Keep notes until all of them are known; carried by the context of the records on which they are logged."""

    def __init__(self):
        self.is_logging = False  # what is posted meanwhile, and answered with its message, is not kept
        self._thread, self._kept = None, []

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
    """Return the notes that are kept on these records, if they are."""
    return records.env.context.get(KEY)
