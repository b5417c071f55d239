"""Asking for a pack, and asking again after it failed."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from aims.reports.work import requeue
from aims.rules import RuleBroken
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.trail.record import record
from audits.events import PackEvent
from audits.models import Pack, PackStep, PackSystem
from audits.packs.scope import PackScope
from audits.packs.steps import keys_for
from inventory.models import AISystem

# Each waiting pack costs a worker minutes: more than this at once is a slip or an attack.
MOST_WAITING = 10
MOST_SYSTEMS = 500


@transaction.atomic
def request_pack(*, title: str, scope: str, systems: Sequence[AISystem] = (), actor: Member) -> Pack:
    """Ask for a pack of the whole organisation or of some systems; a worker builds it."""
    scope = Pack.Scope(scope)
    if scope == Pack.Scope.SYSTEMS and not systems:
        raise RuleBroken(_("Choose at least one system, or the whole organisation."), field="systems")
    if len(systems) > MOST_SYSTEMS:
        raise RuleBroken(_("Choose at most %d systems, or the whole organisation.") % MOST_SYSTEMS, field="systems")
    waiting = Pack.objects.filter(status__in=[Pack.Status.QUEUED, Pack.Status.RUNNING])
    if waiting.count() >= MOST_WAITING:
        raise RuleBroken(_("%d packs are being built already. Wait until one is done.") % MOST_WAITING)
    now = timezone.now()
    pack = Pack.objects.create(
        organisation=actor.organisation,
        number=next_number(actor.organisation_id, Pack),
        title=title.strip() or default_title(scope),
        scope=scope,
        requested_by=actor,
        as_of=now,
        due_at=now,
    )
    if scope == Pack.Scope.SYSTEMS:
        PackSystem.objects.bulk_create(
            PackSystem(organisation=actor.organisation, pack=pack, system=system) for system in systems
        )
    plan_steps(pack)
    record(PackEvent.REQUESTED, pack, actor=actor, scope=scope, systems=[system.number for system in systems])
    return pack


def default_title(scope: str) -> str:
    when = date_format(timezone.localdate(), "j F Y")
    words = _("Audit pack of some systems, %s") if scope == Pack.Scope.SYSTEMS else _("Audit pack, %s")
    return words % when


def plan_steps(pack: Pack) -> None:
    """Write down what has to be done, so that progress can be shown and nothing is forgotten."""
    keys = keys_for(PackScope(pack))
    PackStep.objects.bulk_create(
        PackStep(organisation_id=pack.organisation_id, pack=pack, ordinal=ordinal, step=key)
        for ordinal, key in enumerate(keys, start=1)
    )
    pack.progress_total = len(keys)
    pack.save(update_fields=["progress_total"])


@transaction.atomic
def retry_pack(pack: Pack, *, actor: Member) -> Pack:
    """Build a failed pack again: steps that were finished stay as they are."""
    return requeue(pack, event=PackEvent.RETRIED, actor=actor)
