"""JSON of the TEA platform, version 1.0: a tree from the claim on top. Pure.

Its schema knows contexts, assumptions and justifications as texts of a claim only, not as elements.
"""

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
    in_short,
    legs_of,
    losses_of,
    name_open_beside_sustained,
    tops_of,
)
from cases.outline import CONTEXTUAL, gettext_noop

LOST: Final = ("exact", "combine", "category", "owner", "review_by", "public", "undeveloped", "contract", "metrics",
               "conditions", "binding_titles", "several_bindings", "challenge_details", "standing", "template")  # fmt: skip
TYPES: Final = {"goal": "PROPERTY_CLAIM", "strategy": "STRATEGY", "solution": "EVIDENCE"}
STATUS: Final = {"asserted": "ASSERTED", "assumed": "ASSUMED", "axiomatic": "AXIOMATIC",
                 "needsSupport": "NEEDS_SUPPORT", "asCited": "ASSERTED"}  # fmt: skip


def write(draft: ArgumentDraft) -> Written:
    """One file. Evidence below several claims is repeated there; other elements stand below the first that rests on them."""
    made = copy_of(draft)
    cut_citations(made)
    losses = losses_of(made, LOST)
    in_one_module(made)
    leave_out_doubts_about_premises(made)
    doubts_as_elements(made)
    name_open_beside_sustained(made)
    sustained = {one.target for one in made.challenges if one.state == "sustained" and not one.target_below}
    by_id = {element.id: element for element in made.elements}
    legs, evidence = legs_of(made), evidence_of(made)
    doubts: dict[str, list[str]] = {}
    for one in made.challenges:
        doubts.setdefault(one.target, []).append(one.counter)
    counters = {counter for many in doubts.values() for counter in many}
    tops = [one for one in tops_of(made) if one.id not in counters and one.kind in TYPES]
    if not tops:
        made.lost("", gettext_noop("There is no claim on top, so that nothing is written."))
        return Written([("argument.json", "{}")], [*losses, *made.losses])
    placed: set[str] = set()
    shared: list[str] = []
    told: dict[str, str] = {}
    joined: list[str] = []
    tree: dict[str, Any] = {}
    waiting: list[tuple[str, dict[str, Any] | None, str, int]] = [(tops[0].id, None, "", 0)]
    while waiting:
        id, parent, defeats, level = waiting.pop()
        element = by_id[id]
        if id in placed and element.kind != "solution":
            shared.append(element.key)
            continue
        beside = [by_id[link.target] for link in legs[id] if by_id[link.target].kind in CONTEXTUAL]
        node = node_of(element, evidence[id], level) | texts_beside(beside)
        node |= {"assertionStatus": "DEFEATED"} if id in sustained else {}
        told |= {one.id: one.key for one in beside}
        joined += [element.key] if has_several(beside) else []
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
        below = [(link.target, node, "", level + 1) for link in legs[id] if by_id[link.target].kind not in CONTEXTUAL]
        below += [(counter, node, id, level + 1) for counter in doubts.get(id, ())]
        waiting += reversed(below)
    left = [element.key for element in made.elements if element.id not in placed and element.id not in told]
    declared = [element.key for element in made.elements if element.declaration_reason]
    hidden = [element.key for element in made.elements if element.id in sustained and element.declaration != "asserted"]
    marked = [element.key for element in made.elements if element.is_uninstantiated]
    for named, message in (
        (shared, gettext_noop("%(elements)s support several claims and stand below the first of them only.")),
        (
            told.values(),
            gettext_noop(
                "%(elements)s are texts of their claims; their names are left out, and those of several repeated."
            ),
        ),
        (joined, gettext_noop("Several assumptions or justifications are one text at %(elements)s.")),
        (left, gettext_noop("%(elements)s are not below the claim on top and are left out.")),
        (declared, gettext_noop("Why it is taken as given is left out of %(elements)s.")),
        (hidden, gettext_noop("How %(elements)s are declared is left out, because they are marked as defeated.")),
        (marked, gettext_noop("That it is uninstantiated is left out of %(elements)s.")),
    ):
        if named:
            made.lost("", message, elements=in_short(named))
    case = {"name": made.title or "Assurance case", "description": made.scope_text}
    said = {"version": "1.0", "exportedAt": made.exported_at, "case": case, "tree": tree}
    return Written([("argument.json", json.dumps(said, ensure_ascii=False, indent=2) + "\n")], [*losses, *made.losses])


def leave_out_doubts_about_premises(draft: ArgumentDraft) -> None:
    by_id = {element.id: element for element in draft.elements}
    left = [one for one in draft.challenges if by_id[one.target].kind in CONTEXTUAL]
    if not left:
        return
    argued = {one.counter for one in left}
    draft.challenges = [one for one in draft.challenges if one not in left]
    message = gettext_noop("The challenges of %(elements)s are left out, with %(count)s elements that argue them.")
    named = in_short(by_id[one.target].key for one in left)
    draft.lost("", message, elements=named, count=len(argued - {""}))


def texts_beside(beside: list[DraftElement]) -> dict[str, Any]:
    """Contexts are a list, an assumption and a justification one text each; only claims and strategies have them."""
    said: dict[str, list[str]] = {}
    for element in beside:
        said.setdefault(element.kind, []).append(element.statement)
    return {kind: texts if kind == "context" else "\n".join(texts) for kind, texts in said.items()}


def has_several(beside: list[DraftElement]) -> bool:
    return any(sum(one.kind == kind for one in beside) > 1 for kind in ("assumption", "justification"))


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
