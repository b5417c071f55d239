"""The recommended inputs on risks, impact assessments and what the assurance cases say."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from aims.pages.wording import exact_time
from audits.inputs import MOST_RECORDS, Count, Facts, Line, Period, collector
from cases.models import AssuranceCase, Signal, StandingLevel
from inventory.models import AISystem, Tier
from risks.models import Acceptance, Control, Risk, Treatment
from risks.scoring import DEFAULT_BANDS

CONSEQUENTIAL = [Tier.T2, Tier.T3]
SERIOUS = DEFAULT_BANDS.levels[-2:]


@collector("MR-IN-X1")
def risk_picture(period: Period) -> Facts:
    open_risks = Risk.objects.open()
    serious = open_risks.filter(cells_at(SERIOUS)).order_by("-score", "number").select_related("owner")
    late = Treatment.objects.filter(status__in=["planned", "in_progress"], due_on__lt=period.until)
    ending = Acceptance.objects.filter(
        risk__status="accepted", until__range=(period.until, period.until + timedelta(days=90))
    )
    applicable = Control.objects.filter(applicability="applicable")
    levels = [
        Count(
            _("Open risks now at level “%s”") % level,
            open_risks.filter(cells_at([level])).count(),
            "risks:risk_list",
            f"level={level}",
            "bad" if level in SERIOUS else "neutral",
        )
        for level in reversed(DEFAULT_BANDS.levels)
    ]
    return Facts(
        period,
        [
            *levels,
            Count(
                _("Open risks not rated"),
                open_risks.filter(score=0).count(),
                "risks:risk_list",
                "level=unrated",
                tone="warn",
            ),
            Count(
                _("Reviews of risks overdue on the day of the meeting"),
                Risk.objects.overdue(period.until).count(),
                "risks:risk_list",
                tone="bad",
            ),
            Count(
                _("Treatments overdue on the day of the meeting"),
                late.count(),
                "risks:risk_list",
                "status=in_treatment",
                tone="bad",
            ),
            Count(
                _("Acceptances that end within 90 days after it"),
                ending.values("risk").distinct().count(),
                "risks:risk_list",
                "status=accepted",
                tone="warn",
            ),
            Count(
                _("Annex A and own controls not decided"),
                Control.objects.filter(applicability="undecided").count(),
                "risks:control_list",
                "applicability=undecided",
                tone="warn",
            ),
            Count(
                _("Applicable controls not in place"),
                applicable.exclude(implementation="implemented").count(),
                "risks:control_list",
                tone="warn",
            ),
        ],
        [
            Line(
                risk.title,
                _("score %(score)d, %(status)s, %(owner)s")
                % {
                    "score": risk.score,
                    "status": risk.get_status_display().lower(),
                    "owner": risk.owner or _("no owner"),
                },
                "risks:risk_detail",
                risk.number,
                "bad",
            )
            for risk in serious[:MOST_RECORDS]
        ],
        serious.count(),
    )


def cells_at(levels: "tuple[str, ...] | list[str]") -> Q:
    """Risks whose current rating is at one of these levels."""
    found = Q(pk__in=[])
    for level in levels:
        for likelihood, impact in DEFAULT_BANDS.cells_of(level):
            found |= Q(likelihood=likelihood, impact=impact)
    return found


@collector("MR-IN-X2")
def impact_assessments(period: Period) -> Facts:
    """Which systems need an assessment and whose review is late; what an assessment found stands with the system."""
    in_use = AISystem.objects.in_use()
    consequential = in_use.filter(tier__in=CONSEQUENTIAL)
    late = consequential.filter(Q(next_review_on__lt=period.until) | Q(next_review_on__isnull=True))
    return Facts(
        period,
        [
            Count(_("AI systems in use"), in_use.count(), "inventory:system_list"),
            *[
                Count(
                    _("Of these %(tier)s, which need a full assessment") % {"tier": tier.label},
                    in_use.filter(tier=tier).count(),
                    "inventory:system_list",
                    f"tier={tier}",
                )
                for tier in CONSEQUENTIAL
            ],
            Count(
                _("Of these two without a review date or past it on the day of the meeting"),
                late.count(),
                "inventory:system_list",
                tone="bad",
            ),
            Count(
                _("In operation without a tier"),
                in_use.filter(tier="", stage="operation").count(),
                "inventory:system_list",
                tone="warn",
            ),
        ],
        [
            Line(
                system.name,
                _("review was due %s") % exact_time(system.next_review_on)
                if system.next_review_on
                else _("no review date"),
                "inventory:system_detail",
                system.number,
                "bad",
            )
            for system in late.order_by("-tier", "next_review_on", "number").only("name", "number", "next_review_on")[
                :MOST_RECORDS
            ]
        ],
        late.count(),
        _(
            "The dates are those of each system's next review. Which assessment is current, and what it found, is added as a comment."
        ),
    )


@collector("MR-IN-X5")
def assurance(period: Period) -> Facts:
    """What the arguments for the weightiest systems are worth, worst first."""
    cases = AssuranceCase.objects.in_force().select_related("system", "accountable_owner")
    weighty = cases.filter(system__tier__in=CONSEQUENTIAL)
    argued = AssuranceCase.objects.in_force().filter(system=OuterRef("pk"))
    bare = AISystem.objects.in_use().filter(tier=Tier.T3, stage="operation").exclude(Exists(argued))
    signals = Signal.objects.open()
    standings = [
        Count(
            _("Cases whose standing is “%s”") % level.label,
            cases.filter(standing=level).count(),
            "cases:case_list",
            f"standing={level.name.lower()}",
            "good" if level == StandingLevel.HOLDS else "bad" if level <= StandingLevel.UNSUPPORTED else "warn",
        )
        for level in StandingLevel
    ]
    return Facts(
        period,
        [
            *standings,
            Count(
                _("T3 systems in operation without a case"),
                bare.count(),
                "inventory:system_list",
                "tier=T3",
                tone="bad",
            ),
            Count(
                _("Signals raised in the period"),
                Signal.objects.filter(created_at__range=period.span).count(),
                "cases:signal_list",
            ),
            Count(_("Signals open"), signals.count(), "cases:signal_list", "status=open", tone="warn"),
            Count(
                _("Signals overdue on the day of the meeting"),
                signals.filter(due_on__lt=period.until).count(),
                "cases:signal_list",
                tone="bad",
            ),
        ],
        [case_line(case) for case in weighty.order_by("standing", "number")[:MOST_RECORDS]],
        weighty.count(),
        _(
            "The standing is the one last computed. For each case below “Holds” the meeting answers: does the claim still stand?"
        ),
    )


def case_line(case: AssuranceCase) -> Line:
    words = {
        "standing": case.get_standing_display(),
        "system": case.system.name,
        "tier": case.system.tier,
        "owner": case.accountable_owner.display_name,
    }
    tone = (
        "good"
        if case.standing == StandingLevel.HOLDS
        else "bad"
        if case.standing <= StandingLevel.UNSUPPORTED
        else "warn"
    )
    return Line(
        case.title, _("%(standing)s; %(system)s (%(tier)s), %(owner)s") % words, "cases:case_detail", case.number, tone
    )
