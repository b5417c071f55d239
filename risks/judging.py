"""The effectiveness of controls at an instant: what the pages show, however late a worker is."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evidence.environment import speaks_for
from evidence.freshness import Freshness, freshness_at
from evidence.models import EvidenceItem, EvidenceVersion
from risks.claims import claims_of
from risks.effectiveness import Cause, Piece, Verdict, judge
from risks.models import Control, ControlEvidence


@dataclass(frozen=True, slots=True)
class Judged:
    """An effectiveness and the sentence that explains it."""

    effectiveness: str
    reason: str

    @property
    def label(self) -> str:
        return str(Control.Effectiveness(self.effectiveness).label)


def judged(controls: Iterable[Control | UUID], now: datetime) -> dict[UUID, Judged]:
    """The effectiveness of each control at `now`: one query for the evidence, one for the claims."""
    ids: list[UUID] = [control.pk if isinstance(control, Control) else control for control in controls]
    links, claims = links_of(ControlEvidence.objects.filter(control__in=ids)), claims_of(ids, now)
    return {pk: judged_by(links.get(pk, []), now, claims.get(pk, [])) for pk in ids}


def judged_all(now: datetime) -> dict[UUID, Judged]:
    """The same for every control that has evidence or claims; the others are not in the answer."""
    links, claims = links_of(ControlEvidence.objects.all()), claims_of(None, now)
    return {pk: judged_by(links.get(pk, []), now, claims.get(pk, [])) for pk in {**links, **claims}}


def judged_by(links: Iterable[ControlEvidence], now: datetime, claims: Iterable[Piece] = ()) -> Judged:
    """What these pieces of evidence and these claims say about a control at `now`."""
    verdict = judge([*(piece_of(link, now) for link in links), *claims])
    return Judged(verdict.effectiveness, reason_for(verdict))


def links_of(links: QuerySet[ControlEvidence]) -> dict[UUID, list[ControlEvidence]]:
    """The evidence of each control, in the order in which it was linked."""
    found: dict[UUID, list[ControlEvidence]] = defaultdict(list)
    for link in with_evidence(links).order_by("created_at", "id"):
        found[link.control_id].append(link)
    return found


def with_evidence(links: QuerySet[ControlEvidence]) -> QuerySet[ControlEvidence]:
    """With what judging needs of the evidence and of the system that it is about."""
    return links.select_related("item__current__system_version", "item__system__current_version").defer(
        "item__description", "item__current__method", "item__system__details", "item__system__screening"
    )


def mismatch_of(link: ControlEvidence, version: EvidenceVersion) -> tuple[str, str]:
    """The graver cost of what the evidence does not meet, and in what."""
    found = []
    if not speaks_for(version.environment, link.environment_required):
        words = {"given": version.get_environment_display(), "asked": link.get_environment_required_display()}
        note = _("from %(given)s, %(asked)s is asked for") if version.environment else _("from no named environment")
        found.append((link.environment_policy, note % words))
    system = link.item.system
    deployed = system.current_version if system is not None else None
    spoken_for = version.system_version
    if spoken_for is not None and deployed is not None and spoken_for.pk != deployed.pk:
        words = {"given": spoken_for.label, "deployed": deployed.label}
        found.append((link.version_policy, _("about version %(given)s, %(deployed)s is in operation") % words))
    costly = [each for each in found if each[0] != ControlEvidence.Policy.COUNTS]
    return max(costly, key=lambda each: each[0] == ControlEvidence.Policy.REFUSE, default=("", ""))


def piece_of(link: ControlEvidence, now: datetime) -> Piece:
    """How a piece of evidence stands at `now`, by what the control asks of it."""
    item = link.item
    version = item.current
    is_withdrawn = item.status != EvidenceItem.Status.ACTIVE
    refusing = (EvidenceVersion.Review.REJECTED, EvidenceVersion.Review.WITHDRAWN)
    if version is None:
        return Piece(item.title, Freshness.STALE, is_accepted=False, is_refused=True)
    mismatch, note = mismatch_of(link, version)
    return Piece(
        item.title,
        freshness_of(version, now),
        mismatch=mismatch,
        note=note,
        is_accepted=version.review == EvidenceVersion.Review.ACCEPTED,
        is_refused=is_withdrawn or version.review in refusing,
        is_broken=not version.is_intact,
    )


def freshness_of(version: EvidenceVersion, now: datetime) -> Freshness:
    return freshness_at(
        now,
        valid_from=version.collected_at,
        valid_until=version.valid_until,
        grace=timedelta(days=version.grace_days),
    ).state


def reason_for(verdict: Verdict) -> str:
    """One sentence with the names of the evidence that it is about."""
    count = len(verdict.pieces)
    names = named(verdict.pieces)
    if any(piece.is_claim for piece in verdict.pieces):
        return reason_with_claims(verdict, names)
    match verdict.cause:
        case Cause.NOTHING_LINKED:
            return _("No evidence is linked yet.")
        case Cause.NOTHING_ACCEPTED:
            return _("Nothing linked has been accepted in review yet: %(names)s.") % {"names": names}
        case Cause.ALL_CURRENT:
            sentence = ngettext(
                "Its one piece of evidence is accepted and current.",
                "All %(count)d pieces of evidence are accepted and current.",
                count,
            )
            return sentence % {"count": count}
        case Cause.SOME_WEAK:
            return _("Part of the evidence is not sound: %(names)s.") % {"names": names}
        case Cause.ALL_LOST:
            return _("None of the evidence counts any more: %(names)s.") % {"names": names}


def reason_with_claims(verdict: Verdict, names: str) -> str:
    """The same where claims are among what it is about."""
    count, claims = len(verdict.pieces), sum(piece.is_claim for piece in verdict.pieces)
    match verdict.cause:
        case Cause.ALL_CURRENT if count > claims:
            return _("All of its evidence is accepted and current, and its claims hold.")
        case Cause.ALL_CURRENT:
            return ngettext("Its one claim holds.", "All %(count)d claims hold.", claims) % {"count": claims}
        case Cause.SOME_WEAK:
            return _("Part of what is to show it is not sound: %(names)s.") % {"names": names}
        case Cause.ALL_LOST:
            return _("Nothing that is to show it counts any more: %(names)s.") % {"names": names}
    return _("Nothing that is to show it counts yet: %(names)s.") % {"names": names}


def named(pieces: tuple[Piece, ...], limit: int = 3) -> str:
    """The first pieces by name with what is wrong with each, and how many more there are."""
    shown = [f"“{Truncator(piece.name).chars(80)}” ({condition_of(piece)})" for piece in pieces[:limit]]
    if (rest := len(pieces) - limit) > 0:
        shown.append(ngettext("%(count)d more", "%(count)d more", rest) % {"count": rest})
    return ", ".join(shown)


def condition_of(piece: Piece) -> str:
    if piece.is_refused:
        return _("rejected, superseded or withdrawn")
    if piece.is_broken:
        return _("a file of it is changed or missing")
    if piece.freshness == Freshness.STALE:
        return _("past its date")
    if piece.mismatch:
        return piece.note
    if not piece.is_accepted:
        return _("waiting for review")
    conditions = {
        Freshness.NOT_YET: _("not yet current"),
        Freshness.AGEING: _("soon past its date"),
        Freshness.GRACE: _("in its days of grace"),
    }
    return conditions.get(piece.freshness, _("current"))
