"""No address in names, however it is dressed up; and real names are let through."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.forms import BaseForm
from hypothesis import assume, given
from hypothesis import strategies as st

import cms.desk.forms  # noqa: F401  (the forms of every floor below)
from marketplace.addresses import LEFT_OUT, LONGEST, WORD_JOINER, address_in, defused
from marketplace.forms import no_address

REAL = [
    "Booking.com Ltd",
    "Booking.com (UK) Limited",
    "The Monday.com Group",
    "Amazon.co.uk",
    "Health.io",
    "will.i.am",
    "St. John's",
    "St.John’s Hospice",
    "J.P. Morgan",
    "U.S.A. Labs",
    "H.R.Owen",
    "Mr.John.Smith",
    "Smith & Co.Ltd",
    "Acme Ltd. UK",
    "Node.js experts",
    "Industry 4.0",
    "Version 2.0",
    "3.14 Ltd",
    "No.1 Homes",
    "Makers @ Work",
    "24/7 Care",
    "Either/or",
    "Data: the future",
    "Red Dot Design",
    "Forms on GOV.UK",
    "Better NHS.uk letters",
    "Founded 2012, 3,000 people",
    "01.02.2025 to 03.04.2026",
    "118 118",
    "Zoë Ångström-Łukasz",
    "株式会社テスト。",
    "Acme.",
    "Who? What: why! “Quoted” (twice)",
    "",
]

BAD = [
    "Your account is locked: open http://evil.example/login now",
    "evil.example",
    "open evil.example now",
    "hxxp://evil.com",
    "h**p://evil.com",
    "HTTPS ://evil.com",
    "https:evil.com",
    "//evil.com/x",
    "www.evil",
    "WWW . evil . com",
    "evil.com now",
    "Now: evil.com",
    "EVIL.COM NOW",
    "evil.com/login",
    "evil.com:8080",
    "evil.com?x=1",
    "evil.com#x",
    "booking.com evil.com",
    "Sign in at booking.com",
    "example .com",
    "example . com",
    "evil. com",
    "evil (dot) com",
    "evil[.]com",
    "evil {dot} com",
    "evil dot com",
    "evil。com",
    "evil．com now",
    "evil｡com now",
    "evil․com now",
    "evil∙com now",
    "e\u200bvil.c\u200dom now",
    "evil\u2060.\u00adcom now",
    "ｅｖｉｌ．ｃｏｍ now",
    "xn--80ak6aa92e.com",
    "see xn--p1ai.xn--p1ai",
    "пример.рф зайди",
    "evil.co.uk here",
    "bit.ly/abc",
    "192.168.0.1 now",
    "help@evil.com",
    "help @ evil.com",
    "help (at) evil (dot) com",
    "help＠evil．com",
    "a@b",
    "mailto:me",
    "tel:0800",
    "javascript:alert(1)",
    "Call 0800 123 4567 now",
    "Call +44 20 7946 0958",
    "Call (0121) 496-0000",
    "Forms on gov.uk.evil.com now",
]


@pytest.mark.parametrize("name", REAL)
def test_real_names_are_let_through(name: str) -> None:
    assert address_in(name) == ""


@pytest.mark.parametrize("name", BAD)
def test_addresses_are_found_however_they_are_dressed_up(name: str) -> None:
    assert address_in(name)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            "Join Your account: open http://evil.example/login now",
            f"Join Your account: open {LEFT_OUT} now",
        ),
        ("Join evil.com now", f"Join evil.{WORD_JOINER}com now"),
        ("Join evil.com/login", f"Join evil.{WORD_JOINER}com"),
        ("Join evil。com", f"Join evil.{WORD_JOINER}com"),
        ("Join e\u200bvil.com", f"Join evil.{WORD_JOINER}com"),
        ("Mail to ada@example.org can’t arrive", "Mail to ada@example.org can’t arrive"),
        ("A question to answer by 3 December", "A question to answer by 3 December"),
        (
            "St. John's asks: 10.30 a.m., Node.js · GOV.UK",
            "St. John's asks: 10.30 a.m., Node.js · GOV.UK",
        ),
    ],
)
def test_old_names_lose_their_power_in_subjects(line: str, shown: str) -> None:
    assert defused(line) == shown
    assert defused(shown) == shown


HOSTS = st.sampled_from(["evil.com", "a.co.uk", "login.acme.io", "bücher.de", "x.example"])
DOTS = st.sampled_from(
    [".", "。", "．", "｡", "․", " .", "[.]", "(dot)", " (dot) ", "\u200b.", ".\u2060"]
)
AROUND = st.sampled_from(
    ["Sign in: ", "Your account is locked, go to ", "☎ ", "“", "A/", "Join\u00a0"]
)
AFTER = st.sampled_from(
    [" now", "/login", "?a=1", ":8080", "”", ", today", "! Quick", "\u00a0please"]
)


@given(HOSTS, DOTS, AROUND, AFTER, st.booleans())
def test_no_dress_hides_an_address(host, dot, around, after, loud) -> None:
    assume(any(each.isalnum() for each in around + after))  # alone it is a firm's name
    name = f"{around}{host.replace('.', dot)}{after}"
    assert address_in(name.upper() if loud else name), ascii(name)


@given(st.text(max_size=200))
def test_any_text_has_an_answer_and_cleaning_is_done_once(text) -> None:
    assert isinstance(address_in(text), str)
    once = defused(text)
    assert defused(once) == once


LONG = {
    "letters": "a",
    "dots": "a.",
    "a colon and spaces": ":" + " " * 50,
    "spaces": " ",
    "brackets": "[ ",
    "digits": "+0 ",
    "marks": "a\u0301",
    "slashes": ":/",
}


@pytest.mark.parametrize("part", LONG.values(), ids=LONG)
def test_what_is_far_too_long_takes_no_longer_than_a_name(part: str) -> None:
    """A million letters took hours, and nobody has to sign in to send them."""
    began = time.process_time()
    address_in(part * (1_000_000 // len(part)))
    assert time.process_time() - began < 5


def test_no_name_is_longer_than_what_is_looked_at() -> None:
    fields = [
        field
        for form in forms_of_ours(BaseForm)
        for field in getattr(form, "base_fields", {}).values()
        if no_address in field.validators
    ]
    assert fields
    assert all(field.max_length and field.max_length <= LONGEST for field in fields)


def forms_of_ours(kind: Any) -> Iterator[Any]:
    for each in kind.__subclasses__():
        yield each
        yield from forms_of_ours(each)
