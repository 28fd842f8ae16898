"""Choose a font that can print a text: the euro sign, accents, Greek or Arabic must not come out as boxes."""

import os
import re
import zlib
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

import reportlab
from odoo import release
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.ttfonts import FF_NONSYMBOLIC, FF_SYMBOLIC, SUBSETN, TTFError, TTFont, makeToUnicodeCMap

from .pdf_scripts import find_unprintable

# in this order; the last one comes with reportlab, so that there is always one
CANDIDATES = (
    ("Roboto-Regular.ttf", "Roboto-Bold.ttf"),
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ("FreeSans.ttf", "FreeSansBold.ttf"),
    ("Vera.ttf", "VeraBd.ttf"),
)


PRINTED = re.compile("[ -~]+")
GAP = b"\0"  # where a reference is filled in
MOST_SUBSETS = 64  # of all fonts, 15 KB each


class _Written(pdfdoc.PDFObject):
    """A part of a PDF that is the same in every document."""

    def __init__(self, content):
        self._content = content

    def format(self, _document):
        return self._content


class _Font(TTFont):
    """A font whose subsets are made and compressed once: most documents need the same letters."""

    def prepare(self, canvas, letters):
        """Give letters beyond ASCII their codes before any is drawn, so that their order makes no other subset."""
        self.splitString("".join(map(chr, sorted(letters & self.face.charToGlyph.keys()))), canvas._doc)

    def splitString(self, text, doc, encoding="utf-8"):  # noqa: N802 the name is reportlab's
        """Return the codes of a text; those of ASCII are its own, which need not be looked up letter by letter."""
        if text and self._asciiReadable and doc in self.state and self._has_ascii and PRINTED.fullmatch(text):
            return [(0, text.encode())]
        return super().splitString(text, doc, encoding)

    @cached_property
    def _has_ascii(self):
        return all(code in self.face.charToGlyph for code in range(32, 127))

    def addObjects(self, doc):  # noqa: N802 the name is reportlab's
        state = self.state[doc]
        state.frozen = 1
        fonts = doc.idToObject["BasicFonts"].dict
        for number, subset in enumerate(state.subsets):
            name = self.getSubsetInternalName(number, doc)[1:]
            written = _write_subset(self, number, tuple(subset))
            letters = doc.Reference(_Written(written.letters), f"toUnicodeCMap:{written.name}")
            program = doc.Reference(_Written(written.program), f"fontFile:{self.face.filename}({written.name})")
            described = _Written(program.format(doc).join(written.descriptor))
            descriptor = doc.Reference(described, f"fontDescriptor:{written.name}")
            before, between, named, behind = written.font
            font = (before, descriptor.format(doc), between, name.encode(), named, letters.format(doc), behind)
            fonts[name] = doc.Reference(_Written(b"".join(font)), name)
        del self.state[doc]


class _Subset(NamedTuple):
    """What a document says of some letters of a font, as `reportlab` writes it."""

    name: str
    letters: bytes  # map to Unicode, compressed
    program: bytes  # compressed
    descriptor: tuple[bytes, bytes]  # before and behind the reference to the program
    font: tuple[bytes, bytes, bytes, bytes]  # around the references to descriptor, own name and letters


def _write_stream(content, **values):
    content = zlib.compress(content)
    values |= {"Filter": pdfdoc.PDFArray([pdfdoc.PDFName("FlateDecode")]), "Length": len(content)}
    return pdfdoc.PDFDictionary(values).format(None) + b"\nstream\n" + content + b"endstream\n"


