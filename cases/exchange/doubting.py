"""What other notations mark as defeated, made of challenges: a standing is found here and never typed (WF-D04). Pure."""

from collections import defaultdict
from collections.abc import Mapping

from cases.drafts import ArgumentDraft, DraftChallenge, Place
from cases.outline import gettext_noop


def turn_defeated_into_challenges(
    draft: ArgumentDraft, defeated: Mapping[str, tuple[str, Place]], *, rejected: frozenset[int] = frozenset()
) -> None:
    """The doubts about an element so marked count as sustained, or one is raised; `defeated` has its name and place by id.

    `rejected` are the places in the list of challenges that the file marks as defeated themselves: they sustain nothing.
    """
    doubts: dict[str, list[DraftChallenge]] = defaultdict(list)
    for n, one in enumerate(draft.challenges):
        if not one.target_below and n not in rejected:
            doubts[one.target].append(one)
    for id, (name, place) in defeated.items():
        for one in doubts[id]:
            one.state = "sustained"
        if not doubts[id]:
            said = f"{name[:80]} is marked as defeated in the file."
            draft.challenges.append(DraftChallenge(target=id, statement=said, state="sustained", place=place))
        message = gettext_noop("%(element)s is marked as defeated; that is a sustained challenge here.")
        draft.repaired(place, message, element=name)


def turn_defeated_steps_into_challenges(
    draft: ArgumentDraft, defeated: Mapping[tuple[str, str], Place]
) -> frozenset[int]:
    """Steps between elements that are marked as defeated; returns the places of the challenges that are marked so."""
    rejected = set()
    for (source, target), place in defeated.items():
        about = [n for n, one in enumerate(draft.challenges) if (one.counter, one.target) == (source, target)]
        if about:
            rejected.update(about)
            message = gettext_noop(
                "The doubt of %(element)s about %(other)s is marked as defeated; it is open here until somebody decides."
            )
            draft.repaired(place, message, element=source, other=target)
            continue
        doubts = [one for one in draft.challenges if (one.target, one.target_below) == (source, target)]
        for one in doubts:
            one.state = "sustained"
        if not doubts:
            said = f"The step from {source} to {target} is marked as defeated in the file."
            draft.challenges.append(
                DraftChallenge(
                    target=source,
                    target_below=target,
                    statement=said,
                    attack="undercut",
                    state="sustained",
                    place=place,
                )
            )
        message = gettext_noop(
            "The step from %(element)s to %(other)s is marked as defeated; that is a sustained challenge here."
        )
        draft.repaired(place, message, element=source, other=target)
    return frozenset(rejected)


def doubt_counters_instead_of_their_steps(draft: ArgumentDraft) -> None:
    """A doubt about the step by which a counter-element challenges something is a doubt about that counter-element here."""
    steps = {(link.source, link.target) for link in draft.links}
    challenging = {(one.target, one.counter) for one in draft.challenges if one.counter}
    for one in draft.challenges:
        ends = (one.target, one.target_below)
        if not one.target_below or ends in steps:
            continue
        counter = next((c for t, c in (ends, ends[::-1]) if (t, c) in challenging), "")
        if counter:
            about = ends[0] if counter == ends[1] else ends[1]
            one.target, one.target_below = counter, ""
            message = gettext_noop(
                "A doubt about how %(element)s challenges %(other)s is a challenge of %(element)s itself here."
            )
            draft.repaired(one.place, message, element=counter, other=about)
