"""What the regions hold of people and of pitches: nothing."""

from marketplace.regions.models import LocalAuthority, Objective, Region, Sector
from marketplace.retention import kept, register

PLACES = "names of places, aims and trades"

register(
    Region,
    kept("code", "name", "short_name", "slug", why=PLACES),
    kept("contact_email", why="the region’s own address, for everybody"),
)
register(LocalAuthority, kept("code", "name", why=PLACES))
register(Objective, kept("code", "name", "aim", why=PLACES))
register(Sector, kept("slug", "name", why=PLACES))
