"""Bringing a whole argument into a case at once: from a file, or from a template.

One transaction: the rules are asked once, elements and links are written in a few statements, the case is evaluated once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from aims.pages.text import normalised, without_forbidden
from aims.rules import RuleBroken
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from cases.actions.argument import refuse_too_many
from cases.actions.checks import element_of, open_case, outline_of, refuse_too_deep, words_of
from cases.actions.conditions import enter_condition
from cases.actions.metrics import enter_metric, indicator_called
from cases.drafts import (
    MOST_LETTERS,
    MOST_MODULES,
    MOST_TITLE,
    ArgumentDraft,
    DraftElement,
    DraftLink,
    DraftModule,
    Loss,
    Note,
    Refusal,
    Repair,
    outline_of_draft,
    refusals_in,
    tidied,
    with_keys,
)
from cases.evaluation import Happening, reevaluate
from cases.events import CaseEvent, DoubtEvent
from cases.facts import TICK
from cases.loading import hash_of_element, load_case
from cases.models import ArgumentModule, AssuranceCase, Challenge, ChallengeEvent, Element, EvidenceBinding, Link
from cases.outline import Edge, Level, Problem, gettext_noop
from cases.reviewing import hash_of_ends
from cases.wellformed import blocking
from evidence.models import EvidenceVersion


@dataclass(slots=True)
class BroughtIn:
    """What became of a draft: the new elements by the ids that they had in it."""

    case: AssuranceCase
    draft: ArgumentDraft
    elements: dict[str, Element] = field(default_factory=dict)
    modules: dict[str, ArgumentModule] = field(default_factory=dict)


def prepare(draft: ArgumentDraft, case: AssuranceCase | None = None) -> ArgumentDraft:
    """The draft as it would come into the case, or into a new one: its keys, and what is repaired and left out.

    Reads what it refers to outside of itself and writes nothing, so that a dry run says exactly what will be done.
    """
    taken: set[str] = set()
    taken_modules: set[str] = set()
    first = ArgumentModule.DEFAULT_KEY
    is_empty = case is None
    if case is not None:
        default = ArgumentModule.objects.get(case=case, is_default=True)
        taken = set(Element.objects.filter(module=default).values_list("key", flat=True))
        taken_modules = set(ArgumentModule.objects.filter(case=case, is_default=False).values_list("key", flat=True))
        is_empty = not taken
        first = default.key
    made = replace(tidied(draft), repairs=list(draft.repairs), losses=list(draft.losses))
    made.modules = list(draft.modules) or [DraftModule(key=first)]
    if not is_empty and made.modules[0].key != first:
        was = made.modules[0].key
        made.elements = [replace(one, module="") if one.module == was else one for one in made.elements]
        made.modules[0] = replace(made.modules[0], key=first)
    for challenge in made.challenges:
        challenge.statement = readable(challenge.statement)[:MOST_LETTERS]
    for one in made.elements:
        one.statement = readable(one.statement)
        one.declaration_reason, one.combine_reason = readable(one.declaration_reason), readable(one.combine_reason)
    for module in made.modules:
        if len(module.title) > MOST_TITLE:
            made.lost(module.place, gettext_noop("The title of module %(module)s is cut."), module=module.key)
        module.title = readable(module.title)[:MOST_TITLE]
    made = with_keys(made, taken=taken, taken_modules=taken_modules)
    leave_out_strangers(made)
    leave_out_evidence(made)
    return made


def readable(text: str) -> str:
    return without_forbidden(normalised(text)).strip()


def leave_out_strangers(draft: ArgumentDraft) -> None:
    """Claim owners who are not members here, or cannot answer, are named in the report."""
    known = members_by_address(element.owner for element in draft.elements)
    for element in draft.elements:
        if element.owner and element.owner.casefold() not in known:
            message = gettext_noop("%(owner)s, who answers for %(element)s, is no active member here.")
            draft.lost(element.place, message, owner=element.owner, element=draft.address_of(element))
            element.owner = ""


def members_by_address(addresses: Iterable[str]) -> dict[str, Member]:
    wanted = {address.casefold() for address in addresses if address}
    if not wanted:
        return {}
    rows = Member.objects.active().select_related("user").annotate(address=models.functions.Lower("user__email"))
    return {row.user.email.casefold(): row for row in rows.filter(address__in=wanted) if not row.is_read_only}


def leave_out_evidence(draft: ArgumentDraft) -> None:
    """What a solution rests on is bound when this library has it; the rest is named, to be bound by hand."""
    known = versions_by_id(binding.version for binding in draft.bindings)
    kept = []
    seen: set[tuple[str, str]] = set()
    address = {element.id: draft.address_of(element) for element in draft.elements}
    for binding in draft.bindings:
        if binding.version in known and (binding.element, binding.version) not in seen:
            seen.add((binding.element, binding.version))
            kept.append(binding)
            continue
        message = gettext_noop("%(element)s rests on “%(evidence)s”. Add it to the library and bind it.")
        named = " ".join(part for part in (binding.title, binding.address) if part) or binding.version
        draft.lost(binding.place, message, element=address.get(binding.element, "–"), evidence=readable(named)[:300])
    draft.bindings = kept


def versions_by_id(ids: Iterable[str]) -> dict[str, EvidenceVersion]:
    wanted = set()
    for one in ids:
        try:
            wanted.add(UUID(one))
        except ValueError:
            continue
    return {str(row.pk): row for row in EvidenceVersion.objects.filter(pk__in=wanted)} if wanted else {}


@transaction.atomic
def bring_in(
    case: AssuranceCase,
    *,
    draft: ArgumentDraft,
    actor: Member,
    below: Element | None = None,
    is_reviewed: bool = False,
    source: str = "",
    happenings: Sequence[Happening] = (),
) -> BroughtIn:
    """Put all of a draft into a case; below an element of the first module when one is given.

    `is_reviewed` says that the actor has looked at every step, as whoever fills in a template does; the links of a file
    await their review. Raises RuleBroken, naming the place, when anything in the draft would break a rule that stops saving.
    """
    opened = open_case(case, actor=actor)
    above = element_of(opened, below) if below else None
    refuse_too_many(opened, len(draft.elements))
    made = prepare(draft, opened)
    if refusals := refusals_in(made):
        raise RuleBroken(" ".join(said_of_refusal(one) for one in refusals[:3]), field="file")
    tops = tops_of(made) if above is not None else []
    refuse_malformed_together(opened, made, above, tops)
    brought = BroughtIn(opened, made)
    write_modules(brought)
    write_elements(brought)
    write_links(brought, actor=actor, is_reviewed=is_reviewed, above=above, tops=tops)
    write_bindings(brought, actor)
    told = list(happenings)
    told += write_metrics(brought, actor)
    told += write_conditions(brought, actor)
    told += write_challenges(brought, actor)
    summary = {
        "elements": len(made.elements),
        "links": len(made.links),
        "modules": len(made.modules),
        "repairs": len(made.repairs),
        "losses": len(made.losses),
        "source": source,
    }
    reevaluate(opened, actor=actor, happenings=[(CaseEvent.BROUGHT_IN, opened, summary), *told])
    return brought


def tops_of(draft: ArgumentDraft) -> list[DraftElement]:
    """The claims of the first module that nothing in the draft rests on."""
    below = {link.target for link in draft.links} | {element.cites for element in draft.elements}
    return [
        one for one in draft.elements if one.kind in ("goal", "strategy") and not one.module and one.id not in below
    ]


def refuse_malformed_together(
    case: AssuranceCase, draft: ArgumentDraft, above: Element | None, tops: list[DraftElement]
) -> None:
    """The draft and what the case has already, as one argument."""
    nodes, edges = outline_of(load_case(case))
    before = set(blocking(nodes, edges))
    more, steps = outline_of_draft(draft)
    nodes += more
    edges += steps
    if above is not None:
        edges += [Edge(source=above.pk, target=top.id) for top in tops]
    refuse_too_deep(nodes, edges)
    for problem in blocking(nodes, edges):
        if problem.level is Level.BLOCKS and problem not in before:
            raise RuleBroken(
                f"{gettext(problem.message) % words_of(problem)} {gettext(problem.remedy) % words_of(problem)}"
            )


# --- Writing ----------------------------------------------------------------------------------------------------------


def write_modules(brought: BroughtIn) -> None:
    """The first module becomes the case's own first; it takes over key and title while nothing was ever argued there."""
    case, drafted = brought.case, brought.draft.modules
    default = ArgumentModule.objects.select_for_update(of=("self",)).get(case=case, is_default=True)
    first = drafted[0]
    if not Element.objects.filter(module=default).exists():
        default.key, default.title = first.key, first.title or default.title
        default.is_contract = first.is_contract
        default.save(update_fields=["key", "title", "is_contract", "updated_at"])
    if ArgumentModule.objects.filter(case=case).count() + len(drafted) - 1 > MOST_MODULES:
        raise RuleBroken(_("A case has %d modules at most. Open another case and cite it.") % MOST_MODULES)
    brought.modules = {"": default, first.key: default}
    others = [
        ArgumentModule(
            organisation_id=case.organisation_id,
            case=case,
            key=module.key,
            title=module.title or module.key,
            is_contract=module.is_contract,
        )
        for module in drafted[1:]
    ]
    ArgumentModule.objects.bulk_create(others)
    brought.modules |= {module.key: module for module in others}


