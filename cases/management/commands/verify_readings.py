"""`./run manage verify_readings ORG`: whether the readings of an organisation are what was received."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aims.tenancy.models import Organisation
from aims.tenancy.scope import working_in
from cases.models import MetricReading
from cases.verifying import doubtful_readings

MOST_NAMED = 50


class Command(BaseCommand):
    help = "Recompute the hash of every reading and batch, and compare them with the trail; exit code 1 names what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="short name, as in /o/<short name>/")

    def handle(self, *args: Any, organisation: str, **options: Any) -> None:
        found = Organisation.objects.filter(slug=organisation).first()
        if found is None:
            raise CommandError(f"There is no organisation with the short name {organisation!r}.")
        with working_in(found):
            doubts, count = list(doubtful_readings()), MetricReading.objects.count()
        if doubts:
            more = [f"and {len(doubts) - MOST_NAMED} more"] if len(doubts) > MOST_NAMED else []
            raise CommandError("\n".join([f"{organisation}: not whole", *doubts[:MOST_NAMED], *more]))
        self.stdout.write(f"{organisation}: {count} readings, whole (verify_trail checks the trail that says so)")
