"""The operator's command that brings a register of AI systems into one organisation, or splits it into many."""

import hashlib
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.text import slugify

from aims.tenancy.actions import create_organisation
from aims.tenancy.models import Member, Organisation
from aims.tenancy.scope import working_in
from inventory.import_actions import duplicates_of, import_at_once, rejections
from inventory.import_rows import Counts, compare
from inventory.importing import ImportPlan, ImportRefused, Mapping, MappingError, ParsedFile, guess_mapping, parse, plan


@dataclass
class Part:
    """The rows of one organisation; `organisation` is None while a dry run only would make it."""

    slug: str
    name: str
    organisation: Organisation | None
    plan: ImportPlan


class Command(BaseCommand):
    help = "Import a register of AI systems from a CSV or Excel file. Importing the same file again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "organisation",
            nargs="?",
            default="",
            help="Short name of the organisation; with --organisation-column a prefix of the short names, or nothing.",
        )
        parser.add_argument("file", help="The CSV or .xlsx file.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen and write nothing.")
        parser.add_argument(
            "--mapping", default="", help="Which column is which, as JSON or a file of JSON; else guessed."
        )
        parser.add_argument(
            "--organisation-column", default="", help="Split by this column; organisations that are missing are made."
        )
        parser.add_argument("--actor", default="", help="E-mail address of the member in whose name it is done.")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        try:
            parsed = parse(content)
            mapping = self.mapping(options["mapping"], parsed)
            if options["organisation_column"]:
                mapping = mapping.with_organisation_column(options["organisation_column"])
            whole = plan(parsed, mapping)
        except (ImportRefused, MappingError) as error:
            raise CommandError(str(error)) from None
        parts = list(self.parts(whole, options))
        digest = hashlib.sha256(content).hexdigest()
        figures = [self.bring_in(part, path.name, digest, options) for part in parts]
        if options["organisation_column"]:
            figures.append([0, 0, 0, self.report_homeless(whole)])
            totals = [sum(column) for column in zip(*figures, strict=True)]
            self.stdout.write(f"{len(parts)} organisations: {counted(totals)}")

    def mapping(self, given: str, parsed: ParsedFile) -> Mapping:
        """The mapping given as JSON or as a file of JSON; else the guess, which is printed."""
        if not given:
            guessed = guess_mapping(parsed)
            for field, header in guessed.columns.items():
                self.stdout.write(f"{field}: {header}")
            return guessed
        try:
            text = given if given.lstrip().startswith("{") else Path(given).read_text(encoding="utf-8")
            return Mapping.from_json(json.loads(text))
        except OSError as error:
            raise CommandError(f"{given} cannot be read: {error.strerror}.") from None
        except ValueError as error:
            raise MappingError(f"The mapping is no JSON that is understood here: {error}") from None

    def parts(self, whole: ImportPlan, options: dict[str, Any]) -> Iterator[Part]:
        slug = options["organisation"]
        if not options["organisation_column"]:
            organisation = Organisation.objects.filter(slug=slug).first()
            if organisation is None:
                raise CommandError(f"There is no organisation {slug!r}. Give its short name before the file.")
            yield Part(slug, organisation.name, organisation, whole)
            return
        for value, part in whole.by_organisation().items():
            if not value:
                continue
            short = slugify(f"{slug}-{value}" if slug else value)[:63]
            if not short:
                raise CommandError(f"The organisation {value!r} gives no short name. Use letters or digits.")
            name = next((str(row.values.get("organisation_name") or "") for row in part.rows), "") or value
            organisation = Organisation.objects.filter(slug=short).first()
            if organisation is None and not options["dry_run"]:
                organisation = create_organisation(name=name[:200], slug=short)
            yield Part(short, name, organisation, part)

    def bring_in(self, part: Part, file_name: str, digest: str, options: dict[str, Any]) -> list[int]:
        """Import one organisation's rows, or say what an import would do; prints and returns the four counts."""
        if options["dry_run"] or part.organisation is None:
            counts = self.foresee(part)
            figures = [counts.created, counts.updated, counts.unchanged, len(part.plan.rejected)]
            listed = rejections(part.plan.rejected)
        else:
            actor = self.actor(part.organisation, options["actor"])
            done = import_at_once(
                part.plan, organisation_id=part.organisation.pk, file_name=file_name, sha256=digest, actor=actor
            )
            figures = [done.created_count, done.updated_count, done.unchanged_count, done.rejected_count]
            listed = done.rejected
        prefix = f"{part.slug}: " if options["organisation_column"] else ""
        self.stdout.write(prefix + counted(figures))
        for entry in listed:
            self.stdout.write(line_of(entry))
        for group in duplicates_of(part.plan.duplicates):
            rows = ", ".join(str(number) for number in group["rows"])
            self.stdout.write(f"possible duplicates: {group['name']} (rows {rows})")
        return figures

    def foresee(self, part: Part) -> Counts:
        if part.organisation is None:
            return Counts(created=len(part.plan.accepted))
        with working_in(part.organisation):
            return Counts().add(compare(part.plan.accepted))

    def actor(self, organisation: Organisation, email: str) -> Member | None:
        if not email:
            return None
        with working_in(organisation):
            member = (
                Member.objects.active().select_related("user", "organisation").filter(user__email__iexact=email).first()
            )
        if member is None or not member.may("systems.import"):
            raise CommandError(f"{email} is not a member of {organisation.slug} who may import AI systems.")
        return member

    def report_homeless(self, whole: ImportPlan) -> int:
        """Rows that name no organisation go nowhere; returns how many there are."""
        homeless = whole.by_organisation().get("")
        if homeless is None:
            return 0
        for entry in rejections(homeless.rows):
            self.stdout.write(line_of(entry))
        return len(homeless.rows)


def counted(figures: list[int]) -> str:
    created, updated, unchanged, rejected = figures
    return f"created {created}, updated {updated}, unchanged {unchanged}, rejected {rejected}"


def line_of(entry: dict[str, Any]) -> str:
    where = f"row {entry['row']}" + (f", {entry['column']}" if entry["column"] else "")
    return f"rejected: {where}: {entry['reason']}"
