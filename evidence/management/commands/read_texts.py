"""Reading the text of files for search on the operator's word: those kept before texts were read, and those that failed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aims.tenancy.models import Organisation
from evidence.text_work import queue_failed, queue_missing, read_due

EVERY = 1_000_000


class Command(BaseCommand):
    help = "Read the text of evidence files for search: what is missing, and with --failed what could not be read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", default="", help="Short name of one organisation; else all.")
        parser.add_argument("--failed", action="store_true", help="Try again what could not be read.")
        parser.add_argument("--queue-only", action="store_true", help="Leave the reading to the workers.")

    def handle(self, *args: Any, **options: Any) -> None:
        organisations = Organisation.objects.filter(is_active=True).order_by("slug")
        if options["organisation"]:
            organisations = organisations.filter(slug=options["organisation"])
            if not organisations:
                raise CommandError(f"There is no organisation with the short name “{options['organisation']}”.")
        for organisation in organisations:
            queued = queue_missing(organisation.pk) + (queue_failed(organisation.pk) if options["failed"] else 0)
            read = 0 if options["queue_only"] else read_due(organisation.pk, most=EVERY)
            self.stdout.write(f"{organisation.slug}: queued {queued}, read {read}")
