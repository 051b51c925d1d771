"""What is put into one field after another: by what the field is for, and by what it never is."""

import random
from collections.abc import Iterator
from typing import Any

NUMBERS = [
    "1e309",
    "-1e309",
    "-0",
    "+0",
    "0x10",
    "1_000",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "2147483648",
    "-2147483649",
    "NaN",
    "sNaN",
    "-Infinity",
    "Infinity",
    "٣",
    "١٢٣",
    "３",
    "²",
    "½",
    "1.5e3",
    ".5",
    "5.",
    "1,000.5",
    "1e-400",
    "1e1000000",
    "0.1234567890123456789",
    "-1",
    "99999999999999999999",
    "£5",
    "5%",
    "1e5",
    "--1",
    "00000000000000000001",
]

DATES = [
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "2026-02-29",
    "2026-13-01",
    "2026-00-00",
    "-2026-01-01",
    "2026-1-1",
    "２０２６-０１-０１",
    "01/02/2026",
    "31/12/9999",
    "01/01/0001",
    "2026-W01-1",
    "2026-366",
    "today",
]

TIMES = [
    "24:00",
    "23:59:60",
    "23:59:59.9999999",
    "00:00",
    "-1:00",
    "２３:５９",
    "01:30",
    "25:61",
    "12:00+99:99",
    "12:00Z",
    "23:59:59+14:00",
    "00:00:00-12:00",
]

MOMENTS = [
    "0001-01-01T00:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59",
    "9999-12-31T23:59:59-12:00",
    "2026-03-29T01:30",
    "2026-10-25T01:30",
    "2026-03-29T01:30:00+00:00",
    "2026-10-25T01:30:00+01:00",
    "2026-01-01T24:00",
    "2026-01-01T00:00:60",
    "2026-01-01T00:00:00.1234567",
    "2026-01-01T00:00+25:00",
    "1600-01-01T00:00",
    "2026-01-01T00:00:00-00:00",
    "1752-09-05T00:00",
    "1847-12-01T00:00:30",
    "now",
]

CHOICES = ("", "None", "0", "-1", "x", "9" * 40, "1,2", "[1]", "1 ", "\x00", "\ud800", "1e0", "٣")

TEXTS = (
    "\x00",
    "\ud800",
    "\udfff\ud800",
    "\ufdd0\uffff",
    "a" * 1_000_000,
    "\r\n" * 5_000,
    "\u202e\u2066",
    "\u0130" * 300,  # one letter that becomes two in small letters
    "\ufb03" * 300,  # one that becomes three when it is compared
    "\u1e9e" * 254,
    "ﷺ" * 200,  # one that becomes eighteen
    "=HYPERLINK(1)",
    "{{ x }}{% y %}",
    "[" * 2_000 + "]" * 2_000,
    "{" * 2_000,
    "<" * 20_000,
    "&#" * 10_000,
    "http://[",
    "http://[::1",
    "https://a" + ".a" * 130 + ".com",
    "http://user:pass@evil.example:99999/",
    "https://example.org:port/",
    "//evil.example",
    "javascript:alert(1)",
    "a@" + "a" * 300 + ".com",
    '"a b"@example.org',
    "a@[127.0.0.1]",
    "a@xn--a",
    "a@xn--" + "a" * 70 + ".com",
    "a@" + "ü" * 64 + ".com",
    "a@b\r\nBcc: c@example.org",
    "a\x85b\u2028c\u2029d",
)

JSONS = (
    "null",
    "true",
    "[]",
    "{}",
    '"x"',
    "0",
    "[[[[]]]]",
    '{"id": 1e309}',
    "NaN",
    "[1,",
    '{"":{}}',
    "[" * 5_000,
    "9" * 5_000,
)

EVERYTHING = (*NUMBERS, *DATES, *TIMES, *MOMENTS, *CHOICES, *TEXTS, *JSONS)


def kinds_of(form: Any) -> dict[str, str]:
    """Name of each field → what its box is for, as its page says."""
    found = {}
    for tag in form.tag.find_all(["input", "textarea", "select"]):
        name = str(tag.get("name") or "")
        kind = str(tag.get("type") or "text").lower() if tag.name == "input" else tag.name
        if name and kind not in ("submit", "button", "reset"):
            found.setdefault(name, kind)
    return found


def fitting(name: str, kind: str) -> tuple[str, ...]:
    """What is nearly right for such a field, so that it comes furthest in."""
    small = name.lower()
    if small.endswith(("_forms", "-id", "-order")) or kind == "number" or "version" in small:
        return (*NUMBERS, *CHOICES)
    if kind in ("select", "radio", "checkbox"):
        return CHOICES
    if kind == "hidden":
        return (*CHOICES, *JSONS, *NUMBERS)
    if "date" in small or kind in ("date", "datetime-local") or small.endswith("_at"):
        return (*DATES, *MOMENTS)
    if "time" in small or small.endswith(("_0", "_1", "_2")):
        return (*TIMES, *NUMBERS)
    return (*TEXTS, *NUMBERS, *DATES)


def ways(form: Any, chance: random.Random, *, each: int) -> Iterator[dict[str, Any]]:
    """As many ways of each field as told, half of them nearly right; then the form as a whole."""
    kinds = kinds_of(form)
    kinds.pop("csrfmiddlewaretoken", None)
    usual = {**form.sent, **form.buttons[0]}
    for name, kind in kinds.items():
        near = fitting(name, kind)
        for value in [*chance.sample(near, min(each, len(near))), chance.choice(EVERYTHING)]:
            yield {**usual, name: [value]}
        yield {**usual, name: [chance.choice(near), *form.sent.get(name, []), "x"]}
        yield {other: value for other, value in usual.items() if other != name}
    for numbers in (
        ("1000", "0"),
        ("9" * 40, "0"),
        ("-1", "-1"),
        ("", ""),
        ("1", "99"),
        ("x", "٣"),
    ):
        managed = [name for name in kinds if name.endswith(("-TOTAL_FORMS", "-INITIAL_FORMS"))]
        if managed:
            lies = {name: [numbers[name.endswith("-INITIAL_FORMS")]] for name in managed}
            yield {**usual, **lies}
    for values in (NUMBERS, DATES, MOMENTS, CHOICES, JSONS):
        yield {**usual, **{name: [chance.choice(values)] for name in kinds}}
    yield {}
