"""Put a file into a PDF that was drawn here: what is new is added at its end, nothing is written anew."""

from __future__ import annotations

import re
import zlib
from datetime import datetime, timezone
from hashlib import md5

# as reportlab writes it: the table of objects as text, one of twenty bytes for each, and where everything begins
END = re.compile(rb"trailer\n<<(?P<entries>[^<>]*(?:\[[^\]]*\][^<>]*)?)>>\nstartxref\n(?P<start>\d+)\n%%EOF\s*\Z")
REFERENCE = rb"/%s (\d+) 0 R"
SIZE = re.compile(rb"/Size (\d+)")
TABLE = re.compile(rb"xref\n0 (\d+)\n")
LONGEST_END = 2048
ROW = 20  # bytes


def embed(content: bytes, name: str, file: bytes, kind: str) -> bytes | None:
    """Return a PDF with a file in it, as an invoice carries its data.

    :param str name: of the file, in ASCII
    :param str kind: media type of the file, such as "text/xml"
    :return: None where the PDF is not written as it is here, is encrypted, or holds files already
    """
    tail = max(len(content) - LONGEST_END, 0)
    end = END.search(content, tail)
    catalog = _find_catalog(content, end) if end else None
    if not catalog:
        return None
    number, body, size = catalog
    stored, about = size, size + 1
    where = f"/Names << /EmbeddedFiles << /Names [({name}) {about} 0 R] >> >> /AF [{about} 0 R]"
    packed = zlib.compress(file)
    objects = {
        number: body[: body.rindex(b">>")] + where.encode() + b"\n>>",
        stored: _write_file(packed, file, kind),
        about: (
            f"<< /Type /Filespec /AFRelationship /Data /F ({name}) /UF ({name})"
            f" /EF << /F {stored} 0 R /UF {stored} 0 R >> >>"
        ).encode(),
    }
    return _append(content, objects, end)


def _find_catalog(content, end):
    """Return (number of the catalog, what stands in it, number of the first new object)."""
    root, size = re.search(REFERENCE % b"Root", end["entries"]), SIZE.search(end["entries"])
    table = TABLE.match(content, int(end["start"]))
    if (
        not root
        or not size
        or not table
        or table[1] != size[1]
        or any(word in end["entries"] for word in (b"/Prev", b"/Encrypt"))
    ):
        return None
    number = int(root[1])
    row = table.end() + ROW * number
    start = int(content[row : row + 10])
    head = b"%d 0 obj\n" % number
    if not content.startswith(head, start):
        return None
    body = content[start + len(head) : content.index(b"endobj", start)]
    return None if b"/Names" in body or b"/AF" in body else (number, body, int(size[1]))


def _write_file(packed, file, kind):
    checksum = md5(file, usedforsecurity=False).hexdigest()
    now = datetime.now(timezone.utc).strftime("D:%Y%m%d%H%M%S+00'00'")
    head = (
        f"<< /Type /EmbeddedFile /Subtype /{kind.replace('/', '#2F')} /Filter /FlateDecode /Length {len(packed)}"
        f" /Params << /CheckSum <{checksum}> /ModDate ({now}) /Size {len(file)} >> >>"
    )
    return head.encode() + b"\nstream\n" + packed + b"\nendstream"


def _append(content, objects, end):
    """Return a PDF with further objects, some of which stand in for earlier ones."""
    parts, offset, rows = [content], len(content), []
    for number, body in objects.items():
        written = b"%d 0 obj\n%s\nendobj\n" % (number, body)
        rows.append(b"%d 1\n%010d 00000 n \n" % (number, offset))
        parts.append(written)
        offset += len(written)
    entries = SIZE.sub(b"/Size %d" % (max(objects) + 1), end["entries"])
    previous = end["start"]
    parts.append(b"xref\n" + b"".join(rows))
    parts.append(b"trailer\n<<%s/Prev %s\n>>\nstartxref\n%d\n%%%%EOF\n" % (entries, previous, offset))
    return b"".join(parts)
