"""SACM 2.3 as XMI, in one pinned namespace. What SACM does not tell apart or does not know stands in tagged values. Pure."""

from typing import Any, Final
from xml.etree import ElementTree as Xml  # noqa: S405 (writes only)

from cases.drafts import ArgumentDraft, DraftChallenge, DraftElement, DraftLink
from cases.exchange.sacm import KIND, TAGS
from cases.exchange.writing import Written, copy_of, cut_citations, doubts_as_elements, evidence_of, losses_of

# The OMG's document number of SACM 2.3 with the date of its machine-readable files; the standard names no namespace.
NAMESPACE: Final = "http://www.omg.org/spec/SACM/20220301"
XMI: Final = "http://www.omg.org/spec/XMI/20131001"
LOST: Final = ("metrics", "conditions", "binding_details", "standing")
TYPES: Final = {"strategy": "argumentReasoning", "solution": "artifactReference", "context": "artifactReference",
                "away_solution": "artifactReference", "away_context": "artifactReference"}  # fmt: skip
DECLARATIONS: Final = {"assumption": "assumed", "away_assumption": "assumed"}
Xml.register_namespace("sacm", NAMESPACE)
Xml.register_namespace("xmi", XMI)


def write(draft: ArgumentDraft) -> Written:
    """One file with an ArgumentPackage for each module."""
    made = copy_of(draft)
    cut_citations(made)
    losses = losses_of(made, LOST)
    doubts_as_elements(made)
    root = Xml.Element(f"{{{NAMESPACE}}}AssuranceCasePackage", {f"{{{XMI}}}version": "2.0", "id": "case"})
    put_text(root, "name", made.title or "Assurance case")
    if made.scope_text:
        put_text(root, "description", made.scope_text)
    artifacts = Xml.SubElement(root, "artifactPackage", {"id": "artifacts"})
    ids = ids_of(made)
    packages: dict[str, Any] = {}
    for module in made.modules:
        package = Xml.SubElement(root, "argumentPackage", {"id": module.key})
        put_text(package, "name", module.title or module.key)
        if module.is_contract:
            tag(package, "aims.contract", "true")
        packages[module.key] = package
    evidence = evidence_of(made)
    for element in made.elements:
        home = made.home_of(element)
        if home not in packages:
            packages[home] = Xml.SubElement(root, "argumentPackage", {"id": home or "argument"})
        put_element(packages[home], artifacts, element, ids, evidence[element.id])
    by_id = {element.id: element for element in made.elements}
    steps = {(link.source, link.target): link for link in made.links}
    names = {link: f"R{n}" for n, link in enumerate(steps, start=1)}
    reasoned = put_links(made, packages, by_id, ids, names)
    for n, challenge in enumerate(made.challenges, start=1):
        put_doubt(packages[made.home_of(by_id[challenge.target])], challenge, n, ids, {**names, **reasoned})
    if not len(artifacts):
        root.remove(artifacts)
    Xml.indent(root)
    text = Xml.tostring(root, encoding="unicode")
    return Written(
        [("argument.sacm.xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n')], [*losses, *made.losses]
    )


def ids_of(draft: ArgumentDraft) -> dict[str, str]:
    """Identifiers that are unique in the file and read as keys: "G1", "M2.G1"."""
    return {element.id: draft.address_of(element).replace(":", ".") for element in draft.elements}


def put_text(parent: Any, name: str, said: str) -> None:
    """A text in the form of the metamodel: content with a language."""
    node = Xml.SubElement(parent, name)
    content = Xml.SubElement(node, "content", {"lang": "en"})
    content.text = said


def tag(parent: Any, key: str, content: str) -> None:
    Xml.SubElement(parent, "taggedValue", {"key": key, "content": content})


def put_element(
    package: Any, artifacts: Any, element: DraftElement, ids: dict[str, str], evidence: list[tuple[str, str]]
) -> None:
    said = {"id": ids[element.id], "name": element.key}
    type = TYPES.get(element.kind, "claim")
    if type == "claim":
        said["assertionDeclaration"] = DECLARATIONS.get(element.kind, element.declaration)
    if element.is_uninstantiated:
        said["isAbstract"] = "true"
    if element.cites in ids:
        said |= {"isCitation": "true", "citedElement": ids[element.cites]}
    node = Xml.SubElement(package, type, said)
    tag(node, KIND, element.kind)
    for name in TAGS:
        value = getattr(element, name)
        if value not in ("", None, False, "all") and not (name == "declaration" and value == "asserted"):
            tag(node, f"aims.{name}", "true" if value is True else str(value))
    put_text(node, "content", element.statement)
    for n, (title, address) in enumerate(evidence, start=1):
        artifact = f"{ids[element.id]}.evidence{n}"
        made = Xml.SubElement(artifacts, "artifact", {"id": artifact})
        put_text(made, "name", title or address)
        if address:
            tag(made, "aims.address", address)
        Xml.SubElement(node, "referencedArtifactElement", {"href": f"#{artifact}"})


def put_links(
    draft: ArgumentDraft, packages: dict[str, Any], by_id: dict[str, DraftElement], ids: dict[str, str],
    names: dict[tuple[str, str], str],
) -> dict[tuple[str, str], str]:  # fmt: skip
    """The steps as asserted relations, sources below their target; a strategy is the reasoning of the step to its claim.

    Returns the names of the relations that stand for the steps below a strategy.
    """
    below: dict[str, list[DraftLink]] = {}
    above: set[str] = set()
    for link in draft.links:
        if link.kind == "supported_by":
            below.setdefault(link.source, []).append(link)
            above.add(link.target)
    reasoned: dict[tuple[str, str], str] = {}
    for link in draft.links:
        source, target = by_id[link.source], by_id[link.target]
        is_strategy = target.kind == "strategy" and link.kind == "supported_by"
        if source.kind == "strategy" and link.kind == "supported_by" and source.id in above:
            continue  # written with the step to the strategy
        name = names[link.source, link.target]
        type = "assertedContext" if link.kind == "in_context_of" else "assertedInference"
        type = "assertedEvidence" if target.kind in ("solution", "away_solution") else type
        node = Xml.SubElement(packages[draft.home_of(source)], type, {"id": name})
        say_exact(node, "aims.exact", link)
        if is_strategy:
            for step in below.get(target.id, ()):
                Xml.SubElement(node, "source", {"href": f"#{ids[step.target]}"})
                say_exact(node, f"aims.exact.{ids[step.target]}", step)
                reasoned.setdefault((step.source, step.target), name)
            Xml.SubElement(node, "target", {"href": f"#{ids[source.id]}"})
            Xml.SubElement(node, "reasoning", {"href": f"#{ids[target.id]}"})
        else:
            Xml.SubElement(node, "source", {"href": f"#{ids[target.id]}"})
            Xml.SubElement(node, "target", {"href": f"#{ids[source.id]}"})
    return reasoned


def say_exact(node: Any, key: str, link: DraftLink) -> None:
    if link.is_exact:
        tag(node, key, link.exact_reason)


def put_doubt(
    package: Any, challenge: DraftChallenge, n: int, ids: dict[str, str], names: dict[tuple[str, str], str]
) -> None:
    node = Xml.SubElement(package, "assertedInference", {"id": f"D{n}", "isCounter": "true"})
    for name in ("attack", "severity", "state", "statement"):
        tag(node, f"aims.{name}", getattr(challenge, name))
    if challenge.target_below:
        tag(node, "aims.step", ids[challenge.target_below])
    Xml.SubElement(node, "source", {"href": f"#{ids[challenge.counter]}"})
    step = names.get((challenge.target, challenge.target_below)) if challenge.target_below else None
    Xml.SubElement(node, "target", {"href": f"#{step or ids[challenge.target]}"})
