"""Seals: how often, by which key, over what; and the proof of one record in one of them."""

import json
import stat
import threading
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplace.activity import check_record
from marketplace.activity.chain import sha256
from marketplace.activity.models import Chain, Record, Seal, SealedHead, SignedSeal
from marketplace.activity.proof import guards, keys
from marketplace.activity.proof.checking import check
from marketplace.activity.proof.keeping import kept
from marketplace.activity.proof.seals import proof_of, seal_chains, seal_of
from marketplace.activity.services import record
from tests.activity.proof_world import CALL, OTHER, build, command, found, found_alone
from tests.factories import RegionFactory

pytestmark = pytest.mark.django_db


def test_a_seal_follows_from_the_one_before_and_holds_only_what_grew() -> None:
    build()
    first, second, third = SignedSeal.objects.order_by("number")
    assert first.previous == check_record.GENESIS
    assert (second.previous, third.previous) == (first.digest, second.digest)
    assert (first.chains, second.chains, third.chains) == (2, 3, 3)
    grew = SealedHead.objects.values_list("seal", "chain", "start", "length")
    assert sorted(grew) == [
        (1, CALL, 0, 3),
        (1, OTHER, 0, 2),
        (2, CALL, 3, 5),
        (2, "organisation:7", 0, 1),
        (3, CALL, 5, 6),
        (3, OTHER, 2, 3),
    ]


def test_without_news_there_is_one_a_day() -> None:
    build()
    now = timezone.now()
    assert seal_chains(now).number == 3
    tomorrow = (now + timedelta(days=1)).replace(hour=12)
    assert seal_chains(tomorrow).number == 4
    assert seal_chains(tomorrow + timedelta(minutes=10)).number == 4
    assert seal_chains(now - timedelta(days=3)).number == 4, "a clock that goes back seals nothing"
    assert found() == []


def test_days_without_a_seal_show() -> None:
    build()
    seal_chains(timezone.now() + timedelta(days=4))
    assert any("has a seal" in str(each) for each in check().findings)
    code, said = command()
    assert code == 3
    assert "all are whole" not in said


def test_an_installation_without_records_is_sealed_too() -> None:
    seal = seal_chains()
    assert (seal.number, seal.chains) == (1, 0)
    assert check().findings == []


def test_a_clock_that_went_back_is_told_of_and_breaks_nothing() -> None:
    build()
    for now in (timezone.now() + timedelta(hours=20), None):
        record("calls.edited", RegionFactory(), chain=CALL)  # without news the day has its seal
        seal_chains(now)
    assert found() == []
    said = " ".join(str(each) for each in check().findings)
    assert "the clock went back" in said


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_seals() -> None:
    record("calls.edited", RegionFactory(), chain=CALL)
    key = keys.key_in_force()
    assert key
    start, results, failures = threading.Barrier(4), [], []

    def seal() -> None:
        try:
            start.wait()
            results.append(seal_chains().digest)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=seal) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []
    assert len(set(results)) == 1
    assert SignedSeal.objects.count() == 1
    assert found() == []


def test_a_seal_that_was_rolled_back_is_kept_nowhere() -> None:
    build()
    record("calls.edited", RegionFactory(), chain=CALL)
    with transaction.atomic():
        assert seal_chains().number == 4
        transaction.set_rollback(True)
    assert [line["number"] for line in kept()] == [1, 2, 3]
    assert found() == []


def test_a_copy_is_kept_outside_the_database() -> None:
    build()
    assert [line["number"] for line in kept()] == [1, 2, 3]
    with open(settings.RECORD_KEPT_SEALS_FILE, "a") as file:
        file.write('{"number": 4, "half a li')
    assert found() == []


@pytest.mark.parametrize("place", ["", "/proc/nowhere/seals.jsonl"])
def test_no_place_for_copies_stops_no_seal(settings, place: str) -> None:
    settings.RECORD_KEPT_SEALS_FILE = place
    build()
    assert SignedSeal.objects.count() == 3
    settings.RECORD_KEPT_SEALS_FILE = "unused"


