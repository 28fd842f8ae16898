"""What Google does for a form with reCAPTCHA, as its pages for developers say it, on this machine: none reaches Google.

https://developers.google.com/recaptcha/docs/v3 and https://developers.google.com/recaptcha/docs/verify
"""

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qs, urlsplit

SITE_KEY, SECRET = "site-key-of-a-test", "secret-of-a-test"

#: what the library does in a browser, as far as a form sees it
API_JS = """
(() => {
    const badge = document.createElement("div");
    badge.className = "grecaptcha-badge";
    document.body.append(badge);
    window.grecaptcha = {
        ready: (callback) => setTimeout(callback),
        execute: async (key, { action }) => {
            const answer = await fetch(`%(address)s/execute?k=${encodeURIComponent(key)}&action=${action}`);
            if (!answer.ok) {
                throw new Error(`Invalid site key or not loaded in api.js: ${key}`);
            }
            return await answer.text();
        },
    };
})();
"""


@dataclass
class Token:
    action: str
    score: float
    is_used: bool = False


@dataclass
class Siteverify:
    """The server of one test: it gives tokens, and judges each once for whoever knows the secret."""

    address: str = ""
    tokens: dict[str, Token] = field(default_factory=dict)
    #: each question to judge, as it came
    asked: list[dict[str, str]] = field(default_factory=list)
    #: set where nobody is answered until it is set
    silence: threading.Event | None = None
    numbers: count = field(default_factory=count)

    def give(self, action, score=0.9):
        """Return a token as the library gets it for what somebody does on a page."""
        token = f"03AFcWeA{next(self.numbers):08d}-_x"
        self.tokens[token] = Token(action, score)
        return token

    def judge(self, asked):
        """Return what is answered to a question.

        :param asked: {"secret": ..., "response": the token, "remoteip": ...}
        """
        self.asked.append(asked)
        token = self.tokens.get(asked.get("response"))
        for is_wrong, code in (
            (not asked.get("secret"), "missing-input-secret"),
            (asked.get("secret") != SECRET, "invalid-input-secret"),
            (not asked.get("response"), "missing-input-response"),
            (not token, "invalid-input-response"),
            (token and token.is_used, "timeout-or-duplicate"),
        ):
            if is_wrong:
                return {"success": False, "error-codes": [code]}
        token.is_used = True
        return {
            "success": True,
            "challenge_ts": "2026-06-01T12:00:00Z",
            "hostname": "127.0.0.1",
            "score": token.score,
            "action": token.action,
        }


@contextmanager
def serve():
    """Yield a Siteverify that answers on a port of its own."""
    state = Siteverify()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if state.silence:
                state.silence.wait()
                return  # whoever asked has hung up
            asked = {name: values[0] for name, values in parse_qs(text).items()}
            self.answer(200, json.dumps(state.judge(asked)))

        def do_GET(self):
            given = parse_qs(urlsplit(self.path).query)
            if given.get("k") == [SITE_KEY]:
                self.answer(200, state.give(given["action"][0]))
            else:
                self.answer(400, "Invalid site key")

        def answer(self, status, text):
            self.send_response(status)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_words):
            """Say nothing: tokens stand in addresses."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
