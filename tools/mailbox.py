"""A mailbox for mail that must not leave the machine: a server that only keeps, and a page that shows what it kept.

Runs in the environment: ``python -m tools.mailbox --smtp-port 8071 --web-port 8070 --folder <folder>``. Both ends
listen on the loopback interface only, and nothing on the page can change, send or load anything.
"""

from __future__ import annotations

import argparse
import email
import email.policy
import html
import mailbox
import re
import signal
import sys
import threading
from email.message import EmailMessage
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

LOOPBACK = "127.0.0.1"
PER_PAGE = 50
# What a mail brings along runs no script, loads nothing but logos from the demo itself and submits nothing; the page
# behind a link is free again.
FRAME = "allow-popups allow-popups-to-escape-sandbox"
MAIL_POLICY = f"sandbox {FRAME}; default-src 'none'; style-src 'unsafe-inline'; img-src data: http://localhost:*"
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"
STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:70rem;padding:1rem;color:#222}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #ddd}
td.date{white-space:nowrap;color:#666}a{color:#714b67}iframe{width:100%;height:70vh;border:1px solid #ccc}
pre{white-space:pre-wrap}dt{float:left;width:6rem;color:#666}dd{margin-left:6rem}
"""


class Store:
    """The messages, newest first, in a maildir that any mail program can read as well."""

    def __init__(self, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        self.maildir = mailbox.Maildir(str(folder), create=True)
        self.lock = threading.Lock()

    def add(self, content: bytes) -> str:
        with self.lock:
            return self.maildir.add(content)

    def keys(self) -> list[str]:
        with self.lock:
            # A maildir key begins with the second and microsecond of its arrival.
            return sorted(self.maildir.keys(), key=_arrival, reverse=True)

    def get(self, key: str) -> EmailMessage | None:
        with self.lock:
            try:
                content = self.maildir.get_bytes(key)
            except KeyError:
                return None
        return email.message_from_bytes(content, policy=email.policy.default)


class Handler:
    """What the mail server does with a message: keep it."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def handle_DATA(self, _server, _session, envelope) -> str:
        self.store.add(envelope.content)
        return "250 Kept"


class Page(BaseHTTPRequestHandler):
    """The read-only pages: ``/`` lists, ``/mail/KEY`` shows one, ``.../html`` and ``.../file/N`` its parts."""

    store: Store
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        parts = address.path.strip("/").split("/")
        if parts == [""]:
            return self._list(parse_qs(address.query))
        message = self.store.get(parts[1]) if parts[0] == "mail" and len(parts) > 1 else None
        if message is None:
            return self._answer("<h1>There is no such mail</h1>", status=HTTPStatus.NOT_FOUND)
        if len(parts) == 2:
            return self._show(parts[1], message)
        if parts[2:] == ["html"]:
            return self._answer_body(message)
        files = list(message.iter_attachments())
        if len(parts) == 4 and parts[2] == "file" and parts[3].isdigit() and int(parts[3]) < len(files):
            return self._answer_file(files[int(parts[3])])
        return self._answer("<h1>There is no such part</h1>", status=HTTPStatus.NOT_FOUND)

    def _list(self, query: dict[str, list[str]]) -> None:
        keys = self.store.keys()
        page = max(int(query["page"][0]), 1) if query.get("page", [""])[0].isdigit() else 1
        rows = []
        for key in keys[(page - 1) * PER_PAGE : page * PER_PAGE]:
            message = self.store.get(key)
            if message is None:
                continue
            files = ", ".join(name_of(part) for part in message.iter_attachments())
            rows.append(
                f'<tr><td class="date">{_text(message["Date"])}</td><td>{_text(message["To"])}</td>'
                f'<td><a href="/mail/{quote(key)}">{_text(message["Subject"]) or "(no subject)"}</a></td>'
                f"<td>{html.escape(files)}</td></tr>"
            )
        pages = range(1, (len(keys) + PER_PAGE - 1) // PER_PAGE + 1)
        links = " ".join(f'<a href="/?page={number}">{number}</a>' for number in pages) if len(pages) > 1 else ""
        self._answer(
            f"<h1>{len(keys)} mails</h1><p>Everything that the demo sent. Nothing left this machine.</p>"
            "<table><tr><th>Date</th><th>To</th><th>Subject</th><th>Attached</th></tr>"
            f"{''.join(rows)}</table><p>{links}</p>"
        )

    def _show(self, key: str, message: EmailMessage) -> None:
        headers = "".join(
            f"<dt>{name}</dt><dd>{_text(message[name])}</dd>" for name in ("From", "To", "Date", "Subject")
        )
        files = "".join(
            f'<li><a href="/mail/{quote(key)}/file/{number}">{html.escape(name_of(part))}</a></li>'
            for number, part in enumerate(message.iter_attachments())
        )
        self._answer(
            f'<p><a href="/">All mails</a></p><dl>{headers}</dl><ul>{files}</ul>'
            f'<iframe sandbox="{FRAME}" title="The mail" src="/mail/{quote(key)}/html"></iframe>'
        )

    def _answer_body(self, message: EmailMessage) -> None:
        body = message.get_body(preferencelist=("html", "plain"))
        content = body.get_content() if body else ""
        if body is None or body.get_content_type() != "text/html":
            content = f"<pre>{html.escape(content)}</pre>"
        # Links open beside the mailbox, for the frame itself is not allowed to go anywhere.
        self._send(f'<base target="_blank">{content}'.encode(), "text/html; charset=utf-8", policy=MAIL_POLICY)

    def _answer_file(self, part: EmailMessage) -> None:
        name = name_of(part)
        content = part.get_payload(decode=True) or b""
        self._send(content, "application/octet-stream", f"attachment; filename*=UTF-8''{quote(name)}")

    def _answer(self, body: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        page = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Mailbox</title><style>{STYLE}</style>{body}'
        )
        self._send(page.encode(), "text/html; charset=utf-8", status=status)

    def _send(
        self,
        content: bytes,
        kind: str,
        disposition: str = "inline",
        status: HTTPStatus = HTTPStatus.OK,
        policy: str = PAGE_POLICY,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Disposition", disposition)
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments) -> None:
        """Keep quiet: the terminal belongs to whoever started the demo."""


def name_of(part: EmailMessage) -> str:
    """Return a name for an attachment that is safe to save under."""
    return re.sub(r"[^\w. ()+-]", "_", part.get_filename() or "attachment")


def _text(value: object) -> str:
    return html.escape(str(value or ""))


def _arrival(key: str) -> tuple[int, int, int]:
    found = re.match(r"(\d+)\.M(\d+)P\d+Q(\d+)", key)
    return tuple(map(int, found.groups())) if found else (0, 0, 0)


def serve(folder: Path, smtp_port: int, web_port: int) -> None:
    """Run both servers until the process is told to end."""
    from aiosmtpd.controller import Controller

    store = Store(folder)
    sink = Controller(Handler(store), hostname=LOOPBACK, port=smtp_port, data_size_limit=64 * 1024 * 1024)
    sink.start()
    web = ThreadingHTTPServer((LOOPBACK, web_port), type("BoundPage", (Page,), {"store": store}))
    threading.Thread(target=web.serve_forever, daemon=True).start()
    print("ready", flush=True)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_arguments: ended.set())
    ended.wait()
    web.shutdown()
    sink.stop()


def _command() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.mailbox", description=__doc__.splitlines()[0])
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--web-port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    serve(arguments.folder, arguments.smtp_port, arguments.web_port)


if __name__ == "__main__":
    sys.exit(_command())
