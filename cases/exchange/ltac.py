"""Lightweight Text Assurance Cases: indented text by Argevide (argevide.com/documents/ltac.txt), with the options, references
and citations of other packages that David A. Wheeler's extension adds. Pure.

Packages are no modules here: names are unique in the whole file, and "^" only says that an element is declared in another
package, so that all of a file is one argument with direct links.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cases.drafts import (
    ArgumentDraft,
    DraftBinding,
    DraftChallenge,
    DraftElement,
    DraftLink,
    DraftRefused,
    Place,
    Refusal,
)
from cases.exchange.doubting import turn_defeated_into_challenges
from cases.exchange.repairing import mark_counter, repaired
from cases.exchange.source import Source, place_in, refuse, text_of
from cases.outline import gettext_noop

KINDS: Final = {
    "claim": "goal",
    "strategy": "strategy",
    "evidence": "solution",
    "context": "context",
    "assumption": "assumption",
    "justification": "justification",
}
LINE: Final = re.compile(r"-[ \t]+(\w+)(?:[ \t]+([^:]*?))?[ \t]*(?::[ \t]*(.*?))?[ \t]*\Z")
OPTIONS: Final = ("asserted", "needssupport", "assumed", "axiomatic", "defeated", "defeater", "iscounter", "counter",
                  "abstract", "undeveloped", "uninstantiated", "public", "ascited", "metaclaim")  # fmt: skip
TAIL: Final = re.compile(r"(?:^|[ \t]+)(\{[^{}]*\})?[ \t]*(\([^()]*\))?\Z")
DECLARED: Final = "So declared in the file that it was brought in from."


@dataclass(slots=True)
class Line:
    """One line of a file that is neither blank nor a comment."""

    number: Place
    depth: int
    type: str
    id: str
    text: str = ""
    options: frozenset[str] = frozenset()
    reference: str = ""
    is_cited: bool = False
    parent: "Line | None" = None
    element: str = ""
    below: list["Line"] = field(default_factory=list)


def is_ltac(text: str) -> bool:
    first = next((line.strip() for line in text.split("\n") if line.strip() and not line.strip().startswith("#")), "")
    found = LINE.match(first)
    return bool(found) and found[1].casefold() in KINDS  # type: ignore[index]


def read(sources: Sequence[Source]) -> ArgumentDraft:
    """The argument of one or several files. Raises DraftRefused with the lines that cannot be read."""
    draft = ArgumentDraft()
    refusals: list[Refusal] = []
    lines: list[Line] = []
    comments = 0
    for source in sources:
        found, skipped = lines_of(source, refusals, is_one_of_many=len(sources) > 1)
        lines += found
        comments += skipped
    if comments:
        draft.lost("", gettext_noop("Lines of comment that are left out: %(count)s."), count=comments)
    names: dict[str, str] = {}
    for line in lines:
        if line.type in KINDS and not line.is_cited:
            if line.id and line.id in names:
                message = gettext_noop("%(element)s is declared twice.")
                remedy = gettext_noop("Give one of them another name, or write “Link” to use it again.")
                refusals.append(Refusal.at(line.number, message, remedy, element=line.id))
                continue
            line.element = line.id or f"unnamed {len(names) + 1}"
            names[line.id or line.element] = line.element
    for line in lines:
        if line.is_cited or line.type == "link":
            if line.id not in names and line.is_cited and line.type in KINDS:
                # It belongs to a package that was not brought along.
                line.is_cited, line.options = False, line.options | {"undeveloped"}
                line.element = names[line.id] = line.id
                message = gettext_noop("%(element)s is argued in another file; it is undeveloped here.")
                draft.repaired(line.number, message, element=line.id)
            elif line.id not in names:
                message = gettext_noop("“%(other)s” is declared nowhere.")
                remedy = gettext_noop("Declare it, or correct the name.")
                refusals.append(Refusal.at(line.number, message, remedy, other=line.id))
            line.element = names.get(line.id, "")
    if not lines and not refusals:
        raise refuse("", gettext_noop("There is no element in it."), gettext_noop("Check the file and its format."))
    if refusals:
        raise DraftRefused(*refusals)
    kinds = {line.element: KINDS[line.type] for line in lines if line.type in KINDS and not line.is_cited}
    for line in lines:
        if line.type in KINDS and not line.is_cited:
            add_element(draft, line)
    statements = {element.id: element.statement for element in draft.elements}
    for line in lines:
        if line.parent is not None and line.type != "relation":
            add_step(draft, line, kinds, statements)
    defeated = [line for line in lines if line.type in KINDS and not line.is_cited and "defeated" in line.options]
    named = {line.element: (line.id or line.text[:40], line.number) for line in defeated}
    turn_defeated_into_challenges(draft, named)
    mark_counter(draft, lambda element: element.is_counter)
    return repaired(draft)


def lines_of(source: Source, refusals: list[Refusal], *, is_one_of_many: bool) -> tuple[list[Line], int]:
    """The elements of a file with the one above each; how many lines of comment there are."""
    lines: list[Line] = []
    trail: list[Line] = []
    comments = 0
    for count, raw in enumerate(text_of(source).split("\n"), start=1):
        number = place_in(source, count, is_one_of_many)
        stripped = raw.strip()
        if not stripped:
            continue
        if stripped.startswith("#"):
            comments += 1
            continue
        found = LINE.match(stripped)
        indent = raw[: len(raw) - len(raw.lstrip())].replace("\t", "  ")
        type = found[1].casefold() if found else ""
        if found is None or (type not in KINDS and type not in ("link", "relation")) or len(indent) % 2:
            message = gettext_noop("This is no line of an argument: “%(line)s”.")
            remedy = gettext_noop("Write two spaces for each step, a hyphen and a kind, as in “  - Claim G2: …”.")
            refusals.append(Refusal.at(number, message, remedy, line=stripped[:80]))
            continue
        depth = len(indent) // 2
        if depth > len(trail):
            message = gettext_noop("This line is indented by more than one step.")
            refusals.append(Refusal.at(number, message, gettext_noop("Write two spaces for each step.")))
            continue
        text_there, options, reference = parts_of(found[3] or "")
        id = (found[2] or "").strip()
        line = Line(number, depth, type, id.lstrip("^").strip(), text_there, options, reference, id.startswith("^"))
        if type == "link" and not found[3]:
            # A link has options, but no text.
            named, line.options, _reference = parts_of(line.id)
            line.id = named or line.id
        trail = trail[:depth]
        line.parent = trail[-1] if trail else None
        if line.parent is not None:
            line.parent.below.append(line)
        trail.append(line)
        lines.append(line)
    return lines, comments


def parts_of(said: str) -> tuple[str, frozenset[str], str]:
    """The text, its options and its reference; empty braces or brackets say that what is before them is text."""
    found = TAIL.search(said)
    options, reference = (found[1], found[2]) if found else (None, None)
    end = len(said)
    if reference is not None and found is not None:
        end = found.start(2)
    if options is not None and found is not None:
        wanted = {one.strip().casefold() for one in options[1:-1].split(",")} - {""}
        if not wanted or wanted <= set(OPTIONS):
            return said[: found.start(1)].strip(), frozenset(wanted), (reference or "()")[1:-1].strip()
        return said[:end].strip(), frozenset(), (reference or "()")[1:-1].strip()
    if reference is not None:
        return said[:end].strip(), frozenset(), reference[1:-1].strip()
    return said.strip(), frozenset(), ""


def add_element(draft: ArgumentDraft, line: Line) -> None:
    kind = KINDS[line.type]
    declaration = next((name for name in ("assumed", "axiomatic") if name in line.options), "")
    is_given = bool(declaration) and kind == "goal"
    element = DraftElement(
        id=line.element,
        key=line.id,
        kind=kind,
        statement=line.text,
        place=line.number,
        declaration=declaration if is_given else "needsSupport" if "needssupport" in line.options else "asserted",
        declaration_reason=DECLARED if is_given else "",
        is_undeveloped="undeveloped" in line.options,
        is_uninstantiated=bool({"abstract", "uninstantiated"} & line.options),
        is_public="public" in line.options,
        is_counter=bool({"defeater", "iscounter", "counter"} & line.options),
    )
    draft.elements.append(element)
    if line.reference and kind == "solution":
        binding = DraftBinding(element=element.id, title=line.text[:200], address=line.reference, place=line.number)
        draft.bindings.append(binding)
    elif line.reference:
        message = gettext_noop("The reference of %(element)s is left out: %(address)s.")
        draft.lost(line.number, message, element=line.id or line.text[:40], address=line.reference)
    if "metaclaim" in line.options:
        message = gettext_noop("That %(element)s is a claim about the argument itself is left out.")
        draft.lost(line.number, message, element=line.id or line.text[:40])


def add_step(draft: ArgumentDraft, line: Line, kinds: dict[str, str], statements: dict[str, str]) -> None:
    """The link from the line above; through a relation from the one above that, which the relation may turn into a doubt."""
    upper = line.parent
    is_counter = bool({"defeater", "iscounter", "counter"} & line.options)
    while upper is not None and upper.type == "relation":
        is_counter = is_counter or bool({"defeater", "iscounter", "counter"} & upper.options)
        upper = upper.parent
    if upper is None or not upper.element or not line.element:
        return
    if is_counter:
        text = statements.get(line.element) or line.text or line.element
        doubt = DraftChallenge(target=upper.element, statement=text, counter=line.element, place=line.number)
        draft.challenges.append(doubt)
        return
    is_context = kinds.get(line.element) in ("context", "assumption", "justification")
    kind = "in_context_of" if is_context else "supported_by"
    draft.links.append(DraftLink(source=upper.element, target=line.element, kind=kind, place=line.number))
