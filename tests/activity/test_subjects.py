"""Whatever is quoted in them: subjects fit, have one line, and read in their own direction."""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from hypothesis import example, given
from hypothesis import strategies as st

from challenges.calls.models import Call, Stage
from challenges.pitches.models import Pitch
from marketplace.activity.models import Notification
from marketplace.activity.outbox import LONGEST_SUBJECT
from marketplace.activity.services import notify
from marketplace.text import one_line
from startups.models import Organisation
from tests.factories import UserFactory
from tests.locking.acts import WORLDS

TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
APPS = ("marketplace", "startups", "challenges", "search", "cms")
NASTY = "T\tא\u202eevil\u2028x\r\nBcc: b@example.org \u2066" + "é" * 205


def is_fit(subject: str) -> bool:
    return (
        0 < len(subject) <= LONGEST_SUBJECT
        and subject.splitlines() == [subject]
        and "\t" not in subject
        and not TURNS.search(subject)
        and subject == subject.strip()
    )


@given(st.text(min_size=1, max_size=400).map(lambda text: f"About {text}"))
@example(f"About {NASTY}")
@example("About a\x0bb\x1cc\x85d\x00e\u2029f")
@example("About " + "\u202e" * 300)
def test_whatever_is_typed_a_line_is_fit_and_can_be_a_header(text: str) -> None:
    line = one_line(text, LONGEST_SUBJECT)
    assert is_fit(line)
    assert EmailMessage(line, "B", to=["a@example.org"]).message()["Subject"]


@pytest.mark.django_db
@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.__name__)
def test_every_act_leaves_fit_subjects_whatever_titles_it_quotes(
    world: Callable[[], dict[str, Any]],
) -> None:
    acts = world()
    for model, name in ((Call, "title"), (Stage, "name"), (Pitch, "title"), (Organisation, "name")):
        longest = model._meta.get_field(name).max_length
        for row in model.objects.all():
            own = f"{row.pk} {NASTY}"[:longest]
            model.objects.filter(pk=row.pk).update(**{name: own})
    known = set(Notification.objects.values_list("pk", flat=True))
    heard = 0
    for name, act in acts.items():
        with transaction.atomic():
            act()
            found = Notification.objects.exclude(pk__in=known).values_list("subject", flat=True)
            unfit = [subject for subject in found if not is_fit(subject)]
            heard += len(found)
            transaction.set_rollback(True)
        assert not unfit, (name, unfit)
    assert heard or world.__name__ == "while_released_soon"


@pytest.mark.django_db(transaction=True)
def test_what_is_sent_has_the_same_line() -> None:
    with transaction.atomic():
        notify([UserFactory()], subject=NASTY, body="B")
    assert is_fit(mail.outbox[0].subject)


def test_nothing_is_mailed_by_another_road() -> None:
    """Only what makes messages cuts their subjects: nobody else makes any."""
    makers = {
        f"{file.relative_to(django_settings.BASE_DIR)}"
        for app in APPS
        for file in (django_settings.BASE_DIR / app).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", ""))
        in {"Notification", "EmailMessage", "EmailMultiAlternatives", "mail_admins"}
    }
    assert {str(Path(each).parent) for each in makers} == {"marketplace/activity"}


def test_the_address_of_this_site_is_put_in_as_mail_is_sent() -> None:
    """A body that kept it would lead to the port or the domain of the day it was written."""
    may_know = {
        "marketplace/activity/site.py",
        "marketplace/activity/outbox.py",
        "challenges/awards/views.py",  # a page of this moment
        "cms/demonstration/mail.py",
        "cms/management/commands/demonstration_sign_ins.py",
    }
    knowing = {
        str(file.relative_to(django_settings.BASE_DIR))
        for app in APPS
        for file in (django_settings.BASE_DIR / app).rglob("*.py")
        if "settings" not in file.parts and "settings.SITE_URL" in file.read_text()
    }
    assert knowing == may_know


SUBJECTS = sorted(
    str(file.relative_to(folder))
    for folder in [django_settings.BASE_DIR / "marketplace/templates"]
    for file in folder.rglob("*_subject.txt")
)


@pytest.mark.parametrize("template", SUBJECTS)
def test_subjects_of_sign_in_are_fit(template: str) -> None:
    site = {"name": NASTY, "domain": "example.org"}
    subject = render_to_string(template, {"current_site": site, "service_name": NASTY})
    assert is_fit(one_line(subject, LONGEST_SUBJECT))
