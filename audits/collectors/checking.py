"""Inputs d and e: trends in nonconformities, monitoring and audits; opportunities for improvement."""

from datetime import date, timedelta

from django.utils.translation import gettext as _

from aims.pages.wording import exact_time
from aims.standards import catalogue
from aims.standards.models import RequirementPosition
from audits.inputs import MOST_RECORDS, Count, Facts, Line, Period, collector
from audits.models import Audit, ChecklistItem, CorrectiveAction, Finding, Nonconformity
from evidence.models import EvidenceItem
from risks.models import Control

QUARTER = timedelta(days=91)


def quarters(until: date) -> list[tuple[date, date]]:
    """The four quarters of a year that end with the day of the meeting, oldest first."""
    ends = [until - QUARTER * back for back in (3, 2, 1, 0)]
    return [(end - QUARTER + timedelta(days=1), end) for end in ends]


@collector("MR-IN-D1")
def nonconformities(period: Period) -> Facts:
    raised = Nonconformity.objects.filter(created_at__range=period.span)
    still_open = Nonconformity.objects.open().order_by("due_on", "number").select_related("owner")
    checked = CorrectiveAction.objects.filter(checked_at__range=period.span)
    closed = Nonconformity.objects.filter(closed_at__range=period.span)
    counts = [
        Count(_("Raised in the period"), raised.count(), "audits:improvement"),
        Count(
            _("Of these major"),
            raised.filter(finding__grade="major").count(),
            "audits:improvement",
            "grade=major",
            tone="bad",
        ),
        Count(_("Closed in the period"), closed.count(), "audits:improvement", "state=closed", tone="good"),
        Count(_("Open"), still_open.count(), "audits:improvement", "state=open"),
        Count(
            _("Overdue on the day of the meeting"),
            still_open.filter(due_on__lt=period.until).count(),
            "audits:improvement",
            "state=overdue",
            tone="bad",
        ),
        Count(
            _("Corrective actions found effective"),
            checked.filter(status="effective").count(),
            "audits:action_list",
            "status=effective",
            tone="good",
        ),
        Count(
            _("Corrective actions found not effective"),
            checked.filter(status="ineffective").count(),
            "audits:action_list",
            "status=ineffective",
            tone="bad",
        ),
    ]
    for start, end in quarters(period.until):
        count = Nonconformity.objects.filter(created_at__date__range=(start, end)).count()
        counts.append(Count(_("Trend: raised in the quarter to %s") % exact_time(end), count, "audits:improvement"))
    return Facts(
        period,
        counts,
        [nonconformity_line(each, period.until) for each in still_open[:MOST_RECORDS]],
        still_open.count(),
    )


def nonconformity_line(nonconformity: Nonconformity, until: date) -> Line:
    words = {
        "status": nonconformity.get_status_display().lower(),
        "due": exact_time(nonconformity.due_on),
        "owner": nonconformity.owner.display_name,
    }
    tone = "bad" if nonconformity.due_on < until else "info"
    detail = _("%(status)s, due %(due)s, %(owner)s") % words
    return Line(nonconformity.title, detail, "audits:nonconformity_detail", nonconformity.number, tone)


@collector("MR-IN-D2")
def monitoring(period: Period) -> Facts:
    """How current the evidence is on the day of the meeting, and what it shows of the controls."""
    active = EvidenceItem.objects.active()
    stale = active.filter(fresh_until__lt=period.end).order_by("fresh_until").select_related("owner", "system")
    soon = active.filter(fresh_until__range=(period.end, period.end + timedelta(days=30)))
    controls = Control.objects.filter(applicability="applicable")
    return Facts(
        period,
        [
            Count(_("Pieces of evidence in force"), active.count(), "evidence:evidence_list"),
            Count(
                _("No longer current on the day of the meeting"),
                stale.count(),
                "evidence:evidence_list",
                "freshness=stale",
                tone="bad",
            ),
            Count(
                _("Current until less than 30 days after it"),
                soon.count(),
                "evidence:evidence_list",
                "freshness=ageing",
                tone="warn",
            ),
            Count(
                _("Waiting for review"),
                active.filter(current__review="pending").count(),
                "evidence:evidence_list",
                "review=pending",
                tone="warn",
            ),
            Count(
                _("Collected in the period"),
                active.filter(current__collected_at__range=period.span).count(),
                "evidence:evidence_list",
            ),
            Count(
                _("Applicable controls shown to work"),
                controls.filter(effectiveness="working").count(),
                "risks:control_list",
                "effectiveness=working",
                tone="good",
            ),
            Count(
                _("Applicable controls in doubt or failing"),
                controls.filter(effectiveness__in=["doubtful", "failing"]).count(),
                "risks:control_list",
                tone="bad",
            ),
            Count(
                _("Applicable controls without evidence"),
                controls.filter(effectiveness="unknown").count(),
                "risks:control_list",
                "effectiveness=unknown",
                tone="warn",
            ),
        ],
        [
            Line(
                item.title,
                _("current until %(day)s, %(keeper)s")
                % {"day": exact_time(item.fresh_until.date()), "keeper": item.owner.display_name},
                "evidence:evidence_detail",
                item.number,
                "bad",
            )
            for item in stale[:MOST_RECORDS]
        ],
        stale.count(),
    )


