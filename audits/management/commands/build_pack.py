"""`build_pack ORG --output FILE`: build a pack here and now, by the same steps as a worker."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aims.reports.work import take_up
from aims.rules import RuleBroken
from aims.tenancy.door import acting_as
from aims.tenancy.models import Member, Organisation
from aims.tenancy.permissions import Role
from aims.tenancy.scope import working_in
from audits.events import PackEvent
from audits.models import Pack, PackStep
from audits.packs.actions import request_pack
from audits.packs.building import build
from audits.packs.steps import title_of
from audits.packs.storage import open_pack
from inventory.models import AISystem


class Command(BaseCommand):
    help = "Build an audit pack of an organisation and write the PDF to a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organisation", help="short name of the organisation")
        parser.add_argument("--output", required=True, type=Path, help="where the PDF goes")
        parser.add_argument(
            "--system", type=int, action="append", default=[], help="number of a system; repeat for more"
        )
        parser.add_argument("--title", default="", help="title on the cover")
        parser.add_argument("--as", dest="email", default="", help="member who asks (default: a governance officer)")

    def handle(self, *args: Any, **options: Any) -> None:
        output = Path(options["output"])
        if not output.parent.is_dir():
            raise CommandError(f"The folder {output.parent} does not exist.")
        organisation = Organisation.objects.filter(slug=options["organisation"], is_active=True).first()
        if organisation is None:
            raise CommandError(f"There is no organisation “{options['organisation']}”.")
        self.systems = set(options["system"] or [])
        pack = self.taken_up(organisation, options)
        build(pack, tell=self.tell)
        self.hand_over(organisation, pack, output)

    def taken_up(self, organisation: Organisation, options: dict[str, Any]) -> Pack:
        """Ask for the pack as the member named and take it up in the same transaction, so that no worker is quicker."""
        with working_in(organisation):
            member = find_requester(organisation, options["email"])
        with acting_as(member):
            systems = list(AISystem.objects.filter(number__in=self.systems))
            missing = sorted(self.systems - {system.number for system in systems})
            if missing:
                raise CommandError(f"There is no system {', '.join(map(str, missing))} in {organisation.slug}.")
            scope = Pack.Scope.SYSTEMS if systems else Pack.Scope.ORGANISATION
            try:
                pack = request_pack(title=options["title"], scope=scope, systems=systems, actor=member)
            except RuleBroken as rule:
                raise CommandError(rule.message) from None
            taken = take_up(Pack, started=PackEvent.STARTED, failed=PackEvent.FAILED, only=pack.pk)
            if taken is None:  # cannot be: nobody else sees it before this transaction ends
                raise CommandError(f"Pack {pack.number} could not be taken up.")
            return taken

    def tell(self, step: PackStep) -> None:
        self.stdout.write(f"{step.ordinal:>4}  {step.sha256[:16]}  {title_of(step.step)}")

    def hand_over(self, organisation: Organisation, pack: Pack, output: Path) -> None:
        """Write the file, or end with the reason."""
        with working_in(organisation):
            pack.refresh_from_db()
            if pack.status == Pack.Status.FAILED:
                raise CommandError(f"Pack {pack.number} failed: {pack.error}")
            try:
                with open_pack(pack) as stored:
                    output.write_bytes(stored.read())
            except (RuleBroken, OSError) as error:
                raise CommandError(str(error)) from error
        self.stdout.write(
            f"pack={pack.number} pages={pack.page_count} bytes={pack.size} sha256={pack.sha256} file={output}"
        )


def find_requester(organisation: Organisation, email: str) -> Member:
    """The member named, or the first governance officer."""
    members = Member.objects.active().select_related("user")
    if email:
        member = members.filter(user__email__iexact=email).first()
        if member is None:
            raise CommandError(f"{email} is not an active member of {organisation.slug}.")
        if not member.may("packs.build"):
            raise CommandError(f"The roles of {email} do not include building packs.")
    else:
        member = members.filter(roles__contains=[Role.GOVERNANCE_OFFICER]).order_by("created_at").first()
        if member is None:
            raise CommandError(f"{organisation.slug} has no active governance officer; name a member with --as.")
    member.organisation = organisation
    return member