def test_sealing_takes_the_same_queries_whatever_there_is() -> None:
    def count() -> int:
        record("calls.edited", RegionFactory(), chain=CALL)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            seal_chains()
        return len(queries)

    seal_chains()
    first = count()
    for number in range(20):
        record("calls.edited", RegionFactory(), chain=f"call:{100 + number}")
    seal_chains()
    assert count() == first


# --- Keys ---------------------------------------------------------------------------


def other_key(folder: Path, name: str = "new.pem") -> Path:
    out = StringIO()
    call_command("record_key", "new", str(folder / name), stdout=out)
    assert "Fingerprint: " in out.getvalue()
    return folder / name


def introduce(place: Path, *more: str) -> str:
    out = StringIO()
    call_command("record_key", "introduce", str(place), *more, stdout=out)
    return out.getvalue()


def test_development_makes_a_key_that_only_its_owner_reads() -> None:
    seal_chains()
    place = Path(settings.RECORD_SIGNING_KEY_FILE)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert "PRIVATE KEY" in place.read_text()


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    place = other_key(tmp_path)
    with pytest.raises(CommandError):
        call_command("record_key", "new", str(place))


def test_without_a_key_nothing_is_sealed(settings) -> None:
    settings.RECORD_SIGNING_KEY_FILE = ""
    with pytest.raises(keys.KeyAway):
        seal_chains()
    assert not SignedSeal.objects.exists()


@pytest.mark.parametrize("text", ["", "nonsense", "-----BEGIN PRIVATE KEY-----\n"])
def test_what_is_no_key_is_said(settings, tmp_path: Path, text: str) -> None:
    settings.RECORD_SIGNING_KEY_FILE = str(tmp_path / "key.pem")
    Path(settings.RECORD_SIGNING_KEY_FILE).write_text(text)
    with pytest.raises(keys.KeyAway, match="can’t be read"):
        seal_chains()


def test_a_new_key_follows_with_the_signature_of_the_old(settings, tmp_path: Path) -> None:
    build()
    old = keys.trusted()
    place = other_key(tmp_path)
    assert "Key 2 signs from now on" in introduce(place)
    with pytest.raises(keys.KeyAway, match="not the one in force"):
        seal_chains()
    settings.RECORD_SIGNING_KEY_FILE = str(place)
    record("calls.edited", RegionFactory(), chain=CALL)
    assert seal_chains().key != SignedSeal.objects.get(number=3).key
    assert found() == found_alone(tmp_path) == []
    # Who knows the old key alone trusts the new one, and the other way round.
    with (tmp_path / "record.jsonl").open() as lines:
        assert check_record.check_lines(lines, sorted(old), [])[1] == []


@pytest.mark.parametrize("because", ["lost", "stolen"])
def test_a_key_that_is_gone_is_followed_without_it(settings, tmp_path: Path, because: str) -> None:
    build()
    old = keys.trusted()
    place = other_key(tmp_path)
    said = introduce(place, "--because", because, "--note", "A laptop was stolen.")
    assert "Nobody signed for it" in said
    settings.RECORD_SIGNING_KEY_FILE = str(place)
    record("calls.edited", RegionFactory(), chain=CALL)
    seal_chains()
    assert found() == found_alone(tmp_path) == []
    with (tmp_path / "record.jsonl").open() as lines:
        findings = check_record.check_lines(lines, sorted(old), [])[1]
    assert [each.where for each in findings if each.kind == check_record.BROKEN] == ["key 2"]


def test_what_a_thief_sealed_does_not_count(settings, tmp_path: Path) -> None:
    """The new key says after which seal the stolen one signs no more."""
    build()
    place = other_key(tmp_path)
    introduce(place, "--because", "stolen", "--after", "2")
    settings.RECORD_SIGNING_KEY_FILE = str(place)
    assert "seal 3: it is not signed by the key that was in force." in found()


