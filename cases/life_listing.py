"""The life of a case as people see it: its states as steps, what each is called and looks like, the steps that are open."""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.pages.badges import Badge
from aims.tenancy.models import Member
from cases.access import Part, may_change
from cases.actions.life import may_decide, may_return, may_review, may_withdraw
from cases.models import AssuranceCase, CaseDecision

Status = AssuranceCase.Status
STATE_BADGES: Final = {
    Status.DRAFT: Badge(gettext_lazy("Draft"), "info", "pencil"),
    Status.TEAM_REVIEW: Badge(gettext_lazy("Team review"), "info", "users-group"),
    Status.CHALLENGE: Badge(gettext_lazy("Challenge"), "open", "target-arrow"),
    Status.DECISION: Badge(gettext_lazy("Decision"), "open", "scale"),
    Status.LIVE: Badge(gettext_lazy("Live"), "good", "shield-check"),
    Status.DEGRADED: Badge(gettext_lazy("Degraded"), "bad", "alert-triangle"),
    Status.WITHDRAWN: Badge(gettext_lazy("Withdrawn"), "neutral", "archive"),
}
OUTCOME_BADGES: Final = {
    CaseDecision.Outcome.APPROVE: Badge(gettext_lazy("Approved"), "good", "circle-check"),
    CaseDecision.Outcome.CONDITIONS: Badge(gettext_lazy("Sent back with conditions"), "warn", "refresh"),
    CaseDecision.Outcome.REJECT: Badge(gettext_lazy("Rejected"), "bad", "circle-x"),
}
MEANS: Final = {
    Status.DRAFT: gettext_lazy("Its authors build the argument."),
    Status.TEAM_REVIEW: gettext_lazy("The team's reviewers read it. It can still be changed."),
    Status.CHALLENGE: gettext_lazy("It is frozen, and its challengers look for what is wrong with it."),
    Status.DECISION: gettext_lazy("Its deciders say whether what is known is enough, and its owner signs."),
    Status.LIVE: gettext_lazy("It is in force: decided, signed, and standing as it was decided."),
    Status.DEGRADED: gettext_lazy("It is in force, but not any more what was decided. Its owner puts it right."),
    Status.WITHDRAWN: gettext_lazy("Nobody may rely on it any more."),
}
WAY: Final = (Status.DRAFT, Status.TEAM_REVIEW, Status.CHALLENGE, Status.DECISION, Status.LIVE)


@dataclass(frozen=True, slots=True)
class Stage:
    """One state on the way: passed, present or ahead."""

    label: str
    place: str
    icon: str
    tone: str

    @property
    def words(self) -> str:
        """For those who do not see the colour."""
        return {"passed": _("passed"), "present": _("now"), "ahead": _("ahead")}[self.place]


def stages_of(case: AssuranceCase) -> list[Stage]:
    """The way of a case; a degraded or withdrawn one shows that in the place where it ended."""
    status = Status(case.status)
    if status is Status.WITHDRAWN:
        badge = STATE_BADGES[status]
        return [Stage(str(badge.label), "present", badge.icon, badge.tone)]
    present = WAY.index(Status.LIVE if status is Status.DEGRADED else status)
    stages = []
    for place, one in enumerate(WAY):
        badge = STATE_BADGES[status if place == present else one]
        if place < present:
            stages.append(Stage(str(badge.label), "passed", "check", "good"))
        elif place == present:
            stages.append(Stage(str(badge.label), "present", badge.icon, badge.tone))
        else:
            stages.append(Stage(str(badge.label), "ahead", badge.icon, "neutral"))
    return stages


@dataclass(frozen=True, slots=True)
class Step:
    """A step that this member may take now: the name of its page, its words, whether the gate has to be open."""

    name: str
    label: str
    icon: str
    is_gated: bool = False
    is_main: bool = False
    is_danger: bool = False


def steps_for(member: Member, case: AssuranceCase, own: dict[Part, bool]) -> list[Step]:
    """What this member, with parts of their own, may do with the case in its state."""
    status = Status(case.status)
    if status is Status.WITHDRAWN:
        return []
    is_builder = may_change(member, case, own)
    found = []
    if status is Status.DRAFT and is_builder:
        found.append(Step("case_submit", _("Submit to team review"), "arrow-up", True, True))
    if status is Status.TEAM_REVIEW and may_review(member, case, own):
        found.append(Step("case_start_challenge", _("Freeze it and start the challenge"), "arrow-up", True, True))
    if status is Status.CHALLENGE and is_builder:
        found.append(Step("case_ask_decision", _("Ask for a decision"), "arrow-up", True, True))
    if status is Status.DECISION and may_decide(member, case, own):
        found.append(Step("case_decide", _("Decide"), "scale", False, True))
    if case.accountable_owner_id == member.pk and member.may("cases.sign") and is_to_sign(case):
        found.append(Step("case_sign", _("Read and sign"), "writing", False, status is not Status.LIVE))
    if status in (Status.TEAM_REVIEW, Status.CHALLENGE) and may_return(member, case, own):
        found.append(Step("case_return", _("Give it back to its authors"), "refresh"))
    if status in AssuranceCase.IN_FORCE and is_builder:
        found.append(Step("case_revise", _("Open a revision"), "pencil"))
    if case.accountable_owner_id == member.pk and case.withdraw_at is None and member.may("cases.edit"):
        found.append(Step("case_step_down", _("Step down as owner"), "user"))
    if may_withdraw(member, case, own):
        found.append(Step("case_withdraw", _("Withdraw"), "archive", is_danger=True))
    return found


def is_to_sign(case: AssuranceCase) -> bool:
    """Whether there is a baseline that its owner stands behind, or is asked to."""
    return case.status == Status.DECISION or case.is_relied_on


def state_of(case: AssuranceCase) -> Badge:
    """The state, and that of what is in force while a revision is worked on."""
    badge = STATE_BADGES[Status(case.status)]
    if case.in_force_as:
        words = _("%(state)s of a revision (in force: %(other)s)") % {
            "state": badge.label,
            "other": str(Status(case.in_force_as).label).lower(),
        }
        return Badge(words, "bad" if case.in_force_as == Status.DEGRADED else badge.tone, badge.icon)
    return badge


def decision_badge(decision: CaseDecision) -> Badge:
    return OUTCOME_BADGES[CaseDecision.Outcome(decision.outcome)]
