"""Names folded for comparison: one table, one function for each kind of name. Pure; no Django.

What people write in many ways compares as one: case, accents, apostrophes, dashes, spaces,
full-width forms, dots in acronyms, “&” and “and”, and what companies have to put at the end.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from publicsuffixlist import PublicSuffixList

APOSTROPHES = (
    "'`\u00b4\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u055a\u05f3"
    "\u07f4\u07f5\u1fbd\u1fbf\u2032\u2035\ua78b\ua78c\uff07\uff40"
)
TRADE_MARKS = "\u00ae\u00a9\u2122\u2120"
POSSESSIVE = re.compile(rf"(?<=\w)[{APOSTROPHES}]s(?!\w)", re.IGNORECASE)
LETTERS = {
    **{"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"},
    **{"ħ": "h", "ŧ": "t"},
}
"""Letters that Unicode doesn’t take apart, as English writers spell them."""

ACCENTS = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    # Points and vowel signs of Hebrew and Arabic, and the stroke that stretches a word: a few
    # write them, most leave them out.
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc]"
)
DOTTED = re.compile(r"(?<!\w)(?:\w\.){2,}\w?(?!\w)|(?<!\w)\w\.\w(?!\w)")
AND = re.compile(r"(?<=\w)\s*[&+]\s*(?=\w)")
SINGLES = re.compile(r"(?<!\S)[a-z0-9](?: [a-z0-9])+(?!\S)")

ENDINGS = """
ab ag bv cbc cc ccc cic cio co company corp corporation cyf cyfyngedig gmbh inc incorporated kg
limited llc llp lp ltd nv oy pac plc pty sa sarl sas scio sl spa srl ug uk
"""
LEGAL_ENDINGS = (
    ("scottish", "charitable", "incorporated", "organisation"),
    *(("charitable", "incorporated", "organisation"), ("community", "interest", "company")),
    *(("public", "limited", "company"), ("limited", "liability", "partnership")),
    *(("cwmni", "buddiant", "cymunedol"), ("cwmni", "cyfyngedig", "cyhoeddus")),
    *(("partneriaeth", "atebolrwydd", "cyfyngedig"), ("private", "limited")),
    *(("limited", "partnership"), ("united", "kingdom"), ("and", "co"), ("and", "company")),
    *((word,) for word in ENDINGS.split()),
    # Of “Canal+ Ltd”, once “Ltd” is gone.
    ("and",),
)
"""Words at the end of a name that say what kind of body it is, and where; the longest first."""

SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Japanese, Chinese: no spaces between words."""

BETWEEN_SPACELESS = re.compile(f"(?<={SPACELESS.pattern}) (?={SPACELESS.pattern})")

SHORTEST, SHORTEST_SPACELESS = 3, 2
"""Characters: anything shorter stands in every text."""

PUBLIC = """
163.com aol.co.uk aol.com blueyonder.co.uk btinternet.com btopenworld.com duck.com example.com
example.net example.org fastmail.com free.fr gmail.com gmx.com gmx.de gmx.net googlemail.com hey.com
hotmail.co.uk hotmail.com hotmail.fr icloud.com laposte.net live.co.uk live.com mac.com mail.com
mail.ru me.com msn.com nhs.net ntlworld.com o2.co.uk orange.fr outlook.com plus.com pm.me proton.me
protonmail.com qq.com rocketmail.com sky.com t-online.de talktalk.net tiscali.co.uk tuta.com
tutanota.com virgin.net virginmedia.com web.de yahoo.co.in yahoo.co.uk yahoo.com yahoo.fr yandex.com
yandex.ru ymail.com zoho.com zohomail.com
"""
PUBLIC_HOSTS = frozenset(PUBLIC.split())
"""Anybody can have an address there, so sharing one says nothing."""

WEBMAIL = frozenset(
    ["aol", "gmail", "gmx", "googlemail", "hotmail", "live", "outlook", "yahoo", "yandex"]
)
"""First parts of hosts under which anybody has an address in many countries: “hotmail.de”."""


