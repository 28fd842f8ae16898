"""The server: HTTP on loopback, and how an answer gets lost on its way."""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
import time
import typing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from .control import Control
from .deliveries import Deliverer
from .exchange import LONGEST_HOLD, Answer, Exchange
from .refusals import Refused
from .storage import Storage

PREFIX = "/_control/"
LARGEST = 4 * 1024 * 1024


class Server(ThreadingHTTPServer):
    """Listens on loopback only."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, database: str) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.storage = Storage(database)
        self.deliverer = Deliverer(self.storage)
        self.released = threading.Event()
        self.control = Control(self.storage, self.deliverer, self.released)
        self.broken_off: set[socket.socket] = set()

    def shutdown_request(self, request: typing.Any) -> None:
        """End a connection; one that is broken off says no goodbye first."""
        if request in self.broken_off:
            self.broken_off.discard(request)
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: typing.Any, client_address: typing.Any) -> None:
        """Say nothing of a client that has gone, which is what the tests of it do."""


class Handler(BaseHTTPRequestHandler):
    """Reads a request, writes its answer, or does not."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self._handle("")

    def do_DELETE(self) -> None:
        self._handle(self._read())

    def do_POST(self) -> None:
        self._handle(self._read())

    def _read(self) -> str:
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(min(length, LARGEST)).decode(errors="replace")

    def _handle(self, body: str) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith(PREFIX):
            self._write(self._control(parts.path.removeprefix(PREFIX), body))
            return
        server = self.server
        exchange = Exchange(server.storage, server.released, self.command, parts.path, parts.query, self.headers, body)
        answer = exchange.run()
        if not answer.lost:
            self._write(answer)
            return
        self.close_connection = True
        if answer.lost == "timeout":
            self._wait_until_left()
        else:
            # what is in the buffers is thrown away, so that the other side is told of a reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            server.broken_off.add(self.connection)

    def _control(self, name: str, body: str) -> Answer:
        try:
            result = self.server.control.call(name, json.loads(body or "{}"))
        except (Refused, LookupError, TypeError, ValueError) as error:
            return Answer(400, json.dumps({"error": str(error)}))
        return Answer(200, json.dumps({"result": result}))

    def _wait_until_left(self) -> None:
        """Say nothing until the other side has gone, or a test lets go on."""
        end = time.monotonic() + LONGEST_HOLD
        while time.monotonic() < end and not self.server.released.is_set():
            readable, _writable, _broken = select.select([self.connection], [], [], 0.05)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                return

    def _write(self, answer: Answer) -> None:
        data = answer.text.encode()
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Type": "application/json", "Content-Length": len(data)}.items():
            self.send_header(name, str(value))
        # one packet for both
        self._headers_buffer.append(b"\r\n" + data)
        self.flush_headers()

    def log_message(self, *_arguments: object) -> None:
        """Write nothing: what was asked stands in the storage."""