def test_a_thief_of_the_database_can_not_follow_a_key(tmp_path: Path) -> None:
    """A key that calls itself the next one, with seals of its own."""
    build()
    forged = Ed25519PrivateKey.generate()
    with pytest.raises(keys.KeyAway):
        keys.introduce(forged, because="rotated", old=forged)
    keys.introduce(forged, because="lost")
    assert found() == [], "a key alone says nothing"
    from marketplace.activity.proof import seals

    record("calls.edited", RegionFactory(), chain=CALL)
    mark = keys.fingerprint(keys.public_of(forged))
    with transaction.atomic():
        seals._seal(forged, mark, timezone.now())
    assert found() == ["key 2: nobody vouches for it, and it signed seals."]


# --- From before ----------------------------------------------------------------------


def plant_unsigned(day: str) -> None:
    heads = {
        key: [length, head]
        for key, length, head in Chain.objects.values_list("key", "length", "head")
    }
    with guards.lifted():
        Seal.objects.create(on=day, heads=heads, digest=sha256(heads))


@pytest.fixture
def old_installation() -> None:
    for step in (1, 2):
        record("calls.edited", RegionFactory(), chain=CALL, step=step)
        plant_unsigned(f"2026-01-0{step}")
    seal_chains()


def test_the_first_signed_seal_covers_what_was_before(old_installation: None, tmp_path) -> None:
    assert SignedSeal.objects.get().previous != check_record.GENESIS
    assert found() == found_alone(tmp_path) == []


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM activity_seal",
        "DELETE FROM activity_seal WHERE \"on\" = '2026-01-01'",
        "UPDATE activity_seal SET \"on\" = '2026-01-05' WHERE \"on\" = '2026-01-01'",
        "UPDATE activity_seal SET heads = '{}' WHERE \"on\" = '2026-01-01'",
        "UPDATE activity_seal SET digest = 'x' WHERE \"on\" = '2026-01-02'",
        "INSERT INTO activity_seal (\"on\", heads, digest) VALUES ('2026-02-01', '{}', 'x')",
    ],
)
def test_old_seals_are_held_by_the_first_signed_one(
    old_installation: None, statement: str, tmp_path: Path
) -> None:
    with guards.lifted(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert found()
    assert sorted(found_alone(tmp_path)) == sorted(found())


# --- Proofs ---------------------------------------------------------------------------


def test_each_record_can_be_proved_in_its_seal() -> None:
    build()
    for row in Record.objects.select_related("chain"):
        proof = json.loads(json.dumps(proof_of(row)))
        assert check_record.check_proof(proof, keys.trusted()) == []
        seal = seal_of(row)
        assert seal is not None
        assert proof["seal"]["digest"] == seal.digest


def test_a_record_that_waits_has_no_proof() -> None:
    build()
    row = record("calls.edited", RegionFactory(), chain=CALL)
    assert seal_of(row) is None
    assert proof_of(row) is None
    seal_chains()
    assert proof_of(row) is not None


def test_a_proof_tells_nothing_of_others() -> None:
    build()
    row = Record.objects.select_related("chain").get(chain__key=CALL, number=4)
    said = json.dumps(proof_of(row))
    others = Record.objects.exclude(pk=row.pk).values_list("digest", flat=True)
    assert not [each for each in [*others, CALL, OTHER, "actor"] if f'"{each}"' in said]


def test_a_proof_in_which_anything_was_changed_does_not_hold() -> None:
    build()
    proof = proof_of(Record.objects.select_related("chain").get(chain__key=CALL, number=4))
    text = json.dumps(proof)
    for old, new in (
        ('"step": 4', '"step": 5'),
        ('"calls.edited"', '"calls.forged"'),
        (proof["record"], "0" * 64),
        (proof["chain"], "0" * 64),
        (proof["seal"]["root"], "0" * 64),
        (proof["seal"]["signature"], "0" * 128),
        (proof["seal"]["previous"], "0" * 64),
        (proof["in_chain"][0][1], "0" * 64),
        (proof["in_seal"][0][1], "0" * 64),
    ):
        assert old in text
        forged = json.loads(text.replace(old, new, 1))
        assert check_record.check_proof(forged, keys.trusted()), old
    assert check_record.check_proof(proof, ["f" * 64])
