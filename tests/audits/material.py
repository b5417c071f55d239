"""Records for packs: a little of everything, made the short way because the pack only reads."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from aims.tenancy.scope import organisation_scope
from audits.models import Audit, Finding, ManagementReview, Nonconformity
from audits.packs.actions import request_pack
from cases.actions.argument import hash_of_rows
from cases.models import ArgumentModule, AssuranceCase, Element, EvidenceBinding, Link
from evidence.models import EvidenceFile, EvidenceItem, EvidenceVersion
from inventory.models import AISystem
from risks.models import Acceptance, Control, Risk, RiskSystem, Treatment
from tests.again import said_again

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


@said_again
def make_records(cast, *, systems: int = 2) -> list[AISystem]:
    """Systems, a risk, a control, stale evidence, a case that rests on it, an audit, a nonconformity, a review."""
    today = timezone.localdate()
    with organisation_scope(cast.organisation):
        made = [
            AISystem.objects.create(number=n, name=f"Credit model {n}", tier="T3", owner=cast.owner, purpose="Scores.")
            for n in range(1, systems + 1)
        ]
        risk = Risk.objects.create(
            number=1, title="Older applicants are refused", likelihood=4, impact=5, score=20, owner=cast.owner,
            inherent_likelihood=5, inherent_impact=5, status="accepted",
        )  # fmt: skip
        RiskSystem.objects.create(risk=risk, system=made[0])
        other = Risk.objects.create(number=2, title="Only about the second system", likelihood=1, impact=1, score=1)
        RiskSystem.objects.create(risk=other, system=made[-1])
        Treatment.objects.create(
            number=1, risk=risk, description="Watch the ratio", owner=cast.owner, due_on=today - timedelta(days=3)
        )
        Acceptance.objects.create(
            number=1, risk=risk, accepted_by=cast.executive, until=today - timedelta(days=1), reason="Small",
            sha256="a" * 64, snapshot={},
        )  # fmt: skip
        Control.objects.create(number=1, reference="A.2.2", title="AI policy", sort_key="A.02.02")
        make_case(cast, made[0], make_evidence(cast, made[0]))
        audit = Audit.objects.create(
            number=1, title="Audit of clause 8", criteria="8", scope_text="All", lead_auditor=cast.auditor,
            starts_on=today, ends_on=today,
        )  # fmt: skip
        Finding.objects.create(number=1, audit=audit, grade="minor", statement="No date", evidence_seen="Record 3")
        Nonconformity.objects.create(
            number=1, title="Missing date", description="8.4", owner=cast.owner, due_on=today - timedelta(days=2)
        )
        ManagementReview.objects.create(number=1, title="Autumn review", held_on=today, chair=cast.executive)
    return made


def make_evidence(cast, system) -> EvidenceVersion:
    """Evidence that went stale in 2025, with one file."""
    item = EvidenceItem.objects.create(
        number=1, title="Bias audit", kind="audit_report", owner=cast.contributor, system=system
    )
    version = EvidenceVersion.objects.create(
        item=item, ordinal=1, collected_at=LONG_AGO, valid_for_days=30, valid_until=LONG_AGO + timedelta(days=30),
        grace_until=LONG_AGO + timedelta(days=30), review="accepted",
    )  # fmt: skip
    EvidenceFile.objects.create(
        version=version, name="bias.pdf", key="x", sha256="b" * 64, size=10, media_type="application/pdf"
    )
    item.current, item.fresh_until = version, version.valid_until
    item.save()
    return version


def make_case(cast, system, version) -> AssuranceCase:
    """A goal that rests on one solution."""
    case = AssuranceCase.objects.create(
        number=1, system=system, title="Fair decisions", purpose="Loans", accountable_owner=cast.owner
    )
    module = ArgumentModule.objects.create(case=case, key="M1", title="Fair decisions", is_default=True)
    goal = Element.objects.create(
        case=case, module=module, key="G1", kind="goal", statement="Groups are treated alike."
    )
    solution = Element.objects.create(case=case, module=module, key="Sn1", kind="solution", statement="Bias audit")
    Link.objects.create(
        case=case, kind="supported_by", source=goal, target=solution, reviewed_hash=hash_of_rows(goal, solution)
    )
    EvidenceBinding.objects.create(element=solution, version=version)
    return case


def ask(cast, *, systems=(), title="A pack"):
    """A pack asked for by the officer."""
    from aims.tenancy.door import acting_as

    with acting_as(cast.officer):
        scope = "systems" if systems else "organisation"
        return request_pack(title=title, scope=scope, systems=systems, actor=cast.officer)
