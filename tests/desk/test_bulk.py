"""What officers do to many pitches, and what they keep for themselves."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from challenges.judging.models import Decision
from challenges.pitches.models import Entry
from cms.desk.models import BulkMessage, Care, Note, SavedView, Tag
from cms.desk.services import add_note, mentioned_in, tag_pitches
from marketplace.activity.models import Notification, Record
from marketplace.errors import NotAllowed
from tests.desk.helpers import signed_in, url
from tests.factories import (
    RegionFactory,
    UserFactory,
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    sign_in,
    submit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def call():
    return make_call()


@pytest.fixture
def entries(call):
    return [submit(make_entry(call=call)) for _ in range(3)]


@pytest.fixture
def officer(call):
    return make_officer(call.region, name="Olive Officer")


@pytest.fixture
def desk(officer):
    return signed_in(officer)


def do(desk, action, entries, **data):
    data = {"pitch": [str(entry.pk) for entry in entries], "confirm": "1", **data}
    return desk.post(reverse("desk:bulk", args=[action]), data, follow=True)


class TestChoosing:
    def test_it_is_shown_before_it_is_done(self, desk, entries):
        page = do(desk, "tag", entries[:2], confirm="", name="")
        assert page.status_code == 200 or page.status_code == 400
        first = desk.post(reverse("desk:bulk", args=["tag"]), {"pitch": [entries[0].pk]})
        assert "1 pitch chosen" in first.content.decode()
        assert not Tag.objects.exists()

    def test_all_that_match_the_filters(self, desk, call, entries):
        other = submit(make_entry())
        query = f"call={call.pk}"
        do(desk, "tag", [], all="1", query=query, name="Strong")
        tagged = set(Tag.objects.get().pitches.values_list("pk", flat=True))
        assert tagged == {entry.pitch_id for entry in entries} and other.pitch_id not in tagged

    def test_drafts_and_other_regions_are_never_among_them(self, desk, call):
        draft = make_entry(call=call)
        elsewhere = submit(
            make_entry(call=make_call(region=RegionFactory(code="E47000001", slug="gmca")))
        )
        page = do(desk, "tag", [draft, elsewhere], name="Mine").content.decode()
        assert "Tick the pitches first" in page and not Tag.objects.exists()

    @pytest.mark.parametrize("ids", [[], ["x"], ["9" * 30], ["-1"]])
    def test_nonsense_chooses_nothing(self, desk, ids):
        reply = desk.post(reverse("desk:bulk", args=["tag"]), {"pitch": ids, "confirm": "1"})
        assert reply.status_code == 302
        assert desk.post("/admin/desk/pitches/do/steal/", {}).status_code == 404


class TestDoing:
    def test_a_message_fills_in_its_words_and_goes_out_once(self, desk, call, entries):
        data = {"subject": "About {title}", "body": "Dear {organisation}", "token": "abc"}
        page = do(desk, "message", entries, **data).content.decode()
        assert "Written to 3 people." in page
        sent = Notification.objects.filter(subject="About Warm homes")
        assert sent.count() == 3
        assert {f"Dear {e.pitch.organisation.name}" for e in entries} == set(
            sent.values_list("body", flat=True)
        )
        assert "went out already" in do(desk, "message", entries, **data).content.decode()
        assert sent.count() == 3 and BulkMessage.objects.count() == 1
        assert Record.objects.filter(verb="desk.messaged").count() == 3

    def test_tags_come_and_go(self, desk, entries):
        do(desk, "tag", entries, name="  Strong  idea ")
        assert Tag.objects.get().name == "Strong idea"
        do(desk, "tag", entries[:1], name="strong IDEA", remove="on")
        assert Tag.objects.get().pitches.count() == 2
        page = desk.get(f"{url('pitches')}?tag={Tag.objects.get().pk}").content.decode()
        assert entries[1].pitch.reference in page and entries[0].pitch.reference not in page

    def test_an_officer_looks_after_them_and_is_told(self, desk, call, entries):
        other = make_officer(call.region)
        do(desk, "care", entries, officer=other.pk)
        assert Care.objects.filter(officer=other).count() == 3
        assert Notification.objects.filter(address=other.email).count() == 1
        do(desk, "care", entries, officer=UserFactory().pk)
        assert Care.objects.filter(officer=other).count() == 3

    def test_moving_says_what_could_not_be_moved(self, desk, call, entries):
        close_stage(call.first_stage)
        Entry.objects.filter(pk=entries[0].pk).update(state="withdrawn")
        page = do(desk, "move", entries, outcome="not-awarded", reason="Off the point.")
        text = page.content.decode()
        assert "2 marked" in text and "1 are not waiting for a decision" in text
        assert Decision.objects.count() == 2

    def test_json_has_every_column(self, desk, entries):
        rows = json.loads(desk.get(reverse("desk:export", args=["json"])).content)
        assert len(rows) == 3 and rows[0]["State"] == "Submitted"


class TestNotes:
    def test_a_mentioned_officer_is_told(self, desk, call, officer, entries):
        priya = make_officer(call.region, name="Priya Second", email="p.second@example.org")
        make_officer(RegionFactory(code="E47000001", slug="gmca"), name="Priya Elsewhere")
        path = reverse("desk:note_on_pitch", args=[entries[0].pk])
        desk.post(path, {"text": "Ask @priya about the price."})
        note = Note.objects.get()
        assert list(note.mentions.all()) == [priya]
        assert Notification.objects.get(address=priya.email).body == note.text
        assert "Ask @priya" in desk.get(url("pitch", entries[0].pk)).content.decode()
        assert mentioned_in("@p.second and @nobody", call.region_id) == [priya]

    @pytest.mark.parametrize(
        "said",
        [
            *("@Siân’s idea", "@SIA\u0302N's", "@sian, please"),
            *("@siân.o’neill-lee", "@Sian.ONeill\u2011Lee."),
        ],
    )
    def test_a_name_is_read_as_people_write_it(self, call, said):
        sian = make_officer(call.region, name="Siân O’Neill-Lee", email="s.o@example.org")
        make_officer(call.region, name="Si Other", email="other@example.org")
        assert mentioned_in(said, call.region_id) == [sian]

    def test_one_on_a_call(self, desk, call):
        desk.post(reverse("desk:note_on_call", args=[call.pk]), {"text": "Check the budget."})
        assert "Check the budget." in desk.get(url("call", call.pk)).content.decode()

    def test_nobody_else_ever_reads_one(self, client, call, officer, entries):
        secret = "Secret remark of officers"
        entry = entries[0]
        add_note(call=call, pitch=entry.pitch, text=secret, actor=officer)
        tag_pitches(entries=[entry], name="Secret tag", actor=officer)
        judge = make_judge(call.first_stage)
        review = assign(judge, entry)
        close_stage(call.first_stage)
        team = entry.pitch.organisation.memberships.get().user
        pages = [
            f"/pitches/{entry.pitch.reference}/",
            f"/pitches/{entry.pitch.reference}/copy.txt",
            f"/judging/reviews/{review.pk}/",
            f"/judging/panels/{judge.pk}/",
            "/dashboard/",
            "/notifications/",
            "/search/?q=secret",
            "/projects/projects.csv",
        ]
        for person in (team, judge.user, None):
            client.logout()
            if person:
                sign_in(client, person)
            for page in pages:
                text = client.get(page).content.decode()
                assert secret not in text and "Secret tag" not in text, (person, page)

    def test_officers_elsewhere_find_nothing(self, call, entries, officer):
        elsewhere = signed_in(make_officer(RegionFactory(code="E47000001", slug="gmca")))
        tag_pitches(entries=entries, name="T", actor=officer)
        for name, pk in (
            ("note_on_pitch", entries[0].pk),
            ("note_on_call", call.pk),
            ("pitch_history", entries[0].pk),
            ("call_history", call.pk),
            ("change_tag", Tag.objects.get().pk),
        ):
            assert elsewhere.get(url(name, pk)).status_code == 404
        with pytest.raises(NotAllowed):
            add_note(call=call, text="x", actor=UserFactory())


class TestNames:
    """A name is as long as its column, whatever road it comes by, or is refused in words."""

    LONGEST = {"tag_pitch": 40, "change_tag": 40, "save_view": 60}

    @pytest.mark.parametrize("more", [0, 1])
    @pytest.mark.parametrize("road", LONGEST)
    def test_one_that_is_too_long_is_refused_and_none_is_cut(self, desk, entries, road, more):
        Tag.objects.create(region=entries[0].stage.call.region, name="Old")
        where = {
            "tag_pitch": url("tag_pitch", entries[0].pk),
            "change_tag": url("change_tag", Tag.objects.get().pk),
            "save_view": reverse("desk:save_view"),
        }
        name = "x" * (self.LONGEST[road] + more)
        page = desk.post(where[road], {"name": f" {name} "}, follow=True).content.decode()
        names = {*Tag.objects.values_list("name", flat=True)}
        names |= {*SavedView.objects.values_list("name", flat=True)}
        assert names - {"Old"} == ({name} if not more else set())
        assert (f"{self.LONGEST[road]} characters" in page) is bool(more)


class TestViews:
    def test_own_and_shared(self, desk, call):
        desk.post(reverse("desk:save_view"), {"name": "Mine", "query": "state=submitted"})
        desk.post(reverse("desk:save_view"), {"name": "Ours", "query": "q=x", "shared": "1"})
        other = signed_in(make_officer(call.region)).get(url("pitches")).content.decode()
        assert "Ours (shared)" in other and "Mine" not in other
        desk.post(reverse("desk:save_view"), {"name": "mine", "query": "state=withdrawn"})
        assert SavedView.objects.get(name="mine").query == "state=withdrawn"
        assert SavedView.objects.count() == 2

    def test_only_its_owner_forgets_one(self, desk, call):
        desk.post(reverse("desk:save_view"), {"name": "Ours", "query": "q=x", "shared": "1"})
        view = SavedView.objects.get()
        other = signed_in(make_officer(call.region))
        other.post(reverse("desk:save_view"), {"remove": view.pk})
        assert SavedView.objects.exists()
        desk.post(reverse("desk:save_view"), {"remove": view.pk})
        assert not SavedView.objects.exists()


class TestTags:
    def test_renaming_into_another_merges(self, desk, entries, officer):
        tag_pitches(entries=entries[:1], name="Good", actor=officer)
        tag_pitches(entries=entries[1:], name="Strong", actor=officer)
        good = Tag.objects.get(name="Good")
        desk.post(url("change_tag", good.pk), {"name": "STRONG"})
        assert Tag.objects.get().pitches.count() == 3
        assert "Strong" in desk.get(reverse("desk:tags")).content.decode()
        desk.post(url("change_tag", Tag.objects.get().pk), {"remove": "1"})
        assert not Tag.objects.exists()


class TestHistory:
    def test_all_of_it_with_its_digests(self, desk, call, entries):
        page = desk.get(url("call_history", call.pk)).content.decode()
        assert "is whole" in page and "submitted a pitch" in page
        found = json.loads(desk.get(url("call_history", call.pk) + "?format=json").content)
        records = found["records"]
        assert [r["previous"] for r in records[1:]] == [r["digest"] for r in records[:-1]]

    def test_of_one_pitch_and_one_kind(self, desk, entries):
        path = url("pitch_history", entries[0].pk)
        assert desk.get(path).status_code == 200
        page = desk.get(f"{path}?kind=pitches.submitted").content.decode()
        assert page.count("<li><time>") == 1

    def test_a_broken_chain_is_said(self, desk, call, entries):
        from django.db.models import QuerySet

        from marketplace.activity.proof import guards

        first = Record.objects.filter(chain__key=call.chain).order_by("number").first()
        with guards.lifted():
            QuerySet(Record).filter(pk=first.pk).update(verb="calls.edited")
        assert "is broken at number" in desk.get(url("call_history", call.pk)).content.decode()


def test_the_desk_is_for_officers():
    for path in ("desk:tags", "desk:pitches"):
        assert Client().get(reverse(path)).status_code == 302
        assert signed_in(UserFactory()).get(reverse(path)).status_code in (302, 404)
