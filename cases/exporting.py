"""A case on its way out: as a draft that the writers take, with how it stands now beside what it says."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.pages.exports import write_csv
from cases.documents import counter_argument_of, document_of, sha256_of
from cases.drafts import (
    ArgumentDraft,
    DraftBinding,
    DraftChallenge,
    DraftCondition,
    DraftElement,
    DraftLink,
    DraftMetric,
    DraftModule,
    Loss,
)
from cases.evaluation import Assessment
from cases.exchange.writers import WRITERS
from cases.exchange.writers.text import HEADINGS, evidence_rows
from cases.exchange.writing import in_short
from cases.loading import grace_of, name_of_version
from cases.models import AssuranceCase, Element
from cases.outline import gettext_noop

SAID: Final = (
    "declaration", "declaration_reason", "category", "is_undeveloped", "is_uninstantiated", "is_public",
    "is_supported_by_contract", "combine", "combine_k", "combine_reason", "review_by",
)  # fmt: skip


def draft_of(assessment: Assessment, at: datetime | None = None) -> ArgumentDraft:
    """The argument as the writers take it; no query beyond those that loaded the case and its modules."""
    loaded, case = assessment.loaded, assessment.case
    now = (at or timezone.now()).astimezone(UTC)
    modules = sorted(case.modules.all(), key=lambda row: (not row.is_default, row.created_at, row.pk))
    elements = loaded.elements
    first = modules[0].key if modules else ""
    draft = ArgumentDraft(
        title=case.title,
        purpose=case.purpose,
        scope_text=case.scope_text,
        system=case.system.name,
        exported_at=now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        modules=[DraftModule(key=row.key, title=row.title, is_contract=row.is_contract) for row in modules],
    )
    emails = emails_of(elements.values())
    for row in elements.values():
        cited = loaded.cited_row(row)
        extras = {"standing": assessment.standing_of(row).name.lower()}
        if until := valid_until(assessment, row):
            extras["valid_until"] = until
        draft.elements.append(
            DraftElement(
                id=str(row.pk),
                key=row.key,
                kind=row.kind,
                statement=row.statement,
                module="" if row.module.key == first else row.module.key,
                is_counter=row.role == Element.Role.COUNTER,
                owner=emails.get(str(row.owner_id), ""),
                cites=str(row.cites_id) if cited is not None and cited.pk in elements else "",
                cites_module=row.cites_module.key if row.cites_module and row.cites_module.case_id == case.pk else "",
                pattern=row.pattern if row.is_template_text else "",
                pattern_key=row.pattern_key if row.is_template_text else "",
                extras=extras,
                **{name: getattr(row, name) for name in SAID},
            )
        )
        for binding in loaded.bindings.get(row.pk, ()):
            draft.bindings.append(
                DraftBinding(
                    element=str(row.pk),
                    version=str(binding.version_id),
                    title=name_of_version(binding.version),
                    address=binding.version.uri,
                    rule={
                        "locator": binding.locator,
                        "relevance": binding.relevance,
                        "kind": binding.version.item.kind,
                        "collected_at": binding.version.collected_at.astimezone(UTC).isoformat(timespec="seconds"),
                        "valid_until": moment(binding.version.valid_until),
                    },
                )
            )
        draft.metrics += [
            DraftMetric(element=str(row.pk), indicator=metric.indicator.name, rule={})
            for metric in loaded.metrics.get(row.pk, ())
        ]
    draft.conditions = [
        DraftCondition(element=str(element_id or ""), rule={"statement": condition.statement})
        for element_id, conditions in loaded.conditions.items()
        for condition in conditions
    ]
    draft.links = [
        DraftLink(
            source=str(link.source_id),
            target=str(link.target_id),
            kind=link.kind,
            is_exact=link.is_exact,
            exact_reason=link.exact_reason,
        )
        for link in loaded.links
        if link.source_id in elements and link.target_id in elements
    ]
    draft.challenges = [
        DraftChallenge(
            target=str(one.target_id),
            target_below=str(one.step_to_id or ""),
            statement=one.statement,
            attack=one.attack,
            severity=one.severity,
            state=one.status,
            counter=str(one.counter_element_id) if one.counter_element_id in elements else "",
            response=str(one.response_element_id) if one.response_element_id in elements else "",
        )
        for one in loaded.challenges
    ]
    return draft


def emails_of(rows: Iterable[Element]) -> dict[str, str]:
    """The addresses of claim owners, in one query; an address is how another installation finds the person."""
    from aims.tenancy.models import Member

    wanted = {row.owner_id for row in rows if row.owner_id}
    if not wanted:
        return {}
    return {str(pk): email for pk, email in Member.objects.filter(pk__in=wanted).values_list("pk", "user__email")}


def valid_until(assessment: Assessment, row: Element) -> str:
    """Until when the evidence below an element counts: the first that runs out."""
    versions = [binding.version for binding in assessment.loaded.bindings.get(row.pk, ())]
    ends = [version.valid_until + grace_of(version) for version in versions if version.valid_until]
    return moment(min(ends)) if ends else ""


def moment(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else ""


@dataclass(frozen=True, slots=True)
class Export:
    """A case in a format: its files, and what they do not say."""

    format: str
    media_type: str
    files: list[tuple[str, str]]
    losses: list[Loss]


def own_json(assessment: Assessment, draft: ArgumentDraft) -> str:
    """Our own form: the document that baselines freeze with its hash, the names of what it refers to, its challenges, and
    how it stands. Published as `cases/schema/aims-case-export-1.json`."""
    loaded = assessment.loaded
    document = document_of(loaded)
    indicators = {str(one.indicator_id): one.indicator.name for many in loaded.metrics.values() for one in many}
    items = {str(one.version.item_id): one.version for many in loaded.bindings.values() for one in many}
    said: dict[str, Any] = {
        "format": "aims-case-export",
        "version": 1,
        "exported_at": draft.exported_at,
        "sha256": sha256_of(document),
        "document": document,
        "counter_elements": [element.id for element in draft.elements if element.is_counter],
        "counter_argument": counter_argument_of(loaded),
        "template_text": {
            element.id: {"template": element.pattern, "key": element.pattern_key}
            for element in draft.elements
            if element.pattern
        },
        "challenges": [
            {
                "target": one.target,
                "step_to": one.target_below or None,
                "attack": one.attack,
                "severity": one.severity,
                "state": one.state,
                "statement": one.statement,
                "counter_element": one.counter or None,
                "response_element": one.response or None,
            }
            for one in draft.challenges
        ],
        "names": {
            "system": draft.system,
            "owners": {element.id: element.owner for element in draft.elements if element.owner},
            "indicators": indicators,
            "evidence": {
                item: {"title": version.item.title, "address": version.uri, "version": str(version.pk)}
                for item, version in items.items()
            },
        },
        "facts": {
            "as_of": assessment.evaluation.at.astimezone(UTC).isoformat(),
            "standing": assessment.standing.name.lower(),
            "elements": {element.id: element.extras["standing"] for element in draft.elements},
        },
    }
    return json.dumps(said, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


OWN: Final = "aims"
EVIDENCE: Final = "evidence-csv"


def formats_of_export() -> dict[str, tuple[str, str]]:
    """All formats with their names and what they are good for, the one that keeps most first."""
    others = {key: (_(writer.label), _(writer.about)) for key, writer in WRITERS.items()}
    about = _("All that an argument says, its hash, and how it stands now; read back here.")
    table = _("A row for each piece of evidence and what rests on it, for a spreadsheet.")
    return {OWN: (_("JSON of AIMS"), about), **others, EVIDENCE: (_("Evidence as CSV"), table)}


def export(assessment: Assessment, format: str) -> Export:
    """The case in one of the formats; KeyError for an unknown one."""
    draft = draft_of(assessment)
    held = holds_left_out(assessment, draft)
    if format == OWN:
        return Export(format, "application/json", [("argument.json", own_json(assessment, draft))], held)
    if format == EVIDENCE:
        return Export(format, "text/csv", [("evidence.csv", evidence_csv(draft))], [])
    writer = WRITERS[format]
    written = writer.write(draft)
    return Export(format, writer.media_type, written.files, [*written.losses, *held])


def holds_left_out(assessment: Assessment, draft: ArgumentDraft) -> list[Loss]:
    """A hold is the act of a person here, which no file carries."""
    held = {str(pk) for pk, row in assessment.loaded.elements.items() if row.held_down_to is not None}
    named = [draft.address_of(element) for element in draft.elements if element.id in held]
    if not named:
        return []
    message = gettext_noop("That a person holds them down is left out of %(elements)s.")
    return [Loss.at("", message, elements=in_short(named))]


def evidence_csv(draft: ArgumentDraft) -> str:
    """The evidence as a table that no spreadsheet program takes for formulas."""
    target = BytesIO()
    write_csv([list(HEADINGS), *evidence_rows(draft)], target, "evidence")
    return target.getvalue().decode("utf-8")


def answer_file(slug: str, case: AssuranceCase, made: Export) -> HttpResponse:
    """The file as an attachment; several in one ZIP archive."""
    stem = f"{slug}-case-{case.number}"
    if len(made.files) == 1:
        name, text = made.files[0]
        content, media_type, file_name = text.encode(), f"{made.media_type}; charset=utf-8", f"{stem}-{name}"
    else:
        content, media_type, file_name = zipped(made.files), "application/zip", f"{stem}-{made.format}.zip"
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    response["X-Losses"] = str(len(made.losses))
    return response


def zipped(files: list[tuple[str, str]]) -> bytes:
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, text in files:
            archive.writestr(ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text.encode(), ZIP_DEFLATED)
    return target.getvalue()
