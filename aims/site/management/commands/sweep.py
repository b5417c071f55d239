"""The operator's sweep, the same as the one that beat rings for."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from aims.site.sweeping import sweep
from aims.tenancy.models import Organisation


class Command(BaseCommand):
    help = "Flag evidence that went stale and bring the standing of the cases that rest on it up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", default="", help="Short name of one organisation; else all.")
        parser.add_argument(
            "--at",
            default="",
            help="Sweep as if it were this time, such as 2027-01-31T12:00. What falls by it stays so until something "
            "happens to it: for trying out, not for use.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        summary = sweep(self.instant(options["at"]), self.organisation(options["organisation"]))
        self.stdout.write(str(summary))
        if summary.failed or summary.cases.failed:
            raise CommandError("Something could not be swept: the log above says what and why.")

    def instant(self, text: str) -> datetime:
        if not text:
            return timezone.now()
        try:
            at = parse_datetime(text)
        except ValueError:
            at = None
        if at is None:
            raise CommandError(f"“{text}” is no time. Write it as 2027-01-31T12:00, with a zone when it is not ours.")
        return at if timezone.is_aware(at) else timezone.make_aware(at)

    def organisation(self, slug: str) -> Organisation | None:
        if not slug:
            return None
        try:
            return Organisation.objects.get(slug=slug)
        except Organisation.DoesNotExist:
            raise CommandError(f"There is no organisation with the short name “{slug}”.") from None
