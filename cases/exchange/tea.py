"""The JSON of the Trustworthy and Ethical Assurance platform: version 1.0, a tree, and 2.0, a list. Pure.

Context, assumption and justification are texts of a claim there; here they are elements. Evidence below several claims is
repeated in the tree under the same id.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from cases.drafts import ArgumentDraft, DraftBinding, DraftChallenge, DraftElement, DraftLink, Place
from cases.exchange.doubting import turn_defeated_into_challenges
from cases.exchange.repairing import mark_counter, repaired
from cases.exchange.source import MOST_DEEP, Source, json_of, plain, refuse, too_deep
from cases.outline import gettext_noop

KINDS: Final = {
    "GOAL": "goal",
    "STRATEGY": "strategy",
    "PROPERTY_CLAIM": "goal",
    "EVIDENCE": "solution",
    "CONTEXT": "context",
    "ASSUMPTION": "assumption",
    "JUSTIFICATION": "justification",
}
ELSEWHERE: Final = frozenset({"MODULE", "AWAY_GOAL", "CONTRACT"})
DECLARATIONS: Final = {"ASSUMED": "assumed", "AXIOMATIC": "axiomatic", "NEEDS_SUPPORT": "needsSupport"}
TO_INSTANTIATE: Final = re.compile(r"\[Instantiate:|\{[^{}]+\}", re.I)
DECLARED: Final = "So declared in the file that it was brought in from."


def is_tea(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("case"), dict) and ("tree" in data or "elements" in data)


def read(sources: Sequence[Source]) -> ArgumentDraft:
    """The argument of one file. Raises DraftRefused where it gives none."""
    data = json_of(sources[0])
    if not is_tea(data):
        message = gettext_noop("%(file)s is no case of the TEA platform: it has neither a tree nor elements.")
        remedy = gettext_noop("Export the case there as JSON, or choose another format.")
        raise refuse("", message, remedy, file=sources[0].name)
    draft = ArgumentDraft(title=plain(data["case"].get("name")), scope_text=plain(data["case"].get("description")))
    nodes = tree_nodes(data["tree"]) if "tree" in data else list_nodes(data)
    defeats: list[tuple[DraftElement, str, str]] = []
    defeated: dict[str, tuple[str, Place]] = {}
    known: dict[str, DraftElement] = {}
    sandbox: set[str] = set()
    carrying: set[str] = set()
    for node, id, above, place in nodes:
        if node.get("inSandbox") is True:
            sandbox.add(id)
            continue
        if id not in known:
            known[id] = read_node(draft, node, id, place)
            if plain(node.get("assertionStatus")) == "DEFEATED":
                defeated[id] = (known[id].key or id, place)
        element = known[id]
        if node.get("isDefeater") is True:
            defeats.append((element, plain(node.get("defeatsElementId")) or above, place))
        elif above:
            carrying.add(id)
            draft.links.append(DraftLink(source=above, target=id, kind=link_kind(element), place=place))
    if sandbox:
        draft.lost("", gettext_noop("Elements of the sandbox that are left out: %(count)s."), count=len(sandbox))
    for element, target, place in defeats:
        # What carries a claim as well is part of the argument, and only its use here is a doubt.
        element.is_counter = element.id not in carrying
        if target:
            draft.challenges.append(
                DraftChallenge(target=target, statement=element.statement, counter=element.id, place=place)
            )
    turn_defeated_into_challenges(draft, defeated)
    mark_counter(draft, lambda one: one.is_counter)
    draft.links = keep_once(draft.links, sandbox)
    return repaired(draft)


def link_kind(element: DraftElement) -> str:
    return "in_context_of" if element.kind in ("context", "assumption", "justification") else "supported_by"


def keep_once(links: list[DraftLink], sandbox: set[str]) -> list[DraftLink]:
    """Evidence repeated below one claim is one link; what hung below the sandbox hangs nowhere."""
    kept: dict[tuple[str, str], DraftLink] = {}
    for link in links:
        if link.source not in sandbox:
            kept.setdefault((link.source, link.target), link)
    return list(kept.values())


Found = tuple[dict[str, Any], str, str, str]


def tree_nodes(tree: Any) -> Iterator[Found]:
    """The nodes of a tree in the order of the file, each with its id, that of the node above, and its path."""
    waiting: list[tuple[Any, str, str, int]] = [(tree, "", "tree", 0)]
    while waiting:
        node, above, place, depth = waiting.pop()
        if depth > MOST_DEEP:
            raise too_deep("tree")
        if not isinstance(node, dict):
            message = gettext_noop("An element must be an object.")
            raise refuse(place, message, gettext_noop("Export it again, or mend it there."))
        id = plain(node.get("id")) or place
        yield node, id, above, place
        children = node.get("children")
        if isinstance(children, list):
            below = [(child, id, f"{place}.children[{n}]", depth + 1) for n, child in enumerate(children)]
            waiting += reversed(below)


def list_nodes(data: dict[str, Any]) -> Iterator[Found]:
    elements = data.get("elements")
    if not isinstance(elements, list):
        message = gettext_noop("“elements” must be a list.")
        raise refuse("elements", message, gettext_noop("Export it again, or mend it there."))
    for n, node in enumerate(elements):
        place = f"elements[{n}]"
        if not isinstance(node, dict):
            message = gettext_noop("An element must be an object.")
            raise refuse(place, message, gettext_noop("Export it again, or mend it there."))
        yield (
            {**node, "type": node.get("elementType")},
            plain(node.get("id")) or place,
            plain(node.get("parentId")),
            place,
        )
    links = data.get("evidenceLinks")
    by_id = {plain(node.get("id")): node for node in elements if isinstance(node, dict)}
    for n, link in enumerate(links if isinstance(links, list) else []):
        place = f"evidenceLinks[{n}]"
        evidence, claim = (
            (plain(link.get(name)) for name in ("evidenceId", "claimId")) if isinstance(link, dict) else ("", "")
        )
        if evidence not in by_id or claim not in by_id:
            message = gettext_noop("A link of evidence refers to “%(other)s”, which is not there.")
            remedy = gettext_noop("Correct the reference, or bring in the missing part as well.")
            raise refuse(place, message, remedy, other=claim if evidence in by_id else evidence)
        yield {**by_id[evidence], "type": by_id[evidence].get("elementType")}, evidence, claim, place


def read_node(draft: ArgumentDraft, node: dict[str, Any], id: str, place: str) -> DraftElement:
    """Add an element with the texts that stand beside it."""
    type = plain(node.get("type"))
    name = plain(node.get("name"))
    if type in ELSEWHERE:
        message = gettext_noop(
            "%(element)s cites another case, which is not in the file; it is an undeveloped goal here."
        )
        draft.repaired(place, message, element=name or id)
    elif type not in KINDS:
        message = gettext_noop("%(element)s is of the unknown kind “%(kind)s”.")
        remedy = gettext_noop("Export it again, or mend it there.")
        raise refuse(place, message, remedy, element=name or id, kind=type)
    kind = KINDS.get(type, "goal")
    status = plain(node.get("assertionStatus"))
    element = DraftElement(
        id=id,
        key=name,
        kind=kind,
        statement=plain(node.get("description")).strip(),
        place=place,
        is_undeveloped=type in ELSEWHERE,
        declaration=DECLARATIONS.get(status, "asserted") if kind == "goal" else "asserted",
        declaration_reason=DECLARED if DECLARATIONS.get(status) in ("assumed", "axiomatic") and kind == "goal" else "",
    )
    element.is_uninstantiated = bool(TO_INSTANTIATE.search(element.statement))
    draft.elements.append(element)
    if url := plain(node.get("url")).strip():
        draft.bindings.append(DraftBinding(element=id, title=element.statement[:200], address=url, place=place))
    for kind_beside in ("context", "assumption", "justification"):
        add_beside(draft, element, kind_beside, node.get(kind_beside), place)
    comments = node.get("comments")
    if isinstance(comments, list) and comments:
        message = gettext_noop("Comments on %(element)s that are left out: %(count)s.")
        draft.lost(place, message, count=len(comments), element=name or id)
    return element


def add_beside(draft: ArgumentDraft, element: DraftElement, kind: str, said: Any, place: str) -> None:
    """The texts beside a claim are elements in its context; those beside evidence or a premise belong to what it says."""
    texts = said if isinstance(said, list) else [said]
    for n, text in enumerate(texts):
        text = plain(text).strip()
        if not text:
            continue
        if element.kind == kind:
            # An assumption says in its own text field what its description names.
            element.statement = f"{element.statement}\n{text}" if element.statement else text
            continue
        beside = DraftElement(
            id=f"{element.id} {kind} {n + 1}",
            kind=kind,
            statement=text,
            place=place,
            is_uninstantiated=bool(TO_INSTANTIATE.search(text)),
        )
        draft.elements.append(beside)
        draft.links.append(DraftLink(source=element.id, target=beside.id, kind="in_context_of", place=place))
