"""Every address of the site, as everybody: nothing of others shows, and nothing of theirs moves.

Addresses come from the URL configuration itself, Wagtail's included, each with the ids and the
names that are in the database. The table says who may see and move what.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar
from unittest.mock import patch

from django.test import TestCase

from cms import rights, shelves
from marketplace.accounts.models import User
from marketplace.regions.models import Region
from startups.models import Organisation
from tests.judging.conftest import World
from tests.permissions.addresses import Values, addresses, unreached
from tests.permissions.walking import Walker, body, form_of
from tests.permissions.world import (
    PAGE_SECRETS,
    PANEL_SECRETS,
    SITE_SECRETS,
    Pages,
    make_pages,
    panel_at_work,
    people,
    values,
)

SECRETS = PANEL_SECRETS | PAGE_SECRETS | SITE_SECRETS
IN_WAGTAIL = ("wagtail", "cms_", "auth_", "accounts_", "taggit_", "search_", "regions_")
"""Beginnings of the names of tables that nobody without business in the admin moves."""
OF_A_PANEL = ("judging_", "calls_call", "calls_stage", "calls_signoff", "awards_award", "desk_")
THEIR_OWN_ACCOUNT = ("/accounts/", "/admin/account/")


@dataclass(frozen=True)
class May:
    """What of this region's somebody may be shown, and whether they work in it.

    Attributes:
        move: beginnings of addresses at which they may move what all regions share.
    """

    see: frozenset[str] = field(default_factory=frozenset)
    works_here: bool = False
    move: frozenset[str] = field(default_factory=frozenset)


OF_THE_SITE = frozenset(
    {
        "/admin/redirects/",
        "/admin/collections/add/",
        # The shelf that all regions share is theirs to fill.
        "/admin/documents/add/",
        "/admin/images/add/",
        "/admin/pages/{site}/",
        "/admin/api/main/pages/{site}/",
        # All that they find: pages of the whole site. A page for no call is nobody's.
        "/admin/bulk/wagtailcore/page/publish/?id=all",
        "/admin/bulk/wagtailcore/page/delete/?id=all",
        "/admin/pages/add/cms/challengepage/",
    }
)
OF_AN_OFFICER = frozenset({"/admin/desk/calls/new/"})
"""A call of their own region: `tests/desk/test_forms.py` tries that they can name no other."""
OF_A_READER = frozenset({"/judging/reviews/", "/judging/panels/"})
OF_THE_PLATFORM = frozenset({"/admin/sites/", "/admin/desk/search/"})
NOTHING = May()
PANEL, PAGES, SITE = (frozenset(each) for each in (PANEL_SECRETS, PAGE_SECRETS, SITE_SECRETS))
WHO: dict[str, May] = {
    "a visitor": NOTHING,
    "somebody new": NOTHING,
    "the applicant": NOTHING,
    "another applicant": NOTHING,
    "an applicant elsewhere": NOTHING,
    "a judge of the panel": May(move=OF_A_READER),
    "a judge of another panel": NOTHING,
    "a board member": NOTHING,
    "a board member of another region": NOTHING,
    "finance": NOTHING,
    "finance of another region": NOTHING,
    "an officer": May(see=PANEL | PAGES, works_here=True),
    "an officer of another region": May(move=OF_AN_OFFICER),
    "a site editor": May(see=SITE, move=OF_THE_SITE),
    "a platform administrator": May(move=OF_THE_PLATFORM),
    # People have names, and a superuser keeps their accounts.
    "a superuser": May(see=PAGES | SITE | {"a judge's name"}, works_here=True),
}


class TestEveryAddress(TestCase):
    world: ClassVar[World]
    pages: ClassVar[Pages]
    people: ClassVar[dict[str, User | None]]
    values: ClassVar[Values]
    addresses: ClassVar[dict[str, str]]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = panel_at_work()
        region = Region.objects.get(pk=cls.world.call.region_id)
        cls.pages = make_pages(region, cls.world.officer)
        cls.people = people(cls.world)
        cls.values = values(cls.world, cls.pages)
        cls.addresses = addresses(cls.values)

    # --- That the walk proves something ------------------------------------------------

    def test_no_route_is_left_out(self) -> None:
        assert unreached(self.values) == []
        assert len(self.addresses) > 500
        stage, review = self.world.stage.pk, self.world.assignment.pk
        for part in (
            f"/judging/reviews/{review}/",
            f"/admin/desk/stages/{stage}/ranking/",
            f"/admin/pages/{self.pages.waiting.pk}/edit/",
            f"/admin/images/{self.pages.image.pk}/",
        ):
            assert part in self.addresses

    def test_who_walks_is_in_the_table(self) -> None:
        assert set(WHO) == set(self.people)

    def test_the_secrets_are_where_they_belong(self) -> None:
        """Else the walk would prove nothing: who works there reads them all."""
        for who in ("an officer", "a superuser", "a site editor"):
            seen: set[str] = set()
            walker = Walker(self.people[who])
            for address in self.addresses:
                if address.startswith(("/admin/", "/judging/")) and not seen >= WHO[who].see:
                    walker.get(address, lambda reply, seen=seen: seen.update(_shown(reply)))
            assert seen >= WHO[who].see, who

    def test_what_is_sent_would_be_done(self) -> None:
        """As a superuser: else that nothing moves would prove nothing of the others."""
        walker = Walker(self.people["a superuser"])
        waiting, index = self.pages.waiting.pk, self.pages.waiting.get_parent().pk
        public = self.pages.public.pk
        image, document = self.pages.image.pk, self.pages.document.pk
        idle = [
            address
            for address in (
                f"/admin/pages/{waiting}/edit/",
                f"/admin/pages/{public}/edit/",
                f"/admin/pages/{waiting}/delete/",
                f"/admin/pages/{self.pages.site.pk}/privacy/",
                f"/admin/bulk/wagtailcore/page/delete/?id={waiting}&next=/admin/",
                f"/admin/bulk/wagtailimages/image/delete/?id={image}&next=/admin/",
                f"/admin/api/main/pages/{waiting}/action/delete/",
                f"/admin/pages/{waiting}/lock/",
                f"/admin/images/{image}/",
                f"/admin/images/{image}/delete/",
                f"/admin/documents/edit/{document}/",
                f"/admin/documents/delete/{document}/",
                f"/admin/pages/add/cms/challengepage/{index}/",
            )
            if not walker.post(address, self.form(address), lambda reply: None)
        ]
        assert idle == []

    def test_a_hole_would_be_found(self) -> None:
        """With every region taken for one's own, the walk says so, of each kind of thing."""
        everywhere = set(Region.objects.values_list("pk", flat=True))
        with (
            patch.object(rights, "regions_where", lambda person, role: everywhere),
            patch.object(shelves, "regions_where", lambda person, role: everywhere),
        ):
            found = self.sends("an officer of another region", only="/admin/pages/")
            found += self.sends("an officer of another region", only="/admin/images/")
        for part in (
            f"/admin/pages/{self.pages.waiting.pk}/edit/: moved",
            f"/admin/pages/{self.pages.waiting.pk}/delete/: moved",
            f"/admin/images/{self.pages.image.pk}/delete/: moved",
        ):
            assert any(line.startswith(part) for line in found), part

    # --- The walks -----------------------------------------------------------------------

    def looks(self, who: str) -> list[str]:
        """What is wrong with what somebody is shown."""
        wrong: list[str] = []
        walker = Walker(self.people[who])
        for address in self.addresses:
            seen: list[str] = []
            moved = walker.get(address, lambda reply, seen=seen: seen.extend(_wrong(reply, who)))
            wrong += [f"{address}: {what}" for what in seen]
            if bad := self._not_theirs(moved, address, WHO[who]):
                wrong.append(f"{address}: a look moved {bad}")
        return wrong

    def sends(self, who: str, only: str = "/") -> list[str]:
        """What is wrong with what somebody moves by sending what a form asks for."""
        wrong: list[str] = []
        walker = Walker(self.people[who])
        for address in self.addresses:
            if not address.startswith(only):
                continue
            seen: list[str] = []
            sent = self.form(address)
            moved = walker.post(
                address, sent, lambda reply, seen=seen: seen.extend(_wrong(reply, who))
            )
            # What somebody sent is given back to them, where a form is not taken.
            own = _secrets_in(repr(sent))
            wrong += [f"{address}: {what}" for what in seen if what not in own]
            if bad := self._not_theirs(moved, address, WHO[who]):
                wrong.append(f"{address}: moved {bad}")
        return wrong

    def _not_theirs(self, moved: set[str], address: str, may: May) -> list[str]:
        """Tables that somebody moved who has no business with them."""
        places = tuple(each.format(site=self.pages.site.pk) for each in may.move)
        if may.works_here or (places and address.startswith(places)):
            return []
        bad = {table for table in moved if table.startswith((*IN_WAGTAIL, *OF_A_PANEL))}
        if address.startswith(THEIR_OWN_ACCOUNT):
            bad -= {table for table in bad if table.startswith(("accounts_", "auth_"))}
        return sorted(bad)

    def test_a_blind_judge_reads_no_name_where_the_pitch_is(self) -> None:
        """The list to declare about names all applicants, and says not which pitch is whose."""
        firm = self.world.entry.pitch.organisation
        Organisation.objects.filter(pk=firm.pk).update(name="Zq-firm")
        walker = Walker(self.people["a judge of the panel"])
        named: list[str] = []
        for address in self.addresses:
            elsewhere = address.startswith(("/organisations/", "/search/", "/sitemap"))
            if address.endswith("/interests/") or elsewhere:
                continue
            texts: list[str] = []
            walker.get(address, lambda reply, texts=texts: texts.append(body(reply)))
            named += [address for text in texts if "Zq-firm" in text]
        assert named == []

    @classmethod
    def form(cls, address: str) -> dict[str, Any]:
        """What the address's own form sends, as whoever may do it is shown it."""
        if not hasattr(cls, "_forms"):
            cls._forms: dict[str, tuple[dict[str, Any], bool]] = {}
            cls._workers = [Walker(cls.people[who]) for who in ("a superuser", "an officer")]
        for worker in cls._workers:
            if not cls._forms.get(address, ({}, False))[1]:
                worker.get(address, lambda reply: cls._keep_form(address, reply))
        return cls._forms[address][0]

    @classmethod
    def _keep_form(cls, address: str, reply: Any) -> None:
        kind = reply.headers.get("Content-Type", "") if reply.status_code == 200 else ""
        page = body(reply) if "html" in kind else ""
        if kind.startswith("application/json") and isinstance(
            found := reply.json(), dict
        ):  # a window to choose in
            page = found.get("html", "")
        cls._forms[address] = (form_of(page, cls._more(address)), bool(page))

    @classmethod
    def _more(cls, address: str) -> dict[str, Any]:
        """What no form shows."""
        index = cls.pages.public.get_parent().pk
        if "/action/" in address:
            return {"destination_page_id": index, "slug": "zq", "recursive": "false"}
        if "/privacy/" in address:
            return {"restriction_type": "login"}
        if "/bulk/" in address and "/move/" in address:
            return {"chooser": index}
        return {}


def _shown(reply: Any) -> set[str]:
    return _secrets_in(body(reply))


def _secrets_in(text: str) -> set[str]:
    return {what for what, words in SECRETS.items() if words in text}


def _wrong(reply: Any, who: str) -> list[str]:
    wrong = [str(reply.status_code)] if reply.status_code >= 500 else []
    return wrong + sorted(_shown(reply) - WHO[who].see)


def _add_walks() -> None:
    for who in WHO:
        name = who.replace(" ", "_")

        def looks(self: TestEveryAddress, who: str = who) -> None:
            assert self.looks(who) == []

        def sends(self: TestEveryAddress, who: str = who) -> None:
            assert self.sends(who) == []

        setattr(TestEveryAddress, f"test_what_{name}_is_shown", looks)
        setattr(TestEveryAddress, f"test_what_{name}_moves", sends)


_add_walks()
