"""Every address as everyone who has no business there, through the proxy."""

import random
from concurrent.futures import ThreadPoolExecutor

from marketplace.accounts.models import User
from tests.attack.visitor import Visitor
from tests.front.proxy import Front
from tests.permissions.addresses import addresses
from tests.permissions.test_every_address import NOTHING, SECRETS, WHO
from tests.permissions.world import make_pages, panel_at_work, people, values

ASKING = 4


def walk(front: Front, *, most: int | None, seed: int) -> tuple[int, list[str]]:
    """Plant what outsiders must not read; how many were asked, and what did not hold."""
    chance, asked, wrong = random.Random(seed), 0, []
    world = panel_at_work()
    pages = make_pages(world.call.region, world.officer)
    outsiders = {who: each for who, each in people(world).items() if WHO[who] == NOTHING}
    everywhere = list(addresses(values(world, pages)))
    for who, person in outsiders.items():
        visitor = Visitor(front, User.objects.get(pk=person.pk) if person else None)
        paths = chance.sample(everywhere, min(most, len(everywhere))) if most else everywhere

        def one(path: str, visitor: Visitor = visitor, who: str = who) -> list[str]:
            answer = visitor.get(path)
            found = [
                f"{who}, {path}: {what}" for what, word in SECRETS.items() if word in answer.text
            ]
            if answer.status >= 500 or not answer.status:
                found.append(f"{who}, {path}: {answer.status}")
            return found

        with ThreadPoolExecutor(ASKING) as pool:
            for found in pool.map(one, paths):
                wrong += found
        asked += len(paths)
    return asked, wrong