@collector("MR-IN-D3")
def audit_results(period: Period) -> Facts:
    reported = Audit.objects.filter(reported_at__range=period.span)
    findings = Finding.objects.filter(created_at__range=period.span)
    looked_at = (
        ChecklistItem.objects.filter(audit__in=reported.order_by().values("pk"))
        .exclude(result=ChecklistItem.Result.OPEN)
        .order_by()
        .values("clause")
        .distinct()
        .count()
    )
    grades = [
        Count(
            str(label),
            findings.filter(grade=grade).count(),
            "audits:finding_list",
            f"grade={grade}",
            "bad" if grade == "major" else "warn" if grade == "minor" else "neutral",
        )
        for grade, label in Finding.Grade.choices
    ]
    coverage = _("Clauses looked at, of %d that can be audited") % len(catalogue.auditable_clauses())
    order = {grade: place for place, grade in enumerate(Finding.Grade.values)}
    shown = sorted(findings.select_related("audit").order_by("number")[:400], key=lambda each: order[each.grade])
    return Facts(
        period,
        [
            Count(
                _("Internal audits reported in the period"), reported.count(), "audits:audit_list", "status=reported"
            ),
            Count(
                _("Planned or in progress"),
                Audit.objects.filter(status__in=["planned", "in_progress"]).count(),
                "audits:audit_list",
            ),
            Count(
                _("Planned and not started on the day of the meeting"),
                Audit.objects.filter(status="planned", starts_on__lt=period.until).count(),
                "audits:audit_list",
                "status=planned",
                tone="warn",
            ),
            Count(coverage, looked_at, "audits:audit_list", "status=reported"),
            *grades,
        ],
        [
            Line(
                finding.statement,
                f"{finding.get_grade_display()}, {finding.requirement or finding.audit.title}",
                "audits:finding_detail",
                finding.number,
                "bad" if finding.grade == "major" else "warn" if finding.grade == "minor" else "info",
            )
            for finding in shown[:MOST_RECORDS]
        ],
        findings.count(),
        _("Results of audits by customers and certification bodies are added as a comment."),
    )


@collector("MR-IN-E")
def opportunities(period: Period) -> Facts:
    proposals = Finding.objects.filter(grade__in=["opportunity", "observation"], created_at__range=period.span)
    gaps = RequirementPosition.objects.filter(position__in=["gap", "partial"]).order_by("due_on", "number")
    shown = [
        Line(finding.statement, str(finding.get_grade_display()), "audits:finding_detail", finding.number, "info")
        for finding in proposals.order_by("-grade", "number")[:20]
    ]
    shown += [
        Line(
            f"{gap.requirement} {catalogue.requirement(gap.requirement).text}",
            gap.next_step or str(gap.get_position_display()),
            "standards:clause_list",
            None,
            "warn",
        )
        for gap in gaps[:20]
    ]
    return Facts(
        period,
        [
            Count(
                _("Opportunities and observations of audits in the period"),
                proposals.count(),
                "audits:finding_list",
                "grade=opportunity",
            ),
            Count(
                _("Requirements with a gap"),
                gaps.filter(position="gap").count(),
                "standards:clause_list",
                "position=gap",
                tone="bad",
            ),
            Count(
                _("Requirements partly met"),
                gaps.filter(position="partial").count(),
                "standards:clause_list",
                "position=partial",
                tone="warn",
            ),
        ],
        shown,
        proposals.count() + gaps.count(),
        _("Which proposals are taken up is decided in the meeting and recorded as a decision on improvement."),
    )
