"""Choose a font that can print a text: the euro sign, accents, Greek or Arabic must not come out as boxes."""

import os
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import reportlab
from odoo import release
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

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


class Family(NamedTuple):
    """Names under which the two weights are registered, and the code points they cover."""

    regular: str
    bold: str
    coverage: frozenset


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
        fonts = [TTFont(f"billing-{Path(path).stem}", path) for path in paths]
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
