"""Put letters into the forms and the order in which they are printed: joined in Arabic, from the right in Hebrew.

A PDF is drawn glyph by glyph from left to right, so that both has to be done before. Scripts whose letters change place
or form in other ways (those of India, Thai, Khmer and others) are not drawn at all, whatever the font has.
"""

import re
import unicodedata
from functools import lru_cache

import arabic_reshaper
from bidi import get_display
from bidi.mirror import MIRRORED

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
LEFT_TO_RIGHT = re.compile("[A-Za-z\u00c0-\u058f\u1e00-\u1fff]")
ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f]")
COMBINED = re.compile("[\u0300-\u036f]")
BRACKETS = re.compile("[" + "".join(map(re.escape, MIRRORED)) + "]")
MARK = "\u0300"  # goes wherever what stands before it goes
MARKED = re.compile(f"{MARK}({BRACKETS.pattern})|({BRACKETS.pattern}){MARK}")
# vowel points are left out, as in letters and bills; marks that steer the order do their work in a browser
UNPRINTED = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
# Syriac up to Georgian's neighbours, Ethiopic up to Mongolian, Balinese and others: shaped by rules that fonts carry
NOT_DRAWN = re.compile(
    "[\u0700-\u074f\u0780-\u0fff\u1000-\u109f\u1700-\u18af\u1900-\u1cff\ua800-\uabff\U00010a00-\U00011fff]"
)


@lru_cache(maxsize=1)
def _get_reshaper():
    # lam with alef is joined always; the one sign for Allah is in few fonts, and its letters say the same
    return arabic_reshaper.ArabicReshaper({"delete_harakat": True, "ARABIC LIGATURE ALLAH": False})


def shape(text):
    """Return a text with its letters in the forms that are printed, still in the order in which it is read."""
    if text.isascii():
        return text
    if COMBINED.search(text):
        text = unicodedata.normalize("NFC", text)
    if not RIGHT_TO_LEFT.search(text):
        return UNPRINTED.sub("", text)
    text = UNPRINTED.sub("", text)
    return _get_reshaper().reshape(text) if ARABIC.search(text) else text


def has_right_to_left(text):
    """Tell whether anything of a text is written from the right."""
    return not text.isascii() and RIGHT_TO_LEFT.search(text) is not None


def arrange(line, right_to_left):
    """Return a line that was shaped, in the order in which it is drawn from left to right.

    :param bool right_to_left: how the document is read: numbers and signs that stand alone follow it
    """
    if has_right_to_left(line):
        return _order(line, "R" if right_to_left else None)
    if right_to_left and not LEFT_TO_RIGHT.search(line):
        return _order(line, "R")
    return line


def _order(line, direction):
    """Return a line in the order in which it is drawn, its brackets turned where they are read from the right.

    The letters are ordered and the brackets left as they are. So that it is seen which way each is read, a mark is put
    behind it: where that has come to stand before it, it is read from the right (Unicode Standard Annex 9, rule L4).
    """
    if not BRACKETS.search(line):
        return get_display(line, base_dir=direction)
    marked = get_display(BRACKETS.sub(rf"\g<0>{MARK}", line), base_dir=direction)
    return MARKED.sub(lambda found: MIRRORED.get(found[1], found[1]) if found[1] else found[2], marked)


def find_unprintable(text, coverage):
    """Return the letters and figures of a text that cannot be drawn with a font; signs and pictures do not count.

    :param coverage: code points that the font has
    """
    missing = {
        character
        for character in set(text)
        if ord(character) not in coverage
        and character.isprintable()
        and (unicodedata.category(character)[0] in "LMN" or unicodedata.category(character) == "Sc")
    }
    return missing | set(NOT_DRAWN.findall(text))
