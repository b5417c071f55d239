"""Telling people whose turn it is, and observers what happened."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy

from aims.integrations.actions import notify
from aims.tenancy.ids import uuid7
from aims.tenancy.models import Member
from aims.tenancy.permissions import Role
from cases.access import Part, people_of
from cases.models import AssuranceCase


class Told(models.TextChoices):
    """What people read; %(case)s is the title, %(words)s what whoever took the step wrote."""

    TO_REVIEW = "to_review", gettext_lazy("Read the case “%(case)s” for its team: it was submitted to your review.")
    TO_CHALLENGE = "to_challenge", gettext_lazy("Look for what is wrong with the case “%(case)s”: its challenge began.")
    TO_DECIDE = "to_decide", gettext_lazy("Decide on the case “%(case)s”: it is ready for you.")
    TO_SIGN = (
        "to_sign",
        gettext_lazy("Read the case “%(case)s” and sign it, if you stand behind it: a decision is asked for."),
    )
    APPROVED = (
        "approved",
        gettext_lazy("The case “%(case)s” is approved. It is in force as soon as you have signed it."),
    )
    RETURNED = "returned", gettext_lazy("The case “%(case)s” came back to its authors: %(words)s")
    LIVE = "live", gettext_lazy("The case “%(case)s” is in force.")
    LIVE_AGAIN = "live_again", gettext_lazy("The case “%(case)s” is in force again as it was decided.")
    TO_AFFIRM = (
        "to_affirm",
        gettext_lazy(
            "The case “%(case)s” stands again as it was decided. Read it and sign it anew: it is in force again with your "
            "signature only."
        ),
    )
    DEGRADED = (
        "degraded",
        gettext_lazy("The case “%(case)s” is not any more what was decided. Put it right, or open a revision."),
    )
    REVISED = "revised", gettext_lazy("A revision of the case “%(case)s” was opened: %(words)s")
    WITHDRAWN = "withdrawn", gettext_lazy("The case “%(case)s” was withdrawn: %(words)s")
    STEPPED_DOWN = (
        "stepped_down",
        gettext_lazy("Find a successor for the case “%(case)s”: its owner steps down. %(words)s"),
    )
    OWNER_LEFT = (
        "owner_left",
        gettext_lazy(
            "Name who answers for the case “%(case)s”: its accountable owner, %(words)s, is not active any more, and their "
            "signature counts no longer."
        ),
    )
    STEP = "step", gettext_lazy("The case “%(case)s” is now in this state: %(state)s.")


OWNER: Final = "owner"
OFFICERS: Final = "officers"
# Who is told, besides the observers: parts, the owner, or the governance officers.
AUDIENCE: Final[dict[Told, tuple[Part | str, ...]]] = {
    Told.TO_REVIEW: (Part.TEAM_REVIEWER,),
    Told.TO_CHALLENGE: (Part.CHALLENGER,),
    Told.TO_DECIDE: (Part.DECIDER,),
    Told.TO_SIGN: (OWNER,),
    Told.TO_AFFIRM: (OWNER,),
    Told.APPROVED: (OWNER,),
    Told.RETURNED: (OWNER, Part.AUTHOR),
    Told.LIVE: (OWNER, Part.AUTHOR, Part.DECIDER),
    Told.LIVE_AGAIN: (Part.AUTHOR, Part.DECIDER),
    Told.DEGRADED: (OWNER, Part.DECIDER),
    Told.REVISED: (OWNER, Part.DECIDER),
    Told.WITHDRAWN: (OWNER, Part.AUTHOR, Part.CHALLENGER, Part.DECIDER),
    Told.STEPPED_DOWN: (OFFICERS, Part.DECIDER),
    Told.OWNER_LEFT: (OFFICERS, Part.DECIDER),
}


def tell(
    case: AssuranceCase,
    told: Told,
    *,
    event: str,
    actor: Member | None,
    words: str = "",
    due_on: date | None = None,
    once: str = "",
) -> None:
    """Tell those whose turn it is, and the observers of the state; nobody is told of what they did themselves. What is
    found again at every look is told `once` under that name."""
    people = dict(people_of(case))
    key, link = f"case:{case.pk}:{told}:{once or uuid7()}", case_url(case)
    said = {"case": case.title[:200], "words": words[:500], "state": str(case.get_status_display()).lower()}
    reached = {actor.pk} if actor else set()
    for member in audience(case, told, people):
        if member.pk not in reached:
            reached.add(member.pk)
            notify(member, event=event, sentence=told.label % said, link=link, key=key, due_on=due_on)
    if told in (Told.TO_SIGN, Told.TO_AFFIRM, Told.OWNER_LEFT):
        return
    for member in people[Part.OBSERVER]:
        if member.pk not in reached:
            notify(member, event=event, sentence=Told.STEP.label % said, link=link, key=key, email=False)


def audience(case: AssuranceCase, told: Told, people: dict[Part, list[Member]]) -> Iterable[Member]:
    for who in AUDIENCE[told]:
        if who == OWNER:
            yield case.accountable_owner
        elif who == OFFICERS:
            yield from Member.objects.active().filter(roles__contains=[Role.GOVERNANCE_OFFICER])
        else:
            yield from people[Part(who)]


def case_url(case: AssuranceCase) -> str:
    return reverse("cases:case_life", kwargs={"slug": case.organisation.slug, "number": case.number})
