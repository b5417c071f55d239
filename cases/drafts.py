"""A whole argument before it is in a case: what a file or a template brings, with what was repaired, lost or refused. Pure.

Elements have an `id` that is unique in the draft and means nothing outside; keys are what people call them. A place is the
line of the file, or the path to it ("tree.children[2]").
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from typing import Any, Final, Self

from cases.argument import CITED_KINDS, CITING
from cases.outline import CLAIMS, MAY_BE_PUBLIC, PREFIXES, About, Edge, Level, Node, Outline, Problem, gettext_noop
from cases.wellformed import blocking, m05_unique_modules

Place = int | str

TEMPLATE: Final = re.compile(r"P\d{1,2}/\d{1,3}\Z")
"""A template and its version, as elements name what they are made of."""
KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,19}\Z")
MODULE_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,19}\Z")
"""Keys of modules stand in addresses of pages, so they have no dots."""
MOST_LETTERS: Final = 5_000
MOST_TITLE: Final = 300
MOST_ELEMENTS: Final = 20_000
MOST_MODULES: Final = 200
RENAMED: Final = gettext_noop("“%(old)s” is called %(new)s here.")


@dataclass(frozen=True, slots=True)
class Note:
    """What a person must know: `message` is English with named places, filled by `words` after it is translated."""

    place: Place
    message: str
    words: tuple[tuple[str, str], ...] = ()

    @classmethod
    def at(cls, place: Place, message: str, **words: object) -> Self:
        return cls(place, message, tuple((name, str(value)) for name, value in words.items()))


class Repair(Note):
    """Something that had to be said differently to be well-formed."""


class Loss(Note):
    """Something that the other side cannot hold."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing of it can be brought in, and what to do."""

    place: Place
    message: str
    remedy: str
    words: tuple[tuple[str, str], ...] = ()

    @classmethod
    def at(cls, place: Place, message: str, remedy: str, **words: object) -> Self:
        return cls(place, message, remedy, tuple((name, str(value)) for name, value in words.items()))


