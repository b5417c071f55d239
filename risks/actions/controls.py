"""Controls as rows of the Statement of Applicability, and the evidence that they work (6.1.3)."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aims.rules import RuleBroken
from aims.standards import catalogue
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member, Organisation
from aims.tenancy.numbers import next_number
from aims.trail.record import record, record_many
from evidence.models import EvidenceItem
from inventory.models import Environment
from risks.actions.risks import answerable, needed
from risks.events import ControlEvent
from risks.judging import judged
from risks.models import Control, ControlEvidence

OWN_REFERENCE = re.compile(r"[A-Z][A-Z0-9]*(?:[.-][A-Z0-9]+)*")


@transaction.atomic
def adopt_annex_a(organisation: Organisation, *, actor: Member | None) -> list[Control]:
    """Give the organisation the controls of Annex A that it does not have yet. The organisation must be entered."""
    have = set(Control.objects.filter(is_own=False).values_list("reference", flat=True))
    missing = [control for control in catalogue.controls() if control.ref not in have]
    if not missing:
        return []
    first = next_number(organisation, Control, len(missing))
    rows = [
        Control(
            organisation=organisation,
            number=number,
            reference=control.ref,
            title=control.title[:200],
            sort_key=sort_key_of(control.ref, is_own=False),
            effectiveness_reason=_("No evidence is linked yet."),
        )
        for number, control in enumerate(missing, first)
    ]
    # Whoever adopts at the same moment waits here and then finds the rows in place.
    Control.objects.bulk_create(rows, ignore_conflicts=True)
    made = list(Control.objects.filter(pk__in=[row.pk for row in rows]).order_by("sort_key"))
    record_many(((ControlEvent.ADOPTED, row, {}) for row in made), actor=actor)
    return made


@transaction.atomic
def add_own_control(
    *,
    reference: str,
    title: str,
    actor: Member,
    description: str = "",
    justification: str = "",
    owner: Member | None = None,
    review_on: date | None = None,
) -> Control:
    """Add a control that Annex A does not have; an own control applies by being there, so it says why."""
    reference = reference.strip().upper()
    if not OWN_REFERENCE.fullmatch(reference) or len(reference) > 20:
        raise RuleBroken(
            _("Use letters, digits, full stops and hyphens, such as OWN-1; at most 20 characters."), field="reference"
        )
    if re.match(r"A\.\d", reference):
        raise RuleBroken(_("References such as A.2.2 belong to Annex A. Use one such as OWN-1."), field="reference")
    if Control.objects.filter(reference=reference).exists():
        raise RuleBroken(
            _("There is a control %(reference)s already. Choose another reference.") % {"reference": reference},
            field="reference",
        )
    if owner is not None:
        answerable(owner, "owner")
    control = Control.objects.create(
        organisation_id=actor.organisation_id,
        number=next_number(actor.organisation_id, Control),
        reference=reference,
        title=needed(title, _("Give the control a title."), "title"),
        is_own=True,
        description=description.strip(),
        applicability=Control.Applicability.APPLICABLE,
        justification=needed(justification, _("Say why the organisation needs this control."), "justification"),
        owner=owner,
        review_on=review_on,
        effectiveness_reason=_("No evidence is linked yet."),
        sort_key=sort_key_of(reference, is_own=True),
    )
    record(ControlEvent.ADDED, control, actor=actor, reference=reference)
    return control


def sort_key_of(reference: str, *, is_own: bool) -> str:
    """Annex A first, and A.10 after A.9."""
    padded = re.sub(r"\d+", lambda digits: digits[0].zfill(4), reference)
    return f"{'2' if is_own else '1'}{padded}"[:60]


@transaction.atomic
def edit_control(control: Control, *, revision: int | None = None, actor: Member, **fields: Any) -> Control:
    """Change what is given of: applicability, justification, implementation, implementation_note, owner, review_on; of an
    own control also title and description."""
    row = locked(control, revision=revision)
    allowed = {"applicability", "justification", "implementation", "implementation_note", "owner", "review_on"}
    if row.is_own:
        allowed |= {"title", "description"}
    if foreign := sorted(fields.keys() - allowed):
        raise RuleBroken(
            _("This cannot be changed on a control of Annex A: %(names)s.") % {"names": ", ".join(foreign)},
            field=foreign[0],
        )
    values: dict[str, Any] = {
        name: value.strip() if isinstance(value, str) else value for name, value in fields.items()
    }
    if "title" in values:
        needed(values["title"], _("Give the control a title."), "title")
    if values.get("owner") is not None and values["owner"].pk != row.owner_id:
        answerable(values["owner"], "owner")
    check_applicability(row, values)
    if told := save_changes(row, **values):
        event = ControlEvent.DECIDED if "applicability" in told else ControlEvent.EDITED
        record(event, row, actor=actor, **told)
    return row


def check_applicability(control: Control, values: dict[str, Any]) -> None:
    """6.1.3 asks for a justification of every inclusion and every exclusion."""
    applicability = values.get("applicability", control.applicability)
    justification = values.get("justification", control.justification)
    implementation = values.get("implementation", control.implementation)
    if applicability not in Control.Applicability.values:
        raise RuleBroken(_("Choose an entry of the list."), field="applicability")
    if implementation not in Control.Implementation.values:
        raise RuleBroken(_("Choose an entry of the list."), field="implementation")
    if control.applicability != applicability == Control.Applicability.UNDECIDED:
        raise RuleBroken(
            _("A decision stays a decision: choose applicable or excluded, with the reason."), field="applicability"
        )
    if applicability != Control.Applicability.UNDECIDED and not justification:
        sentence = (
            _("Say why the control is needed here.")
            if applicability == Control.Applicability.APPLICABLE
            else _("Say why the control is not needed here.")
        )
        raise RuleBroken(sentence, field="justification")
    if applicability == Control.Applicability.EXCLUDED:
        refuse_relied_on(control)


def refuse_relied_on(control: Control) -> None:
    """A control that open risks count on cannot be excluded behind their back."""
    count = control.risk_links.exclude(risk__status="closed").count()
    if count:
        sentence = ngettext(
            "%(count)d open risk relies on this control. Take it out there first, or keep the control.",
            "%(count)d open risks rely on this control. Take it out there first, or keep the control.",
            count,
        )
        raise RuleBroken(sentence % {"count": count}, field="applicability")


@transaction.atomic
def link_evidence(
    control: Control,
    *,
    item: EvidenceItem,
    actor: Member,
    relevance: str = "",
    locator: str = "",
    environment_required: str = "",
    environment_policy: str = ControlEvidence.Policy.DOUBT,
    version_policy: str = ControlEvidence.Policy.DOUBT,
) -> ControlEvidence:
    """Say that a piece of evidence shows something about the control; linking it again changes what is said of it."""
    row = locked(control)
    if row.applicability == Control.Applicability.EXCLUDED:
        raise RuleBroken(_("This control is excluded. Include it first, then link evidence."))
    if item.status != EvidenceItem.Status.ACTIVE:
        raise RuleBroken(_("This evidence was withdrawn. Choose a piece that still stands."), field="item")
    said = {
        "relevance": relevance.strip(),
        "locator": locator.strip(),
        "environment_required": environment_required,
        "environment_policy": environment_policy,
        "version_policy": version_policy,
    }
    check_demands(said)
    link = ControlEvidence.objects.filter(control=row, item=item).first()
    if link is None:
        link = ControlEvidence.objects.create(
            organisation_id=actor.organisation_id, control=row, item=item, added_by=actor, **said
        )
    elif not save_changes(link, **said):
        return link
    told = {name: value for name, value in said.items() if value}
    record(ControlEvent.EVIDENCE_LINKED, row, actor=actor, evidence=item.number, **told)
    refresh_effectiveness([row], timezone.now())
    return link


def check_demands(said: dict[str, str]) -> None:
    """What is asked must be on offer, and a demand that costs nothing needs its reason."""
    if said["environment_required"] and said["environment_required"] not in Environment.values:
        raise RuleBroken(_("Choose an entry of the list."), field="environment_required")
    for field in ("environment_policy", "version_policy"):
        if said[field] not in ControlEvidence.Policy.values:
            raise RuleBroken(_("Choose an entry of the list."), field=field)
        if said[field] == ControlEvidence.Policy.COUNTS and not said["relevance"]:
            raise RuleBroken(
                _("Say in “What it shows about the control” why the evidence counts all the same."), field="relevance"
            )


@transaction.atomic
def unlink_evidence(control: Control, *, item: EvidenceItem, actor: Member) -> Control:
    """Say that a piece of evidence does not speak for the control after all; the trail keeps that it did."""
    row = locked(control)
    link = ControlEvidence.objects.filter(control=row, item=item).first()
    if link is None:
        raise RuleBroken(_("This evidence is not linked to the control."), field="item")
    told = {"evidence": item.number, "relevance": link.relevance}
    link.delete()
    record(ControlEvent.EVIDENCE_UNLINKED, row, actor=actor, **told)
    refresh_effectiveness([row], timezone.now())
    return row


@transaction.atomic
def refresh_effectiveness(controls: Iterable[Control], now: datetime) -> list[Control]:
    """Derive the effectiveness anew and keep it; returns the controls whose effectiveness is another one now.

    The revision stays: nobody's open form is out of date because evidence has aged.
    """
    ids = [control.pk for control in controls]
    rows = list(Control.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",)))
    verdicts = judged(rows, now)
    happenings: list[tuple[str, Control, dict[str, Any]]] = []
    for row in rows:
        found = verdicts[row.pk]
        if (row.effectiveness, row.effectiveness_reason) == (found.effectiveness, found.reason[:1000]):
            continue
        if row.effectiveness != found.effectiveness:
            told = {"effectiveness": [row.effectiveness, found.effectiveness], "reason": found.reason}
            happenings.append((ControlEvent.EFFECTIVENESS_CHANGED, row, told))
        row.effectiveness, row.effectiveness_reason = found.effectiveness, found.reason[:1000]
        row.save(update_fields=["effectiveness", "effectiveness_reason"])
    record_many(happenings, actor=None)
    return [row for _event, row, _told in happenings]


def refresh_for_items(item_ids: Iterable[UUID], now: datetime) -> list[Control]:
    """The same for every control that relies on one of these pieces of evidence: what a sweep calls."""
    controls = Control.objects.filter(evidence_links__item__in=list(item_ids)).distinct()
    return refresh_effectiveness(controls, now)
