"""Lightweight Text Assurance Cases: indented text for people, diffs and pasted drafts. Pure."""

from typing import Final

from cases.drafts import ArgumentDraft, DraftElement
from cases.exchange.ltac import KINDS
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
from cases.outline import gettext_noop

LOST: Final = ("exact", "combine", "category", "owner", "review_by", "contract", "metrics", "conditions",
               "binding_details", "several_bindings", "challenge_details", "scope", "title", "standing",
               "template")  # fmt: skip
NAMES: Final = {kind: name.capitalize() for name, kind in KINDS.items()}
DECLARED: Final = {"assumed": "assumed", "axiomatic": "axiomatic", "needsSupport": "needssupport"}


def write(draft: ArgumentDraft) -> Written:
    """One text; an element that several rest on is declared once and linked from then on."""
    made = copy_of(draft)
    cut_citations(made)
    losses = losses_of(made, LOST)
    in_one_module(made)
    doubts_as_elements(made)
    name_open_beside_sustained(made)
    by_id = {element.id: element for element in made.elements}
    legs, evidence = legs_of(made), evidence_of(made)
    doubts: dict[str, list[str]] = {}
    sustained = set()
    for one in made.challenges:
        doubts.setdefault(one.target, []).append(one.counter)
        if one.state == "sustained" and not one.target_below:
            sustained.add(one.target)
    counters = {counter for many in doubts.values() for counter in many}
    above = {link.target for link in made.links if by_id[link.source].is_counter}
    # What argues for a doubt is told by what it stands below; marked itself it would be a doubt about that.
    marked = {one.id for one in made.elements if one.is_counter and (one.id in counters or one.id not in above)}
    reworded: list[str] = []
    reasons: list[str] = []
    declared: set[str] = set()
    lines: list[str] = []
    for top in tops_of(made):
        if top.id in counters or top.id in declared:
            continue
        waiting: list[tuple[str, int, bool]] = [(top.id, 0, False)]
        while waiting:
            id, depth, is_doubt = waiting.pop()
            element, indent = by_id[id], "  " * depth
            if is_doubt:
                lines.append(f"{indent}- Relation: {{iscounter}}")
                waiting.append((id, depth + 1, False))
                continue
            if id in declared:
                lines.append(f"{indent}- Link {element.key}")
                continue
            declared.add(id)
            reference = (
                next((address or title for title, address in evidence[id]), "") if element.kind == "solution" else ""
            )
            text = " ".join(element.statement.split())
            if text != element.statement:
                reworded.append(element.key)
            if element.declaration_reason:
                reasons.append(element.key)
            lines.append(
                f"{indent}- {NAMES[element.kind]} {element.key}: {text}"
                f"{tail(element, text, reference, is_defeated=id in sustained, is_counter=id in marked)}"
            )
            below = [(link.target, depth + 1, False) for link in legs[id]]
            below += [(counter, depth + 1, True) for counter in doubts.get(id, ())]
            waiting += reversed(below)
    for named, message in (
        (reworded, gettext_noop("Line breaks are written as spaces in %(elements)s.")),
        (reasons, gettext_noop("Why it is taken as given is left out of %(elements)s.")),
    ):
        if named:
            made.lost("", message, elements=in_short(named))
    return Written([("argument.ltac", "\n".join(lines) + "\n")], [*losses, *made.losses])


def tail(element: DraftElement, text: str, reference: str, *, is_defeated: bool, is_counter: bool) -> str:
    """Options and reference; empty ones where the text itself ends as if it had some."""
    options = [DECLARED[element.declaration]] if element.declaration in DECLARED else []
    options += ["undeveloped"] if element.is_undeveloped else []
    options += ["uninstantiated"] if element.is_uninstantiated else []
    options += ["public"] if element.is_public else []
    options += ["defeated"] if is_defeated else []
    options += ["iscounter"] if is_counter else []
    reference = " ".join(reference.replace("(", "%28").replace(")", "%29").split())
    said = f" {{{', '.join(options)}}}" if options else " {}" if text.endswith("}") else ""
    if reference:
        return f"{said} ({reference})"
    return said or (" ()" if text.endswith(")") else "")
