"""Identifying, assessing, reviewing and closing risks (6.1.2, 8.2)."""

from collections.abc import Iterable
from datetime import date
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aims.rules import RuleBroken
from aims.standards.catalogue import risk_taxonomy
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.trail.record import record
from aims.transitions import move
from inventory.models import AISystem
from risks.events import RiskEvent
from risks.models import Control, Risk, RiskControl, RiskSystem, Treatment
from risks.rating import RATING_FIELDS, stored
from risks.snapshot import content_of, hash_of


class RiskFields(TypedDict, total=False):
    """What a person may say about a risk; a name that is left out stays as it is."""

    title: str
    description: str
    source: str
    harm: str
    owner: Member | None
    inherent_likelihood: int | None
    inherent_impact: int | None
    likelihood: int | None
    impact: int | None
    residual_likelihood: int | None
    residual_impact: int | None
    rating_reason: str
    treatment_option: str
    review_on: date | None


@transaction.atomic
def add_risk(
    *,
    systems: Iterable[AISystem] = (),
    controls: Iterable[Control] = (),
    actor: Member,
    **fields: Unpack[RiskFields],
) -> Risk:
    """Identify a risk; with ratings it is assessed at once."""
    risk = Risk(organisation_id=actor.organisation_id, number=next_number(actor.organisation_id, Risk))
    values = checked_fields(risk, fields)
    if not values.get("title"):
        raise RuleBroken(_("Say in a few words what the risk is."), field="title")
    for name, value in values.items():
        setattr(risk, name, value)
    risk.save(force_insert=True)
    record(RiskEvent.IDENTIFIED, risk, actor=actor, source=risk.source, harm=risk.harm)
    set_systems(risk, systems)
    set_controls(risk, controls)
    if risk.is_rated:
        move(risk, Risk.Status.ASSESSED, event=RiskEvent.ASSESSED, actor=actor, scores=scores_of(risk))
    return risk


@transaction.atomic
def edit_risk(
    risk: Risk,
    *,
    systems: Iterable[AISystem] | None = None,
    controls: Iterable[Control] | None = None,
    revision: int | None = None,
    actor: Member,
    **fields: Unpack[RiskFields],
) -> Risk:
    """Change what is given; None for systems or controls leaves the links as they are."""
    row = still_open(locked(risk, revision=revision))
    told = save_changes(row, **checked_fields(row, fields))
    links: dict[str, Any] = {}
    if systems is not None and (change := set_systems(row, systems)):
        links["systems"] = change
    if controls is not None and (change := set_controls(row, controls)):
        links["controls"] = change
    if not told and not links:
        return row
    if not told:
        touch(row)
    is_assessed_now = any(name in told for name in RATING_FIELDS)
    if row.status == Risk.Status.IDENTIFIED and row.is_rated:
        move(row, Risk.Status.ASSESSED, event=RiskEvent.ASSESSED, actor=actor, scores=scores_of(row), **links)
    else:
        record(RiskEvent.ASSESSED if is_assessed_now else RiskEvent.EDITED, row, actor=actor, **told, **links)
    note_lapse(row, actor=actor)
    return row


@transaction.atomic
def link_system(risk: Risk, *, system: AISystem, actor: Member) -> Risk:
    """Say that the risk concerns a system too."""
    linked = list(AISystem.objects.filter(risk_links__risk=risk))
    return edit_risk(risk, systems=[*linked, system], actor=actor)


@transaction.atomic
def unlink_system(risk: Risk, *, system: AISystem, actor: Member) -> Risk:
    """Say that the risk does not concern a system after all."""
    return edit_risk(risk, systems=AISystem.objects.filter(risk_links__risk=risk).exclude(pk=system.pk), actor=actor)


@transaction.atomic
def review_risk(risk: Risk, *, review_on: date, note: str = "", revision: int | None = None, actor: Member) -> Risk:
    """Say that somebody looked again, and when the next look is due."""
    row = still_open(locked(risk, revision=revision))
    if review_on <= timezone.localdate():
        raise RuleBroken(_("The next review lies in the future. Choose a later day."), field="review_on")
    told = save_changes(row, review_on=review_on)
    record(RiskEvent.REVIEWED, row, actor=actor, note=note, **told)
    return row


@transaction.atomic
def close_risk(risk: Risk, *, reason: str, revision: int | None = None, actor: Member) -> Risk:
    """Take a risk out of the open register, with the reason; it stays readable and can be reopened."""
    row = locked(risk, revision=revision)
    reason = needed(reason, _("Say why the risk no longer has to be watched."), "reason")
    unfinished = row.treatments.filter(status__in=[Treatment.Status.PLANNED, Treatment.Status.IN_PROGRESS]).count()
    if unfinished:
        sentence = ngettext(
            "%(count)d treatment is still open. Complete or cancel it first.",
            "%(count)d treatments are still open. Complete or cancel them first.",
            unfinished,
        )
        raise RuleBroken(sentence % {"count": unfinished})
    fields = {"closed_reason": reason, "accepted_until": None}
    return move(row, Risk.Status.CLOSED, event=RiskEvent.CLOSED, actor=actor, fields=fields, reason=reason)


@transaction.atomic
def reopen_risk(risk: Risk, *, reason: str, revision: int | None = None, actor: Member) -> Risk:
    """Take a closed risk back into the open register."""
    row = locked(risk, revision=revision)
    reason = needed(reason, _("Say why the risk has to be watched again."), "reason")
    if row.status != Risk.Status.CLOSED:
        raise RuleBroken(_("This risk is open already."))
    to = Risk.Status.ASSESSED if row.is_rated else Risk.Status.IDENTIFIED
    fields = {"closed_reason": ""}
    return move(row, to, event=RiskEvent.REOPENED, actor=actor, fields=fields, reason=reason)


