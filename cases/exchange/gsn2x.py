"""GSN in YAML as gsn2x reads it (github.com/jonasthewolf/gsn2x): one file is one module. Pure.

Read from the events of the parser instead of its documents: every value keeps its line, nothing is built from tags, and an
alias stays one value however often it is used.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import yaml

from cases.drafts import (
    TEMPLATE,
    ArgumentDraft,
    DraftBinding,
    DraftChallenge,
    DraftElement,
    DraftLink,
    DraftModule,
    DraftRefused,
    Place,
    Refusal,
)
from cases.exchange.doubting import (
    doubt_counters_instead_of_their_steps,
    turn_defeated_into_challenges,
    turn_defeated_steps_into_challenges,
)
from cases.exchange.repairing import mark_counter, repaired
from cases.exchange.source import MOST_DEEP, Source, place_in, refuse, text_of, too_deep
from cases.outline import gettext_noop

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PREFIXES: Final = (
    ("CSn", "solution"),
    ("CG", "goal"),
    ("Sn", "solution"),
    ("S", "strategy"),
    ("G", "goal"),
    ("C", "context"),
    ("A", "assumption"),
    ("J", "justification"),
)
COUNTER: Final = ("CSn", "CG")
NODE_TYPES: Final = {"Goal": "goal", "Strategy": "strategy", "Solution": "solution", "Context": "context",
                     "Assumption": "assumption", "Justification": "justification",
                     "CounterGoal": "goal", "CounterSolution": "solution"}  # fmt: skip
DRAWN: Final = frozenset({"horizontalIndex", "rankIncrement", "classes", "level", "charWrap", "wordWrap"})
FOUND_ANEW: Final = frozenset({"standing", "valid_until"})
"""Layers that an export writes for readers; here they are derived, never typed."""
RELATION: Final = re.compile(r"\s*(\S+)\s*->\s*(\S+)\s*\Z")
MOST_VALUES: Final = 1_000_000


@dataclass(slots=True)
class Value:
    """A value of a file with its line: a text, a list, or names with values."""

    line: Place
    text: str = ""
    items: list["Value"] | None = None
    pairs: dict[str, "Value"] | None = None

    @property
    def is_true(self) -> bool:
        return self.text.casefold() in ("true", "yes", "on")

    def texts(self) -> list[tuple[str, Place]]:
        """One text or a list of them, each with its line; what is no text is left out."""
        values = self.items if self.items is not None else [self] if self.pairs is None and self.text else []
        return [(value.text.strip(), value.line) for value in values if value.text.strip()]


@dataclass(slots=True)
class Open:
    """A list or mapping that is being read; `name` waits for its value."""

    value: Value
    name: str | None = None
    names: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Marked:
    """What the files mark as defeated."""

    elements: dict[str, tuple[str, Place]] = field(default_factory=dict)
    steps: dict[tuple[str, str], Place] = field(default_factory=dict)


def documents(source: Source, *, is_one_of_many: bool = False) -> Iterator[Value]:
    """The documents of a file. Refuses broken YAML, names given twice, and towers of brackets, with the line."""
    text = text_of(source)
    line: Place = ""
    stack: list[Open] = []
    anchors: dict[str, Value] = {}
    seen = 0
    try:
        for event in yaml.parse(text, Loader=Loader):
            line = place_in(source, event.start_mark.line + 1 if event.start_mark else 0, is_one_of_many)
            if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                done = stack.pop().value
                if not stack:
                    yield done
                continue
            if isinstance(event, yaml.AliasEvent):
                if event.anchor not in anchors:
                    message = gettext_noop("The alias “%(name)s” is not defined before.")
                    raise refuse(line, message, gettext_noop("Write the value out."), name=event.anchor)
                value = anchors[event.anchor]
            elif isinstance(event, yaml.ScalarEvent):
                is_null = event.implicit[0] and event.value in ("", "~", "null", "Null", "NULL")
                value = Value(line, "" if is_null else event.value)
            elif isinstance(event, yaml.MappingStartEvent):
                value = Value(line, pairs={})
            elif isinstance(event, yaml.SequenceStartEvent):
                value = Value(line, items=[])
            else:
                continue
            seen += 1
            if len(stack) > MOST_DEEP or seen > MOST_VALUES:
                raise too_deep(source.name, line)
            is_open = isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent))
            if not isinstance(event, yaml.AliasEvent) and event.anchor:
                anchors[event.anchor] = value
            if stack:
                put(stack[-1], value, line, is_name=not is_open)
            elif not is_open:
                yield value
            if is_open:
                stack.append(Open(value))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = gettext_noop("%(file)s is no YAML: %(problem)s.")
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        remedy = gettext_noop("Mend it there, or choose another format.")
        where = place_in(source, mark.line + 1, is_one_of_many) if mark else ""
        raise refuse(where, message, remedy, file=source.name, problem=problem) from None
    except RecursionError:
        raise too_deep(source.name) from None


def put(into: Open, value: Value, line: Place, *, is_name: bool) -> None:
    if into.value.items is not None:
        into.value.items.append(value)
    elif into.name is None:
        if not is_name:
            message = gettext_noop("A name in a mapping must be a plain word.")
            raise refuse(line, message, gettext_noop("Put a word before the colon."))
        into.name = value.text
        if value.text in into.names:
            message = gettext_noop("“%(name)s” is given twice.")
            raise refuse(line, message, gettext_noop("Keep one of them."), name=value.text)
        into.names.add(value.text)
    elif into.value.pairs is not None:
        into.value.pairs[into.name] = value
        into.name = None


# --- Reading ----------------------------------------------------------------------------------------------------------


def read(sources: Sequence[Source]) -> ArgumentDraft:
    """The argument of one or several files. Raises DraftRefused where they give none."""
    draft = ArgumentDraft()
    uses: dict[str, list[tuple[str, Place]]] = {}
    names: dict[str, str] = {}
    develops: list[tuple[str, str, Place]] = []
    extended: list[tuple[str, str, Place]] = []
    refusals: list[Refusal] = []
    marked = Marked()
    drawn = is_named = False
    stood: set[str] = set()
    for source in sources:
        for document in documents(source, is_one_of_many=len(sources) > 1):
            if document.pairs is None:
                message = gettext_noop("%(file)s has no elements by name, such as “G1:”.")
                remedy = gettext_noop("Check the file and its format.")
                raise refuse(document.line, message, remedy, file=source.name)
            about = document.pairs.get("module", Value(document.line)).pairs or {}
            key = about["name"].text.strip() if "name" in about else ""
            key = key or f"M{len(draft.modules) + 1}"
            if any(module.key == key for module in draft.modules):
                message = gettext_noop("Two files are of the module %(module)s.")
                refusals.append(Refusal.at(document.line, message, gettext_noop("Rename one of them."), module=key))
                continue
            title = about["brief"].text.strip() if "brief" in about else ""
            is_named = bool(title) or "name" in about
            draft.modules.append(DraftModule(key=key, title=title or key, place=document.line))
            names[source.name.rpartition("/")[2]] = key
            uses[key] = about["uses"].texts() if "uses" in about else []
            for extension in (about["extends"].items or []) if "extends" in about else []:
                said = extension.pairs or {}
                extended += [(key, name, line) for name, line in said.get("module", Value("")).texts()]
                for goal, by in (said.get("develops", Value("")).pairs or {}).items():
                    develops += [(goal.strip(), target, line) for target, line in by.texts()]
            for id, value in document.pairs.items():
                if id == "module":
                    continue
                drawn |= read_element(draft, id.strip(), value, key, refusals, marked, stood)
    refusals += refused_uses(uses, names)
    missing = [(name, line) for used in uses.values() for name, line in used if name.rpartition("/")[2] not in names]
    for name, line in missing:
        message = gettext_noop("It uses %(file)s, which was not brought along.")
        if draft.elements:
            draft.lost(line, message, file=name)
        else:
            refusals.append(
                Refusal.at(line, message, gettext_noop("Choose all files of the argument at once."), file=name)
            )
    for key, name, line in extended:
        if all(module.key != name for module in draft.modules):
            message = gettext_noop(
                "The module %(other)s that %(module)s extends is not there; goals are found by name."
            )
            draft.repaired(line, message, module=key, other=name)
    for goal, developer, line in develops:
        draft.links.append(DraftLink(source=goal, target=developer, place=line))
        for element in draft.elements:
            if element.id == goal:
                element.is_undeveloped = False
    if refusals:
        raise DraftRefused(*refusals)
    if drawn:
        draft.lost("", gettext_noop("How elements are placed and coloured is left out: they are drawn anew."))
    if stood:
        message = gettext_noop("How %(count)s elements stood in the file is left out: standings are found here.")
        draft.lost("", message, count=len(stood))
    if len(draft.modules) == 1:
        # A file that names neither its module nor what it is about has no title.
        draft.title = draft.modules[0].title if is_named else ""
        for element in draft.elements:
            element.module = ""
    rejected = turn_defeated_steps_into_challenges(draft, marked.steps)
    turn_defeated_into_challenges(draft, marked.elements, rejected=rejected)
    doubt_counters_instead_of_their_steps(draft)
    mark_counter(draft, lambda element: element.is_counter)
    return repaired(draft)


def read_element(
    draft: ArgumentDraft,
    id: str,
    value: Value,
    module: str,
    refusals: list[Refusal],
    marked: Marked,
    stood: set[str],
) -> bool:
    """Add an element with its links; returns whether it says how it is to be drawn."""
    pairs = value.pairs or {}
    kind = kind_of(id, pairs)
    if kind is None:
        message = gettext_noop("Nothing says what kind of element “%(element)s” is.")
        remedy = gettext_noop("Let its name start with G, S, Sn, C, A, J, CG or CSn, or give it a nodeType.")
        refusals.append(Refusal.at(value.line, message, remedy, element=id))
        return False
    is_counter = pairs["nodeType"].text.startswith("Counter") if "nodeType" in pairs else id.startswith(COUNTER)
    statement = pairs["text"].text.strip() if "text" in pairs else ""
    element = DraftElement(
        id=id, key=id, kind=kind, statement=statement, module=module, place=value.line, is_counter=is_counter
    )
    draft.elements.append(element)
    is_drawn = False
    for name, said in pairs.items():
        match name:
            case "text" | "nodeType":
                pass
            case "supportedBy" | "inContextOf":
                link_kind = "supported_by" if name == "supportedBy" else "in_context_of"
                ends = said.texts()
                draft.links += [DraftLink(source=id, target=end, kind=link_kind, place=at) for end, at in ends]
            case "undeveloped":
                element.is_undeveloped = said.is_true
            case "uninstantiated":
                element.is_uninstantiated = said.is_true
            case "public":
                element.is_public = said.is_true
            case "owner" | "category" | "declaration" | "declaration_reason" | "combine_reason":
                setattr(element, name, said.text.strip())
            case "pattern" if TEMPLATE.match(said.text.strip()):
                element.pattern = said.text.strip()
            case "pattern_key":
                element.pattern_key = said.text.strip()[:40]
            case "combine":
                element.combine, _of, k = said.text.strip().partition(" ")
                element.combine_k = int(k) if k.isdecimal() and len(k) < 5 else None
            case "review_by" if (day := day_of(said.text)) is not None:
                element.review_by = day
            case "defeated":
                if said.is_true:
                    marked.elements[id] = (id, said.line)
            case "defeatedRelation":
                marked.steps |= {(id, end): at for end, at in said.texts()}
            case "challenges":
                draft.challenges += [doubt(element, end, at) for end, at in said.texts()]
            case "url":
                keep_address(draft, element, said)
            case "acp":
                pass  # after all links are known
            case _ if name in DRAWN:
                is_drawn = True
            case _ if name in FOUND_ANEW:
                stood.add(id)
            case _:
                message = gettext_noop("The layer “%(name)s” of %(element)s is left out.")
                draft.lost(said.line, message, name=name, element=id)
    if "acp" in pairs:
        read_points(draft, element, pairs["acp"], refusals)
    return is_drawn


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def kind_of(id: str, pairs: dict[str, Value]) -> str | None:
    said = pairs["nodeType"].text if "nodeType" in pairs else ""
    return NODE_TYPES.get(said) or next((kind for prefix, kind in PREFIXES if id.startswith(prefix)), None)


def doubt(element: DraftElement, target: str, line: Place) -> DraftChallenge:
    relation = RELATION.match(target)
    ends = {"target": relation[1], "target_below": relation[2]} if relation else {"target": target}
    attack = "undercut" if relation else "rebut"
    return DraftChallenge(
        statement=element.statement or element.id, counter=element.id, attack=attack, place=line, **ends
    )


def keep_address(draft: ArgumentDraft, element: DraftElement, said: Value) -> None:
    if not said.text.strip():
        return
    if element.kind == "solution":
        binding = DraftBinding(
            element=element.id, title=element.statement[:200], address=said.text.strip(), place=said.line
        )
        draft.bindings.append(binding)
    else:
        message = gettext_noop("The address of %(element)s is left out: %(address)s.")
        draft.lost(said.line, message, element=element.id, address=said.text.strip()[:300])


def read_points(draft: ArgumentDraft, element: DraftElement, said: Value, refusals: list[Refusal]) -> None:
    """Points of confidence have no place here; one that refers to somebody else's link is an error (WF-A01)."""
    own = {element.id} | {link.target for link in draft.links if link.source == element.id}
    for name, ends in (said.pairs or {}).items():
        for end, line in ends.texts():
            if end not in own:
                message = gettext_noop("The point of confidence %(name)s of %(element)s refers to %(other)s.")
                remedy = gettext_noop("Let it refer to its own element or to one of its links.")
                refusals.append(Refusal.at(line, message, remedy, name=name, element=element.id, other=end))
        message = gettext_noop("The point of confidence %(name)s of %(element)s is left out.")
        draft.lost(ends.line, message, name=name, element=element.id)


def refused_uses(uses: dict[str, list[tuple[str, Place]]], names: dict[str, str]) -> Iterator[Refusal]:
    """Files that use each other in a circle."""
    leads_to = {
        key: [(names[name.rpartition("/")[2]], line) for name, line in used if name.rpartition("/")[2] in names]
        for key, used in uses.items()
    }
    finished: set[str] = set()
    for start in leads_to:
        trail, waiting = [start], [iter(leads_to[start])]
        while waiting:
            step = next(waiting[-1], None)
            if step is None:
                waiting.pop()
                finished.add(trail.pop())
            elif step[0] in trail:
                path = " → ".join([*trail[trail.index(step[0]) :], step[0]])
                message = gettext_noop("The files use each other in a circle: %(path)s.")
                yield Refusal.at(step[1], message, gettext_noop("Leave out one of these uses."), path=path)
                return
            elif step[0] not in finished:
                trail.append(step[0])
                waiting.append(iter(leads_to[step[0]]))
