"""One sentence for each cause, with names and dates, in words that can be translated.

`SENTENCES` holds English messages with named places; the page passes gettext as `translate` and its own date format.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from cases.argument import Element
from cases.cells import words_of
from cases.facts import Comparator, Finding
from cases.scale import Reason
from cases.standing import Cause


def gettext_noop(message: str) -> str:
    """Mark a message for translation where it is written; it is translated where it is shown."""
    return message


SENTENCES: Final[Mapping[Reason, str]] = {
    Reason.UNDEVELOPED: gettext_noop("%(element)s has not been argued yet."),
    Reason.EVIDENCE_MISSING: gettext_noop("%(element)s has no evidence yet."),
    Reason.EVIDENCE_BROKEN: gettext_noop("Evidence %(fact)s of %(element)s no longer matches its recorded hash."),
    Reason.EVIDENCE_REJECTED: gettext_noop("Evidence %(fact)s of %(element)s was rejected."),
    Reason.EVIDENCE_WITHDRAWN: gettext_noop("Evidence %(fact)s of %(element)s was withdrawn."),
    Reason.EVIDENCE_SUPERSEDED: gettext_noop(
        "Evidence %(fact)s of %(element)s was superseded; move the binding to what took its place."
    ),
    Reason.EVIDENCE_PENDING: gettext_noop("Evidence %(fact)s of %(element)s awaits its review."),
    Reason.EVIDENCE_IN_GRACE: gettext_noop("Evidence %(fact)s of %(element)s ran out on %(on)s; its grace is running."),
    Reason.EVIDENCE_EXPIRED: gettext_noop("Evidence %(fact)s of %(element)s expired on %(on)s."),
    Reason.EVIDENCE_ENVIRONMENT: gettext_noop(
        "Evidence %(fact)s of %(element)s comes from %(environment)s; the claim needs %(environment_required)s."
    ),
    Reason.EVIDENCE_OTHER_VERSION: gettext_noop(
        "Evidence %(fact)s of %(element)s speaks for version %(system_version)s; %(deployed_version)s is deployed."
    ),
    Reason.METRIC_FAILED: gettext_noop(
        "%(fact)s was %(value)s (threshold %(threshold)s) in %(month)s; claim %(element)s fails."
    ),
    Reason.METRIC_BORDERLINE: gettext_noop(
        "%(fact)s was %(value)s in %(month)s, too close to the threshold %(threshold)s of claim %(element)s to be sure."
    ),
    Reason.METRIC_INSUFFICIENT: gettext_noop(
        "%(fact)s of claim %(element)s rests on too few cases since its reading of %(on)s."
    ),
    Reason.METRIC_MISSING: gettext_noop("%(fact)s of claim %(element)s has no reading that counts."),
    Reason.METRIC_IN_GRACE: gettext_noop(
        "A new reading of %(fact)s for claim %(element)s is overdue since %(on)s; its grace is running."
    ),
    Reason.METRIC_EXPIRED: gettext_noop("The last reading of %(fact)s for claim %(element)s is too old since %(on)s."),
    Reason.CONDITION_TRIPPED: gettext_noop("Condition %(fact)s of %(element)s has come true."),
    Reason.CONDITION_ACKNOWLEDGED: gettext_noop("Condition %(fact)s of %(element)s came true and is not cleared yet."),
    Reason.CONDITION_SUSPECTED: gettext_noop("Condition %(fact)s of %(element)s is suspected."),
    Reason.DETECTOR_SILENT: gettext_noop("The detector of condition %(fact)s of %(element)s has gone quiet."),
    Reason.CHALLENGE_OPEN: gettext_noop("Challenge %(fact)s of %(element)s is open."),
    Reason.CHALLENGE_SUSTAINED: gettext_noop("Challenge %(fact)s of %(element)s was sustained."),
    Reason.CHALLENGE_UNANSWERED: gettext_noop("Challenge %(fact)s of %(element)s was refuted without an answer."),
    Reason.CHALLENGE_RESIDUAL: gettext_noop("Challenge %(fact)s of %(element)s remains as an accepted doubt."),
    Reason.CHALLENGE_RESIDUAL_EXPIRED: gettext_noop("The acceptance of challenge %(fact)s of %(element)s has ended."),
    Reason.LINK_SUSPECT: gettext_noop(
        "The link from %(element)s to %(fact)s has not been reviewed since an end changed."
    ),
    Reason.REVIEW_OVERDUE: gettext_noop("%(element)s should have been reviewed by %(on)s."),
    Reason.HELD_DOWN: gettext_noop("%(element)s is held down by a person."),
    Reason.CITED_NOT_LIVE: gettext_noop("What %(element)s cites is not in force or not public any more."),
    Reason.CITED_BELOW: gettext_noop("What %(element)s cites does not hold in its own case."),
    Reason.SIGN_OFF_MISSING: gettext_noop("No owner has signed the case."),
    Reason.SIGN_OFF_EXPIRED: gettext_noop("The owner's sign-off expired on %(on)s."),
    Reason.SIGN_OFF_LAPSED: gettext_noop("The owner's sign-off no longer covers the case as it is."),
}
_CITED_BELOW: Final = gettext_noop("%(element)s cites %(fact)s, which does not hold there.")
# What time alone brings, said of a day to come.
_AHEAD: Final[Mapping[str, str]] = {
    SENTENCES[Reason.EVIDENCE_IN_GRACE]: gettext_noop(
        "Evidence %(fact)s of %(element)s runs out on %(on)s; then its grace runs."
    ),
    SENTENCES[Reason.EVIDENCE_EXPIRED]: gettext_noop("Evidence %(fact)s of %(element)s expires on %(on)s."),
    SENTENCES[Reason.METRIC_IN_GRACE]: gettext_noop(
        "A new reading of %(fact)s for claim %(element)s is due by %(on)s; then its grace runs."
    ),
    SENTENCES[Reason.METRIC_EXPIRED]: gettext_noop(
        "The last reading of %(fact)s for claim %(element)s becomes too old on %(on)s."
    ),
    SENTENCES[Reason.CONDITION_TRIPPED]: gettext_noop("Condition %(fact)s of %(element)s comes true on %(on)s."),
    SENTENCES[Reason.DETECTOR_SILENT]: gettext_noop(
        "The detector of condition %(fact)s of %(element)s counts as silent from %(on)s unless it looks again."
    ),
    SENTENCES[Reason.CHALLENGE_RESIDUAL_EXPIRED]: gettext_noop(
        "The acceptance of challenge %(fact)s of %(element)s ends on %(on)s."
    ),
    SENTENCES[Reason.REVIEW_OVERDUE]: gettext_noop("%(element)s is to be reviewed by %(on)s."),
    SENTENCES[Reason.CITED_BELOW]: gettext_noop("What %(element)s cites no longer holds in its own case from %(on)s."),
    _CITED_BELOW: gettext_noop("%(element)s cites %(fact)s, which no longer holds there from %(on)s."),
    SENTENCES[Reason.SIGN_OFF_EXPIRED]: gettext_noop("The owner's sign-off expires on %(on)s."),
}
_NUMBERS: Final = ("value", "threshold", "threshold_high")
_WITHOUT_DATE: Final = gettext_noop("an unknown date")
_WITHOUT_NAME: Final = gettext_noop("an unnamed environment")
_FACT_FOR_CELL: Final = gettext_noop("%(fact)s for %(cell)s")
_FELL: Final = gettext_noop(
    "%(fact)s fell to %(value)s (threshold %(threshold)s) in %(month)s; claim %(element)s fails."
)
_ROSE: Final = gettext_noop(
    "%(fact)s rose to %(value)s (threshold %(threshold)s) in %(month)s; claim %(element)s fails."
)
_CITED_NOT_LIVE: Final = gettext_noop("%(element)s cites %(fact)s, which is not in force or not public any more.")

# The same without what follows from it, for a sentence that goes on to say that.
_CLAUSES: Final[Mapping[str, str]] = {
    SENTENCES[Reason.METRIC_FAILED]: gettext_noop("%(fact)s was %(value)s (threshold %(threshold)s) in %(month)s"),
    _FELL: gettext_noop("%(fact)s fell to %(value)s (threshold %(threshold)s) in %(month)s"),
    _ROSE: gettext_noop("%(fact)s rose to %(value)s (threshold %(threshold)s) in %(month)s"),
}


def name_of(element: Element) -> str:
    """How a sentence names an element: by its key, or its statement where it has none."""
    return element.key or element.statement or str(element.id)


def iso_day(instant: datetime) -> str:
    return instant.date().isoformat()


def iso_month(instant: datetime) -> str:
    return f"{instant:%Y-%m}"


def sentence(
    cause: Cause,
    *,
    translate: Callable[[str], str] = str,
    day: Callable[[datetime], str] = iso_day,
    month: Callable[[datetime], str] = iso_month,
) -> str:
    """Say why an element is below Holds."""
    element = name_of(cause.element)
    return _fill(
        cause.reason, element, cause.label, cause.since, cause.detail, translate=translate, day=day, month=month
    )


def sentence_about_case(
    label: str,
    finding: Finding,
    *,
    case: str,
    translate: Callable[[str], str] = str,
    day: Callable[[datetime], str] = iso_day,
    month: Callable[[datetime], str] = iso_month,
    is_clause: bool = False,
    now: datetime | None = None,
) -> str:
    """Say what lowers a case as a whole (see case_standing); `case` is what to call it.

    `is_clause`: as the beginning of a sentence that goes on to say what follows from it; `now`: what time alone brings
    after it is said as something to come.
    """
    reason, detail = finding.reason or Reason.UNDEVELOPED, finding.detail or {}
    told = _fill(
        reason,
        case,
        label,
        finding.since,
        detail,
        translate=translate,
        day=day,
        month=month,
        is_clause=is_clause,
        is_ahead=now is not None and finding.since is not None and finding.since > now,
    )
    return told.rstrip(".") if is_clause else told


def _fill(
    reason: Reason,
    element: str,
    fact: str,
    since: datetime | None,
    detail: Mapping[str, Any],
    *,
    translate: Callable[[str], str],
    day: Callable[[datetime], str],
    month: Callable[[datetime], str],
    is_clause: bool = False,
    is_ahead: bool = False,
) -> str:
    words = {"value": "", "threshold": "", **{name: str(value) for name, value in detail.items()}}
    # Causes that were stored keep numbers as text, and an absent one as "".
    words |= _alike({name: float(detail[name]) for name in _NUMBERS if detail.get(name) not in (None, "")})
    if detail.get("environment") is None:
        words["environment"] = translate(_WITHOUT_NAME)
    for name in ("environment_required", "system_version", "deployed_version"):
        words.setdefault(name, "")
    if detail.get("threshold_high") not in (None, ""):
        words["threshold"] = f"{words['threshold']}–{words['threshold_high']}"
    if detail.get("cell"):
        fact = translate(_FACT_FOR_CELL) % {"fact": fact, "cell": words_of(str(detail["cell"]))}
    words["element"], words["fact"] = element, fact
    words["on"] = day(since) if since is not None else translate(_WITHOUT_DATE)
    period = _instant(detail.get("period")) or since
    words["month"] = month(period) if period is not None else translate(_WITHOUT_DATE)
    template = _template(reason, detail, fact)
    if is_ahead:
        template = _AHEAD.get(template, template)
    return translate(_CLAUSES.get(template, template) if is_clause else template) % words


def _instant(value: object) -> datetime | None:
    """A time as a fact gives it, or as a stored cause keeps it."""
    if isinstance(value, str) and value:
        return datetime.fromisoformat(value)
    return value if isinstance(value, datetime) else None


def _template(reason: Reason, detail: Mapping[str, Any], fact: str) -> str:
    """A failed metric is said with the direction in which it moved, where the reading before is known."""
    if fact and reason in (Reason.CITED_BELOW, Reason.CITED_NOT_LIVE):
        return _CITED_BELOW if reason is Reason.CITED_BELOW else _CITED_NOT_LIVE
    if reason is Reason.METRIC_FAILED and detail.get("before") not in (None, ""):
        before, value = float(detail["before"]), float(detail["value"])
        if detail.get("comparator") in (Comparator.GE, Comparator.GT) and value < before:
            return _FELL
        if detail.get("comparator") in (Comparator.LE, Comparator.LT) and value > before:
            return _ROSE
    return SENTENCES[reason]


def _alike(numbers: Mapping[str, float]) -> dict[str, str]:
    """Numbers that are read against each other, with the same decimals: 0.86 and 0.90; more where they would look equal."""
    written = {name: f"{number:g}" for name, number in numbers.items()}
    if len(set(written.values())) < len(set(numbers.values())):
        written = {name: repr(number) for name, number in numbers.items()}
    if any("e" in text or "n" in text for text in written.values()):
        return written
    decimals = max((len(text.partition(".")[2]) for text in written.values()), default=0)
    return {name: f"{number:.{decimals}f}" for name, number in numbers.items()}
