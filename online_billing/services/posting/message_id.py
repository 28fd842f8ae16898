"""The names by which mail programs know messages of documents."""

import secrets
import socket
import time

SECRET = 6  # bytes that nobody can guess
# behind all that Odoo names, which begins with a digit: what is new enters an index at its end, and fills its pages
LAST = "z"


def make_message_ids(document, count):
    """Return so many ids for messages of a document, in the form in which Odoo makes them.

    They begin with the time instead of something random, so that those of one run stand side by side in an index. Else
    each touches a page of its own, of an index as large as all that was ever said.

    :param str document: its id and model, as ``7-account.move``
    """
    now = time.time_ns() // 1000
    host = socket.gethostname()
    return [f"<{LAST}{now:x}.{secrets.token_hex(SECRET)}-openerp-{document}@{host}>" for _number in range(count)]
