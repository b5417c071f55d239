"""SACM, the Structured Assurance Case Metamodel of the OMG, as XMI. Pure.

The standard gives no namespace for instances, and tools write several dialects: names are compared without their
namespaces, references may be attributes or elements, and texts attributes, elements, or lists by language.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from xml.etree.ElementTree import Element as Xml  # noqa: S405 (only the type: defusedxml does the parsing)
from xml.etree.ElementTree import ParseError  # noqa: S405

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from cases.drafts import (
    KEY,
    TEMPLATE,
    ArgumentDraft,
    DraftBinding,
    DraftChallenge,
    DraftElement,
    DraftLink,
    DraftModule,
    Place,
)
from cases.exchange.doubting import turn_defeated_into_challenges
from cases.exchange.repairing import mark_counter, repaired
from cases.exchange.source import MOST_BYTES, MOST_DEEP, Source, refuse, text_of, too_deep
from cases.outline import CLAIMS, gettext_noop

RELATIONS: Final = frozenset(
    {"assertedinference", "assertedevidence", "assertedcontext", "assertedartifactsupport", "assertedartifactcontext"}
)
ASSERTED: Final = frozenset({"claim", "argumentreasoning", "artifactreference"})
CONTEXT: Final = frozenset({"assertedcontext", "assertedartifactcontext"})
DECLARATIONS: Final = {"assumed": "assumed", "axiomatic": "axiomatic", "needssupport": "needsSupport"}
DECLARED: Final = "So declared in the file that it was brought in from."
KIND: Final = "aims.kind"
"""The tag by which an export says the kind of an element that SACM does not tell apart."""
TAGS: Final = ("is_counter", "is_undeveloped", "is_public", "is_supported_by_contract", "category", "declaration",
               "declaration_reason", "combine", "combine_k", "combine_reason", "review_by", "owner", "cites_module",
               "pattern", "pattern_key")  # fmt: skip
"""What an export says of elements by tags, because SACM has no place for it."""


@dataclass(slots=True)
class Relation:
    id: str
    type: str
    sources: list[str]
    targets: list[str]
    reasoning: list[str]
    is_counter: bool
    is_defeated: bool
    place: str
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Reading:
    """What was found so far."""

    draft: ArgumentDraft
    relations: list[Relation] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    """What each element is in SACM, by id."""
    artifacts: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    references: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    steps: dict[str, Relation] = field(default_factory=dict)
    elements: dict[str, DraftElement] = field(default_factory=dict)
    carrying: set[str] = field(default_factory=set)
    """What stands below or beside a claim."""
    reasoned: set[tuple[str, str]] = field(default_factory=set)
    """Steps below strategies that are known: each inference by one reasoning says them again."""
    descriptions: int = 0
    defeated: dict[str, tuple[str, Place]] = field(default_factory=dict)
    languages: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    left: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def read(sources: Sequence[Source]) -> ArgumentDraft:
    """The argument of one file. Raises DraftRefused where it gives none."""
    source = sources[0]
    root = parsed(source)
    found = Reading(ArgumentDraft(title=name_of(root) or "", scope_text=own_text(root, "description")))
    for node, type, module, path in walk(root, source.name, found.draft):
        if type in ASSERTED:
            read_element(found, node, type, module, path)
        elif type in RELATIONS:
            found.relations.append(relation_of(node, type, path))
        elif type == "artifact":
            found.artifacts[id_of(node)] = name_of(node) or own_text(node, "description")
            found.addresses[id_of(node)] = tags_of(node).get("aims.address", "")
        elif type in ("expression", "term", "category", "artifactassetrelationship"):
            found.left[type] += 1
    if not found.draft.elements:
        message = gettext_noop("There is no claim in %(file)s.")
        raise refuse("", message, gettext_noop("Check the file and its format."), file=source.name)
    draft = found.draft
    settle_kinds(found)
    found.steps = {one.id: one for one in found.relations if one.id}
    found.elements = {one.id: one for one in draft.elements}
    found.carrying = {id for one in found.relations if not one.is_counter for id in one.sources}
    for relation in found.relations:
        follow(found, relation)
    turn_defeated_into_challenges(draft, found.defeated)
    name_evidence(found)
    if found.descriptions:
        message = gettext_noop("Descriptions beside statements that are left out: %(count)s.")
        draft.lost("", message, count=found.descriptions)
    for language, count in found.languages.items():
        message = gettext_noop("Texts in the language “%(language)s” that are left out: %(count)s.")
        draft.lost("", message, count=count, language=language)
    if found.left:
        message = gettext_noop("The terminology and what else is no argument is left out (%(count)s entries).")
        draft.lost("", message, count=sum(found.left.values()))
    used = {element.module for element in draft.elements}
    draft.modules = [module for module in draft.modules if module.key in used]
    if len(draft.modules) == 1:
        for element in draft.elements:
            element.module = ""
    drop_repeated_steps(draft)
    mark_counter(draft, lambda element: element.is_counter)
    return repaired(draft)


def parsed(source: Source) -> Xml:
    if len(source.content) > MOST_BYTES:
        text_of(source)  # refuses it
    try:
        return fromstring(source.content, forbid_dtd=True)
    except DefusedXmlException:
        message = gettext_noop("%(file)s declares entities or a document type, which are not read.")
        raise refuse("", message, gettext_noop("Leave out its DOCTYPE."), file=source.name) from None
    except ParseError as error:
        message = gettext_noop("%(file)s is no XML: %(problem)s.")
        remedy = gettext_noop("Export it again, or mend it there.")
        line = error.position[0]
        raise refuse(line, message, remedy, file=source.name, problem=str(error).partition(":")[0]) from None
    except (LookupError, ValueError):
        message = gettext_noop("%(file)s is in an encoding that is not known here.")
        raise refuse("", message, gettext_noop("Save it as UTF-8 and bring it in again."), file=source.name) from None


# --- Names, texts and references, in whatever dialect ------------------------------------------------------------------


def local(name: str) -> str:
    return name.rpartition("}")[2].rpartition(":")[2].casefold()


def type_of(node: Xml) -> str:
    for name, value in node.attrib.items():
        if name.endswith("}type") or name == "xsi:type":
            return local(value)
    return local(node.tag) if isinstance(node.tag, str) else ""


def attribute(node: Xml, wanted: str) -> str:
    return next((value.strip() for name, value in node.attrib.items() if local(name) == wanted), "")


def id_of(node: Xml) -> str:
    return attribute(node, "id") or attribute(node, "gid") or attribute(node, "name")


def children(node: Xml, wanted: str) -> list[Xml]:
    return [child for child in node if isinstance(child.tag, str) and local(child.tag) == wanted]


def texts_of(node: Xml, wanted: str) -> list[tuple[str, str]]:
    """The texts under a name with their languages: an attribute, an element, or contents and values inside of it."""
    if plain := attribute(node, wanted):
        return [("", plain)]
    found: list[tuple[str, str]] = []
    for child in children(node, wanted):
        waiting = [(child, "")]
        for one, language in waiting:
            language = attribute(one, "lang") or language
            inner = [*children(one, "content"), *children(one, "value")]
            said = attribute(one, "content") or attribute(one, "value") or ("" if inner else (one.text or "").strip())
            if said:
                found.append((language, said))
            if len(waiting) < 100:
                waiting += [(child_of, language) for child_of in inner]
    return found


def own_text(node: Xml, wanted: str) -> str:
    found = texts_of(node, wanted)
    english = [said for language, said in found if language.casefold().startswith("en")]
    return (english or [said for _language, said in found] or [""])[0]


def name_of(node: Xml) -> str:
    return own_text(node, "name")


def ends_of(node: Xml, wanted: str) -> list[str]:
    """The ids that a reference names: an attribute with several, or elements with href, ref, idref or text."""
    ids = attribute(node, wanted).split()
    for child in children(node, wanted):
        said = attribute(child, "href") or attribute(child, "ref") or attribute(child, "idref") or (child.text or "")
        ids.append(said.strip())
    return [one.rpartition("#")[2] for one in ids if one]


def walk(root: Xml, name: str, draft: ArgumentDraft) -> Iterator[tuple[Xml, str, str, str]]:
    """Every node in the order of the file, with its type, the package that it is in, and its path."""
    waiting: list[tuple[Xml, str, str, int]] = [(root, "", "", 0)]
    while waiting:
        node, module, path, depth = waiting.pop()
        if depth > MOST_DEEP:
            raise too_deep(name)
        type = type_of(node)
        if type == "argumentpackage":
            module = id_of(node) or f"M{len(draft.modules) + 1}"
            if any(one.key == module for one in draft.modules):
                message = gettext_noop("Two packages have the id %(module)s.")
                raise refuse(path, message, gettext_noop("Give one of them another id."), module=module)
            is_contract = tags_of(node).get("aims.contract") == "true"
            title = name_of(node) or module
            draft.modules.append(DraftModule(key=module, title=title, is_contract=is_contract, place=path))
        id = attribute(node, "id")
        here = f"{path}/{type}" + (f"[{id}]" if id else "")
        yield node, type, module, here
        waiting += [(child, module, here, depth + 1) for child in reversed(list(node)) if isinstance(child.tag, str)]


# --- Elements -----------------------------------------------------------------------------------------------------------


def read_element(found: Reading, node: Xml, type: str, module: str, path: str) -> None:
    id = id_of(node)
    said = texts_of(node, "content") or texts_of(node, "statement")
    described = texts_of(node, "description")
    if said and described and described != said:
        found.descriptions += 1
    statement = preferred(found, said or described) or name_of(node)
    declaration = attribute(node, "assertiondeclaration").casefold()
    kind = {"claim": "goal", "argumentreasoning": "strategy", "artifactreference": "solution"}[type]
    tags = tags_of(node)
    element = DraftElement(
        id=id or path,
        key=name_of(node) if KIND in tags or not KEY.match(id) else id,
        kind=kind,
        statement=statement,
        module=module,
        place=path.lstrip("/"),
        declaration=DECLARATIONS.get(declaration, "asserted"),
        is_uninstantiated=attribute(node, "isabstract").casefold() == "true",
        cites=(ends_of(node, "citedelement") or [""])[0],
        extras={KIND: tags[KIND]} if KIND in tags else {},
    )
    for name in TAGS:
        if said_there := tags.get(f"aims.{name}"):
            take_tag(element, name, said_there)
    if element.declaration in ("assumed", "axiomatic"):
        element.declaration_reason = element.declaration_reason or DECLARED
    found.draft.elements.append(element)
    found.kinds[element.id] = type
    if type == "artifactreference":
        for artifact in ends_of(node, "referencedartifact") + ends_of(node, "referencedartifactelement"):
            found.references[element.id].append(artifact)
    if declaration == "defeated":
        found.defeated[element.id] = (element.key or element.id, element.place)
    if attribute(node, "metaclaim"):
        message = gettext_noop("What is claimed about %(element)s itself is left out.")
        found.draft.lost(element.place, message, element=element.key or element.id)


def tags_of(node: Xml) -> dict[str, str]:
    return {attribute(one, "key") or name_of(one): own_text(one, "content") for one in children(node, "taggedvalue")}


def take_tag(element: DraftElement, name: str, said: str) -> None:
    if name.startswith("is_"):
        setattr(element, name, said == "true")
    elif name == "combine_k":
        element.combine_k = int(said) if said.isdecimal() and len(said) < 5 else None
    elif name == "pattern":
        element.pattern = said if TEMPLATE.match(said) else ""
    elif name == "pattern_key":
        element.pattern_key = said[:40]
    elif name == "review_by":
        try:
            element.review_by = date.fromisoformat(said)
        except ValueError:
            return
    else:
        setattr(element, name, said)


def preferred(found: Reading, texts: list[tuple[str, str]]) -> str:
    """The English text, or the first; the others are counted as lost by their language."""
    if not texts:
        return ""
    place = next((n for n, (language, _said) in enumerate(texts) if language.casefold().startswith("en")), 0)
    for n, (language, _said) in enumerate(texts):
        if n != place:
            found.languages[language or "–"] += 1
    return texts[place][1]


def relation_of(node: Xml, type: str, path: str) -> Relation:
    return Relation(
        id=id_of(node),
        type=type,
        sources=ends_of(node, "source"),
        targets=ends_of(node, "target"),
        reasoning=ends_of(node, "reasoning"),
        is_counter=attribute(node, "iscounter").casefold() == "true",
        is_defeated=attribute(node, "assertiondeclaration").casefold() == "defeated",
        place=path.lstrip("/"),
        tags=tags_of(node),
    )


def settle_kinds(found: Reading) -> None:
    """What an artefact or a claim is in GSN follows from how it is used: below a claim, or in its context."""
    below: set[str] = set()
    beside: set[str] = set()
    for relation in found.relations:
        if not relation.is_counter:
            (beside if relation.type in CONTEXT else below).update(relation.sources)
    for element in list(found.draft.elements):
        tagged = element.extras.pop(KIND, "")
        is_beside = element.id in beside and element.id not in below
        if element.cites:
            element.kind = {"artifactreference": "away_solution"}.get(found.kinds[element.id], "away_goal")
        if tagged:
            element.kind = tagged
        elif is_beside and found.kinds[element.id] == "artifactreference":
            element.kind = f"{'away_' if element.cites else ''}context"
        elif is_beside and found.kinds[element.id] == "claim" and not element.cites:
            element.kind = "assumption" if element.declaration == "assumed" else "justification"
        if element.kind != "goal":
            element.declaration, element.declaration_reason = "asserted", ""
        if element.id in beside and element.id in below and found.kinds[element.id] == "artifactreference":
            split_off_context(found, element)


def split_off_context(found: Reading, element: DraftElement) -> None:
    """An artefact that is evidence here and context there is two elements."""
    twin = DraftElement(
        id=f"{element.id} as context", kind="context", statement=element.statement, module=element.module,
        place=element.place,
    )  # fmt: skip
    found.draft.elements.insert(found.draft.elements.index(element) + 1, twin)
    for relation in found.relations:
        if relation.type in CONTEXT:
            relation.sources = [twin.id if one == element.id else one for one in relation.sources]
    message = gettext_noop("%(element)s is evidence and context at once; two elements say so here.")
    found.draft.repaired(element.place, message, element=element.key or element.id)


# --- Relations ----------------------------------------------------------------------------------------------------------


def follow(found: Reading, relation: Relation) -> None:
    draft, by_id = found.draft, found.steps
    if relation.is_counter:
        for target in relation.targets:
            for source in relation.sources:
                draft.challenges.append(doubt(found, relation, source, target))
        return
    for target in relation.targets:
        if target in by_id:
            # What is said about a step stands with the reasoning of that step, or with the claim that it leads to.
            target = next(iter([*by_id[target].reasoning, *by_id[target].targets]), target)
        if relation.type in CONTEXT:
            add(draft, target, relation.sources, relation, "in_context_of")
        elif relation.reasoning:
            strategy = relation.reasoning[0]
            add(draft, target, [strategy], relation)
            steps = [one for one in relation.sources if (strategy, one) not in found.reasoned]
            found.reasoned |= {(strategy, one) for one in steps}
            add(draft, strategy, steps, relation)
        else:
            add(draft, target, relation.sources, relation)
        if relation.is_defeated and relation.sources:
            draft.challenges.append(
                DraftChallenge(
                    target=target,
                    target_below=relation.reasoning[0] if relation.reasoning else relation.sources[0],
                    statement="The step is marked as defeated in the file.",
                    attack="undercut",
                    state="sustained",
                    place=relation.place,
                )
            )


def add(draft: ArgumentDraft, source: str, targets: list[str], relation: Relation, kind: str = "supported_by") -> None:
    own = source if source in relation.reasoning else ""
    for target in targets:
        link = DraftLink(source=source, target=target, kind=kind, place=relation.place)
        tag = f"aims.exact.{target}" if own else "aims.exact"
        link.is_exact, link.exact_reason = tag in relation.tags, relation.tags.get(tag, "")
        draft.links.append(link)


def doubt(found: Reading, relation: Relation, source: str, target: str) -> DraftChallenge:
    by_id, element = found.steps, found.elements.get(source)
    # What carries a claim as well is part of the argument, and only its use here is a doubt.
    if element is not None and source not in found.carrying:
        element.is_counter = True
    statement = (element.statement if element is not None else "") or source
    made = DraftChallenge(target=target, statement=statement, counter=source, place=relation.place)
    if target in by_id:
        step = by_id[target]
        made.target = (step.targets or [target])[0]
        made.target_below, made.attack = (step.reasoning or step.sources or [""])[0], "undercut"
    if relation.is_defeated:
        made.statement = f"{statement} (marked as defeated in the file)"[:5000]
    for name in ("attack", "severity", "state", "statement"):
        setattr(made, name, relation.tags.get(f"aims.{name}") or getattr(made, name))
    made.target_below = relation.tags.get("aims.step") or made.target_below
    if relation.tags.get("aims.step") and target in by_id and by_id[target].reasoning:
        # The step below a strategy is said with the inference by that strategy.
        is_below = relation.tags["aims.step"] in by_id[target].sources
        made.target = by_id[target].reasoning[0] if is_below else made.target
    return made


def drop_repeated_steps(draft: ArgumentDraft) -> None:
    """Several inferences by one reasoning lead to it from the same claim: that is one step."""
    strategies = {element.id for element in draft.elements if element.kind in CLAIMS and element.kind != "goal"}
    kept: dict[tuple[str, str], DraftLink] = {}
    links = []
    for link in draft.links:
        if link.target in strategies and (link.source, link.target) in kept:
            continue
        kept[link.source, link.target] = link
        links.append(link)
    draft.links = links


def name_evidence(found: Reading) -> None:
    for element in found.draft.elements:
        for artifact in found.references.get(element.id, ()) if element.kind not in CLAIMS else ():
            title, address = found.artifacts.get(artifact, "") or artifact, found.addresses.get(artifact, "")
            if element.kind == "solution" or address:
                binding = DraftBinding(element=element.id, title=title[:200], address=address, place=element.place)
                found.draft.bindings.append(binding)
