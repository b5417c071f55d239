"""The operator's command that brings an argument into a new case of a system."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from aims.rules import RuleBroken
from aims.tenancy.models import Member, Organisation
from aims.tenancy.permissions import Role
from aims.tenancy.scope import working_in
from cases.actions.exchange import ArgumentRefused, detect_or_refused, import_argument, look_at, report_of
from cases.bringing_in import said_of_refusal
from cases.exchange.formats import FORMATS
from cases.exchange.source import MOST_BYTES, Source
from cases.exchange_listing import account_of
from inventory.access import may_edit
from inventory.models import AISystem


class Command(BaseCommand):
    help = "Bring the argument of a file into a new case of an AI system. Look first with --dry-run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organisation", help="Short name of the organisation.")
        parser.add_argument("system", type=int, help="Number of the AI system that the case argues about.")
        parser.add_argument("file", nargs="+", help="The file; several where the format has modules.")
        parser.add_argument("--format", default="", choices=["", *FORMATS], help="Else found by the content.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would come in and write nothing.")
        parser.add_argument(
            "--actor",
            default="",
            help="E-mail address of the member in whose name it is done; else the owner of the system, or a governance "
            "officer where it has none. The trail says that this command did it.",
        )
        parser.add_argument("--owner", default="", help="E-mail address of the accountable owner; else the actor.")
        parser.add_argument("--title", default="", help="Title of the case; else that of the file.")
        parser.add_argument("--purpose", default="", help="What the system is relied on for; else that of the file.")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = Organisation.objects.filter(slug=options["organisation"]).first()
        if organisation is None:
            raise CommandError(f"There is no organisation {options['organisation']!r}. Give its short name.")
        sources = [self.source(Path(name)) for name in options["file"]]
        with working_in(organisation):
            system = AISystem.objects.filter(number=options["system"]).first()
            if system is None:
                raise CommandError(f"{organisation.slug} has no AI system {options['system']}.")
            try:
                self.bring_in(sources, system, options)
            except ArgumentRefused as refused:
                raise CommandError("\n".join(said_of_refusal(one) for one in refused.refusals[:50])) from None
            except (RuleBroken, PermissionDenied) as error:
                raise CommandError(str(error)) from None

    def source(self, path: Path) -> Source:
        try:
            with path.open("rb") as file:
                return Source(path.name, file.read(MOST_BYTES + 1))
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None

    def bring_in(self, sources: list[Source], system: AISystem, options: dict[str, Any]) -> None:
        format = options["format"] or detect_or_refused(sources[0])
        draft = look_at(sources, format)
        self.say(report_of(draft))
        if options["dry_run"]:
            self.stdout.write("Nothing was written (dry run).")
            return
        actor = self.member(options["actor"]) if options["actor"] else self.usual_actor(system)
        owner = self.member(options["owner"]) if options["owner"] else actor
        row = import_argument(
            sources=sources,
            actor=actor,
            format=format,
            system=system,
            title=options["title"] or draft.title or sources[0].name,
            purpose=options["purpose"] or draft.purpose or sources[0].name,
            scope_text=draft.scope_text[:10_000],
            accountable_owner=owner,
            through="./run manage import_case",
        )
        self.stdout.write(f"Case {row.case.number if row.case else ''}: import {row.number}.")

    def usual_actor(self, system: AISystem) -> Member:
        """Whose case it would be if a person opened it: the system's owner, or else who may change every system."""
        people = Member.objects.active().select_related("user", "organisation")
        officers = people.holding(Role.GOVERNANCE_OFFICER).order_by("created_at", "pk")
        for one in [*people.filter(pk=system.owner_id), *officers]:
            if one.may("cases.add") and may_edit(one, system):
                part = "owner of the system" if one.pk == system.owner_id else "governance officer"
                self.stdout.write(f"In the name of {one.user.email}, {part}. Name another member with --actor.")
                return one
        raise CommandError(
            "Nobody here may open a case of this system. Give it an owner, or name a member with --actor."
        )

    def member(self, email: str) -> Member:
        rows = Member.objects.active().select_related("user", "organisation")
        found = rows.filter(user__email__iexact=email).first()
        if found is None:
            raise CommandError(f"{email} is no active member here.")
        return found

    def say(self, report: dict[str, Any]) -> None:
        account = account_of(report)
        for label, count in account.counts:
            self.stdout.write(f"{label}: {count}")
        for name, notes, total in (
            ("repair", account.repairs, account.repair_count),
            ("loss", account.losses, account.loss_count),
        ):
            for place, sentence in notes[:200]:
                self.stdout.write(f"{name}: {place + ': ' if place else ''}{sentence}")
            if total > 200:
                self.stdout.write(f"{name}: {total} in all")
