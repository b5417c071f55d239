"""Telling people what they are now responsible for, once, in the application and by e-mail."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from aims.integrations.actions import notify
from aims.tenancy.models import Member


def tell_responsible(
    record: Any, owner: Member, *, page: str, number: int, event: str, sentence: str, actor: Member, due_on: date
) -> None:
    """Tell the person in charge, unless they did it themselves; given to somebody else later, that person is told too."""
    if owner.pk == actor.pk:
        return
    notify(
        owner,
        event=event,
        sentence=sentence,
        link=reverse(f"audits:{page}", kwargs={"slug": actor.organisation.slug, "number": number}),
        key=f"{event}:{record.pk}:{owner.pk}",
        due_on=due_on,
    )


def told(pattern: str, actor: Member, title: str) -> str:
    return pattern % {"actor": actor.display_name, "title": title[:200]}


def lead_sentence(actor: Member, title: str) -> str:
    return told(_("%(actor)s asks you to lead the internal audit “%(title)s”."), actor, title)


def nonconformity_sentence(actor: Member, title: str) -> str:
    return told(_("%(actor)s made you responsible for the nonconformity “%(title)s”."), actor, title)


def corrective_action_sentence(actor: Member, title: str) -> str:
    return told(_("%(actor)s gave you a corrective action: %(title)s"), actor, title)


def review_action_sentence(actor: Member, title: str) -> str:
    return told(_("%(actor)s gave you an action of the management review: %(title)s"), actor, title)


def chair_sentence(actor: Member, title: str) -> str:
    return told(_("%(actor)s asks you to chair the management review “%(title)s”."), actor, title)
