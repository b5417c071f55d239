"""JSON of the TEA platform, version 1.0: a tree from the claim on top. Pure."""

import json
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from cases.drafts import ArgumentDraft, DraftElement
from cases.exchange.writing import (
    Written,
    copy_of,
    cut_citations,
    doubts_as_elements,
    evidence_of,
    in_one_module,
    legs_of,
    losses_of,
    tops_of,
)
from cases.outline import gettext_noop

LOST: Final = ("exact", "combine", "category", "owner", "review_by", "public", "undeveloped", "contract", "metrics",
               "conditions", "binding_details", "several_bindings", "challenge_details", "standing")  # fmt: skip
TYPES: Final = {"goal": "PROPERTY_CLAIM", "strategy": "STRATEGY", "solution": "EVIDENCE", "context": "CONTEXT",
                "assumption": "ASSUMPTION", "justification": "JUSTIFICATION"}  # fmt: skip
STATUS: Final = {"asserted": "ASSERTED", "assumed": "ASSUMED", "axiomatic": "AXIOMATIC",
                 "needsSupport": "NEEDS_SUPPORT", "asCited": "ASSERTED"}  # fmt: skip


def write(draft: ArgumentDraft) -> Written:
    """One file. Evidence below several claims is repeated there; other elements stand below the first that rests on them."""
    made = copy_of(draft)
    cut_citations(made)
    losses = losses_of(made, LOST)
    in_one_module(made)
    doubts_as_elements(made)
    by_id = {element.id: element for element in made.elements}
    legs, evidence = legs_of(made), evidence_of(made)
    doubts: dict[str, list[str]] = {}
    for one in made.challenges:
        doubts.setdefault(one.target, []).append(one.counter)
    counters = {counter for many in doubts.values() for counter in many}
    tops = [one for one in tops_of(made) if one.id not in counters]
    if not tops:
        return Written([("argument.json", "{}")], losses)
    placed: set[str] = set()
    shared: list[str] = []
    tree: dict[str, Any] = {}
    waiting: list[tuple[str, dict[str, Any] | None, str, int]] = [(tops[0].id, None, "", 0)]
    while waiting:
        id, parent, defeats, level = waiting.pop()
        element = by_id[id]
        if id in placed and element.kind != "solution":
            shared.append(element.key)
            continue
        node = node_of(element, evidence[id], level)
        if defeats:
            node |= {"isDefeater": True, "defeatsElementId": gid_of(defeats)}
        if parent is None:
            tree = node | {"type": "GOAL" if element.kind == "goal" else node["type"], "role": "TOP_LEVEL"}
            node = tree
        else:
            parent["children"].append(node)
        if id in placed:
            continue
        placed.add(id)
        below = [(link.target, node, "", level + 1) for link in legs[id]]
        below += [(counter, node, id, level + 1) for counter in doubts.get(id, ())]
        waiting += reversed(below)
    left = [element.key for element in made.elements if element.id not in placed]
    declared = [element.key for element in made.elements if element.declaration_reason]
    marked = [element.key for element in made.elements if element.is_uninstantiated]
    for named, message in (
        (shared, gettext_noop("%(elements)s support several claims and stand below the first of them only.")),
        (left, gettext_noop("%(elements)s are not below the claim on top and are left out.")),
        (declared, gettext_noop("Why it is taken as given is left out of %(elements)s.")),
        (marked, gettext_noop("That it is uninstantiated is left out of %(elements)s.")),
    ):
        if named:
            made.lost("", message, elements=", ".join(dict.fromkeys(named[:12])))
    case = {"name": made.title or "Assurance case", "description": made.scope_text}
    said = {"version": "1.0", "exportedAt": made.exported_at, "case": case, "tree": tree}
    return Written([("argument.json", json.dumps(said, ensure_ascii=False, indent=2) + "\n")], [*losses, *made.losses])


def node_of(element: DraftElement, evidence: list[tuple[str, str]], level: int) -> dict[str, Any]:
    node: dict[str, Any] = {
        "id": gid_of(element.id),
        "type": TYPES[element.kind],
        "name": element.key,
        "description": element.statement,
        "inSandbox": False,
        "assertionStatus": STATUS.get(element.declaration, "ASSERTED"),
    }
    if element.kind == "goal":
        node |= {"level": level, "role": "SUPPORTING"}
    if element.kind == "solution":
        node["url"] = next((address for _title, address in evidence if address), None)
    return node | {"children": []}


def gid_of(id: str) -> str:
    """The identity of an element, which must be a UUID there; the same element always gets the same."""
    try:
        return str(UUID(id))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, f"urn:aims:element:{id}"))
