"""Telling people of degradation conditions, once a day for each state: a condition that flaps rings no bell all day."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from aims.integrations.actions import notify
from aims.tenancy.models import Member
from aims.tenancy.permissions import Role
from cases.conditions import name_of_condition
from cases.events import DegradationEvent
from cases.models import DegradationCondition

Action = DegradationCondition.Action
Status = DegradationCondition.Status
# What the product asks of people, because it cannot do it.
REQUESTS: Final = (Action.REQUIRE_REASSESSMENT, Action.RESTRICT_USE, Action.SUSPEND)


def asked_of_people(condition: DegradationCondition) -> list[str]:
    """What a tripped condition asks for, in whole sentences."""
    sentences = {
        Action.REQUIRE_REASSESSMENT: _("You are asked to have risk and impact assessed anew."),
        Action.RESTRICT_USE: _("You are asked to restrict the use of the system until it is cleared."),
        Action.SUSPEND: _("You are asked to suspend the system until it is cleared."),
    }
    return [sentences[action] for action in REQUESTS if action in condition.actions]


def tell_of_trip(condition: DegradationCondition, now: datetime) -> None:
    """The responder hears of a suspicion and of a trip; the owners of a trip, where that was wanted."""
    people: list[Member | None] = [condition.responder or condition.case.accountable_owner]
    words = {"name": name_of_condition(condition), "case": Truncator(condition.case.title).chars(120)}
    if condition.status == Status.SUSPECTED:
        event, said = DegradationEvent.SUSPECTED, _("Condition %(name)s of “%(case)s” is suspected.") % words
    else:
        event, said = DegradationEvent.TRIPPED, _("Condition %(name)s of “%(case)s” has come true.") % words
        said = " ".join([said, *asked_of_people(condition)])
        if Action.NOTIFY_OWNER in condition.actions:
            people += [condition.case.accountable_owner, getattr(condition.element, "owner", None)]
    tell(people, condition, event, said, now)


def tell_of_delay(condition: DegradationCondition, now: datetime) -> None:
    """The governance officers and the accountable owner hear that nobody acknowledged it in time."""
    words = {"name": name_of_condition(condition), "case": Truncator(condition.case.title).chars(120)}
    said = _("Nobody has acknowledged condition %(name)s of “%(case)s” in time.") % words
    officers = Member.objects.active().holding(Role.GOVERNANCE_OFFICER)
    people = [*officers, condition.case.accountable_owner]
    tell(people, condition, DegradationEvent.ESCALATED, " ".join([said, *asked_of_people(condition)]), now)


def tell(
    people: Iterable[Member | None], condition: DegradationCondition, event: str, said: str, now: datetime
) -> None:
    link = reverse("cases:condition_detail", args=[condition.organisation.slug, condition.number])
    day = timezone.localdate(now).isoformat()
    for member in {person.pk: person for person in people if person is not None}.values():
        notify(
            member,
            event=event,
            sentence=said,
            link=link,
            key=f"condition:{condition.pk}:{event}:{day}",
            due_on=condition.due_on,
        )
