"""Addresses of pages and of mail inside names, where they lead somebody away.

A name goes into subjects and first lines of mail to people who never asked for it, in our name.
`address_in` finds what a person could follow there, however it is dressed up; `defused` takes the
power from what stands in names that are older than the rule. `docs/decisions/0037` says what is
let through, and why.
"""

import re
import unicodedata
from functools import cache

from publicsuffixlist import PublicSuffixList

DOTS = dict.fromkeys(map(ord, "。．｡․‧∙⸳ꓸ܁܂•●"), ".")
"""What is read as a full stop; NFKC makes some of them one, and not all."""

SLASHES = dict.fromkeys(map(ord, "⁄∕⧸／╱"), "/")
COLONS = dict.fromkeys(map(ord, "：︰∶ː﹕꞉"), ":")
AT = dict.fromkeys(map(ord, "＠﹫"), "@")
READ_AS = {**DOTS, **SLASHES, **COLONS, **AT}

WRITTEN_DOT = re.compile(
    r"\s*[\[({<]\s*(?:\.|dot|punkt|point)\s*[\])}>]\s*"
    r"|(?<=\w)\s+dot\s+(?=(?:com|net|org|info|biz|co|uk|io)\b)"
)
WRITTEN_AT = re.compile(r"\s*[\[({<]\s*(?:@|at)\s*[\])}>]\s*")
SCHEME = re.compile(
    r"\b(?:h(?:tt|xx|\*\*|tx|xt)ps?|ftps?)\s*:\s*\S|:\s*/\s*/|\bwww\d?\s*\.\s*\w"
    r"|\b(?:mailto|tel|sms|javascript|data|file|vbscript):\S"
)
MAIL = re.compile(r"[\w.+-]@[\w-]|[\w.+-]+\s*@\s*[\w-]+\s*\.\s*\w")
SPACED = re.compile(r"(?<=\w)\s+\.\s*(?=\w)|(?<=\w)\.\s+(?=com\b)")
"""“example .com”, “example. com”; a sentence has no space before its full stop."""

HOST = re.compile(r"(?<![\w@.-])(?:[\w-]+\.)+[\w-]*\w(?![\w-])(?P<more>\.?(?::\d|/|\?|#)\S*)?")
NUMBERS = re.compile(
    r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|(?<!\w)(?:\+|\(?0)\d?(?:[\s().-]*\d){8,}"
)
"""Addresses of machines, and of telephones: from nine digits, with a plus or a nought in front."""

SPECIAL = frozenset(
    ["example", "test", "invalid", "localhost", "local", "internal", "onion", "home", "lan"]
)
"""Last parts of addresses that no register lists (RFC 2606, 6761, 6762, 7686, 8375)."""

LEGAL = frozenset(["ltd", "inc", "llc", "gmbh", "sarl", "srl", "ltda", "company", "limited"])
"""Last parts that are forms of companies too: “Smith & Co.Ltd” is no address."""

PUBLIC_BODIES = ("gov.uk", "nhs.uk", "police.uk", "parliament.uk", "ac.uk", "mod.uk")
"""Where nobody but a public body has an address, and which titles name: “Forms on GOV.UK”."""

AFTER_A_BRAND = frozenset(
    ["ltd", "limited", "plc", "llp", "lp", "inc", "llc", "corp", "gmbh", "ag", "bv", "sa", "sas"]
    + ["srl", "uk", "gb", "group", "holdings", "europe", "international", "cic", "cio", "co"]
    + ["company", "the"]
)
"""What may stand beside an address that is a name itself: “Booking.com (UK) Limited”."""

LONGEST = 1_000
"""Characters of a name that are looked at: more than any name may have. Looking at all of what a
stranger sends takes time with its square, and a form asks every validator, too long or not."""

WORD_JOINER = "\u2060"
LEFT_OUT = "(link left out)"
WHY = (
    "A name can’t have a web address, an e-mail address or a telephone number in it. Leave out “{}”"
)


def address_in(name: str) -> str:
    """The part of a name that is an address somebody could follow; "" if none is.

    A name that *is* an address, with nothing beside it but its form of company, is let through:
    firms are called so. It says nothing that would make anybody follow it.
    """
    plain = _plain(name[:LONGEST])
    for pattern in (SCHEME, MAIL, NUMBERS):
        if found := pattern.search(plain):
            return _around(plain, found)
    joined = SPACED.sub(".", plain)
    hosts = [found for found in HOST.finditer(joined) if _is_host(found)]
    if not hosts:
        return ""
    first = hosts[0]
    is_bare = len(hosts) == 1 and not first["more"] and first[0] in name.casefold()
    is_bare = is_bare and not _is_nobodys(first[0])
    beside = re.findall(r"\w+", joined[: first.start()] + " " + joined[first.end() :])
    return "" if is_bare and set(beside) <= AFTER_A_BRAND else first[0]


def defused(text: str) -> str:
    """A line in which no program finds a link: full links are left out, and hosts get a mark
    after each dot that nobody sees. Addresses of mail stay, as they name who is meant."""
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf").translate(DOTS)
    if seen != text and any(_is_host(found) for found in HOST.finditer(seen)):
        text = seen  # what hid a host goes
    text = re.sub(r"(?i)\b(?:h(?:tt|xx)ps?|ftps?)\s*:\s*/*\s*\S+|\S*://\S*", LEFT_OUT, text)
    return HOST.sub(_joined, text)


def _joined(found: "re.Match[str]") -> str:
    if not _is_host(found, among_names=True):
        return found[0]
    bare = found[0].removesuffix(found["more"] or "")
    return bare.replace(".", f".{WORD_JOINER}")


def _plain(name: str) -> str:
    """As it is read: without what nobody sees, each look-alike as what it looks like."""
    shown = "".join(c for c in name if unicodedata.category(c) not in ("Cf", "Cc", "Mn", "Me"))
    text = unicodedata.normalize("NFKC", shown.translate(READ_AS)).translate(READ_AS).casefold()
    return WRITTEN_AT.sub("@", WRITTEN_DOT.sub(".", text))


def _around(text: str, found: "re.Match[str]") -> str:
    """The whole of what stands there without a space."""
    start = text.rfind(" ", 0, found.start()) + 1
    end = text.find(" ", found.end())
    return text[start : end if end >= 0 else len(text)]


def _is_host(found: "re.Match[str]", *, among_names: bool = False) -> bool:
    host = found[0].removesuffix(found["more"] or "").casefold()
    *before, last = host.split(".")
    if not all(before) or last.isdigit():
        return False
    if any(host == body or host.endswith(f".{body}") for body in PUBLIC_BODIES):
        return bool(found["more"]) and among_names
    if _is_nobodys(host):
        return True
    return last not in LEGAL and last in _last_parts()


def _is_nobodys(host: str) -> bool:
    """Ends in what no register lists, or is written in a way that nobody reads: no firm’s name."""
    return host.rpartition(".")[2] in SPECIAL or "xn--" in host


@cache
def _last_parts() -> frozenset[str]:
    """Every last part of an address that is registered, with Punycode's readable forms."""
    suffixes = PublicSuffixList()._publicsuffix
    found = {name.rpartition(".")[2] for name in suffixes if name}
    return frozenset(found | {_readable(name) for name in found if name.startswith("xn--")})


def _readable(name: str) -> str:
    try:
        return name.encode().decode("idna")
    except UnicodeError:
        return name
