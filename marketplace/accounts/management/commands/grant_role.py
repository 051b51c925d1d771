"""`manage.py grant_role EMAIL ROLE [--region SLUG]`: how the first officers come to be."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.accounts.models import SITE_ROLES, Role, User
from marketplace.accounts.services import grant_role, revoke_role
from marketplace.regions.models import Region


class Command(BaseCommand):
    help = (
        "Give somebody who has signed up a role, or take it away. “editor” (pages, pictures and "
        "redirects that all regions share) and “platform” (words that mean the same, matching, "
        "host names) are held in no region; every other role is held in one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("--region", help="the region's slug; not needed where there is one")
        parser.add_argument("--revoke", action="store_true", help="take the role away")

    def handle(self, *args: Any, **options: Any) -> None:
        user = self._find_user(options["email"])
        role = Role(options["role"])
        region = self._find_region(options["region"], role)
        change = revoke_role if options["revoke"] else grant_role
        change(user=user, region=region, role=role)
        done = "is no longer" if options["revoke"] else "is now"
        where = f"in {region.name}" if region else "for the whole site"
        self.stdout.write(f"{user.email} {done} {role} {where}.")

    def _find_user(self, email: str) -> User:
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError(f"Nobody has signed up as {email}. Ask them to, then try again.")
        return user

    def _find_region(self, slug: str | None, role: Role) -> Region | None:
        if role in SITE_ROLES:
            if slug:
                raise CommandError(f"“{role}” is a role of the whole site: leave --region out.")
            return None
        regions = Region.objects.filter(slug=slug) if slug else Region.objects.all()
        if len(regions) != 1:
            known = ", ".join(Region.objects.values_list("slug", flat=True)) or "none is loaded"
            raise CommandError(f"Name one region with --region. Known: {known}.")
        return regions[0]
