"""The simulator by hand: ``python -m tests.stripe_simulator --port 12111 --database /tmp/stripe.sqlite``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path

from . import keys
from .server import Server


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.stripe_simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="a free one if none is named")
    parser.add_argument("--database", help="the file of what it keeps; one that vanishes if none is named")
    parser.add_argument("--with-parent", action="store_true", help="end when the standard input ends")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stripe_simulator_") as folder:
        server = Server(words.port, words.database or str(Path(folder) / "stripe.sqlite"))
        signal.signal(signal.SIGTERM, lambda *_signal: threading.Thread(target=server.shutdown).start())
        if words.with_parent:
            threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
        print(server.server_address[1], flush=True)
        if sys.stdout.isatty():
            print(f"http://127.0.0.1:{server.server_address[1]} with the key {keys.TEST}", flush=True)
        try:
            server.serve_forever(poll_interval=0.05)
        except KeyboardInterrupt:
            pass
        finally:
            server.deliverer.stop()
            server.server_close()
    # a request that is held would keep the process
    os._exit(0)


def _end_with_parent(server: Server) -> None:
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
