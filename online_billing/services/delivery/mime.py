"""Write mails that say what those of Odoo's `_build_email__` say; what is alike in them is parsed and folded once.

Python makes a class for each header of each mail and parses headers that are the same in all of them; it makes a
message of each part, encodes texts sign by sign, splits files into lines, and searches every part for borders.
"""

from __future__ import annotations

import re
import secrets
from binascii import b2a_base64, b2a_qp
from datetime import datetime, timezone
from email.headerregistry import BaseHeader, HeaderRegistry
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from functools import lru_cache

from odoo.addons.base.models.ir_mail_server import RFC5322_IDENTIFICATION_HEADERS, IdentificationFieldsNoFoldPolicy

REMEMBERED = 256  # headers
BINARY = ("application", "octet-stream")
MAIL = "message/rfc822"  # of which Odoo makes a part of another kind
BASE64_LINE = 76  # signs, by RFC 2045
# names and kinds of files that stand in a header as they are; all others are encoded
PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,39}", re.ASCII)
# what stands in a header as it is, however it is read; "=?" begins what is encoded
PLAIN_VALUE = re.compile(r"(?!.*=\?)[!-~]+(?: [!-~]+)* ?")


class _Header(BaseHeader):
    """A header that knows how it is folded: the same object stands in many mails."""

    def fold(self, *, policy):
        folded = self.__dict__.setdefault("_folded", {})
        key = policy.max_line_length, policy.linesep, policy.utf8, policy.cte_type
        if key not in folded:
            folded[key] = super().fold(policy=policy)
        return folded[key]


class _Headers(HeaderRegistry):
    """The kinds of headers; their classes are made once."""

    def __init__(self):
        super().__init__(base_class=_Header)
        self._classes = {}

    def __getitem__(self, name):
        kind = self.registry.get(name.lower(), self.default_class)
        if kind not in self._classes:
            self._classes[kind] = super().__getitem__(name)
        return self._classes[kind]


_HEADERS = _Headers()


@lru_cache(maxsize=REMEMBERED)
def _parse(name, value):
    return _HEADERS(name, value)


class _Policy(IdentificationFieldsNoFoldPolicy):
    """Odoo's own policy; a header that was parsed before is taken as it was, and one that says itself is not parsed."""

    def header_store_parse(self, name, value):
        text = ", ".join(value) if type(value) is list else value  # as addresses are given
        if type(text) is str and PLAIN_VALUE.fullmatch(text) and self._is_short(name, text):
            return name, text
        if type(value) is str and len(value.splitlines()) < 2:
            return name, _parse(name, value)
        return super().header_store_parse(name, value)

    def _is_short(self, name, value):
        """Tell whether a header is written in one line, behind its name, a colon and a blank."""
        is_never_folded = name.lower() in RFC5322_IDENTIFICATION_HEADERS
        return is_never_folded or len(name) + 2 + len(value) <= self.max_line_length

    def header_fetch_parse(self, name, value):
        return value  # a text is one that says itself


POLICY = _Policy(linesep=SMTP.linesep, header_factory=_HEADERS)


def _encode_base64(content):
    """Return bytes in lines of base64."""
    text = b2a_base64(content, newline=False).decode("ascii")
    return "\r\n".join(text[start : start + BASE64_LINE] for start in range(0, len(text), BASE64_LINE))


def _write_text(text, subtype):
    """Return a part of a mail: a text in the shorter one of two encodings."""
    content = b"".join(line + b"\r\n" for line in text.encode().splitlines())
    quoted, base64 = b2a_qp(content, istext=True).decode("ascii"), _encode_base64(content)
    name, body = ("quoted-printable", quoted) if len(quoted) <= len(base64) else ("base64", base64)
    return f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {name}\r\n\r\n{body}'


def _write_file(name, content, kind):
    """Return a part of a mail: a file."""
    main, sub = kind.split("/") if kind and "/" in kind else BINARY
    if PLAIN_NAME.fullmatch(name) and PLAIN_NAME.fullmatch(f"{main}{sub}"):
        headers = f'Content-Type: {main}/{sub}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
    else:
        part = MIMEPart(policy=POLICY)
        part["Content-Type"] = f"{main}/{sub}"
        part.add_header("Content-Disposition", "attachment", filename=name)
        headers = "".join(POLICY.fold(*header) for header in part.items())
    return f"{headers}Content-Transfer-Encoding: base64\r\n\r\n{_encode_base64(content)}"


def _join(parts, border):
    """Return the body of a mail of several parts."""
    return "".join(f"--{border}\r\n{part}\r\n" for part in parts) + f"--{border}--\r\n"


class MailWriter:
    """Writes mails with the same borders between their parts, which nobody can know before the first is sent."""

    def __init__(self):
        border = secrets.token_hex(12)
        self._outer, self._inner = (f"=={border}{level}==" for level in "01")

    def can_write(self, page):
        """Tell whether a mail is one of text, page and files; all others are Odoo's."""
        return bool(
            page["message_id"]
            and page["body"]
            and page["body_alternative"]
            and not any(kind == MAIL for _name, _content, kind in page["attachments"])
        )

    def write(self, sender, page):
        """Return a mail as email.message.EmailMessage.

        :param dict page: what Odoo's `_prepare_outgoing_list` says of it
        """
        message = EmailMessage(policy=POLICY)
        message["Message-Id"] = page["message_id"]
        if page["references"]:
            message["references"] = page["references"]
        message["Subject"] = page["subject"]
        message["From"] = sender
        message["Reply-To"] = page["reply_to"] or sender
        message["To"] = page["email_to"]
        if page["email_cc"]:
            message["Cc"] = page["email_cc"]
        message["Date"] = datetime.now(timezone.utc).replace(tzinfo=None)
        for name, value in (page["headers"] or {}).items():
            message[name] = value
        message["MIME-Version"] = "1.0"
        texts = (_write_text(page["body_alternative"], "plain"), _write_text(page["body"], "html"))
        kind, border, body = "alternative", self._inner, _join(texts, self._inner)
        if files := page["attachments"]:
            text = f'Content-Type: multipart/alternative; boundary="{border}"\r\n\r\n{body}'
            parts = (text, *(_write_file(*file) for file in files))
            kind, border, body = "mixed", self._outer, _join(parts, self._outer)
        message["Content-Type"] = f'multipart/{kind}; boundary="{border}"'
        message.set_payload(body)  # which Python hands over as it is
        return message
