"""Work that leaves nothing behind: everything is taken back, and nothing of it reaches the network."""

import sys
import threading
from contextlib import contextmanager

from odoo.tools.misc import Callbacks

_CLOSED_EVENTS = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen")
_thread = threading.local()
_is_hooked = threading.Event()


class _Undone(Exception):
    """Everything is taken back."""


@contextmanager
def taken_back(env):
    """Work inside a savepoint that is always rolled back, with nothing left to do after the commit, network closed."""
    cr = env.cr
    env.flush_all()
    kept, cr.postcommit = cr.postcommit, Callbacks()
    try:
        with closed_network(), cr.savepoint():
            yield
            raise _Undone
    except _Undone:
        pass
    finally:
        cr.postcommit = kept
        env.invalidate_all(flush=False)


@contextmanager
def closed_network():
    """Refuse whatever this thread wants of the network; the database is another matter."""
    if not _is_hooked.is_set():
        sys.addaudithook(_refuse)  # there is no way to take it away again
        _is_hooked.set()
    before = getattr(_thread, "is_closed", False)
    _thread.is_closed = True
    try:
        yield
    finally:
        _thread.is_closed = before


def _refuse(event, _arguments):
    if event in _CLOSED_EVENTS and getattr(_thread, "is_closed", False):
        raise ConnectionRefusedError(f"{event}: the network is closed while invoices are compared")
