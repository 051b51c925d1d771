"""`manage.py verify_activity`: has anybody changed, removed or moved an activity record?"""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from marketplace.activity.models import Chain, Seal
from marketplace.activity.services import find_break, find_broken_seal


class Command(BaseCommand):
    help = "Check every chain of activity records, and the latest seal; exit 1 if one is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--chain", help="check this one only, for example call:12")

    def handle(self, *args: Any, **options: Any) -> None:
        chains = Chain.objects.order_by("key")
        if options["chain"]:
            chains = chains.filter(key=options["chain"])
            if not chains:
                raise CommandError(f"There is no chain called {options['chain']}.")
        breaks = self._check_chains(chains)
        if not options["chain"]:
            breaks += self._check_seal()
        if breaks:
            raise CommandError(f"{breaks} of {chains.count()} chains and seals do not hold.")
        self.stdout.write(f"{chains.count()} chains checked; all are whole.")

    def _check_chains(self, chains: Any) -> int:
        breaks = 0
        for chain in chains:
            number = find_break(chain)
            if number is not None:
                breaks += 1
                self.stderr.write(f"{chain.key}: broken at record {number} of {chain.length}.")
        return breaks

    def _check_seal(self) -> int:
        seal = Seal.objects.first()
        if seal is None:
            return 0
        broken = find_broken_seal(seal)
        for key in broken:
            self.stderr.write(f"{key}: does not match the seal of {seal.on}.")
        return len(broken)
