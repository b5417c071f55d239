"""Arguments as other tools allow them, made such as the rules here ask: never silently, each step is named. Pure.

Other notations let a strategy rest on evidence or on another strategy, and mix evidence with claims below a goal; there a
goal that nobody has stated yet is put between, to be stated before submission.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import count

from cases.argument import CITED_KINDS
from cases.drafts import ArgumentDraft, DraftElement, DraftLink, DraftModule, outline_of_draft
from cases.outline import CLAIMS, CONTEXTUAL, MAY_BE_PUBLIC, PREMISES, Outline, gettext_noop
from cases.wellformed import module_circles

AWAY_OF = {str(cited): str(away) for away, cited in CITED_KINDS.items()}
EVIDENCE = frozenset({"solution", "away_solution"})


def repaired(draft: ArgumentDraft) -> ArgumentDraft:
    """The draft with what can be put right put right. What remains wrong is for the rules to refuse."""
    for repair in (
        say_what_is_unsaid,
        keep_links_once,
        hang_premises_as_context,
        argue_premises_as_goals,
        hang_context_on_claims,
        put_goals_between,
        cite_across_modules,
        fit_attacks,
    ):
        repair(draft)
    return draft


def name_of(element: DraftElement) -> str:
    return element.key or element.id


def say_what_is_unsaid(draft: ArgumentDraft) -> None:
    for element in draft.elements:
        if not element.statement.strip():
            element.statement, element.is_uninstantiated = name_of(element), True
            message = gettext_noop("%(element)s states nothing; its name stands there until somebody does.")
            draft.repaired(element.place, message, element=name_of(element))


def keep_links_once(draft: ArgumentDraft) -> None:
    kept: dict[tuple[str, str], DraftLink] = {}
    by_id = {element.id: element for element in draft.elements}
    for link in draft.links:
        if (link.source, link.target) in kept:
            message = gettext_noop("%(element)s was linked to %(other)s twice; once is kept.")
            words = {"element": said(by_id, link.source), "other": said(by_id, link.target)}
            draft.repaired(link.place, message, **words)
        else:
            kept[link.source, link.target] = link
    draft.links = list(kept.values())


def said(by_id: dict[str, DraftElement], id: str) -> str:
    return name_of(by_id[id]) if id in by_id else id


def hang_premises_as_context(draft: ArgumentDraft) -> None:
    """A context, assumption or justification below a claim stands in its context, whatever the link was called."""
    by_id = {element.id: element for element in draft.elements}
    for link in draft.links:
        target = by_id.get(link.target)
        if target is not None and target.kind in CONTEXTUAL and link.kind == "supported_by":
            link.kind = "in_context_of"
            message = gettext_noop("%(other)s supported %(element)s; as a %(kind)s it stands in its context.")
            words = {"element": said(by_id, link.source), "other": name_of(target), "kind": target.kind}
            draft.repaired(link.place, message, **words)


def argue_premises_as_goals(draft: ArgumentDraft) -> None:
    """An assumption or justification that is itself argued for is a claim, and supports what it stood in the context of."""
    argued = {link.source for link in draft.links if link.kind == "supported_by"}
    for element in draft.elements:
        if element.id in argued and element.kind in ("assumption", "justification"):
            message = gettext_noop("%(element)s is argued for, so it is a goal here and no %(kind)s.")
            draft.repaired(element.place, message, element=name_of(element), kind=element.kind)
            element.kind = "goal"
            for link in draft.links:
                if link.target == element.id:
                    link.kind = "supported_by"


def hang_context_on_claims(draft: ArgumentDraft) -> None:
    """What stands in the context of evidence or of a premise stands in that of the claims above it."""
    by_id = {element.id: element for element in draft.elements}
    above: dict[str, list[str]] = defaultdict(list)
    for link in draft.links:
        above[link.target].append(link.source)
    linked = {(link.source, link.target) for link in draft.links}
    kept: list[DraftLink] = []
    for link in draft.links:
        source, target = by_id.get(link.source), by_id.get(link.target)
        if link.kind != "in_context_of" or source is None or target is None or source.kind in CLAIMS:
            kept.append(link)
            continue
        hosts = [host for host in claims_above(link.source, above, by_id) if (host, link.target) not in linked]
        for host in hosts:
            linked.add((host, link.target))
            kept.append(replace(link, source=host))
        words = {"element": name_of(target), "other": name_of(source), "host": ", ".join(said(by_id, h) for h in hosts)}
        if hosts:
            message = gettext_noop("%(element)s stood in the context of %(other)s; it stands in that of %(host)s.")
            draft.repaired(link.place, message, **words)
        else:
            message = gettext_noop("%(element)s stood in the context of %(other)s, which cannot have one.")
            draft.lost(link.place, message, **words)
    draft.links = kept


def claims_above(id: str, above: dict[str, list[str]], by_id: dict[str, DraftElement]) -> list[str]:
    """The nearest claims over an element, in the order of the file."""
    found: list[str] = []
    waiting, seen = [id], {id}
    for one in waiting:
        for upper in above[one]:
            if upper in seen or upper not in by_id:
                continue
            seen.add(upper)
            (found if by_id[upper].kind in CLAIMS else waiting).append(upper)
    return found


def put_goals_between(draft: ArgumentDraft) -> None:
    """strategy → evidence, strategy → strategy, and evidence beside claims below a goal get a goal between."""
    by_id = {element.id: element for element in draft.elements}
    numbers = count(1)
    legs: dict[str, list[DraftLink]] = defaultdict(list)
    for link in draft.links:
        if link.kind == "supported_by" and link.target in by_id and link.source in by_id:
            legs[link.source].append(link)
    for source_id, links in list(legs.items()):
        source = by_id[source_id]
        evidence = [link for link in links if by_id[link.target].kind in EVIDENCE]
        groups: list[list[DraftLink]] = []
        if source.kind == "strategy":
            groups = [evidence] if evidence else []
            groups += [[link] for link in links if by_id[link.target].kind == "strategy"]
        elif source.kind == "goal" and source.combine == "all" and evidence and len(evidence) < len(links):
            groups = [evidence]
        for group in groups:
            insert_goal(draft, source, [by_id[link.target] for link in group], group, next(numbers))


def insert_goal(
    draft: ArgumentDraft, source: DraftElement, below: list[DraftElement], links: list[DraftLink], number: int
) -> DraftElement:
    names = ", ".join(name_of(element) for element in below)
    goal = DraftElement(
        id=f"between {number} {source.id}",
        kind="goal",
        statement=f"To be stated: the claim between {name_of(source)} and {names}"[:500],
        module=source.module,
        place=links[0].place,
        is_uninstantiated=True,
        is_counter=source.is_counter,
    )
    draft.elements.insert(draft.elements.index(source) + 1, goal)
    draft.links.insert(draft.links.index(links[0]), DraftLink(source=source.id, target=goal.id, place=links[0].place))
    for link in links:
        link.source = goal.id
        for challenge in draft.challenges:
            if (challenge.target, challenge.target_below) == (source.id, link.target):
                challenge.target_below = goal.id
    message = gettext_noop("%(element)s rested on %(others)s; a goal that is to be stated stands between.")
    draft.repaired(links[0].place, message, element=name_of(source), others=names)
    return goal


def fit_attacks(draft: ArgumentDraft) -> None:
    """A doubt about a claim rebuts it, one about a strategy undercuts it, one about evidence or a premise undermines it."""
    kinds = {element.id: element.kind for element in draft.elements}
    for challenge in draft.challenges:
        if challenge.attack == "rebut" and not challenge.target_below:
            kind = kinds.get(challenge.target, "goal")
            is_claim = kind in ("goal", "away_goal")
            challenge.attack = "rebut" if is_claim else "undercut" if kind == "strategy" else "undermine"


# --- Modules ----------------------------------------------------------------------------------------------------------


def cite_across_modules(draft: ArgumentDraft) -> None:
    """A link into another module becomes an away element that cites its end, which is public there.

    Modules that would rest on each other are one module.
    """
    by_id = {element.id: element for element in draft.elements}
    if not any(crosses(draft, link, by_id) for link in draft.links):
        return
    if circle := circle_of_modules(draft, by_id):
        message = gettext_noop("The modules rest on each other (%(path)s); they are one module here.")
        draft.repaired("", message, path=" → ".join(circle))
        into_one_module(draft)
        return
    away: dict[tuple[str, str], DraftElement] = {}
    numbers = count(1)
    for link in list(draft.links):
        if not crosses(draft, link, by_id):
            continue
        source, target = by_id[link.source], by_id[link.target]
        if target.kind == "strategy":
            target = goal_before(draft, target, by_id, next(numbers))
        if target.kind not in AWAY_OF:
            continue
        key = (source.module, target.id)
        if key not in away:
            away[key] = DraftElement(
                id=f"away {next(numbers)} {target.id}",
                kind=AWAY_OF[target.kind],
                statement=target.statement,
                module=source.module,
                place=link.place,
                cites=target.id,
            )
            draft.elements.insert(draft.elements.index(source) + 1, away[key])
            by_id[away[key].id] = away[key]
            target.is_public = target.kind in MAY_BE_PUBLIC
            message = gettext_noop(
                "%(element)s of module %(module)s is public, and module %(other)s cites it by an away element."
            )
            words = {"element": name_of(target), "module": draft.home_of(target), "other": draft.home_of(source)}
            draft.repaired(link.place, message, **words)
        for challenge in draft.challenges:
            if (challenge.target, challenge.target_below) == (link.source, link.target):
                challenge.target_below = away[key].id
        link.target = away[key].id


def crosses(draft: ArgumentDraft, link: DraftLink, by_id: dict[str, DraftElement]) -> bool:
    source, target = by_id.get(link.source), by_id.get(link.target)
    return source is not None and target is not None and draft.home_of(source) != draft.home_of(target)


def goal_before(draft: ArgumentDraft, strategy: DraftElement, by_id: dict[str, DraftElement], n: int) -> DraftElement:
    """Only goals can be cited: a strategy that another module rests on gets a goal of its own."""
    id = f"before {strategy.id}"
    if id not in by_id:
        by_id[id] = DraftElement(
            id=id,
            kind="goal",
            statement=f"To be stated: the claim that {name_of(strategy)} leads to",
            module=strategy.module,
            place=strategy.place,
            is_uninstantiated=True,
        )
        draft.elements.insert(draft.elements.index(strategy), by_id[id])
        draft.links.append(DraftLink(source=id, target=strategy.id, place=strategy.place))
        message = gettext_noop(
            "Another module rests on the strategy %(element)s; a goal that is to be stated stands before."
        )
        draft.repaired(strategy.place, message, element=name_of(strategy))
    return by_id[id]


def circle_of_modules(draft: ArgumentDraft, by_id: dict[str, DraftElement]) -> list[str]:
    """One way round between modules, as they would be if each link across were a citation."""
    nodes, edges = outline_of_draft(draft)
    outline = Outline(nodes, edges)
    crossing = [link for link in draft.links if crosses(draft, link, by_id)]
    homes = {link.source: draft.home_of(by_id[link.source]) for link in crossing}
    outline.nodes += [
        replace(outline.by_id[link.source], id=f"? {n}", cites=None, cites_module=draft.home_of(by_id[link.target]))
        for n, link in enumerate(crossing)
        if homes[link.source]
    ]
    circles = module_circles(outline)
    return circles[0] if circles else []


def into_one_module(draft: ArgumentDraft) -> None:
    """Let all elements stand in the first module; what was cited from another is linked directly."""
    link_what_is_cited(draft)
    for element in draft.elements:
        element.module = ""
    draft.modules = [DraftModule(key=draft.modules[0].key, title=draft.modules[0].title)] if draft.modules else []


def link_what_is_cited(draft: ArgumentDraft) -> None:
    """Put direct links in the place of away elements and of references to modules."""
    by_id = {element.id: element for element in draft.elements}
    gone: dict[str, list[str]] = {}
    for element in draft.elements:
        if element.cites in by_id:
            gone[element.id] = [element.cites]
        elif element.cites_module:
            gone[element.id] = [goal.id for goal in public_goals(draft, element.cites_module)]
    links: dict[tuple[str, str], DraftLink] = {}
    for link in draft.links:
        if link.source in gone:
            continue
        for target in ends(link.target, gone):
            kind = "in_context_of" if by_id[target].kind in PREMISES else "supported_by"
            links.setdefault((link.source, target), replace(link, target=target, kind=kind))
    draft.links = list(links.values())
    draft.elements = [element for element in draft.elements if element.id not in gone]
    for element in draft.elements:
        element.is_supported_by_contract = False


def ends(id: str, gone: dict[str, list[str]]) -> Iterable[str]:
    """What a chain of citations leads to."""
    found, waiting, seen = [], [id], {id}
    for one in waiting:
        if one not in gone:
            found.append(one)
        for following in gone.get(one, ()):
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return found


def public_goals(draft: ArgumentDraft, module: str) -> list[DraftElement]:
    return [one for one in draft.elements if one.kind == "goal" and one.is_public and draft.home_of(one) == module]


def mark_counter(draft: ArgumentDraft, is_top: Callable[[DraftElement], bool]) -> None:
    """Everything that only argues for a doubt belongs to the counter-argument."""
    below: dict[str, list[str]] = defaultdict(list)
    above: dict[str, set[str]] = defaultdict(set)
    for link in draft.links:
        below[link.source].append(link.target)
        above[link.target].add(link.source)
    by_id = {element.id: element for element in draft.elements}
    waiting = [element.id for element in draft.elements if is_top(element)]
    counter = set(waiting)
    for one in waiting:
        for child in below[one]:
            if child not in counter and above[child] <= counter:
                counter.add(child)
                waiting.append(child)
    for one in counter:
        if one in by_id:
            by_id[one].is_counter = True
