"""What is the same for every document of a batch that is mailed is asked, compiled and written once."""

KEY = "billing_batch"


class Batch:
    """Remember answers while one batch of documents is mailed, in one transaction; it is carried by the context."""

    def __init__(self, records):
        self.model, self.ids = records._name, tuple(records.ids)
        self._answers = {}

    def get(self, key, find):
        """Return the answer to a question that the whole batch shares.

        :param key: names the question with all that the answer depends on
        :param find: asks it
        """
        if key not in self._answers:
            self._answers[key] = find()
        return self._answers[key]


def get_batch(records):
    """Return the batch that is being mailed, if one is."""
    return records.env.context.get(KEY)
