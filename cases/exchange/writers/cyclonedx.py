"""CycloneDX 1.7 declarations: each claim with its evidence against it or for it, about the AI system. Pure."""

import json
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from cases.drafts import ArgumentDraft, Loss
from cases.exchange.writers.tea import gid_of
from cases.exchange.writing import Written, legs_of, losses_of
from cases.outline import gettext_noop

LOST: Final = ("exact", "combine", "category", "owner", "review_by", "public", "undeveloped", "uninstantiated", "contract",
               "metrics", "conditions", "challenge_details", "declaration", "template")  # fmt: skip


def write(draft: ArgumentDraft) -> Written:
    """One bill of materials without components other than the system that the claims are about."""
    by_id = {element.id: element for element in draft.elements}
    legs = legs_of(draft)
    claims: list[dict[str, Any]] = []
    evidence: list[dict[str, Any]] = []
    refs = {element.id: f"{element.kind}-{gid_of(element.id)}" for element in draft.elements}
    bound: dict[str, list[str]] = {}
    for n, binding in enumerate(draft.bindings, start=1):
        ref = f"evidence-{n}-{refs[binding.element]}"
        bound.setdefault(binding.element, []).append(ref)
        rule = binding.rule
        data: dict[str, Any] = {"name": binding.title or binding.address}
        if binding.address:
            data["contents"] = {"url": binding.address}
        made: dict[str, Any] = {"bom-ref": ref, "description": binding.title or binding.address, "data": [data]}
        for name, field in (("collected_at", "created"), ("valid_until", "expires")):
            if rule.get(name):
                made[field] = rule[name]
        evidence.append(made)
    countered: dict[str, list[str]] = {}
    for challenge in draft.challenges:
        for leg in legs.get(challenge.counter, ()):
            countered.setdefault(challenge.target, []).extend(bound.get(leg.target, ()))
    for element in draft.elements:
        if element.kind not in ("goal", "away_goal"):
            continue
        below = [by_id[link.target] for link in legs[element.id] if link.kind == "supported_by"]
        reasons = [f"{draft.address_of(one)}: {one.statement}" for one in below if one.kind == "strategy"]
        standing = element.extras.get("standing", "")
        reasons += [f"Stands as {standing} as of {draft.exported_at}."] if standing else []
        found = [ref for leg in below if "solution" in leg.kind for ref in bound.get(leg.id, ())]
        claim: dict[str, Any] = {
            "bom-ref": refs[element.id],
            "target": "system",
            "predicate": f"{draft.address_of(element)}: {element.statement}",
        }
        if reasons:
            claim["reasoning"] = "\n".join(reasons)
        if found:
            claim["evidence"] = list(dict.fromkeys(found))
        if countered.get(element.id):
            claim["counterEvidence"] = list(dict.fromkeys(countered[element.id]))
        claims.append(claim)
    component = {"bom-ref": "system", "type": "application", "name": draft.system or draft.title or "AI system"}
    declarations: dict[str, Any] = {
        "assessors": [{"bom-ref": "case", "thirdParty": False}],
        "attestations": [{"summary": draft.title or "Assurance case", "assessor": "case"}],
        "claims": claims,
        "evidence": evidence,
        "targets": {"components": [component]},
    }
    said = {
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'urn:aims:bom:{draft.title}:{draft.exported_at}')}",
        "version": 1,
        "metadata": {"timestamp": draft.exported_at} if draft.exported_at else {},
        "declarations": declarations,
    }
    losses = losses_of(draft, LOST)
    left = sorted({element.kind for element in draft.elements} - {"goal", "away_goal", "strategy", "solution"})
    if left:
        message = gettext_noop(
            "Only claims, their reasoning and their evidence are written; left out are elements of these kinds: %(kinds)s."
        )
        losses.append(Loss.at("", message, kinds=", ".join(left)))
    return Written([("argument.cdx.json", json.dumps(said, ensure_ascii=False, indent=2) + "\n")], losses)
