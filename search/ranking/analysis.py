"""A text's terms, as the `english_words` analyser of the Elasticsearch index makes them.

Standard tokeniser (Unicode word boundaries, UAX 29), possessives, lower case, accents off,
Lucene's 33 stop words, Porter's stemmer.
"""

import re
import unicodedata

from search.ranking.porter import porter
from search.words import STOP_WORDS, clean

# Letters join over . : ' ’ and digits over . , ; ' but a hyphen or a slash parts them.
_TOKEN = re.compile(r"\w+(?:(?:(?<=[^\W\d])[.:'’·](?=[^\W\d])|(?<=\d)[.,;'’](?=\d))\w+)*")
_UNFOLDED = str.maketrans({"ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d"})


def terms(text: str) -> list[str]:
    """The terms in order, repeated as often as the text has them."""
    found = (_folded(token) for token in _TOKEN.findall(clean(text)))
    return [porter(token) for token in found if token not in STOP_WORDS]


def _folded(token: str) -> str:
    if token[-2:] in ("'s", "’s", "'S", "’S"):
        token = token[:-2]
    token = token.lower()
    if token.isascii():
        return token
    plain = unicodedata.normalize("NFKD", token.replace("’", "'")).translate(_UNFOLDED)
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