def write_elements(brought: BroughtIn) -> None:
    draft = brought.draft
    owners = members_by_address(element.owner for element in draft.elements)
    for drafted in draft.elements:
        brought.elements[drafted.id] = Element(
            organisation_id=brought.case.organisation_id,
            case=brought.case,
            module=brought.modules[drafted.module],
            key=drafted.key,
            kind=drafted.kind,
            role=Element.Role.COUNTER if drafted.is_counter else Element.Role.SUPPORT,
            statement=drafted.statement,
            owner=owners.get(drafted.owner.casefold()),
            cites_module=brought.modules[drafted.cites_module] if drafted.cites_module else None,
            **{name: getattr(drafted, name) for name in SAID},
        )
    for drafted in draft.elements:
        if drafted.cites:
            brought.elements[drafted.id].cites = brought.elements[drafted.cites]
    Element.objects.bulk_create(brought.elements.values())


SAID = (
    "declaration",
    "declaration_reason",
    "category",
    "is_undeveloped",
    "is_uninstantiated",
    "is_public",
    "is_supported_by_contract",
    "combine",
    "combine_k",
    "combine_reason",
    "review_by",
    "pattern",
    "pattern_key",
)


def write_links(
    brought: BroughtIn, *, actor: Member, is_reviewed: bool, above: Element | None, tops: list[DraftElement]
) -> None:
    now = timezone.now()
    elements = brought.elements
    hashes = {row.pk: hash_of_element(row, row.cites) for row in elements.values()} if is_reviewed else {}
    ends = [(elements[one.source], elements[one.target], one) for one in brought.draft.links]
    ordinals: dict[UUID, int] = {}
    if above is not None:
        last = Link.objects.filter(source=above).aggregate(last=models.Max("ordinal"))["last"]
        ordinals[above.pk] = 0 if last is None else last + 1
        hashes[above.pk] = hash_of_element(above, above.cites if above.cites_id else None)
        ends += [(above, elements[top.id], DraftLink(source="", target=top.id)) for top in tops]
    rows = []
    for source, target, drafted in ends:
        ordinal = ordinals.get(source.pk, 0)
        ordinals[source.pk] = ordinal + 1
        reviewed = (
            {
                "reviewed_hash": hash_of_ends(hashes[source.pk], hashes[target.pk]),
                "reviewed_at": now,
                "reviewed_by": actor,
            }
            if is_reviewed
            else {}
        )
        rows.append(
            Link(
                organisation_id=brought.case.organisation_id,
                case=brought.case,
                kind=drafted.kind,
                source=source,
                target=target,
                ordinal=ordinal,
                is_exact=drafted.is_exact,
                exact_reason=drafted.exact_reason,
                **reviewed,
            )
        )
    Link.objects.bulk_create(rows)


