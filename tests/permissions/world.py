"""A region with something of every kind in it that others must not read or move."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.db.models import Model
from django.utils import timezone
from wagtail.admin.models import EditingSession
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Page

from challenges.calls.models import Call, CallState, Stage
from challenges.judging.models import Assignment, PanelMember
from challenges.judging.services import declare_interests
from cms.models import (
    CaseStudyIndexPage,
    CaseStudyPage,
    ChallengeIndexPage,
    ChallengePage,
    HomePage,
    Shelf,
    StandardPage,
)
from cms.services import create_page
from marketplace.accounts.models import Role, User
from marketplace.accounts.services import grant_role
from marketplace.regions.models import Region
from search.models import SynonymGroup
from startups.models import Organisation
from tests.factories import (
    AwardFactory,
    RegionFactory,
    UserFactory,
    assign,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    make_site_person,
    submit,
)
from tests.judging.conftest import World, build_world, scores_for, write_review
from tests.permissions.addresses import Values
from tests.pitches.samples import PDF

PANEL_SECRETS = {
    "a judge's name": "Zq-judge-name",
    "a comment for the panel": "Zq-panel-comment",
    "a comment for the applicant": "Zq-score-comment",
    "an interest": "Zq-interest",
}
PAGE_SECRETS = {
    "the title of a page that waits for approval": "Zq-unapproved-title",
    "words of a draft of a public page": "Zq-draft-words",
    "a draft of a case study": "Zq-draft-study",
    "a picture": "Zq-picture",
    "a document": "Zq-document",
    "a new title of a public case study": "Zq-new-title",
}
SITE_SECRETS = {"a draft of a page of the whole site": "Zq-site-draft"}


@dataclass
class Pages:
    """What stands in Wagtail of the region, and of the whole site."""

    waiting: Page
    public: Page
    study: Page
    told: Page
    site: Page
    image: Any
    document: Any

    @property
    def of_region(self) -> list[Page]:
        return [self.waiting, self.public, self.study]


def panel_at_work() -> World:
    """With a word of each kind that outsiders must not read."""
    world = build_world(blind=True)
    User.objects.filter(pk=world.judge.user_id).update(name=PANEL_SECRETS["a judge's name"])
    PanelMember.objects.filter(pk=world.judge.pk).update(name=PANEL_SECRETS["a judge's name"])
    world.judge.refresh_from_db()
    write_review(
        Assignment.objects.get(pk=world.assignment.pk),
        comment=PANEL_SECRETS["a comment for the panel"],
        scores=scores_for(world.stage, 4, PANEL_SECRETS["a comment for the applicant"]),
    )
    declare_interests(
        member=world.judge,
        conflicts={world.entries[1].pk: PANEL_SECRETS["an interest"]},
        actor=User.objects.get(pk=world.judge.user_id),
    )
    assign(make_judge(world.stage), world.entry)
    return world


def make_pages(region: Region, officer: User) -> Pages:
    words = list(PAGE_SECRETS.values())
    index = ChallengeIndexPage.objects.get()
    draft = make_call(region=region, state=CallState.DRAFT, owner=officer, title=words[0])
    waiting = create_page(call=draft, actor=officer)
    # It has been approved and is public; its editor has written something that is not.
    shown = make_call(region=region, title="How might we be seen?", owner=officer)
    public = index.add_child(
        instance=ChallengePage(title=shown.title, slug="seen", call=shown, owner=officer)
    )
    public.save_revision(user=officer).publish()
    public = ChallengePage.objects.get(pk=public.pk)
    public.body = [("heading", words[1])]
    public.save_revision(user=officer)
    study = CaseStudyIndexPage.objects.get().add_child(
        instance=CaseStudyPage(
            title=words[2],
            slug="study",
            award=AwardFactory(call=shown),
            summary="What was done.",
            live=False,
            owner=officer,
        )
    )
    study.save_revision(user=officer)
    told = CaseStudyIndexPage.objects.get().add_child(
        instance=CaseStudyPage(
            title="What came of it",
            slug="told",
            award=AwardFactory(call=make_call(region=region)),
            summary="It was done.",
            owner=officer,
        )
    )
    told.save_revision(user=officer).publish()
    told = CaseStudyPage.objects.get(pk=told.pk)
    told.title = words[5]
    told.save_revision(user=officer)
    site = HomePage.objects.get().add_child(
        instance=StandardPage(
            title=SITE_SECRETS["a draft of a page of the whole site"], slug="site", live=False
        )
    )
    site.save_revision()
    shelf = Shelf.objects.get(region=region).collection
    image = get_image_model().objects.create(
        title=words[3],
        file=ImageFile(get_test_image_file().file, name="zq.png"),
        collection=shelf,
        uploaded_by_user=officer,
    )
    document = get_document_model().objects.create(
        title=words[4],
        file=ContentFile(PDF, name="zq.pdf"),
        collection=shelf,
        uploaded_by_user=officer,
    )
    Redirect.objects.create(old_path="/zq", redirect_page=index)
    SynonymGroup.objects.create(phrases=["bus", "coach"])
    return Pages(waiting, public, study, told, site, image, document)


def people(world: World) -> dict[str, User | None]:
    """Who walks; the second judge has a part in the panel, but not in what others wrote."""
    region = world.call.region
    elsewhere = RegionFactory(code="E47000009", slug="elsewhere", short_name="EW", name="Elsewhere")
    other_call = make_call(region=elsewhere)
    # What its own officer reads there is nothing of this region's.
    Stage.objects.filter(call=other_call).update(first_read_at=timezone.now())
    second = world.stage.panel.members.exclude(pk=world.judge.pk).get()
    applicant_elsewhere = submit(make_entry(call=other_call)).pitch.organisation
    return {
        "a visitor": None,
        "somebody new": UserFactory(),
        "the applicant": world.applicant,
        "another applicant": User.objects.get(
            memberships__organisation=world.entries[1].pitch.organisation
        ),
        "an applicant elsewhere": User.objects.get(memberships__organisation=applicant_elsewhere),
        "a judge of the panel": second.user,
        "a judge of another panel": make_judge(other_call.first_stage).user,
        "a board member": _with(Role.BOARD, region),
        "a board member of another region": _with(Role.BOARD, elsewhere),
        "finance": _with(Role.FINANCE, region),
        "finance of another region": _with(Role.FINANCE, elsewhere),
        "an officer": make_officer(region),
        "an officer of another region": make_officer(elsewhere),
        "a site editor": make_site_person(Role.SITE_EDITOR),
        "a platform administrator": make_site_person(Role.PLATFORM),
        "a superuser": UserFactory(is_superuser=True),
    }


def _with(role: Role, region: Region) -> User:
    person = UserFactory()
    grant_role(user=person, region=region, role=role)
    return person


ANY = ("calls", "stages", "pitches", "panels", "reviews")

MODELS = {
    "calls": ("calls.Call", "region"),
    "stages": ("calls.Stage", "call__region"),
    "pitches": ("pitches.Entry", "stage__call__region"),
    "entries": ("pitches.Entry", "stage__call__region"),
    "panels": ("judging.PanelMember", "panel__stage__call__region"),
    "judges": ("judging.PanelMember", "panel__stage__call__region"),
    "reviews": ("judging.Assignment", "entry__stage__call__region"),
    "conflicts": ("judging.Conflict", "member__panel__stage__call__region"),
    "enquiries": ("calls.Enquiry", "region"),
    "projects": ("awards.Award", "call__region"),
}
"""What stands before a number in an address of ours → whose number it is, of which region."""

MOST = 2
"""Things of one kind that are tried."""


def values(world: World, pages: Pages) -> Values:
    """What to fill addresses with: of the region whose officer `world.officer` is."""
    region = world.call.region_id
    ids = {place: _ids(label, **{path: region}) for place, (label, path) in MODELS.items()}
    anything = sorted({pk for place in ANY for pk in ids[place]})
    organisation = Organisation.objects.get(pk=world.entry.pitch.organisation_id)
    call = Call.objects.get(pk=pages.public.call_id)
    in_wagtail = {
        "page_id": [page.pk for page in (*pages.of_region, pages.told, pages.site)],
        "parent_page_id": [pages.waiting.pk, ChallengeIndexPage.objects.get().pk],
        "page_to_move_id": [page.pk for page in pages.of_region],
        "destination_id": [pages.public.get_parent().pk],
        "page_pk": [pages.waiting.pk],
        "revisions/revision_id": [_latest(pages.waiting), _latest(pages.public)],
        "revision_id_a": ["earliest"],
        "revision_id_b": ["latest"],
        "pages/pk": [page.pk for page in (*pages.of_region, pages.site)],
        "bulk/page": [page.pk for page in pages.of_region],
        "bulk/image": [pages.image.pk],
        "bulk/document": [pages.document.pk],
        "bulk/user": [world.officer.pk],
        "image_id": [pages.image.pk],
        "images/pk": [pages.image.pk],
        "document_id": [pages.document.pk],
        "doc_id": [pages.document.pk],
        "documents/pk": [pages.document.pk],
        "documents/group_0": [pages.document.pk],
        "group_1": [pages.document.filename],
        "collections/pk": [pages.image.collection_id],
        "collection_id": [pages.image.collection_id],
        "redirect_id": _ids("wagtailredirects.Redirect"),
        "sites/pk": _ids("wagtailcore.Site"),
        "users/pk": [world.officer.pk],
        "groups/pk": _ids("auth.Group"),
        "filter_spec": ["width-100"],
        "content_type_app_name": ["cms"],
        "content_type_model_name": ["challengepage", "casestudypage"],
        "pages/app_label": ["cms"],
        "pages/model_name": ["challengepage"],
        "ping/app_label": ["cms"],
        "ping/model_name": ["challengepage"],
        "object_id": [pages.waiting.pk],
        "session_id": [
            EditingSession.objects.create(
                user=world.officer, content_object=pages.waiting, last_seen_at=world.call.created_at
            ).pk
        ],
        "settings/app_name": ["cms"],
        "action_name": ["approve"],
        "tag-autocomplete/app_name": ["taggit"],
        "tag-autocomplete/model_name": ["tag"],
    }
    ours = {f"{place}/pk": found or [1] for place, found in ids.items()}
    return {
        **ours,
        **in_wagtail,
        "words/pk": _ids("search.SynonymGroup"),
        "pk": anything[:1],
        "slug": [organisation.slug],
        "reference": [world.entry.pitch.reference],
        "calls/reference": [world.call.reference, call.reference],
        "kind": ["csv"],
        "follow/kind": ["call"],
        "assignment": [world.assignment.pk],
        "uidb36": ["1"],
        "group_0": ["challenges/seen/"],
        **{name: [1] for name in NUMBERS},
    }


NUMBERS = [
    *("order", "number", "page_view_restriction_id", "restriction_id", "workflow_pk"),
    *("task_id", "task_state_id", "workflow_state_id", "uploaded_file_id"),
    *("workflows/pk", "edit/pk", "disable/pk", "enable/pk", "usage/pk"),
]
"""Parameters of what there is none of: one is tried."""


def _latest(page: Page) -> int:
    return Page.objects.values_list("latest_revision", flat=True).get(pk=page.pk)


def _ids(label: str, **of: Any) -> list[int]:
    model: type[Model] = apps.get_model(label)
    rows = model._default_manager.filter(**of).order_by("pk")
    return list(rows.values_list("pk", flat=True))[:MOST]
