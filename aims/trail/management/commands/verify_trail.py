"""`./run manage verify_trail ORG`: recompute the chain of an organisation's trail."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aims.tenancy.models import Organisation
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from aims.trail.record import first_broken_link, instant


class Command(BaseCommand):
    help = "Recompute every hash of an organisation's audit trail; exit code 1 names the first broken link."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="short name, as in /o/<short name>/")

    def handle(self, *args: Any, organisation: str, **options: Any) -> None:
        found = Organisation.objects.filter(slug=organisation).first()
        if found is None:
            raise CommandError(f"There is no organisation with the short name {organisation!r}.")
        with working_in(found):
            broken, count = first_broken_link(), Event.objects.count()
        if broken is not None:
            raise CommandError(
                f"{organisation}: broken at event {broken.sequence} ({broken.event}, {instant(broken.at)})"
                f" of {count} events"
            )
        self.stdout.write(f"{organisation}: {count} events, whole")
