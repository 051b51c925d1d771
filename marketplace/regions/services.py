"""Load a region with its authorities, objectives and sectors."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from marketplace.regions.models import LocalAuthority, Objective, Region, Sector


@transaction.atomic
def load_region(data: Mapping[str, Any]) -> Region:
    """Bring in a region; doing it again changes nothing that has not changed in the data.

    Sectors are a list that officers edit, so one that stands already keeps its name.

    Args:
        data: `region` (code, name, short_name, and contact_email if letters are to name
            one), `local_authorities` (code, name each), `objectives` (code, name, aim each,
            in order) and `sectors` (names).

    Raises:
        KeyError: a part is missing.
    """
    given = data["region"]
    region, _ = Region.objects.update_or_create(
        code=given["code"],
        defaults={
            "name": given["name"],
            "short_name": given["short_name"],
            "slug": slugify(given["short_name"]),
            **{name: given[name] for name in ("contact_email",) if name in given},
        },
    )
    for authority in data["local_authorities"]:
        LocalAuthority.objects.update_or_create(
            code=authority["code"], defaults={"region": region, "name": authority["name"]}
        )
    for order, objective in enumerate(data["objectives"]):
        Objective.objects.update_or_create(
            region=region,
            code=objective["code"],
            defaults={"name": objective["name"], "aim": objective["aim"], "order": order},
        )
    for name in data["sectors"]:
        Sector.objects.get_or_create(
            region=region, slug=slugify(name)[:80], defaults={"name": name}
        )
    return region
