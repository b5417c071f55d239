"""The argument as a graph for other drawing tools: DOT (Graphviz) and Mermaid. Pure."""

from typing import Final

from cases.drafts import ArgumentDraft, DraftElement
from cases.exchange.writing import Written, losses_of

LOST: Final = ("exact", "combine", "declaration", "category", "owner", "review_by", "public", "contract", "metrics",
               "conditions", "bindings", "challenge_details", "scope", "template")  # fmt: skip
SHAPES: Final = {"goal": "box", "strategy": "parallelogram", "solution": "circle", "context": "box", "assumption": "ellipse",
                 "justification": "ellipse"}  # fmt: skip
MERMAID: Final = {"goal": '["{}"]', "strategy": '[/"{}"/]', "solution": '(("{}"))', "context": '("{}")',
                  "assumption": '(["{}"])', "justification": '(["{}"])'}  # fmt: skip
ROW: Final = 36
"""Letters in a line of a label."""


def write_dot(draft: ArgumentDraft) -> Written:
    names = {element.id: f"n{n}" for n, element in enumerate(draft.elements, start=1)}
    lines = ["digraph argument {", "  rankdir=TB;", '  node [fontname="sans-serif", fontsize=10];']
    for element in draft.elements:
        style = 'style="rounded", ' if bare(element) == "context" else 'style="dashed", ' if element.is_counter else ""
        label = dot_text(f"{draft.address_of(element)}\n{wrapped(said_of(element))}")
        lines.append(f"  {names[element.id]} [shape={SHAPES.get(bare(element), 'box')}, {style}label={label}];")
    for link in draft.links:
        head = "onormal" if link.kind == "in_context_of" else "normal"
        lines.append(f"  {names[link.source]} -> {names[link.target]} [arrowhead={head}];")
    for challenge in draft.challenges:
        if challenge.counter:
            ends = f"{names[challenge.counter]} -> {names[challenge.target]}"
            lines.append(f"  {ends} [style=dashed, arrowhead=onormal, label=challenges];")
    return Written([("argument.dot", "\n".join([*lines, "}"]) + "\n")], lost(draft))


def write_mermaid(draft: ArgumentDraft) -> Written:
    names = {element.id: f"n{n}" for n, element in enumerate(draft.elements, start=1)}
    lines = ["flowchart TB"]
    for element in draft.elements:
        label = mermaid_text(f"{draft.address_of(element)}: {said_of(element)}")
        lines.append(f"  {names[element.id]}{MERMAID.get(bare(element), MERMAID['goal']).format(label)}")
    for link in draft.links:
        arrow = "-.->" if link.kind == "in_context_of" else "-->"
        lines.append(f"  {names[link.source]} {arrow} {names[link.target]}")
    for challenge in draft.challenges:
        if challenge.counter:
            lines.append(f'  {names[challenge.counter]} -. "challenges" .-> {names[challenge.target]}')
    return Written([("argument.mmd", "\n".join(lines) + "\n")], lost(draft))


def lost(draft: ArgumentDraft) -> list:
    found = losses_of(draft, LOST)
    if any(not challenge.counter for challenge in draft.challenges):
        found += losses_of(draft, ["challenges"])
    return found


def bare(element: DraftElement) -> str:
    return element.kind.removeprefix("away_")


def said_of(element: DraftElement) -> str:
    standing = element.extras.get("standing", "")
    return f"{element.statement} [{standing}]" if standing else element.statement


def wrapped(text: str) -> str:
    """Lines of bearable length; words are kept whole."""
    rows = [""]
    for word in text.split():
        if rows[-1] and len(rows[-1]) + len(word) >= ROW:
            rows.append("")
        rows[-1] = f"{rows[-1]} {word}".strip()
    return "\n".join(rows)


def dot_text(text: str) -> str:
    """A quoted string of DOT: nothing in it ends the string or is an escape."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


# Mermaid reads HTML and its own syntax inside of quotes; every letter that could begin either is written as a code.
CODED: Final = {letter: f"#{ord(letter)};" for letter in '"#;&<>`{}[]()|\\%*_~$^='}


def mermaid_text(text: str) -> str:
    """A label in which nothing is markup."""
    return "".join(CODED.get(letter, letter) for letter in " ".join(text.split()))