def write_bindings(brought: BroughtIn, actor: Member) -> None:
    versions = versions_by_id(binding.version for binding in brought.draft.bindings)
    EvidenceBinding.objects.bulk_create(
        EvidenceBinding(
            organisation_id=brought.case.organisation_id,
            element=brought.elements[binding.element],
            version=versions[binding.version],
            added_by=actor,
            **binding.rule,
        )
        for binding in brought.draft.bindings
    )


def write_metrics(brought: BroughtIn, actor: Member) -> list[Happening]:
    told: list[Happening] = []
    for metric in brought.draft.metrics:
        rule = dict(metric.rule)
        indicator = indicator_called(metric.indicator, unit=str(rule.get("unit", "")), actor=actor)
        told += enter_metric(brought.case, brought.elements[metric.element], indicator=indicator, actor=actor, **rule)[
            1
        ]
    return told


def write_conditions(brought: BroughtIn, actor: Member) -> list[Happening]:
    told: list[Happening] = []
    for condition in brought.draft.conditions:
        element = brought.elements[condition.element] if condition.element else None
        rule = {"responder": brought.case.accountable_owner, **condition.rule}
        told += enter_condition(brought.case, on=element, actor=actor, **rule)[1]
    return told


def write_challenges(brought: BroughtIn, actor: Member) -> list[Happening]:
    """The doubts of the draft, as raised by the actor; those that its source marks as defeating are sustained at once.

    That can only lower a standing; whoever may decide can refute them with an answer.
    """
    case, drafted = brought.case, brought.draft.challenges
    if not drafted:
        return []
    now = timezone.now()
    first = next_number(case.organisation_id, Challenge, len(drafted))
    elements = brought.elements
    rows = [
        Challenge(
            organisation_id=case.organisation_id,
            number=first + place,
            case=case,
            target=elements[one.target],
            step_to=elements[one.target_below] if one.target_below else None,
            attack=one.attack,
            severity=one.severity,
            statement=one.statement,
            raised_by=actor,
            counter_element=elements[one.counter] if one.counter else None,
            status=one.state,
            rationale=_("So marked in what it was brought in from.") if one.state == "sustained" else "",
            changed_at=now,
            last_event_at=now + TICK if one.state == "sustained" else now,
        )
        for place, one in enumerate(drafted)
    ]
    Challenge.objects.bulk_create(rows)
    ChallengeEvent.objects.bulk_create(event for row in rows for event in events_of(row, now, actor))
    told: list[Happening] = []
    for row in rows:
        words = {"challenge": row.number, "about": row.target.address, "statement": row.statement[:300]}
        told += [(DoubtEvent.RAISED, row, words), (DoubtEvent.RAISED, case, words)]
        if row.status == Challenge.Status.SUSTAINED:
            told.append((DoubtEvent.SUSTAINED, row, words))
    return told


