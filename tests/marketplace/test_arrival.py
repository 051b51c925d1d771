"""Who pressed in time is in time, however long the queue; and nobody can say so of themselves."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from challenges.calls.models import Stage
from challenges.judging.models import first_arrivals
from challenges.pitches.models import Entry, EntryState, Submission
from marketplace.arrival import LONGEST_WAIT, ArrivalMiddleware, asked_at
from tests.factories import make_call, make_entry, sign_in

NOW = datetime(2026, 6, 1, 11, 0, 10, tzinfo=UTC)
DEADLINE = NOW - timedelta(seconds=10)


def header(at: datetime) -> str:
    return f"t={at.timestamp():.3f}"


def seen_by_a_view(said: str | None) -> datetime:
    """The moment that a request counts as asked for, of which the proxy said so."""
    seen: list[datetime] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(asked_at())
        return HttpResponse()

    request = RequestFactory().get("/", **({} if said is None else {"HTTP_X_REQUEST_START": said}))
    ArrivalMiddleware(view)(request)
    return seen[0]


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        (header(NOW - timedelta(seconds=12)), NOW - timedelta(seconds=12)),
        (header(NOW), NOW),
        (header(NOW - timedelta(hours=2)), NOW - LONGEST_WAIT),
        (header(NOW + timedelta(hours=2)), NOW),
        ("t=99999999999.000", NOW),
        ("t=0.000", NOW - LONGEST_WAIT),
        *(
            (nonsense, NOW)
            for nonsense in (None, "", "t=", "t=-1.000", "t=1e9", "t=nan.000", "1780311610000")
        ),
        ("t=1780311590.000, t=1780311591.000", NOW),
        ("t=999999999999999.000", NOW),
        ("t=١٧٨٠٣١١٥٩٠.000", NOW),
    ],
)
def test_when_a_request_was_asked_for(said: str | None, counts: datetime) -> None:
    with time_machine.travel(NOW, tick=False):
        assert seen_by_a_view(said) == counts
        assert asked_at() == NOW, "it is over with its request"


@pytest.mark.django_db
class TestDeadline:
    """It is ten seconds past it; whoever waited longer than that is in time."""

    def sends(self, waited: float, **more: str) -> tuple[Entry, HttpResponse]:
        call = make_call()
        entry = make_entry(call=call)
        start = DEADLINE - timedelta(days=3)
        Stage.objects.filter(call=call).update(opens_at=start, closes_at=DEADLINE)
        with time_machine.travel(NOW, tick=False):
            client = sign_in(Client(), entry.pitch.organisation.memberships.get().user)
            response = client.post(
                f"/pitches/{entry.pitch.reference}/submit/",
                {"version": entry.version, "declaration": "on"},
                HTTP_X_REQUEST_START=header(NOW - timedelta(seconds=waited)),
                **more,
            )
        return Entry.objects.get(pk=entry.pk), response

    def test_in_time(self) -> None:
        entry, response = self.sends(10.5)
        assert (response.status_code, entry.state) == (302, EntryState.SUBMITTED)
        [submission] = Submission.objects.all()
        assert submission.at == entry.submitted_at == NOW - timedelta(seconds=10.5)
        assert submission.kept_at == NOW
        # A judge who has declared meanwhile has not seen it.
        assert [each.arrived_at for each in first_arrivals(entry.stage_id)] == [NOW]

    @pytest.mark.parametrize("waited", [0, 9.5, 10])
    def test_too_late(self, waited: float) -> None:
        entry, response = self.sends(waited)
        assert (response.status_code, entry.state) == (409, EntryState.DRAFT)
        assert "closed on 1 June 2026" in response.content.decode()

    def test_nobody_says_so_of_themselves(self) -> None:
        entry, response = self.sends(10.5, REMOTE_ADDR="198.51.100.7")
        assert (response.status_code, entry.state) == (409, EntryState.DRAFT)