class DraftRefused(ValueError):
    """A source that gives no argument."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__("; ".join(one.message % dict(one.words) for one in refusals[:3]))
        self.refusals = refusals


@dataclass(slots=True, kw_only=True)
class DraftModule:
    """A module; the first of a draft becomes the first of the case."""

    key: str
    title: str = ""
    is_contract: bool = False
    place: Place = ""


@dataclass(slots=True, kw_only=True)
class DraftElement:
    """An element. `module` is the key of its module, empty for the first; `cites` the id of another element here, and
    `cites_module` the key of another module here. `extras` are what a format shows beside it, such as its standing."""

    id: str
    kind: str
    statement: str = ""
    key: str = ""
    module: str = ""
    place: Place = ""
    is_counter: bool = False
    declaration: str = "asserted"
    declaration_reason: str = ""
    category: str = ""
    is_undeveloped: bool = False
    is_uninstantiated: bool = False
    is_public: bool = False
    is_supported_by_contract: bool = False
    combine: str = "all"
    combine_k: int | None = None
    combine_reason: str = ""
    review_by: date | None = None
    owner: str = ""
    """The e-mail address of who answers for it."""
    cites: str = ""
    cites_module: str = ""
    pattern: str = ""
    pattern_key: str = ""
    """The template that it was made of, with its version ("P5/1"), and what it is called there."""
    extras: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class DraftLink:
    """`source` rests on `target`, or stands in its context; both are ids."""

    source: str
    target: str
    kind: str = "supported_by"
    is_exact: bool = False
    exact_reason: str = ""
    place: Place = ""


@dataclass(slots=True, kw_only=True)
class DraftChallenge:
    """A doubt about an element, or about the step to `target_below` when one is given. `counter` is the id of a counter
    element that argues it, `response` of the element that answers it."""

    target: str
    statement: str
    target_below: str = ""
    attack: str = "rebut"
    severity: str = "major"
    state: str = "open"
    counter: str = ""
    response: str = ""
    rationale: str = ""
    place: Place = ""


@dataclass(slots=True, kw_only=True)
class DraftCondition:
    """What would make an element, or without one the whole case, stop holding; `rule` is what add_condition() takes.
    Its responder is the accountable owner of the case."""

    element: str = ""
    rule: Mapping[str, Any]
    place: Place = ""


@dataclass(slots=True, kw_only=True)
class DraftMetric:
    """A number that a goal must keep; `rule` is what define_metric() takes, the indicator by its name."""

    element: str
    indicator: str
    rule: Mapping[str, Any]
    place: Place = ""


@dataclass(slots=True, kw_only=True)
class DraftBinding:
    """What a solution or premise rests on. `version` is the identity of a version in this organisation's library; without
    one, `title` and `address` only name it."""

    element: str
    version: str = ""
    title: str = ""
    address: str = ""
    rule: Mapping[str, Any] = field(default_factory=dict)
    place: Place = ""


@dataclass(slots=True, kw_only=True)
class ArgumentDraft:
    """An argument on its way into a case, or out of one."""

    title: str = ""
    purpose: str = ""
    scope_text: str = ""
    modules: list[DraftModule] = field(default_factory=list)
    elements: list[DraftElement] = field(default_factory=list)
    links: list[DraftLink] = field(default_factory=list)
    challenges: list[DraftChallenge] = field(default_factory=list)
    conditions: list[DraftCondition] = field(default_factory=list)
    metrics: list[DraftMetric] = field(default_factory=list)
    bindings: list[DraftBinding] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    system: str = ""
    """The AI system that it argues about, by name; of drafts on their way out."""
    exported_at: str = ""
    """When it was written, as ISO 8601 in UTC; of drafts on their way out."""

    @property
    def first_module(self) -> str:
        return self.modules[0].key if self.modules else ""

    def home_of(self, element: DraftElement) -> str:
        return element.module or self.first_module

    def address_of(self, element: DraftElement) -> str:
        """What it will be called in the case: "G1", or "M2:G1" in a module other than the first."""
        key = element.key or element.id
        return key if self.home_of(element) == self.first_module else f"{element.module}:{key}"

    def repaired(self, place: Place, message: str, **words: object) -> None:
        self.repairs.append(Repair.at(place, message, **words))

    def lost(self, place: Place, message: str, **words: object) -> None:
        self.losses.append(Loss.at(place, message, **words))


# --- What stops it ----------------------------------------------------------------------------------------------------


def refusals_in(draft: ArgumentDraft) -> list[Refusal]:
    """Why the draft cannot be brought in as it is; empty when it can. Looks at each element and link once."""
    found = list(refused_shape(draft))
    return found or list(refused_by_rules(draft))


def refused_shape(draft: ArgumentDraft) -> Iterator[Refusal]:
    """What must be so before the rules of well-formedness can be asked."""
    if not draft.elements:
        yield Refusal.at("", gettext_noop("There is no element in it."), gettext_noop("Check the file and its format."))
    if len(draft.elements) > MOST_ELEMENTS:
        message = gettext_noop("It has %(count)s elements, and a case holds %(most)s at most.")
        remedy = gettext_noop("Split it into several cases.")
        yield Refusal.at("", message, remedy, count=len(draft.elements), most=MOST_ELEMENTS)
    if len(draft.modules) > MOST_MODULES:
        message = gettext_noop("It has %(count)s modules, and a case has %(most)s at most.")
        remedy = gettext_noop("Split it into several cases.")
        yield Refusal.at("", message, remedy, count=len(draft.modules), most=MOST_MODULES)
    modules = {module.key for module in draft.modules} | {""}
    ids = Counter(element.id for element in draft.elements)
    seen: set[str] = set()
    for element in draft.elements:
        if ids[element.id] > 1 and element.id in seen:
            message = gettext_noop("%(element)s is there twice.")
            remedy = gettext_noop("Give one of them another name.")
            yield Refusal.at(element.place, message, remedy, element=element.id)
        seen.add(element.id)
        if not element.statement.strip():
            message = gettext_noop("%(element)s says nothing.")
            remedy = gettext_noop("Write what it states.")
            yield Refusal.at(element.place, message, remedy, element=element.key or element.id)
        if len(element.statement) > MOST_LETTERS:
            message = gettext_noop("The statement of %(element)s has %(count)s letters.")
            remedy = gettext_noop("Shorten it to 5,000, and put the rest into elements of its own.")
            words = {"element": element.key or element.id, "count": len(element.statement)}
            yield Refusal.at(element.place, message, remedy, **words)
        if element.module not in modules:
            yield broken(element.place, element.key or element.id, element.module)
        if element.kind in CITING:
            yield from refused_citation(draft, element, ids, modules)
    for link in draft.links:
        for end in (link.source, link.target):
            if end not in ids:
                yield broken(link.place, link.source if end == link.target else link.target, end)
    for challenge in draft.challenges:
        for end in (challenge.target, challenge.target_below, challenge.counter, challenge.response):
            if end and end not in ids:
                yield broken(challenge.place, gettext_noop("a challenge"), end)
    steps = {(link.source, link.target) for link in draft.links}
    for challenge in draft.challenges:
        if challenge.target_below in ids and (challenge.target, challenge.target_below) not in steps:
            message = gettext_noop("A challenge is about the step from %(element)s to %(other)s, which is not there.")
            remedy = gettext_noop("Correct the reference, or challenge the element itself.")
            words = {"element": challenge.target, "other": challenge.target_below}
            yield Refusal.at(challenge.place, message, remedy, **words)
        if challenge.state not in ("open", "sustained"):
            message = gettext_noop("A challenge comes in as open or sustained, not as “%(state)s”.")
            remedy = gettext_noop("Bring it in as open, and decide about it here.")
            yield Refusal.at(challenge.place, message, remedy, state=challenge.state)
    hung: list[DraftCondition | DraftMetric | DraftBinding] = [*draft.conditions, *draft.metrics, *draft.bindings]
    for owned in hung:
        if owned.element and owned.element not in ids:
            yield broken(owned.place, "", owned.element)


def refused_citation(
    draft: ArgumentDraft, element: DraftElement, ids: Mapping[str, int], modules: set[str]
) -> Iterator[Refusal]:
    cited = element.cites_module if element.kind in ("module_ref", "contract_ref") else element.cites
    known = modules - {""} if element.kind in ("module_ref", "contract_ref") else ids
    if not cited or cited not in known:
        yield broken(element.place, element.key or element.id, cited)


def broken(place: Place, element: str, other: str) -> Refusal:
    message = gettext_noop("%(element)s refers to “%(other)s”, which is not there.")
    remedy = gettext_noop("Correct the reference, or bring in the missing part as well.")
    return Refusal.at(place, message, remedy, element=element or "–", other=other)


def refused_by_rules(draft: ArgumentDraft) -> Iterator[Refusal]:
    nodes, edges = outline_of_draft(draft)
    places = {draft.address_of(element): element.place for element in draft.elements}
    outline = Outline([], [], About(modules=tuple(module.key for module in draft.modules)))
    for problem in [*blocking(nodes, edges), *m05_unique_modules(outline), *cited_well(draft)]:
        if problem.level is Level.BLOCKS:
            yield Refusal(places.get(problem.key, ""), problem.message, problem.remedy, problem.words)


def cited_well(draft: ArgumentDraft) -> Iterator[Problem]:
    """An away element cites an element of its own kind in another module."""
    by_id = {element.id: element for element in draft.elements}
    for element in draft.elements:
        cited = by_id.get(element.cites)
        if cited is None or element.kind not in CITED_KINDS:
            continue
        is_same_module = draft.home_of(cited) == draft.home_of(element)
        if cited.kind != CITED_KINDS[element.kind] or is_same_module or not cited.is_public:  # type: ignore[index]
            message = gettext_noop("%(element)s cannot cite %(other)s.")
            remedy = gettext_noop("An away element cites a public element of its own kind in another module.")
            words = (("element", draft.address_of(element)), ("other", draft.address_of(cited)))
            yield Problem("WF-M01", Level.BLOCKS, draft.address_of(element), message, remedy, words)


def outline_of_draft(draft: ArgumentDraft) -> tuple[list[Node], list[Edge]]:
    """The draft as the rules of well-formedness look at it."""
    by_id = {element.id: element for element in draft.elements}
    challenging = {challenge.counter for challenge in draft.challenges}
    contracts = {module.key for module in draft.modules if module.is_contract}
    nodes = []
    for element in draft.elements:
        cited = by_id.get(element.cites)
        nodes.append(
            Node(
                id=element.id,
                key=draft.address_of(element),
                kind=element.kind,
                statement=element.statement,
                module=draft.home_of(element),
                is_in_contract=draft.home_of(element) in contracts,
                declaration=element.declaration,
                declaration_reason=element.declaration_reason,
                category=element.category,
                cites=element.cites or None,
                cites_module=element.cites_module or (draft.home_of(cited) if cited else ""),
                cited_kind=cited.kind if cited else "",
                is_cited_public=cited is None or cited.is_public,
                is_cited_in_force=True,
                is_undeveloped=element.is_undeveloped,
                is_uninstantiated=element.is_uninstantiated,
                is_public=element.is_public,
                is_supported_by_contract=element.is_supported_by_contract,
                combine=element.combine,
                combine_k=element.combine_k,
                combine_reason=element.combine_reason,
                has_review_date=element.review_by is not None,
                is_counter=element.is_counter,
                is_challenging=element.id in challenging,
            )
        )
    edges = [
        Edge(source=one.source, target=one.target, kind=one.kind, is_exact=one.is_exact, exact_reason=one.exact_reason)
        for one in draft.links
    ]
    return nodes, edges


# --- What it will be called -------------------------------------------------------------------------------------------


def with_keys(draft: ArgumentDraft, *, taken: Iterable[str] = (), taken_modules: Iterable[str] = ()) -> ArgumentDraft:
    """Let every module and element have a key that fits and is free; those that had another are noted as repairs.

    `taken` are keys in use in the module that the first one of the draft becomes, `taken_modules` those of other modules.
    Fresh keys count on from the highest of their kind.
    """
    made = replace(draft, modules=list(draft.modules), repairs=list(draft.repairs))
    renamed = name_modules(made, set(taken_modules))
    first = made.first_module
    homes = [renamed.get(element.module, element.module) for element in made.elements]
    homes = ["" if home == first else home for home in homes]
    used: dict[str, set[str]] = {home: set() for home in homes} | {"": set(taken)}
    keys: list[str | None] = []
    for element, home in zip(made.elements, homes, strict=True):
        wish = element.key or element.id
        fits = bool(KEY.match(wish)) and wish not in used[home]
        keys.append(wish if fits else None)
        if fits:
            used[home].add(wish)
    highest = highest_numbers(used)
    elements = []
    for element, home, kept in zip(made.elements, homes, keys, strict=True):
        key = kept or fresh_key(element.kind, home, highest)
        if kept is None and element.key:
            made.repaired(element.place, RENAMED, old=element.key, new=key)
        cited = renamed.get(element.cites_module, element.cites_module)
        elements.append(replace(element, key=key, module=home, cites_module=cited))
    return replace(made, elements=elements)


def fresh_key(kind: str, home: str, highest: dict[tuple[str, str], int]) -> str:
    prefix = PREFIXES.get(kind, "E")
    highest[home, prefix] = highest.get((home, prefix), 0) + 1
    return f"{prefix}{highest[home, prefix]}"


def name_modules(draft: ArgumentDraft, taken: set[str]) -> dict[str, str]:
    """Give modules keys that fit and are free; returns what those were called before that got another."""
    renamed: dict[str, str] = {}
    wished = {module.key for module in draft.modules}
    for place, module in enumerate(draft.modules):
        if MODULE_KEY.match(module.key) and module.key not in taken:
            continue
        key = next(key for n in count(place + 1) if (key := f"M{n}") not in taken and key not in wished)
        taken.add(key)
        renamed[module.key] = key
        draft.modules[place] = replace(module, key=key, title=module.title or module.key)
        draft.repaired(module.place, RENAMED, old=module.key, new=key)
    return renamed


def highest_numbers(used: Mapping[str, Iterable[str]]) -> dict[tuple[str, str], int]:
    """The highest number behind each run of letters, by module: {("", "G"): 12}."""
    highest: dict[tuple[str, str], int] = {}
    for home, keys in used.items():
        for key in keys:
            found = re.fullmatch(r"([A-Za-z]+)(\d{1,9})", key)
            if found:
                place = (home, found[1])
                highest[place] = max(highest.get(place, 0), int(found[2]))
    return highest


# --- Putting it right -------------------------------------------------------------------------------------------------


def tidied(draft: ArgumentDraft) -> ArgumentDraft:
    """Leave out of each element what means nothing for its kind, as the editor does."""
    elements = []
    for element in draft.elements:
        is_claim, is_goal = element.kind in CLAIMS, element.kind == "goal"
        declaration = element.declaration if is_goal else "asserted"
        is_given = declaration in ("assumed", "axiomatic")
        is_all = not is_claim or element.combine == "all"
        elements.append(
            replace(
                element,
                declaration=declaration,
                declaration_reason=element.declaration_reason if is_given else "",
                category=element.category if is_goal else "",
                is_undeveloped=element.is_undeveloped and is_claim,
                is_public=element.is_public and element.kind in MAY_BE_PUBLIC,
                is_supported_by_contract=element.is_supported_by_contract and is_goal,
                combine="all" if is_all else element.combine,
                combine_k=element.combine_k if element.combine == "at_least" and is_claim else None,
                combine_reason="" if is_all else element.combine_reason,
            )
        )
    return replace(draft, elements=elements)