def events_of(row: Challenge, now: datetime, actor: Member) -> list[ChallengeEvent]:
    """Its history: raised, and where it came in so, sustained right after."""
    about: dict[str, Any] = {
        "organisation_id": row.organisation_id,
        "challenge": row,
        "actor": actor,
        "severity": row.severity,
        "changed_at": now,
    }
    open_state = Challenge.Status.OPEN
    events = [ChallengeEvent(at=now, kind=ChallengeEvent.Kind.RAISED, after=open_state, note=row.statement, **about)]
    if row.status == Challenge.Status.SUSTAINED:
        events.append(
            ChallengeEvent(
                at=now + TICK,
                kind=ChallengeEvent.Kind.SUSTAINED,
                before=open_state,
                after=row.status,
                note=row.rationale,
                **about,
            )
        )
    return events


# --- Saying it --------------------------------------------------------------------------------------------------------


def said_of_note(note: Note) -> str:
    """A repair or a loss in the person's language."""
    return gettext(note.message) % translated(note.words)


def said_of_refusal(refusal: Refusal) -> str:
    """The place, what is wrong there, and what to do."""
    words = translated(refusal.words)
    where = place_of(refusal)
    message = f"{gettext(refusal.message) % words} {gettext(refusal.remedy) % words}"
    return f"{where}: {message}" if where else message


def place_of(note: Note | Refusal) -> str:
    return _("Line %d") % note.place if isinstance(note.place, int) else note.place


def translated(words: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return words_of(Problem("", Level.BLOCKS, "", "", "", words))


__all__ = ["BroughtIn", "Loss", "Repair", "bring_in", "place_of", "prepare", "said_of_note", "said_of_refusal"]
