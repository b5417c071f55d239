"""Functions with defaults that make what a test needs, through the real actions wherever one exists."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from aims.tenancy.actions import add_member, create_organisation, open_engagement
from aims.tenancy.models import Member, Organisation, User
from aims.tenancy.permissions import Role
from aims.tenancy.scope import working_in

PASSWORD = "correct horse battery"  # noqa: S105


def make_user(email: str, **fields: Any) -> User:
    existing = User.objects.filter(email=email).first()
    return existing or User.objects.create_user(email, PASSWORD, **fields)


def make_organisation(slug: str = "acme", name: str = "") -> Organisation:
    return create_organisation(name=name or slug.title(), slug=slug)


def make_member(organisation: Organisation, *roles: str, name: str = "", email: str = "") -> Member:
    """A member with roles; the name is the first role unless given."""
    first = roles[0] if roles else Role.OBSERVER
    email = email or f"{first.replace('_', '-')}@{organisation.slug}.example"
    display_name = name or f"{Role(first).label} of {organisation.name}"
    with working_in(organisation):
        member = add_member(
            organisation, user=make_user(email), display_name=display_name, roles=roles or [first], actor=None
        )
        if Role.CERTIFICATION_AUDITOR in roles:
            today = timezone.localdate()
            open_engagement(
                member,
                title="Surveillance audit",
                body="Assessor",
                starts_on=today - timedelta(days=1),
                ends_on=today + timedelta(days=30),
                period_from=today - timedelta(days=365),
                period_to=today,
                actor=None,
            )
    return member


def make_evidence(actor: Member, **fields: Any) -> Any:
    """A piece of evidence with one version, collected yesterday and valid for 180 days unless said otherwise."""
    from evidence.actions import add_evidence

    said = {
        "title": "Selection rates by age band",
        "kind": "evaluation",
        "collected_at": timezone.now() - timedelta(days=1),
        "valid_for_days": 180,
        "method": "All applications of October.",
    }
    with working_in(actor.organisation):
        return add_evidence(actor=actor, **{**said, **fields})


EVERYDAY = {
    "prohibited_practice": "no",
    "effect_on_people": "none",
    "decision_area": "none",
    "safety_component": "no",
    "vulnerable_people": "no",
    "human_review": "every_output",
    "scale": "under_100",
    "personal_data": "none",
    "generates_for_public": "no",
    "reversible": "easily",
}
"""Screening answers that give T0."""


def make_system(actor: Member, name: str = "Credit scoring", **fields: Any) -> Any:
    """An AI system registered by this member."""
    from inventory.actions import register_system

    with working_in(actor.organisation):
        return register_system(name=name, actor=actor, **{"purpose": "Rates applicants.", **fields})


RATED = {
    "inherent_likelihood": 4,
    "inherent_impact": 5,
    "likelihood": 2,
    "impact": 5,
    "residual_likelihood": 2,
    "residual_impact": 4,
    "rating_reason": "The weekly monitor has shown no breach since.",
}


def make_risk(actor: Member, *, rated: bool = True, **fields: Any) -> Any:
    """A risk in the register; assessed unless `rated` is false."""
    from risks.actions import add_risk

    said = {"title": "One group is refused more often", **(RATED if rated else {})}
    with working_in(actor.organisation):
        return add_risk(actor=actor, **{**said, **fields})


def make_control(actor: Member, reference: str = "OWN-1", **fields: Any) -> Any:
    """An own control."""
    from risks.actions import add_own_control

    said = {"title": "Second pair of eyes", "justification": "A wrong refusal ends a business."}
    with working_in(actor.organisation):
        return add_own_control(reference=reference, actor=actor, **{**said, **fields})
