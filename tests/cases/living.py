"""Cases that are ready for their next step, through the real actions."""

from datetime import timedelta

from django.utils import timezone

from aims.tenancy.models import Member
from aims.tenancy.permissions import Role
from cases.access import Part
from cases.actions import appoint, attest_condition, edit_case, edit_element, rule_out
from cases.loading import load_case
from cases.models import AssuranceCase, Challenge, ChecklistAnswer, Element, Opinion
from cases.reviews import argument_sha256, checklist_of
from cases.wellformed_conditions import NAMED_CHANGES
from tests.again import said_again
from tests.cases.building import grow, make_sound_case
from tests.cases.challenging import make_challenge
from tests.cases.watching import make_condition
from tests.factories import make_member

PARTS = (
    ("contributor", Part.AUTHOR),
    ("reviewer", Part.TEAM_REVIEWER),
    ("challenger", Part.CHALLENGER),
    ("second", Part.CHALLENGER),
    ("executive", Part.DECIDER),
    ("observer", Part.OBSERVER),
)


def edited(element, actor, **changes):
    kept = (
        "statement", "owner", "declaration", "declaration_reason", "category", "is_undeveloped", "is_uninstantiated",
        "is_public", "is_supported_by_contract", "combine", "combine_k", "combine_reason", "review_by",
    )  # fmt: skip
    said = {**{name: getattr(element, name) for name in kept}, **changes}
    return edit_element(element, **said, revision=None, links_still_hold=True, actor=actor)


@said_again
def make_whole_case(cast) -> AssuranceCase:
    """A T3 case that breaks no rule of its tier, with nobody appointed yet."""
    case = make_sound_case(cast)
    grow(case, cast, "context", "G1", "Small consumer loans in Acme, decided by credit scoring")
    for key in ("G2", "G3"):
        grow(case, cast, "justification", key, "Judged by the experts, because no number fits")
        edited(Element.objects.select_related("module", "case__system").get(case=case, key=key), cast.officer,
               owner=cast.owner)  # fmt: skip
        for kind in ("distribution_shift", "model_update"):
            condition = make_condition(cast, case, key, "manual_attestation", type=kind, max_silence_hours=20_000)
            attest_condition(condition, seen="ok", statement="Nothing is different.", actor=cast.officer)
    for change in NAMED_CHANGES[:]:
        if change not in ("distribution_shift", "model_update"):
            rule_out(case, type=change, reason="It cannot come here.", actor=cast.officer)
    case.refresh_from_db()
    edit_case(
        case, revision=None, title=case.title, purpose=case.purpose, scope_text=case.scope_text,
        accountable_owner=case.accountable_owner, review_by=timezone.localdate() + timedelta(days=80),
        actor=cast.officer,
    )  # fmt: skip
    case.refresh_from_db()
    return case


def join(cast) -> None:
    """Two more people, and everybody's unit."""
    cast.reviewer = make_member(cast.organisation, Role.CONTRIBUTOR, email=f"reviewer@{cast.slug}.example", name="Rea")
    cast.second = make_member(cast.organisation, Role.CHALLENGER, email=f"second@{cast.slug}.example", name="Sol")
    Member.objects.filter(pk__in=[cast.owner.pk, cast.challenger.pk]).update(unit="Lending")
    Member.objects.filter(pk=cast.second.pk).update(unit="Audit")


def appoint_all(cast, case) -> None:
    for name, part in PARTS:
        appoint(case, member=getattr(cast, name), part=part, actor=cast.officer)


def make_ready_case(cast) -> AssuranceCase:
    """The same with all its people: it may be submitted."""
    case = make_whole_case(cast)
    join(cast)
    appoint_all(cast, case)
    case.refresh_from_db()
    return case


def challenged(cast, case) -> Challenge:
    """One small doubt, answered with what the case says already."""
    from cases.actions import accept_challenge

    doubt = make_challenge(cast, case, severity="minor")
    return accept_challenge(
        doubt, significance="negligible", rationale="Small, and watched.",
        until=timezone.localdate() + timedelta(days=60), actor=cast.executive,
    )  # fmt: skip


def answer_all(case, member) -> None:
    loaded = load_case(case)
    sha256, now = argument_sha256(loaded), timezone.now()
    ChecklistAnswer.objects.bulk_create(
        ChecklistAnswer(
            case=case, prompt=asked.prompt.key, catalogue="1", member=member, answer="yes", argument_sha256=sha256,
            answered_at=now,
        )
        for asked in checklist_of(case, loaded=loaded)
    )  # fmt: skip


def give_opinion(case, member, verdict="stands") -> Opinion:
    return Opinion.objects.create(
        case=case, member=member, verdict=verdict, reason="I looked at every step.",
        argument_sha256=argument_sha256(load_case(case)), recorded_at=timezone.now(),
    )  # fmt: skip
