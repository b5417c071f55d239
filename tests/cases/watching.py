"""Degradation conditions for tests, through the real actions."""

from cases.actions import add_condition
from cases.models import Element, StandingLevel

CONFIGS = {
    "metric_threshold": {"metric": "cv-rate", "comparator": "lt"},
    "webhook": {"source": "Drift monitor"},
    "registry_event": {"events": ["version_deployed", "new_version", "supplier_change", "new_dataset"]},
    "calendar": {"on": "2030-01-01"},
    "evidence_age": {},
    "incident_link": {"where": "Service desk"},
    "manual_attestation": {"question": "Is the law still the same?"},
}


def rule(detector="webhook", **fields):
    """What a condition needs, told to the detector."""
    said = {
        "type": "distribution_shift",
        "statement": "If the applicants change, the rates say nothing, because they were measured on others.",
        "detector": detector,
        "config": CONFIGS.get(detector, {}),
        "every_hours": 24,
        "max_silence_hours": 72,
        "effect": StandingLevel.UNSUPPORTED,
    }
    if detector in ("metric_threshold", "evidence_age"):
        said["threshold"] = 0.9 if detector == "metric_threshold" else 60
    return {**said, **fields}


def make_condition(cast, case, claim="G2", detector="webhook", **fields):
    """On a claim, or with `claim=None` on the whole case."""
    element = Element.objects.get(case=case, key=claim) if claim else None
    said = {"responder": cast.owner, "respond_within_hours": 48, "actions": ["notify_owner"], **fields}
    return add_condition(case, element=element, actor=cast.officer, **rule(detector, **said))


def standing_of(case, claim=None):
    """What is stored."""
    case.refresh_from_db()
    return StandingLevel(Element.objects.get(case=case, key=claim).standing if claim else case.standing)
