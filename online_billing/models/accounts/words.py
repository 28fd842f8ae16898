"""How words of names are compared: without accents, and as if blanks were what else stands between them.

Who types a name has another keyboard than whoever entered it, and hears it without its signs. The same names come from
imports with each accent as a letter of its own.
"""

import unicodedata

# letters of Latin, Greek and Cyrillic; other scripts have no letter that is another one with an accent
_LETTERS = (*range(0x00C0, 0x0530), *range(0x1E00, 0x2000))
_ACCENTS = "".join(map(chr, range(0x0300, 0x0370)))
_WITHOUT_PARTS = dict(zip("ØøŁłĐđĦħıŦŧ", "OoLlDdHhiTt", strict=True))
_IN_TWO = (("ß", "ss"), ("ẞ", "SS"), ("æ", "ae"), ("Æ", "AE"), ("œ", "oe"), ("Œ", "OE"))
# PostgreSQL would take these for parts of numbers, addresses of computers and paths; blanks separate in any case
_BETWEEN = "-./@:_+~,‐‑‒–—·`´ʼ‘’"


def _get_plain(letter):
    """Return a letter without its accents, where it has some."""
    plain, *accents = unicodedata.normalize("NFD", letter)
    return plain if accents and all(accent in _ACCENTS for accent in accents) else letter


_PLAIN = {letter: plain for letter in map(chr, _LETTERS) if (plain := _get_plain(letter)) != letter} | _WITHOUT_PARTS
_FROM = "".join(_PLAIN) + _BETWEEN + _ACCENTS
_TO = "".join(_PLAIN.values()) + " " * len(_BETWEEN)
_TABLE = str.maketrans({**_PLAIN, **dict.fromkeys(_BETWEEN, " "), **dict.fromkeys(_ACCENTS, "")})


def fold(text):
    """Return a text as `get_folded` has it in the database."""
    for letter, two in _IN_TWO:
        text = text.replace(letter, two)
    return text.translate(_TABLE)


def get_folded(column):
    """Return the SQL, as text, of the words of a column: what an index holds has to say the same everywhere."""
    for letter, two in _IN_TWO:
        column = f"replace({column}, '{letter}', '{two}')"
    return f"to_tsvector('simple', translate({column}, '{_FROM}', '{_TO}'))"
