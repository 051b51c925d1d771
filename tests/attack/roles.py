"""Every address as everyone who has no business there, through the proxy."""

import random
from concurrent.futures import ThreadPoolExecutor

from marketplace.accounts.models import User
from tests.attack.visitor import Visitor
from tests.front.proxy import Front
from tests.judging.conftest import World
from tests.permissions.test_every_address import SECRETS, addresses, outsiders, plant_secrets

ASKING = 4


def walk(front: Front, *, most: int | None, seed: int) -> tuple[int, list[str]]:
    """Plant what outsiders must not read; how many were asked, and what did not hold."""
    chance, asked, wrong = random.Random(seed), 0, []
    world: World = plant_secrets()
    everywhere = addresses(world)
    for who, person in outsiders(world).items():
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
