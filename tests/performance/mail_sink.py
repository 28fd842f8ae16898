"""A mail server that takes everything and keeps nothing: ``python -m tests.performance.mail_sink PORT``."""

from __future__ import annotations

import signal
import sys

from aiosmtpd.controller import Controller

LARGEST = 64 * 1024 * 1024


class Sink:
    """What happens to a mail: nothing."""

    async def handle_DATA(self, _server, _session, _envelope) -> str:
        return "250 Taken"


if __name__ == "__main__":
    controller = Controller(Sink(), hostname="127.0.0.1", port=int(sys.argv[1]), data_size_limit=LARGEST)
    controller.start()
    print("ready", flush=True)
    signal.sigwait([signal.SIGTERM, signal.SIGINT])
    controller.stop()
