"""The record is checked each day, and whoever is in charge hears of what does not hold."""

from datetime import timedelta
from typing import Any

import pytest
import structlog
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.activity import tasks
from marketplace.activity.models import (
    Notification,
    RecordCheck,
    RecordFinding,
    SealAddress,
)
from marketplace.activity.proof import checking
from marketplace.activity.services import record
from marketplace.settings.schedule import CELERY_BEAT_SCHEDULE
from tests.activity.proof_world import CALL, build, intrude
from tests.factories import RegionFactory, UserFactory, make_officer, sign_in

pytestmark = pytest.mark.django_db


def break_it() -> None:
    intrude("UPDATE activity_record SET verb = 'calls.forged' WHERE number = 3")


@pytest.fixture
def officer() -> User:
    return make_officer(RegionFactory(code="E47000010", slug="alarmed", short_name="AL"))


def told(person: User) -> list[str]:
    rows = Notification.objects.filter(recipient=person).order_by("pk")
    return list(rows.values_list("subject", flat=True))


def later(**how: int) -> Any:
    return timezone.now() + timedelta(**how)


def test_a_whole_record_alarms_nobody(officer: User) -> None:
    build()
    run = checking.run_check()
    assert (run.chains, run.records, run.seals, run.broken) == (
        4,
        11,
        3,
        0,
    )  # with the officer’s own chain
    assert run.ended_at and not run.failure
    assert told(officer) == []
    assert checking.state().is_well


def test_what_does_not_hold_is_told_once_and_again_each_day(officer: User) -> None:
    boss, stranger = UserFactory(is_superuser=True), UserFactory()
    SealAddress.objects.create(
        region=RegionFactory(), email="auditor@example.org", confirmed_at=timezone.now()
    )
    SealAddress.objects.create(region=RegionFactory(), email="asked@example.org")
    build()
    break_it()
    with structlog.testing.capture_logs() as logs:
        assert checking.run_check().broken
    assert [line["log_level"] for line in logs if "does not hold" in line["event"]]
    subject = "The activity record does not hold"
    for person in (officer, boss):
        assert told(person) == [subject]
    assert told(stranger) == []
    outside = Notification.objects.filter(recipient=None).values_list("address", "subject")
    assert list(outside) == [("auditor@example.org", subject)]
    checking.run_check()
    assert told(officer) == [subject], "nothing is new"
    found = checking.check().findings
    checking.settle(found, among=~checking.WATCHED, now=later(hours=24))
    assert told(officer) == [subject, subject]


def test_a_second_finding_is_told_though_the_first_was(officer: User) -> None:
    build()
    break_it()
    checking.run_check()
    intrude("UPDATE activity_signedseal SET signature = 'x' WHERE number = 2")
    checking.run_check()
    assert len(told(officer)) == 2
    body = Notification.objects.filter(recipient=officer).first().body
    assert "seal 2: its signature does not hold." in body
    assert "broken at record" not in body


def test_what_was_put_right_is_told_no_more(officer: User) -> None:
    build()
    break_it()
    checking.run_check()
    intrude("UPDATE activity_record SET verb = 'calls.edited' WHERE number = 3")
    assert checking.run_check().broken == 0
    assert not RecordFinding.objects.filter(gone_at=None).exists()
    assert checking.state().is_well
    checking.settle([], among=~checking.WATCHED, now=later(days=2))
    assert len(told(officer)) == 1


def test_what_is_strange_in_the_past_is_told_once(officer: User) -> None:
    build()
    from marketplace.activity.proof.seals import seal_chains

    seal_chains(later(days=4))
    checking.run_check()
    checking.settle(checking.check().findings, among=~checking.WATCHED, now=later(days=2))
    assert told(officer) == ["The activity record needs a look"]
    assert checking.state().is_well


