"""What the public sees of the record: seals and keys, and nothing of what was done."""

import json
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from challenges.pitches.receipts import record_of
from marketplace.activity import check_record
from marketplace.activity.models import Chain, Record, SignedSeal
from marketplace.activity.proof import keys
from marketplace.activity.proof.seals import seal_chains
from tests.activity.proof_world import build
from tests.factories import make_entry, submit

pytestmark = pytest.mark.django_db


def public_addresses() -> list[str]:
    numbers = SignedSeal.objects.values_list("number", flat=True)
    return [
        *(reverse(f"record:{name}") for name in ("record", "feed", "seals", "checker")),
        *(reverse("record:seal", args=[number]) for number in numbers),
    ]


def body(client: Client, address: str) -> str:
    reply = client.get(address)
    assert reply.status_code == 200, address
    content = b"".join(reply.streaming_content) if reply.streaming else reply.content
    return content.decode()


def test_everybody_sees_seals_and_keys(client: Client) -> None:
    build()
    page = body(client, reverse("record:record"))
    seal = SignedSeal.objects.first()
    assert seal is not None
    for part in (seal.digest, *keys.trusted(), "check_record.py", "What this can’t show"):
        assert part in page
    assert seal.signature in body(client, reverse("record:feed"))
    assert json.loads(body(client, reverse("record:seal", args=[3])))["root"] == seal.root
    assert "/record/" in body(client, "/")


def test_an_empty_record_has_a_page(client: Client) -> None:
    assert "Nothing has been sealed yet" in body(client, reverse("record:record"))
    for address in public_addresses():
        body(client, address)


def test_nothing_public_names_a_chain_or_tells_what_was_done(client: Client) -> None:
    entry = submit(make_entry())
    build()
    secrets = {
        *Chain.objects.values_list("key", flat=True),
        *Record.objects.values_list("digest", flat=True),
        *Chain.objects.values_list("head", flat=True),
        *Record.objects.values_list("verb", flat=True),
        entry.pitch.title,
        entry.stage.call.title,
    }
    source = Path(check_record.__file__).read_text()
    for address in public_addresses():
        text = body(client, address).replace(source, "")
        assert [secret for secret in secrets if secret in text] == [], address


def test_the_public_list_can_be_checked(client: Client, tmp_path: Path) -> None:
    build()
    place = tmp_path / "seals.jsonl"
    place.write_text(body(client, reverse("record:seals")))
    trust = [f"--trust={mark}" for mark in keys.trusted()]
    assert check_record.main([str(place), *trust]) == 0
    feed = tmp_path / "feed.xml"
    feed.write_text(body(client, reverse("record:feed")))
    assert check_record.main([str(place), *trust, "--against", str(feed)]) == 0
    lines = place.read_text().splitlines(keepends=True)
    for at in range(1, len(lines)):
        place.write_text("".join(lines[:at] + lines[at + 1 :]))
        assert check_record.main([str(place), *trust]) == 1, lines[at]


def test_the_file_that_checks_is_the_one_that_the_service_uses(client: Client) -> None:
    assert body(client, reverse("record:checker")) == Path(check_record.__file__).read_text()


@pytest.mark.parametrize("number", ["0", "99", "9" * 40])
def test_a_seal_that_is_not_there(client: Client, number: str) -> None:
    assert client.get(f"/record/seals/{number}.json").status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 40, ""])
def test_any_page_of_seals_answers(client: Client, page: str) -> None:
    build()
    assert client.get(reverse("record:record"), {"page": page}).status_code == 200


def ask(client: Client, submission, **more: str):
    marks = {"reference": submission.entry.pitch.reference, "digest": submission.digest}
    return client.get(reverse("pitches:receipt"), {**marks, **more})


def test_a_receipt_says_which_seal_covers_it(client: Client) -> None:
    submission = submit(make_entry()).submissions.get()
    assert "waits for the next seal" in ask(client, submission).content.decode()
    assert "seal" not in ask(client, submission, format="json").json()
    assert "text/html" in ask(client, submission, format="proof")["Content-Type"]
    number = seal_chains().number
    assert f"seal {number}" in ask(client, submission).content.decode()
    assert ask(client, submission, format="json").json()["seal"] == number


def test_a_receipts_proof_holds_without_the_service(client: Client, tmp_path: Path) -> None:
    submission = submit(make_entry()).submissions.get()
    seal_chains()
    reply = ask(client, submission, format="proof")
    assert "attachment" in reply["Content-Disposition"]
    place = tmp_path / "proof.json"
    place.write_bytes(reply.content)
    trust = [f"--trust={mark}" for mark in keys.trusted()]
    assert check_record.main([str(place), *trust]) == 0
    assert json.loads(reply.content)["what"]["detail"]["digest"] == submission.digest
    assert check_record.main([str(place), "--trust", "f" * 64]) == 1
    written = record_of(submission)
    assert written is not None
    place.write_text(reply.content.decode().replace(submission.digest, "0" * 64))
    assert check_record.main([str(place), *trust]) == 1


def test_a_wrong_digest_gets_no_proof(client: Client) -> None:
    submission = submit(make_entry()).submissions.get()
    seal_chains()
    reply = ask(client, submission, format="proof", digest="0" * 64)
    assert "We hold no submission" in reply.content.decode()
