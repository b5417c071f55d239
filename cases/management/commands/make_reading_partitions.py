"""Make partitions for readings of months that have none, such as before an import of years past."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from aims.tenancy.partitions import FARTHEST_BACK, MONTHS_AHEAD, MONTHS_BACK, make_partitions
from cases.models import MetricReading


class Command(BaseCommand):
    help = "Make the monthly partitions of readings from so many months back to the next ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--back", type=int, default=MONTHS_BACK, help=f"months back, {FARTHEST_BACK} at most")

    def handle(self, **options: Any) -> None:
        back = options["back"]
        if not 0 <= back <= FARTHEST_BACK:
            raise CommandError(f"--back must be 0 to {FARTHEST_BACK}; older readings stay in the default partition")
        today = timezone.now().date()
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        made = make_partitions(MetricReading._meta.db_table, date(year, month + 1, 1), back + 1 + MONTHS_AHEAD)
        self.stdout.write(f"{made} partitions made")
