"""The mailbox keeps what is sent to it, shows it without running or loading anything of it, and can change nothing."""

import smtplib
import subprocess
import sys
import urllib.error
import urllib.request
from email.message import EmailMessage

import psutil
import pytest

from tools import paths
from tools.processes import free_port


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory):
    """A running mailbox with one mail in it; ``get(path)`` reads a page of it."""
    smtp, web = free_port(), free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tools.mailbox", "--smtp-port", str(smtp), "--web-port", str(web)),
            *("--folder", str(tmp_path_factory.mktemp("mail") / "box")),
        ],
        cwd=paths.PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    with smtplib.SMTP("127.0.0.1", smtp) as client:
        client.send_message(_invoice_mail())
    process.smtp = smtp
    process.address = f"http://127.0.0.1:{web}"
    yield process
    process.terminate()
    process.communicate(timeout=30)


def _invoice_mail() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "billing@example.com"
    message["To"] = "Zoë <zoe@example.com>"
    message["Subject"] = "Invoice <script>alert(1)</script> for August"
    message.set_content("Please pay.")
    message.add_alternative('<p>Please <a href="http://localhost/pay">pay</a></p>', subtype="html")
    message.add_attachment(b"%PDF-1.7 invoice", maintype="application", subtype="pdf", filename="INV 1.pdf")
    return message


def _get(mailbox, path: str, **options):
    return urllib.request.urlopen(urllib.request.Request(mailbox.address + path, **options), timeout=10)


def _first(mailbox) -> str:
    return _get(mailbox, "/").read().decode().split('href="/mail/')[1].split('"')[0]


def test_the_list_shows_the_mail_and_what_is_attached_with_everything_escaped(mailbox):
    page = _get(mailbox, "/").read().decode()
    assert "<h1>1 mails</h1>" in page
    assert "Invoice &lt;script&gt;alert(1)&lt;/script&gt; for August" in page
    assert "<script>" not in page
    assert "Zoë &lt;zoe@example.com&gt;" in page
    assert "INV 1.pdf" in page


def test_a_mail_is_shown_in_a_frame_that_may_neither_run_nor_load_anything(mailbox):
    page = _get(mailbox, f"/mail/{_first(mailbox)}").read().decode()
    assert f'title="The mail" src="/mail/{_first(mailbox)}/html"' in page
    assert "<iframe sandbox=" in page
    body = _get(mailbox, f"/mail/{_first(mailbox)}/html")
    policy = body.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'")
    assert "allow-scripts" not in page + policy
    assert "script-src" not in policy
    assert '<p>Please <a href="http://localhost/pay">pay</a></p>' in body.read().decode()


def test_an_attachment_comes_back_as_it_was_sent_and_is_never_shown(mailbox):
    answer = _get(mailbox, f"/mail/{_first(mailbox)}/file/0")
    assert answer.read() == b"%PDF-1.7 invoice"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''INV%201.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/mail/unknown", "/mail/..%2f..%2fetc", "/other", "/mail/{first}/file/7", "/mail/{first}/x"]
)
def test_what_is_not_there_is_not_found(mailbox, path):
    with pytest.raises(urllib.error.HTTPError) as refused:
        _get(mailbox, path.format(first=_first(mailbox)))
    assert refused.value.code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_changed(mailbox, method):
    with pytest.raises(urllib.error.HTTPError) as refused:
        _get(mailbox, "/", method=method, data=b"")
    assert refused.value.code == 501


def test_only_this_machine_can_reach_it(mailbox):
    listening = {
        connection.laddr.ip
        for connection in psutil.Process(mailbox.pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_the_newest_mail_comes_first(mailbox):
    later = EmailMessage()
    later["To"] = "zoe@example.com"
    later["Subject"] = "A reminder"
    later.set_content("Still unpaid.")
    with smtplib.SMTP("127.0.0.1", mailbox.smtp) as client:
        client.send_message(later, from_addr="billing@example.com")
    page = _get(mailbox, "/").read().decode()
    assert page.index("A reminder") < page.index("for August")
    assert "<pre>Still unpaid." in _get(mailbox, f"/mail/{_first(mailbox)}/html").read().decode()
