"""Who may be what in one case, and whom its tier still asks for. Pure.

After Buhl and others (2024): those who build an argument, those who attack it and those who decide on it are different people
(ISO/IEC 42001 5.3, A.3.2).
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from cases.tier_rules import TierPolicy, gettext_noop

AUTHOR, TEAM_REVIEWER, CHALLENGER, DECIDER = "author", "team_reviewer", "challenger", "decider"
OWNER, SYSTEM_OWNER, BUILDER = "owner", "system_owner", "builder"

# Wanted part, part that the person has: why the two do not go together.
APART: Final[Mapping[tuple[str, str], str]] = {
    (AUTHOR, CHALLENGER): gettext_noop("%(person)s challenges this case and cannot be its author as well."),
    (AUTHOR, DECIDER): gettext_noop("%(person)s decides on this case and cannot be its author as well."),
    (AUTHOR, TEAM_REVIEWER): gettext_noop("%(person)s reviews this case and cannot be its author as well."),
    (TEAM_REVIEWER, AUTHOR): gettext_noop("%(person)s is an author of this case and cannot review it."),
    (TEAM_REVIEWER, OWNER): gettext_noop("%(person)s answers for this case and cannot review it."),
    (CHALLENGER, AUTHOR): gettext_noop("%(person)s is an author of this case and cannot challenge it."),
    (CHALLENGER, DECIDER): gettext_noop("%(person)s decides on this case and cannot challenge it."),
    (CHALLENGER, OWNER): gettext_noop("%(person)s answers for this case or its system and cannot challenge it."),
    (CHALLENGER, BUILDER): gettext_noop("%(person)s put parts of this argument into words and cannot challenge it."),
    (DECIDER, BUILDER): gettext_noop("%(person)s put parts of this argument into words and cannot decide on it."),
    (CHALLENGER, SYSTEM_OWNER): gettext_noop("%(person)s answers for this case or its system and cannot challenge it."),
    (DECIDER, AUTHOR): gettext_noop("%(person)s is an author of this case and cannot decide on it."),
    (DECIDER, CHALLENGER): gettext_noop("%(person)s challenges this case and cannot decide on it."),
    (DECIDER, OWNER): gettext_noop("%(person)s answers for this case and cannot decide on it."),
    (DECIDER, SYSTEM_OWNER): gettext_noop("%(person)s answers for the system and cannot decide on its case."),
}


@dataclass(frozen=True, slots=True)
class Person:
    id: Hashable
    name: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class People:
    """Who is what in a case. `excepted` parts were given in spite of a clash, by a recorded exception; `builders` wrote what
    the argument says, as the trail knows, whatever they are appointed to by now."""

    owner: Person
    system_owner: Hashable = None
    parts: Mapping[str, tuple[Person, ...]] = field(default_factory=dict)
    excepted: frozenset[tuple[str, Hashable]] = frozenset()
    builders: frozenset[Hashable] = frozenset()

    def of(self, part: str) -> tuple[Person, ...]:
        return self.parts.get(part, ())

    def held_by(self, person: Hashable) -> Iterator[str]:
        """All that somebody is in this case."""
        if person == self.owner.id:
            yield OWNER
        if person == self.system_owner:
            yield SYSTEM_OWNER
        for part, people in self.parts.items():
            if any(one.id == person for one in people):
                yield part
        if person in self.builders:
            yield BUILDER


@dataclass(frozen=True, slots=True)
class Lack:
    """Something about the people that is not as the tier asks: English with named places."""

    message: str
    remedy: str
    words: tuple[tuple[str, str], ...] = ()


def clash(people: People, person: Person, wanted: str) -> str:
    """Why somebody cannot have a part, or nothing."""
    return next((APART[wanted, held] for held in people.held_by(person.id) if (wanted, held) in APART), "")


def clashes(people: People) -> Iterator[tuple[Person, str]]:
    """Whoever has two parts that do not go together, each once, without a recorded exception."""
    told = set()
    for part in (CHALLENGER, DECIDER, TEAM_REVIEWER):
        for person in people.of(part):
            why = clash(people, person, part)
            if why and person.id not in told and (part, person.id) not in people.excepted:
                told.add(person.id)
                yield person, why


def independent(people: People) -> tuple[Person, ...]:
    """The challengers whose opinion counts: those without another stake in the case."""
    return tuple(
        one
        for one in people.of(CHALLENGER)
        if (CHALLENGER, one.id) in people.excepted or not clash(people, one, CHALLENGER)
    )


def is_outside(person: Person, owner: Person) -> bool:
    """Whether somebody is known to work in another unit than the owner."""
    theirs, own = person.unit.strip().casefold(), owner.unit.strip().casefold()
    return bool(theirs and own) and theirs != own


def lacking(people: People, policy: TierPolicy) -> list[Lack]:
    """What WF-G02 finds: parts without people, people in two parts, nobody from outside."""
    found = [
        Lack(why, gettext_noop("Give one of the two parts to somebody else."), (("person", person.name),))
        for person, why in clashes(people)
    ]
    if policy.needs_team_review and not people.of(TEAM_REVIEWER):
        found.append(
            Lack(
                gettext_noop("Nobody reviews the case for its team."),
                gettext_noop("Make somebody who is not an author a team reviewer."),
            )
        )
    challengers = independent(people)
    if len(challengers) < policy.challengers:
        words = (("needed", str(policy.challengers)), ("given", str(len(challengers))))
        message = gettext_noop(
            "The tier asks for so many independent challengers: %(needed)s. Appointed so far: %(given)s."
        )
        found.append(Lack(message, gettext_noop("Appoint challengers who did not build the case."), words))
    elif policy.needs_outside_unit and policy.challengers:
        if not people.owner.unit.strip():
            message = gettext_noop("Nothing says in which unit %(person)s, who answers for the case, works.")
            remedy = gettext_noop("Let a governance officer name the unit on the page of that member.")
            found.append(Lack(message, remedy, (("person", people.owner.name),)))
        elif not any(is_outside(one, people.owner) or (CHALLENGER, one.id) in people.excepted for one in challengers):
            message = gettext_noop("No challenger is from outside the owner's unit, %(unit)s.")
            remedy = gettext_noop("Appoint one from another unit, or have their unit named on the page of the member.")
            found.append(Lack(message, remedy, (("unit", people.owner.unit),)))
    if not people.of(DECIDER):
        message = gettext_noop("Nobody decides on the case.")
        found.append(Lack(message, gettext_noop("Make somebody a decider who neither built nor challenges it.")))
    return found