class _Kept(dict[int, str]):
    """Code point → what stays of it in a folded name; each is worked out once."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        kind = unicodedata.category(letter)
        stays = letter if kind[0] in "LNM" else "" if kind == "Cf" else " "
        self[code] = LETTERS.get(letter, stays)
        return self[code]


KEPT = _Kept()
GONE = dict.fromkeys(map(ord, APOSTROPHES + TRADE_MARKS))


def fold(text: str) -> str:
    """Words in small plain letters with one space between; what is left of any name or text."""
    if not text.isascii():
        text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    text = unicodedata.normalize("NFC", text).translate(GONE)
    text = unicodedata.normalize("NFKC", text).casefold()
    text = ACCENTS.sub("", unicodedata.normalize("NFKD", text)).casefold().translate(GONE)
    text = DOTTED.sub(lambda found: found[0].replace(".", ""), text)
    words = AND.sub(" and ", text).translate(KEPT).split()
    return unicodedata.normalize("NFC", " ".join(words))


def fold_text(text: str) -> str:
    """As `fold`, of a text to look for names in: “Ada’s” is there as “adas” and as “ada”.

    An apostrophe may belong to the name or to the sentence, so both readings stand there.
    """
    bare = POSSESSIVE.sub("", text)
    return fold(text) if bare == text else f"{fold(text)} \n {fold(bare)}"


def fold_organisation(name: str) -> str:
    """As `fold`, without “The” at the front and “Ltd”, “(UK)” and the like at the end."""
    words = fold(name).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    while ending := next((e for e in LEGAL_ENDINGS if _ends(words, e)), None):
        words = words[: -len(ending)]
    return " ".join(words)


def organisation_key(name: str) -> str:
    """What near-identical names of organisations have in common; empty where nothing is left."""
    closed_up = BETWEEN_SPACELESS.sub("", fold_organisation(name))
    return SINGLES.sub(lambda found: found[0].replace(" ", ""), closed_up)


def without_spaces(key: str) -> str:
    """A key without spaces: “Co-op”, “Co op” and “Coop” are written each way for one."""
    return key.replace(" ", "")


def spelled(name: str) -> str:
    """What is left of a name where only case, composition and the spaces between may differ."""
    shown = "".join(letter for letter in name if unicodedata.category(letter) != "Cf")
    folded = unicodedata.normalize("NFD", shown).casefold()
    return " ".join(unicodedata.normalize("NFC", folded).split())


def _ends(words: list[str], ending: tuple[str, ...]) -> bool:
    """Whether the words end so, and something stands before that."""
    return len(words) > len(ending) and tuple(words[-len(ending) :]) == ending


def is_telling(folded: str) -> bool:
    """Long enough to say whom it names: one or two letters stand in every text."""
    length = len(folded.replace(" ", ""))
    return length >= (SHORTEST_SPACELESS if SPACELESS.search(folded) else SHORTEST)


def names_in(folded_text: str, folded_names: Iterable[str]) -> list[str]:
    """Those of the names that stand in the text as words; both are folded already, the text
    by `fold_text`.

    “ada” is not in “adapt”. In scripts without spaces a name is found inside other text.
    """
    closed_up = folded_text.replace(" ", "")
    return [
        name
        for name in folded_names
        if is_telling(name)
        and (
            f" {name} " in f" {folded_text} "
            or (
                SPACELESS.search(name + folded_text)
                and (_stands_in(folded_text, name) or _spaceless_in(closed_up, name))
            )
        )
    ]


def _spaceless_in(closed_up: str, name: str) -> bool:
    """Spaces within Japanese and the like mean nothing: “山田 太郎” is “山田太郎”."""
    plain = name.replace(" ", "")
    return all(SPACELESS.match(letter) for letter in plain) and plain in closed_up


def _stands_in(text: str, name: str) -> bool:
    place = text.find(name)
    while place >= 0:
        end = place + len(name)
        before, after = text[max(0, place - 1) : place], text[end : end + 1]
        if not _joined(before, name[0]) and not _joined(name[-1], after):
            return True
        place = text.find(name, place + 1)
    return False


def _joined(left: str, right: str) -> bool:
    """Whether two neighbours belong to one word of a script that has spaces."""
    pair = left + right
    return len(pair) == 2 and " " not in pair and not SPACELESS.search(pair)


@cache
def _suffixes() -> PublicSuffixList:
    """The list that comes with the package: nothing is fetched."""
    return PublicSuffixList()


def host_of(email: str) -> str:
    return email.rpartition("@")[2]


def registrable(host: str) -> str:
    """The part of a host that one body has registered: “cs.uni.ac.uk” → “uni.ac.uk”.

    Empty for a host where anybody can have an address, for none, and for a public suffix.
    """
    host = host.strip().strip(".").lower()
    if not host or host in PUBLIC_HOSTS:
        return ""
    try:
        own = _suffixes().privatesuffix(host.encode("idna").decode())
    except UnicodeError:
        return host
    own = own or ""
    if own in PUBLIC_HOSTS or own.partition(".")[0] in WEBMAIL:
        # Below a public host, each name is somebody’s own.
        return "" if host == own else host
    return own