def checked_fields(risk: Risk, given: RiskFields) -> dict[str, Any]:
    """The columns to set, after the rules about them."""
    values: dict[str, Any] = dict(given)
    for name in ("title", "description", "rating_reason"):
        if name in values:
            values[name] = values[name].strip()
    if "title" in values and not values["title"]:
        raise RuleBroken(_("Say in a few words what the risk is."), field="title")
    for name in ("source", "harm"):
        if values.get(name) and values[name] not in risk_taxonomy().terms():
            raise RuleBroken(_("Choose an entry of the list."), field=name)
    if values.get("treatment_option") and values["treatment_option"] not in Risk.TreatmentOption.values:
        raise RuleBroken(_("Choose an entry of the list."), field="treatment_option")
    if values.get("owner") is not None:
        answerable(values["owner"], "owner")
    if any(name in values for name in RATING_FIELDS):
        values |= checked_ratings(risk, values)
    return values


def checked_ratings(risk: Risk, values: dict[str, Any]) -> dict[str, Any]:
    """The ratings with their scores; a new rating says why."""
    before = {name: getattr(risk, name) for name in RATING_FIELDS}
    columns = stored({**before, **{name: values[name] for name in RATING_FIELDS if name in values}})
    has_changed = any(columns[name] != before[name] for name in RATING_FIELDS)
    if risk.is_rated and not columns["inherent_score"]:
        raise RuleBroken(
            _("An assessed risk keeps a rating. Change it, or close the risk."), field="inherent_likelihood"
        )
    if has_changed and not values.get("rating_reason", risk.rating_reason).strip():
        raise RuleBroken(_("Say why you rate it so: what was seen, measured or assumed."), field="rating_reason")
    return columns


def answerable(member: Member, field: str) -> Member:
    """Whoever answers for something is active and may act."""
    if not member.is_active or member.is_read_only:
        raise RuleBroken(
            _("%(name)s cannot answer for this: choose an active member who does more than read.")
            % {"name": member.display_name},
            field=field,
        )
    return member


def needed(text: str, sentence: str, field: str) -> str:
    if not text.strip():
        raise RuleBroken(sentence, field=field)
    return text.strip()


def still_open(risk: Risk) -> Risk:
    if risk.status == Risk.Status.CLOSED:
        raise RuleBroken(_("This risk is closed. Reopen it first."))
    return risk


def touch(risk: Risk) -> None:
    """Raise the revision when only links have changed, so that nobody overwrites what they have not seen."""
    risk.revision += 1
    risk.save(update_fields=["revision", "updated_at"])


def scores_of(risk: Risk) -> list[int]:
    return [risk.inherent_score, risk.score, risk.residual_score]


def note_lapse(risk: Risk, *, actor: Member | None) -> None:
    """End the acceptance in force when the risk is no longer what was accepted."""
    if risk.status != Risk.Status.ACCEPTED or risk.accepted_until is None:
        return
    acceptance = risk.acceptances.first()
    if acceptance and acceptance.sha256 != hash_of(content_of(risk)):
        told = save_changes(risk, accepted_until=None)
        record(RiskEvent.ACCEPTANCE_LAPSED, risk, actor=actor, acceptance=acceptance.number, **told)


def set_systems(risk: Risk, systems: Iterable[AISystem]) -> list[object]:
    """Link exactly these systems; returns the numbers before and after, or nothing when they are the same."""
    wanted = {system.pk: system for system in systems}
    links = {link.system_id: link for link in risk.system_links.select_related("system")}
    if wanted.keys() == links.keys():
        return []
    for pk in wanted.keys() - links.keys():
        if wanted[pk].is_retired:
            raise RuleBroken(
                _("“%(name)s” is retired. Choose a system in use.") % {"name": wanted[pk].name}, field="systems"
            )
    RiskSystem.objects.filter(pk__in=[link.pk for pk, link in links.items() if pk not in wanted]).delete()
    RiskSystem.objects.bulk_create(
        RiskSystem(organisation_id=risk.organisation_id, risk=risk, system=system)
        for pk, system in wanted.items()
        if pk not in links
    )
    before = sorted(link.system.number for link in links.values())
    return [before, sorted(system.number for system in wanted.values())]


def set_controls(risk: Risk, controls: Iterable[Control]) -> list[object]:
    """Link exactly these controls; an excluded control cannot hold a risk down."""
    wanted = {control.pk: control for control in controls}
    links = {link.control_id: link for link in risk.control_links.select_related("control")}
    if wanted.keys() == links.keys():
        return []
    for pk in wanted.keys() - links.keys():
        if wanted[pk].applicability == Control.Applicability.EXCLUDED:
            raise RuleBroken(
                _("%(reference)s is excluded from the Statement of Applicability. Include it there first.")
                % {"reference": wanted[pk].reference},
                field="controls",
            )
    RiskControl.objects.filter(pk__in=[link.pk for pk, link in links.items() if pk not in wanted]).delete()
    RiskControl.objects.bulk_create(
        RiskControl(organisation_id=risk.organisation_id, risk=risk, control=control)
        for pk, control in wanted.items()
        if pk not in links
    )
    before = sorted(link.control.reference for link in links.values())
    return [before, sorted(control.reference for control in wanted.values())]
