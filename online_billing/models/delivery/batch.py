"""What is the same for every document of a batch that is mailed is asked, compiled and written once."""

from odoo.tools.misc import format_date

KEY = "billing_batch"


class Batch:
    """Remember answers while one batch of documents is mailed, in one transaction; it is carried by the context.

    At its end it forgets: answers hold records, which hold the context that holds the batch, and what Python cannot
    free at once would lie in the way of the next batch.
    """

    def __init__(self, records, invoices=None):
        """Begin a batch.

        :param invoices: which the documents speak of; none: they are invoices themselves
        """
        self.model, self.ids, self.cr = records._name, tuple(records.ids), records.env.cr
        self.invoice_ids = tuple((records if invoices is None else invoices).ids)
        self.kept = None  # (document, what `message_post` was given) of messages that wait for each other
        self.files = set()  # ids of the documents' own, which are known to be there
        self.recipients = {}  # what Odoo asks of those whom the messages are addressed to
        self.ancestors = {}  # {what Odoo searches to find the messages before one: their ids}
        self._answers = {}

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.cr = None  # who still has the context asks for itself
        for answers in (self.recipients, self.ancestors, self._answers):
            answers.clear()

    def get(self, key, find):
        """Return the answer to a question that the whole batch shares.

        :param key: names the question with all that the answer depends on
        :param find: asks it
        """
        if key not in self._answers:
            self._answers[key] = find()
        return self._answers[key]


def get_batch(records):
    """Return the batch that is being mailed, if one is.

    What carries the context into another transaction asks for itself there.
    """
    batch = records.env.context.get(KEY)
    return batch if batch and batch.cr is records.env.cr else None


def is_collected(record, given):
    """Keep a message for the others of its batch, if they are posted together; tell whether it was kept."""
    batch = get_batch(record)
    if not batch or batch.kept is None or not record.env.context.get("billing_delivery"):
        return False
    batch.kept.append((record, given))
    return True


def ask_once(env, key, find):
    """Return the answer to a question: asked once for the batch that is being mailed, by each user in each language.

    :param tuple key: names the question with all else that the answer depends on
    :param find: asks it
    """
    batch = env.context.get(KEY)
    if not batch or batch.cr is not env.cr:
        return find()
    return batch.get((*key, env.lang, env.uid), find)


def format_day(env, day):
    """Return a day as a text in the language of an environment; most documents of a batch say the same days."""
    return ask_once(env, ("day", day), lambda: format_date(env, day))


def format_amount(currency, amount):
    """Return an amount with its currency as a text; most documents of a batch say the same amounts."""
    # -0.0 equals 0.0, but is written in another way
    return ask_once(currency.env, ("amount", currency.id, repr(amount)), lambda: currency.format(amount))
