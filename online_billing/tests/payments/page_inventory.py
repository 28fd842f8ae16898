"""What a page with a payment form brings along that could read what is typed there: scripts, frames, forms, headers."""

import re
from hashlib import sha256

from lxml import html

# the headers that say what a page may do, and who may keep or frame it
HEADERS = (
    "Cache-Control", "Content-Security-Policy", "Content-Security-Policy-Report-Only", "Referrer-Policy",
    "Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options",
)  # fmt: skip
# bundles of Odoo have the hash of what is in them, and what is in them is tested with the sources
UNIQUE = re.compile(r"/web/assets/[0-9a-f]+/")
# which document an address is of, and the right to see it
OF_ONE = re.compile(r"(?<=access_token=)[^&]*|(?<=/)\d+")
# what differs from one visitor and one database to the next: tokens, names, numbers
VALUES = re.compile(r'(__session_info__ = ).*|"[^"\n]*"|\d+')


def take_inventory(answer):
    """Return the sorted lines of what a page brings along.

    :param answer: of ``requests``
    """
    page = html.fromstring(answer.content)
    lines = {f"header {name}: {answer.headers[name]}" for name in HEADERS if name in answer.headers}
    for node in page.iter("script"):
        source = node.get("src") or node.get("data-src")  # what Odoo loads later
        if source and "assets_tests" in source:
            continue  # what tests alone bring along
        lines.add(f"script {UNIQUE.sub('/web/assets/*/', source)}" if source else _describe(node))
    for node in page.iter("link"):
        if {"stylesheet", "preload", "import"} & set((node.get("rel") or "").split()):
            lines.add(f"style {UNIQUE.sub('/web/assets/*/', node.get('href'))}")
    for node in page.iter("iframe", "frame", "object", "embed", "base"):
        address = node.get("src") or node.get("data") or node.get("href") or ""
        lines.add(f"{node.tag} {OF_ONE.sub('*', address)}")
    for node in page.iter("form"):
        if re.match(r"(\w+:)?//", node.get("action") or ""):
            lines.add(f"form {node.get('action')}")
    for node in page.iter("*"):
        lines.update(
            f"handler {name} of {node.tag}: {VALUES.sub('*', value)[:80]}"
            for name, value in node.attrib.items()
            if name.startswith("on") or value.strip().lower().startswith("javascript:")
        )
    return sorted(lines)


def _describe(node):
    """Return how a script within the page begins, and a hash of it without values."""
    text = " ".join(VALUES.sub(lambda found: (found[1] or "") + "*", node.text or "").split())
    return f"inline {sha256(text.encode()).hexdigest()[:12]} {text[:60]}"
