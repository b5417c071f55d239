"""GSN in YAML as gsn2x reads it: a file per module. What gsn2x does not know stands as layers, which it can show. Pure."""

from typing import Any, Final

import yaml

from cases.drafts import ArgumentDraft
from cases.exchange.gsn2x import COUNTER, NODE_TYPES, kind_of
from cases.exchange.repairing import link_what_is_cited
from cases.exchange.writing import (
    Written,
    copy_of,
    cut_citations,
    doubts_as_elements,
    evidence_of,
    in_short,
    legs_of,
    losses_of,
    name_cited,
    name_open_beside_sustained,
    names_in_file,
)
from cases.outline import gettext_noop

Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
LOST: Final = ("exact", "contract", "metrics", "conditions", "binding_titles", "several_bindings", "challenge_details",
               "scope", "title")  # fmt: skip
TYPES: Final = {kind: name for name, kind in reversed(NODE_TYPES.items())}


def write(draft: ArgumentDraft) -> Written:
    """One file, or one for each module."""
    made = copy_of(draft)
    cut_citations(made)
    losses = losses_of(made, LOST)
    name_cited(made)
    doubts_as_elements(made)
    name_open_beside_sustained(made)
    link_what_is_cited(made)
    names = {id: f"{name}_" if name == "module" else name for id, name in names_in_file(made).items()}
    renamed = [f"{name} ({made.address_of(one)})" for one in made.elements if (name := names[one.id]) != one.key]
    if renamed:
        message = gettext_noop("Names are unique over all files, so that some are longer: %(elements)s.")
        made.lost("", message, elements=in_short(renamed))
    doubted: dict[str, list[str]] = {}
    sustained = set()
    for one in made.challenges:
        end = f"{names[one.target]} -> {names[one.target_below]}" if one.target_below else names[one.target]
        doubted.setdefault(one.counter, []).append(end)
        if one.state == "sustained" and not one.target_below:
            sustained.add(one.target)
    legs, evidence = legs_of(made), evidence_of(made)
    texts: dict[str, dict[str, Any]] = {}
    titles = {module.key: module.title for module in made.modules}
    for element in made.elements:
        home = made.home_of(element)
        said: dict[str, Any] = {"text": element.statement}
        name = names[element.id]
        if kind_of(name, {}) != element.kind or name.startswith(COUNTER) != element.is_counter:
            said["nodeType"] = f"Counter{TYPES[element.kind]}" if element.is_counter else TYPES[element.kind]
        for kind, field in (("supported_by", "supportedBy"), ("in_context_of", "inContextOf")):
            ends = [names[link.target] for link in legs[element.id] if link.kind == kind]
            said |= {field: ends} if ends else {}
        said |= {"challenges": doubted[element.id]} if element.id in doubted else {}
        said |= {"defeated": True} if element.id in sustained else {}
        said |= layers(element)
        address = next((address for _title, address in evidence[element.id] if address), "")
        said |= {"url": address} if address else {}
        texts.setdefault(home, {})[name] = said
    files = []
    for module in texts:
        about = {"name": module, "brief": titles.get(module) or module} if module else None
        files.append((f"{module or 'argument'}.gsn.yaml", yaml_of({"module": about} if about else {}, texts[module])))
    return Written(files, [*losses, *made.losses])


def layers(element: Any) -> dict[str, Any]:
    """What an element says beside its text, only where it says something."""
    said: dict[str, Any] = {}
    for name, label in (
        ("is_undeveloped", "undeveloped"),
        ("is_uninstantiated", "uninstantiated"),
        ("is_public", "public"),
    ):
        said |= {label: True} if getattr(element, name) else {}
    if element.declaration != "asserted":
        said["declaration"] = element.declaration
    if element.combine != "all":
        said["combine"] = f"{element.combine} {element.combine_k}" if element.combine_k else element.combine
    for name in ("owner", "category", "declaration_reason", "combine_reason", "pattern", "pattern_key"):
        said |= {name: getattr(element, name)} if getattr(element, name) else {}
    if element.review_by is not None:
        said["review_by"] = element.review_by.isoformat()
    return said | {name: value for name, value in element.extras.items() if name in ("standing", "valid_until")}


def yaml_of(*parts: dict[str, Any]) -> str:
    return "\n".join(
        yaml.dump(part, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=100) for part in parts if part
    )
