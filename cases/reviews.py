"""What a review of a case still waits for: doubts that block, comments, questions of the checklist, opinions."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from aims.tenancy.grants import holders
from aims.tenancy.models import Member
from cases.access import Part
from cases.challenges import is_undecided
from cases.checklist import Prompt, prompts_for
from cases.documents import document_of, sha256_of
from cases.evaluation import Assessment, assess
from cases.loading import LoadedCase, load_case
from cases.models import AssuranceCase, Challenge, ChecklistAnswer, Opinion, ReviewComment
from cases.scale import Standing


def argument_sha256(loaded: LoadedCase) -> str:
    """What was reviewed: the hash that a baseline of the argument as it is now has, or would have."""
    return sha256_of(document_of(loaded))


def open_blocking_challenges(case: AssuranceCase, *, assessment: Assessment | None = None) -> list[Challenge]:
    """The blocking challenges that nobody has settled, at now: open ones, lapsed answers and ended acceptances too."""
    assessed = assessment or assess(case)
    rows = [row for row in assessed.loaded.challenges if row.severity == Challenge.Severity.BLOCKING]
    for row in rows:
        row.lapsed_at = lapse_of(row, assessed)
    return [row for row in rows if is_undecided(row, assessed.evaluation.at)]


def lapse_of(row: Challenge, assessment: Assessment) -> datetime | None:
    """Since when the answer of a refuted challenge does not hold; None while it does."""
    if row.status != Challenge.Status.REFUTED:
        return None
    answer = assessment.loaded.elements.get(row.response_element_id)
    if answer is not None and assessment.evaluation[answer.pk] is Standing.HOLDS:
        return None
    return row.lapsed_at or assessment.evaluation.at


def unresolved_comments(case: AssuranceCase) -> list[ReviewComment]:
    """The threads that still ask for something."""
    return list(ReviewComment.objects.unresolved().filter(case=case).select_related("author").order_by("number"))


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what was answered to it; `is_stale` answers were given about another argument."""

    prompt: Prompt
    answers: list[ChecklistAnswer] = field(default_factory=list)
    sha256: str = ""

    @property
    def current(self) -> list[ChecklistAnswer]:
        return [answer for answer in self.answers if answer.argument_sha256 == self.sha256]

    @property
    def stale(self) -> list[ChecklistAnswer]:
        return [answer for answer in self.answers if answer.argument_sha256 != self.sha256]

    def of(self, member: Member) -> ChecklistAnswer | None:
        return next((answer for answer in self.answers if answer.member_id == member.pk), None)


def checklist_of(case: AssuranceCase, *, loaded: LoadedCase | None = None, sha256: str = "") -> list[Asked]:
    """The questions of the tier with all answers, in the order of the catalogue; `sha256` of the argument where it is known."""
    sha256 = sha256 or argument_sha256(loaded or load_case(case))
    answers: dict[str, list[ChecklistAnswer]] = {}
    rows: Iterable[ChecklistAnswer] = ChecklistAnswer.objects.filter(case=case).select_related("member")
    for answer in rows:
        answers.setdefault(answer.prompt, []).append(answer)
    return [Asked(prompt, answers.get(prompt.key, []), sha256) for prompt in prompts_for(case.system.tier or "")]


def unanswered_prompts(case: AssuranceCase, *, loaded: LoadedCase | None = None) -> list[Prompt]:
    """The questions that nobody has answered about the argument as it is now."""
    return [asked.prompt for asked in checklist_of(case, loaded=loaded) if not asked.current]


@dataclass(frozen=True, slots=True)
class Given:
    """A challenger's newest opinion, and whether it is about the argument as it is now."""

    opinion: Opinion
    is_current: bool
    is_appointed: bool


def opinions_of(
    case: AssuranceCase, *, loaded: LoadedCase | None = None, sha256: str = "", appointed: set[UUID] | None = None
) -> list[Given]:
    """The newest opinion of each challenger, the newest first. A gate counts those that are current and of somebody who is
    still appointed."""
    sha256 = sha256 or argument_sha256(loaded or load_case(case))
    if appointed is None:
        appointed = set(holders(case, Part.CHALLENGER).values_list("pk", flat=True))
    newest: dict[object, Opinion] = {}
    for opinion in Opinion.objects.filter(case=case).select_related("member").order_by("recorded_at", "id"):
        newest[opinion.member_id] = opinion
    found = sorted(newest.values(), key=lambda opinion: opinion.recorded_at, reverse=True)
    return [Given(one, one.argument_sha256 == sha256, one.member_id in appointed) for one in found]