@lru_cache(maxsize=MOST_SUBSETS)
def _write_subset(font, number, subset):
    """Return what a document says of some letters of a font.

    :param subset: code points, in the order of their codes
    """
    face = font.face
    name = b"".join((SUBSETN(number), b"+", face.name, face.subfontNameX)).decode("pdfdoc")
    widths = pdfdoc.PDFArray(map(face.getCharWidth, subset)).format(None)
    descriptor = {
        "Type": "/FontDescriptor",
        "Ascent": face.ascent,
        "CapHeight": face.capHeight,
        "Descent": face.descent,
        "Flags": face.flags & ~FF_NONSYMBOLIC | FF_SYMBOLIC,
        "FontBBox": _Written(pdfdoc.PDFArray(face.bbox).format(None)),
        "FontFile2": _Written(GAP),
        "FontName": pdfdoc.PDFName(name),
        "ItalicAngle": face.italicAngle,
        "StemV": face.stemV,
        "MissingWidth": face.defaultWidth,
    }
    gap = _Written(GAP)
    used = {
        "Type": "/Font",
        "Subtype": "/TrueType",
        "BaseFont": pdfdoc.PDFName(name),
        "Name": _Written(b"/" + GAP),
        "FirstChar": 0,
        "LastChar": len(subset) - 1,
        "Widths": _Written(widths),
        "ToUnicode": gap,
        "FontDescriptor": gap,
    }
    letters, program = makeToUnicodeCMap(name, subset).encode(), face.makeSubset(subset)
    return _Subset(
        name,
        _write_stream(letters),
        _write_stream(program, Length1=len(program)),
        *(tuple(pdfdoc.PDFDictionary(part).format(None).split(GAP)) for part in (descriptor, used)),
    )


class Family(NamedTuple):
    """Names under which the two weights are registered, and the code points they cover."""

    regular: str
    bold: str
    coverage: frozenset

    def prepare(self, canvas, text):
        """Tell a canvas which letters it is going to draw."""
        letters = {ord(letter) for letter in text if not letter.isascii()}
        for font in map(pdfmetrics.getFont, (self.regular, self.bold)):
            if isinstance(font, _Font):  # reportlab has one font of a name: another addon may have brought it before
                font.prepare(canvas, letters)


def _get_font_directories():
    """Return where fonts may lie: the system's folders, the root into which Odoo was unpacked, reportlab's own."""
    roots = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
    roots += [parent / "share" / "fonts" for parent in Path(release.__file__).resolve().parents]
    roots.append(Path(reportlab.__file__).parent / "fonts")
    return [root for root in dict.fromkeys(roots) if root.is_dir()]


@lru_cache(maxsize=1)
def _find_fonts():
    """Return {file name: path} of the candidates that exist on this machine."""
    wanted = {name for pair in CANDIDATES for name in pair}
    found = {}
    for root in _get_font_directories():
        for folder, _folders, names in os.walk(root):
            for name in wanted.intersection(names):
                found.setdefault(name, str(Path(folder) / name))
    return found


@lru_cache(maxsize=len(CANDIDATES))
def _load(pair):
    """Register a pair of fonts and return it as a family, or None if it is missing or broken."""
    paths = [_find_fonts().get(name) for name in pair]
    if not all(paths):
        return None
    try:
        fonts = [_Font(f"billing-{Path(path).stem}", path) for path in paths]
    except (TTFError, OSError):
        return None
    for font in fonts:
        pdfmetrics.registerFont(font)
    regular, bold = fonts
    pdfmetrics.registerFontFamily(
        regular.fontName, normal=regular.fontName, bold=bold.fontName, italic=regular.fontName, boldItalic=bold.fontName
    )
    return Family(
        regular.fontName, bold.fontName, frozenset(regular.face.charToGlyph) & frozenset(bold.face.charToGlyph)
    )


class CannotDraw(Exception):
    """No font of this machine, and no rule of the drawing, can print some letters of a document, or it has no room."""

    def __init__(self, letters=()):
        super().__init__("".join(sorted(letters)[:20]))
        self.letters = letters


def get_family(text, whole=True):
    """Return the first family that has every letter of a text.

    :param str text: all that will be printed, in the forms in which it is printed
    :param bool whole: refuse a text that no family has; else take the one that lacks the fewest letters
    :return: Family
    :raise CannotDraw: none has them
    """
    lacking = best = None
    for pair in CANDIDATES:
        family = _load(pair)
        if family is None:
            continue
        missing = find_unprintable(text, family.coverage)
        if not missing:
            return family
        if lacking is None or len(missing) < len(lacking):
            lacking, best = missing, family
    if best and not whole:
        return best
    raise CannotDraw(lacking or set(text))
