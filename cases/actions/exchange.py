"""Handing in an argument as a file, looking at what would come of it, and bringing exactly that in."""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final, TypedDict

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.pages.text import without_forbidden
from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked
from aims.tenancy.ids import uuid7
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.trail.record import record
from aims.transitions import move
from cases.access import require_change
from cases.actions.case import create_case
from cases.bringing_in import bring_in, prepare, said_of_refusal
from cases.drafts import ArgumentDraft, DraftRefused, Note, Refusal, refusals_in
from cases.events import ArgumentImportEvent
from cases.exchange.formats import FORMATS, detect, read
from cases.exchange.source import MOST_BYTES, Source
from cases.models import ArgumentImport, AssuranceCase, Element
from inventory.access import require_edit
from inventory.models import AISystem

MOST_LISTED: Final = 2_000
"""Repairs and losses kept with an import; the counts stay whole."""


class NewCase(TypedDict, total=False):
    """What a new case says of itself."""

    title: str
    purpose: str
    scope_text: str
    accountable_owner: Member
    review_by: date | None


class ArgumentRefused(RuleBroken):
    """A file that gives no argument here; `refusals` say where and why."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = list(refusals)
        super().__init__(" ".join(said_of_refusal(one) for one in self.refusals[:3]), field="file")


def look_at(sources: Sequence[Source], format: str = "", case: AssuranceCase | None = None) -> ArgumentDraft:
    """What would come of some files, in the case or in a new one. Raises ArgumentRefused; writes nothing."""
    if format and format not in FORMATS:
        raise RuleBroken(_("Choose one of the formats offered."), field="format")
    if sum(len(source.content) for source in sources) > MOST_BYTES:
        raise RuleBroken(_("Up to 10 MB are read at once. Split the argument into several cases."), field="file")
    try:
        draft = prepare(read(sources, format), case)
    except DraftRefused as refused:
        raise ArgumentRefused(refused.refusals) from None
    if refusals := refusals_in(draft):
        raise ArgumentRefused(refusals)
    return draft


@transaction.atomic
def upload_argument(
    *,
    sources: Sequence[Source],
    actor: Member,
    format: str = "",
    system: AISystem | None = None,
    case: AssuranceCase | None = None,
    through: str = "",
) -> ArgumentImport:
    """Keep files as a draft with the report of what would come of them; into an empty case, or for a new one of a system."""
    if case is not None:
        require_change(actor, case)
        refuse_unless_empty(case)
        system = case.system
    elif system is None:
        raise RuleBroken(_("Choose the AI system that the case argues about."), field="system")
    else:
        require_new_case(actor, system)
    chosen = format or (detect_or_refused(sources[0]) if sources else "")
    draft = look_at(sources, chosen, case)
    content = json.dumps([[one.name, base64.b64encode(one.content).decode()] for one in sources]).encode()
    row = ArgumentImport(
        organisation=actor.organisation,
        number=next_number(actor.organisation_id, ArgumentImport),
        system=system,
        case=case,
        file_name=tidy_name(sources[0].name),
        sha256=hashlib.sha256(content).hexdigest(),
        format=chosen,
        draft_sha256=digest_of(draft),
        report=report_of(draft),
        requested_by=actor,
    )
    row.file.save(f"imports/{actor.organisation_id}/{uuid7()}", ContentFile(content), save=False)
    row.save()
    told = {"file": row.file_name, "sha256": row.sha256, "format": chosen, "elements": len(draft.elements)}
    if through:
        told["through"] = through
    record(ArgumentImportEvent.UPLOADED, row, actor=actor, **told)
    return row


def detect_or_refused(source: Source) -> str:
    try:
        return detect(source)
    except DraftRefused as refused:
        raise ArgumentRefused(refused.refusals) from None


def require_new_case(actor: Member, system: AISystem) -> None:
    if not actor.may("cases.add"):
        raise PermissionDenied(_("You may not open cases. Bring the argument into a case that is yours."))
    require_edit(actor, system)


def refuse_unless_empty(case: AssuranceCase) -> None:
    if case.status != AssuranceCase.Status.DRAFT:
        raise RuleBroken(_("An argument is brought into a case that is a draft. Open a new case for it."))
    if Element.objects.filter(case=case).exists():
        raise RuleBroken(_("This case has an argument already. Open a new case for what you bring in."))


def tidy_name(name: str) -> str:
    """A name to show: no folders, no control characters, of bearable length."""
    return without_forbidden(name).replace("\\", "/").rpartition("/")[2].strip()[-255:] or _("pasted text")


def sources_of(row: ArgumentImport) -> list[Source]:
    with row.file.open("rb") as file:
        kept = json.loads(file.read())
    return [Source(name, base64.b64decode(content)) for name, content in kept]


def report_of(draft: ArgumentDraft) -> dict[str, Any]:
    """What would come in, as the import keeps it."""
    return {
        "title": draft.title[:300],
        "purpose": draft.purpose[:300],
        "scope_text": draft.scope_text[:10_000],
        "counts": dict(Counter(element.kind for element in draft.elements)),
        "elements": len(draft.elements),
        "links": len(draft.links),
        "modules": [[module.key, module.title] for module in draft.modules],
        "challenges": len(draft.challenges),
        "conditions": len(draft.conditions),
        "metrics": len(draft.metrics),
        "bindings": len(draft.bindings),
        "repairs": [kept(note) for note in draft.repairs[:MOST_LISTED]],
        "losses": [kept(note) for note in draft.losses[:MOST_LISTED]],
        "repair_count": len(draft.repairs),
        "loss_count": len(draft.losses),
    }


def kept(note: Note) -> list[Any]:
    return [note.place, note.message, dict(note.words)]


def digest_of(draft: ArgumentDraft) -> str:
    """The hash of all that a draft would write and of what is said about it."""
    said = json.dumps(asdict(draft), sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8", errors="surrogatepass")).hexdigest()


@transaction.atomic
def apply_import(row: ArgumentImport, *, actor: Member, **about: Any) -> AssuranceCase:
    """Bring in exactly what was shown; `about` describes the new case, where it is to become one (see NewCase)."""
    found = locked(row)
    refuse_unless_draft(found)
    case = found.case
    if case is not None:
        require_change(actor, case)
        refuse_unless_empty(case)
    else:
        require_new_case(actor, found.system)
    draft = look_at(sources_of(found), found.format, case)
    if digest_of(draft) != found.draft_sha256:
        raise RuleBroken(
            _("What would come in is no longer what you were shown: the library, the people or the case changed since. "
              "Bring the file in again.")
        )  # fmt: skip
    if case is None:
        case = create_case(system=found.system, actor=actor, **about)
    bring_in(case, draft=draft, actor=actor, source=found.file_name)
    fields = {"case": case, "done_at": timezone.now()}
    move(
        found,
        ArgumentImport.Status.DONE,
        event=ArgumentImportEvent.DONE,
        actor=actor,
        fields=fields,
        case=case.number,
        elements=len(draft.elements),
    )
    return case


def refuse_unless_draft(row: ArgumentImport) -> None:
    if not row.is_draft:
        raise RuleBroken(_("This import was carried out or discarded already. Bring the file in again."))


@transaction.atomic
def discard_import(row: ArgumentImport, *, actor: Member) -> ArgumentImport:
    """Throw an uploaded argument away before anything was brought in."""
    found = locked(row)
    refuse_unless_draft(found)
    if found.case is not None:
        require_change(actor, found.case)
    else:
        require_edit(actor, found.system)
    storage, name = found.file.storage, str(found.file.name)
    done = move(found, ArgumentImport.Status.DISCARDED, event=ArgumentImportEvent.DISCARDED, actor=actor)
    transaction.on_commit(lambda: storage.delete(name))
    return done


@transaction.atomic
def record_export(case: AssuranceCase, *, format: str, actor: Member | None) -> None:
    """Write down that the case left the house as a file."""
    record(ArgumentImportEvent.EXPORTED, case, actor=actor, format=format)


@transaction.atomic
def import_argument(
    *,
    sources: Sequence[Source],
    actor: Member,
    format: str = "",
    system: AISystem | None = None,
    case: AssuranceCase | None = None,
    through: str = "",
    **about: Any,
) -> ArgumentImport:
    """Upload and apply in one act, for programs; a program that wants to look first asks look_at(). `through` is the command
    of an operator that acts in the name of the actor, and stands in the trail."""
    row = upload_argument(sources=sources, actor=actor, format=format, system=system, case=case, through=through)
    apply_import(row, actor=actor, **about)
    row.refresh_from_db()
    return row