def test_a_check_that_fails_is_told(officer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    build()
    monkeypatch.setattr(checking, "record_lines", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        checking.run_check()
    assert RecordCheck.objects.get().failure == "ZeroDivisionError"
    assert told(officer) == ["The activity record needs a look"]
    assert not checking.state().is_well
    with pytest.raises(ZeroDivisionError):
        checking.run_check()
    assert len(told(officer)) == 1
    monkeypatch.undo()
    checking.run_check()
    assert checking.state().is_well


def test_much_that_is_strange_hides_nothing_that_is_broken_at_the_desk(officer: User) -> None:
    build()
    break_it()
    checking.run_check()
    odd = [checking.Finding(checking.ODD, f"call:{n}", "the time goes back.") for n in range(50)]
    checking.settle([*checking.check().findings, *odd], among=~checking.WATCHED, now=later(hours=1))
    state = checking.state()
    assert not state.is_well
    assert any("broken at record 3" in str(each) for each in state.findings)


def test_a_key_that_can_not_be_read_hides_nothing_of_the_rest(
    officer: User, settings: Any, tmp_path: Any
) -> None:
    build()
    break_it()
    settings.RECORD_SIGNING_KEY_FILE = str(tmp_path / "gone.pem")
    settings.RECORD_MAKE_KEY = False
    settings.RECORD_KEPT_SEALS_FILE = str(tmp_path)
    assert checking.run_check().broken
    words = " ".join(str(each) for each in checking.state().findings)
    for part in ("broken at record 3", "can’t be read", "kept on this machine can’t be read"):
        assert part in words


def test_checks_that_never_run_are_told(officer: User) -> None:
    build()
    assert checking.watch() == 0
    assert checking.watch(later(hours=37)) == 1
    assert checking.watch(later(hours=38)) == 0, "once a day"
    assert checking.watch(later(hours=62)) == 1
    assert len(told(officer)) == 2
    assert checking.state(later(hours=37)).is_unchecked
    checking.run_check()
    assert checking.state().is_well
    assert not checking.state(later(hours=35)).is_unchecked
    assert checking.state(later(hours=37)).is_unchecked


def test_records_that_nobody_seals_are_told(officer: User, settings: Any) -> None:
    settings.RECORD_SIGNING_KEY_FILE = ""
    record("calls.edited", RegionFactory(), chain=CALL)
    assert checking.watch() == 0
    assert checking.watch(later(hours=4)) == 1
    assert "wait for a seal" in Notification.objects.filter(recipient=officer).get().body


def test_the_clock_does_all_of_it() -> None:
    names = {entry["task"] for entry in CELERY_BEAT_SCHEDULE.values()}
    for task in ("seal_chains", "check_record", "watch_record", "mail_seals"):
        assert f"marketplace.activity.tasks.{task}" in names
    record("calls.edited", RegionFactory(), chain=CALL)
    assert tasks.seal_chains()
    assert tasks.check_record() == 0
    assert tasks.watch_record() == 0
    assert tasks.mail_seals() == 0


# --- At the desk ----------------------------------------------------------------------


def test_the_desk_says_it_on_its_first_page(officer: User) -> None:
    build()
    break_it()
    checking.run_check()
    client = sign_in(Client(), officer)
    for address in ("/admin/", reverse("desk:record")):
        text = client.get(address).content.decode()
        assert "broken at record 3" in text
        assert 'role="alert"' in text


def test_the_desk_says_when_all_is_well(officer: User) -> None:
    build()
    checking.run_check()
    client = sign_in(Client(), officer)
    assert "The record was whole on" in client.get(reverse("desk:record")).content.decode()
    assert "needs a look" not in client.get("/admin/").content.decode()


def test_the_desk_says_that_nothing_checks(officer: User) -> None:
    build()
    RecordCheck.objects.create(started_at=later(days=-5), ended_at=later(days=-5))
    client = sign_in(Client(), officer)
    assert "The record has not been checked since" in client.get("/admin/").content.decode()


# --- Addresses that keep the seals -------------------------------------------------------


def add(client: Client, officer: User, email: str) -> Any:
    region = officer.region_roles.get().region_id
    return client.post(reverse("desk:record"), {"region": region, "email": email})


def link(kind: str) -> str:
    words = mail.outbox[-1].body.split()
    [found] = {word for word in words if f"/record/{kind}/" in word}
    return "/record/" + found.split("/record/")[1]


@pytest.fixture
def added(officer: User, django_capture_on_commit_callbacks: Any) -> SealAddress:
    with django_capture_on_commit_callbacks(execute=True):
        assert add(sign_in(Client(), officer), officer, "Auditor@Example.org").status_code == 302
    return SealAddress.objects.get()


def mailed(django_capture_on_commit_callbacks: Any, **how: Any) -> list[str]:
    before = len(mail.outbox)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.mail_seals()
    return [each.to[0] for each in mail.outbox[before:]]


def test_an_address_is_asked_and_gets_nothing_until_it_says_yes(
    added: SealAddress, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    build()
    assert mail.outbox[-1].to == ["auditor@example.org"]
    assert mailed(django_capture_on_commit_callbacks) == []
    address = link("keep")
    assert "Yes, mail the seals" in client.get(address).content.decode()
    assert mailed(django_capture_on_commit_callbacks) == [], "opening says nothing"
    assert "Thank you" in client.post(address).content.decode()
    assert mailed(django_capture_on_commit_callbacks) == ["auditor@example.org"]
    assert mailed(django_capture_on_commit_callbacks) == [], "once a day"


def test_the_mail_is_good_to_check_against(
    added: SealAddress, client: Client, tmp_path: Any, django_capture_on_commit_callbacks: Any
) -> None:
    from tests.activity.proof_world import OTHER, command, forget_copies, rewrite_chain

    build()
    client.post(link("keep"))
    mailed(django_capture_on_commit_callbacks)
    kept = tmp_path / "mail.eml"
    kept.write_text(mail.outbox[-1].body)
    assert command("--against", str(kept))[0] == 0
    rewrite_chain(CALL, 0, upto=5)
    rewrite_chain(OTHER, 0, upto=2)
    intrude(
        "DELETE FROM activity_signedseal WHERE number = 3",
        "DELETE FROM activity_sealedhead WHERE seal = 3",
        "DELETE FROM activity_record WHERE chain_id IN"
        " (SELECT id FROM activity_chain WHERE key LIKE 'region:%')",
        "DELETE FROM activity_chain WHERE key LIKE 'region:%'",
    )
    forget_copies()
    code, said = command("--against", str(kept))
    assert code == 1
    assert "kept seal 3" in said


def test_whoever_gets_them_can_stop_them(
    added: SealAddress, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    build()
    client.post(link("keep"))
    mailed(django_capture_on_commit_callbacks)
    headers = mail.outbox[-1].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = link("stop")
    client.get(address)
    assert SealAddress.objects.exists()
    assert Client(enforce_csrf_checks=True).post(address).status_code == 200
    assert not SealAddress.objects.exists()
    assert client.post(address).status_code == 404
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("kind", ["confirm", "stop"])
@pytest.mark.parametrize("token", ["x", "WzEsICJhIl0:x:y", "\x00"])
def test_a_link_that_was_made_up_does_nothing(client: Client, kind: str, token: str) -> None:
    assert client.post(reverse(f"record:{kind}", args=[token])).status_code == 404


def test_an_address_that_can_not_be_reached_is_left_alone_and_shown(
    added: SealAddress, officer: User, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    build()
    client.post(link("keep"))
    Notification.objects.filter(address=added.email).update(
        mailed_at=None, refused_at=timezone.now(), refusal="550 no such user"
    )
    assert mailed(django_capture_on_commit_callbacks) == []
    text = sign_in(Client(), officer).get(reverse("desk:record")).content.decode()
    assert "Mail can’t arrive: 550 no such user" in text


def test_an_officer_asks_again_after_a_day_only(added: SealAddress, officer: User) -> None:
    client = sign_in(Client(), officer)
    address = reverse("desk:seal_address", args=[added.pk])
    before = Notification.objects.count()
    client.post(address, {"again": "1"})
    assert Notification.objects.count() == before
    SealAddress.objects.update(asked_at=later(hours=-25))
    client.post(address, {"again": "1"})
    assert Notification.objects.count() == before + 1


@pytest.mark.parametrize("email", ["", "x", "a@b", "a@b.example\nBcc: c@d.example", "é" * 300])
def test_what_is_no_address_is_told_at_its_field(officer: User, email: str) -> None:
    reply = add(sign_in(Client(), officer), officer, email)
    assert reply.status_code == 400
    assert not SealAddress.objects.exists()


def test_an_address_is_named_once_and_not_too_many(added: SealAddress, officer: User) -> None:
    client = sign_in(Client(), officer)
    assert add(client, officer, "auditor@EXAMPLE.org").status_code == 400
    for number in range(19):
        assert add(client, officer, f"a{number}@example.org").status_code == 302
    assert add(client, officer, "more@example.org").status_code == 400
    assert SealAddress.objects.count() == 20


def test_another_regions_officer_sees_and_changes_none_of_it(added: SealAddress) -> None:
    other = make_officer(RegionFactory(code="E47000011", slug="other", short_name="OT"))
    client = sign_in(Client(), other)
    assert added.email not in client.get(reverse("desk:record")).content.decode()
    for act in ("remove", "again"):
        reply = client.post(reverse("desk:seal_address", args=[added.pk]), {act: "1"})
        assert reply.status_code == 404
    reply = client.post(reverse("desk:record"), {"region": added.region_id, "email": "x@y.example"})
    assert reply.status_code == 400
    assert SealAddress.objects.count() == 1


def test_only_whoever_runs_the_installation_takes_the_record(officer: User) -> None:
    build()
    address = reverse("desk:take_record")
    assert sign_in(Client(), officer).get(address).status_code == 404
    assert Client().get(address).status_code == 302
    boss = make_officer(officer.region_roles.get().region)
    User.objects.filter(pk=boss.pk).update(is_superuser=True)
    boss.refresh_from_db()
    reply = sign_in(Client(), boss).get(address)
    lines = b"".join(reply.streaming_content).splitlines()
    assert b'"calls.edited"' in b"".join(lines)
    from marketplace.activity.models import Record

    assert Record.objects.filter(verb="desk.record_taken", actor=boss).exists()
