"""The operator's command that writes a case to a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aims.tenancy.models import Organisation
from aims.tenancy.scope import working_in
from cases.actions.exchange import record_export
from cases.bringing_in import said_of_note
from cases.evaluation import assess
from cases.exporting import export, formats_of_export
from cases.models import AssuranceCase
from cases.selectors import find_case


class Command(BaseCommand):
    help = "Write a case to a file in one of the formats, and say what the file leaves out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organisation", help="Short name of the organisation.")
        parser.add_argument("case", type=int, help="Number of the case.")
        parser.add_argument("--format", default="aims", choices=list(formats_of_export()), help="Default: aims.")
        parser.add_argument(
            "--output", required=True, help="The file, or a folder where the format has a file per module."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = Organisation.objects.filter(slug=options["organisation"]).first()
        if organisation is None:
            raise CommandError(f"There is no organisation {options['organisation']!r}. Give its short name.")
        with working_in(organisation):
            try:
                case = find_case(options["case"])
            except AssuranceCase.DoesNotExist:
                raise CommandError(f"{organisation.slug} has no case {options['case']}.") from None
            made = export(assess(case), options["format"])
            target = Path(options["output"])
            try:
                if len(made.files) == 1 and not target.is_dir():
                    target.write_text(made.files[0][1], encoding="utf-8", newline="")
                else:
                    target.mkdir(exist_ok=True)
                    for name, text in made.files:
                        (target / name).write_text(text, encoding="utf-8", newline="")
            except OSError as error:
                raise CommandError(f"{target} cannot be written: {error.strerror}.") from None
            record_export(case, format=options["format"], actor=None)
            for note in made.losses:
                self.stdout.write(f"loss: {said_of_note(note)}")
            self.stdout.write(f"{len(made.files)} written: {target}")
