"""What every writer needs: names that are unique in a file, and an account of what a format cannot say. Pure."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from cases.argument import CITED_KINDS, CITING
from cases.drafts import ArgumentDraft, DraftElement, DraftLink, Loss
from cases.exchange.repairing import into_one_module
from cases.outline import PREMISES, gettext_noop

MOST_NAMED: Final = 12


@dataclass(slots=True)
class Written:
    """The files of an export, the first one first, and what they do not say."""

    files: list[tuple[str, str]] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)


Find = Callable[[ArgumentDraft], Iterable[str]]


def addresses(test: Callable[[DraftElement], bool]) -> Find:
    return lambda draft: (draft.address_of(element) for element in draft.elements if test(element))


def of_elements(name: str) -> Find:
    """The addresses of the elements that something hangs on; the whole case where it hangs on none."""

    def find(draft: ArgumentDraft) -> Iterable[str]:
        by_id = {element.id: draft.address_of(element) for element in draft.elements}
        return (by_id.get(one.element, "–") for one in getattr(draft, name))

    return find


def exact_steps(draft: ArgumentDraft) -> Iterable[str]:
    by_id = {element.id: draft.address_of(element) for element in draft.elements}
    return (f"{by_id[link.source]} → {by_id[link.target]}" for link in draft.links if link.is_exact)


# What an argument here may say that another format cannot: how to find it, and the sentence about it.
FEATURES: Final[dict[str, tuple[Find, str]]] = {
    "combine": (addresses(lambda one: one.combine != "all"),
                gettext_noop("That fewer than all legs are enough is left out of %(elements)s.")),
    "exact": (exact_steps, gettext_noop("“If and only if” is left out of %(elements)s.")),
    "declaration": (addresses(lambda one: one.declaration != "asserted"),
                    gettext_noop("What is taken as given, or declared otherwise, is left out of %(elements)s.")),
    "category": (addresses(lambda one: bool(one.category)),
                 gettext_noop("The category of the claim is left out of %(elements)s.")),
    "owner": (addresses(lambda one: bool(one.owner)), gettext_noop("Who owns the claim is left out of %(elements)s.")),
    "review_by": (addresses(lambda one: one.review_by is not None),
                  gettext_noop("The date of review is left out of %(elements)s.")),
    "public": (addresses(lambda one: one.is_public), gettext_noop("That it is public is left out of %(elements)s.")),
    "undeveloped": (addresses(lambda one: one.is_undeveloped),
                    gettext_noop("That it is undeveloped is left out of %(elements)s.")),
    "uninstantiated": (addresses(lambda one: one.is_uninstantiated),
                       gettext_noop("That it is uninstantiated is left out of %(elements)s.")),
    "contract": (addresses(lambda one: one.is_supported_by_contract),
                 gettext_noop("Contracts between modules are left out: %(elements)s.")),
    "metrics": (of_elements("metrics"), gettext_noop("The metrics of %(elements)s are left out.")),
    "conditions": (of_elements("conditions"), gettext_noop("The degradation conditions of %(elements)s are left out.")),
    "bindings": (of_elements("bindings"), gettext_noop("Which evidence %(elements)s rests on is left out.")),
    "binding_details": (of_elements("bindings"),
                        gettext_noop("Of the evidence of %(elements)s only the title and the address are written.")),
    "binding_titles": (of_elements("bindings"),
                       gettext_noop("Of the evidence of %(elements)s only the address is written.")),
    "several_bindings": (lambda draft: several(of_elements("bindings")(draft)),
                         gettext_noop("Of several pieces of evidence only the first is written: %(elements)s.")),
    "challenges": (lambda draft: challenged(draft), gettext_noop("The challenges of %(elements)s are left out.")),
    "challenge_details": (lambda draft: challenged(draft),
                          gettext_noop("Of the challenges of %(elements)s only the doubt itself is written.")),
    "scope": (lambda draft: ["–"] if draft.scope_text else [], gettext_noop("The scope of the case is left out.")),
    "title": (lambda draft: ["–"] if draft.title else [], gettext_noop("The title of the case is left out.")),
    "template": (addresses(lambda one: bool(one.pattern)),
                 gettext_noop("That it is template text, which nobody has adopted, is left out of %(elements)s.")),
    "standing": (addresses(lambda one: "standing" in one.extras),
                 gettext_noop("How the elements stand is left out.")),
}  # fmt: skip


def challenged(draft: ArgumentDraft) -> Iterable[str]:
    by_id = {element.id: draft.address_of(element) for element in draft.elements}
    return (by_id.get(one.target, "–") for one in draft.challenges)


def several(names: Iterable[str]) -> list[str]:
    seen: dict[str, int] = defaultdict(int)
    for name in names:
        seen[name] += 1
    return [name for name, times in seen.items() if times > 1]


def losses_of(draft: ArgumentDraft, lost: Collection[str]) -> list[Loss]:
    """The sentences about what a format does not say, where the argument says it."""
    found = []
    for name in lost:
        find, message = FEATURES[name]
        named = list(dict.fromkeys(find(draft)))
        if named:
            found.append(Loss.at("", message, elements=in_short(named)))
    return found


def in_short(names: Iterable[str]) -> str:
    """The first of some names, and how many there are where they are more."""
    named = list(dict.fromkeys(names))
    more = f" … ({len(named)})" if len(named) > MOST_NAMED else ""
    return ", ".join(named[:MOST_NAMED]) + more


def name_open_beside_sustained(draft: ArgumentDraft) -> None:
    """Where a format marks what is defeated and not the doubt, open doubts beside a sustained one cannot be told apart."""
    address = {element.id: draft.address_of(element) for element in draft.elements}
    states: dict[str, set[str]] = defaultdict(set)
    for challenge in draft.challenges:
        if not challenge.target_below:
            states[challenge.target].add(challenge.state)
    mixed = [address[target] for target, found in states.items() if {"open", "sustained"} <= found]
    if mixed:
        message = gettext_noop("Which challenges of %(elements)s are open and which sustained is left out.")
        draft.lost("", message, elements=in_short(mixed))


def copy_of(draft: ArgumentDraft) -> ArgumentDraft:
    return deepcopy(draft)


def cut_citations(draft: ArgumentDraft) -> None:
    """What is cited of another case is not in the file: it is an undeveloped element here."""
    ids = {element.id for element in draft.elements}
    modules = {module.key for module in draft.modules}
    for element in draft.elements:
        if (
            element.kind not in CITING
            or element.cites in ids
            or (element.cites_module and element.cites_module in modules)
        ):
            continue
        message = gettext_noop("%(element)s cites another case, which is not in the file; it is undeveloped there.")
        draft.lost(element.place, message, element=draft.address_of(element))
        element.kind = str(CITED_KINDS.get(element.kind, "goal"))  # type: ignore[call-overload]
        element.is_undeveloped = element.kind == "goal"
        element.cites = element.cites_module = ""
        if element.kind in PREMISES:
            continue
        for link in draft.links:
            if link.target == element.id and link.kind == "in_context_of":
                # What gave context as a claim is a context itself.
                element.kind, element.is_undeveloped = "context", False


def name_cited(draft: ArgumentDraft) -> None:
    """Say as losses what becomes of citations where a format only has direct links."""
    by_id = {element.id: element for element in draft.elements}
    gone = {element.id for element in draft.elements if element.kind in CITING}
    if gone:
        message = gettext_noop("What is cited is linked directly instead of by %(elements)s.")
        named = [draft.address_of(by_id[id]) for id in gone]
        draft.lost("", message, elements=in_short(sorted(named)))
    for link in draft.links:
        if link.kind == "in_context_of" and by_id[link.target].kind in ("away_goal", "module_ref"):
            message = gettext_noop("%(other)s gives context to %(element)s as a claim; it is written as support.")
            words = {"element": draft.address_of(by_id[link.source]), "other": draft.address_of(by_id[link.target])}
            draft.lost("", message, **words)


def in_one_module(draft: ArgumentDraft) -> None:
    """For formats without modules: all in one, and what is cited is linked directly."""
    name_cited(draft)
    names = names_in_file(draft)
    if len(draft.modules) > 1:
        message = gettext_noop(
            "The modules are one argument in this format; keys of the same name have that of their module."
        )
        draft.lost("", message)
    into_one_module(draft)
    for element in draft.elements:
        element.key = names[element.id]


def doubts_as_elements(draft: ArgumentDraft) -> None:
    """For formats in which only elements challenge: each doubt is argued by a counter goal. Settled ones are left out."""
    taken = {element.key for element in draft.elements}
    address = {element.id: draft.address_of(element) for element in draft.elements}
    by_id = {element.id: element for element in draft.elements}
    kept = []
    for challenge in draft.challenges:
        if challenge.state not in ("open", "sustained"):
            message = gettext_noop("A challenge of %(element)s that is settled (%(state)s) is left out.")
            draft.lost("", message, element=address[challenge.target], state=challenge.state)
            continue
        kept.append(challenge)
        if not challenge.counter:
            key = next(key for n in count(1) if (key := f"CG{n}") not in taken)
            taken.add(key)
            goal = DraftElement(
                id=f"doubt {key}",
                key=key,
                kind="goal",
                statement=challenge.statement,
                module=by_id[challenge.target].module,
                is_counter=True,
            )
            draft.elements.append(goal)
            challenge.counter = goal.id
            message = gettext_noop("A challenge of %(element)s is written as the counter goal %(key)s.")
            draft.lost("", message, element=address[challenge.target], key=key)
    draft.challenges = kept


def names_in_file(draft: ArgumentDraft) -> dict[str, str]:
    """A name for each element that is unique in the whole file: its key, or that of its module before it."""
    keys: dict[str, int] = defaultdict(int)
    for element in draft.elements:
        keys[element.key] += 1
    names: dict[str, str] = {}
    taken: set[str] = set()
    for element in draft.elements:
        is_first = draft.home_of(element) == draft.first_module
        name = element.key if keys[element.key] == 1 or is_first else f"{draft.home_of(element)}.{element.key}"
        while name in taken:
            name += "_"
        taken.add(name)
        names[element.id] = name
    return names


def evidence_of(draft: ArgumentDraft) -> dict[str, list[tuple[str, str]]]:
    """Titles and addresses of what each element rests on."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for binding in draft.bindings:
        found[binding.element].append((binding.title, binding.address))
    return found


def legs_of(draft: ArgumentDraft) -> dict[str, list[DraftLink]]:
    legs: dict[str, list[DraftLink]] = defaultdict(list)
    for link in draft.links:
        legs[link.source].append(link)
    return legs


def tops_of(draft: ArgumentDraft) -> list[DraftElement]:
    """What nothing in the argument rests on, the claims first."""
    below = {link.target for link in draft.links}
    tops = [element for element in draft.elements if element.id not in below]
    return sorted(tops, key=lambda element: (element.kind not in ("goal", "strategy"), element.is_counter))
