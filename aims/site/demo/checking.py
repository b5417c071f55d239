"""Driving the whole loop once, without a browser, against the running worker: what `./run demo --check` does.

Each step goes through the same actions as the pages, in an organisation of its own, and says what it found. The first that
does not hold ends the check with the reason.
"""

import hashlib
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from aims.reports.models import LongWork
from aims.site.demo.people import account
from aims.site.organisations import open_organisation
from aims.site.sweeping import sweep
from aims.tenancy.actions import add_member
from aims.tenancy.models import Member, Organisation
from aims.tenancy.permissions import Role
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from aims.trail.record import first_broken_link
from audits.models import Pack
from audits.packs.actions import request_pack
from audits.packs.storage import open_pack
from cases.actions import add_element, bind_evidence, create_case
from cases.models import AssuranceCase, Signal, StandingLevel
from evidence.actions import add_evidence, review_version
from evidence.models import EvidenceItem
from inventory.import_actions import import_at_once
from inventory.importing import guess_mapping, parse, plan
from inventory.models import AISystem
from risks.actions import add_risk
from risks.models import Control, Risk

PACK_SECONDS = 240
CURRENT_SECONDS = 40  # how long the evidence of the check stays current
SETTLED_SECONDS = 15  # how long a worker that has the case may take
REGISTER = """Name,Purpose,Stage,Unit
Loan pre-check,"Sorts applications, so that clear cases
are answered within minutes",Operation,Lending
Invoice reader,Reads invoices,Operation,Accounts
Call summaries,Writes a summary of each call,Development,Service
""".encode("cp1252")


class CheckFailed(Exception):
    """What did not hold, with the reason."""


class Check:
    """One run of the loop in a fresh organisation; `say` receives one line a step."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        stamp = timezone.now().strftime("%Y%m%d%H%M%S")
        self.organisation: Organisation = open_organisation(name=f"Check {stamp}", slug=f"check-{stamp}")
        # Real time, not a simulated one: a worker that works beside us would set the present standing again.
        self.expires_at = timezone.now() + timedelta(seconds=CURRENT_SECONDS)
        self.officer = self.member(Role.GOVERNANCE_OFFICER, "officer", stamp)
        self.reviewer = self.member(Role.CHALLENGER, "challenger", stamp)

    def member(self, role: str, who: str, stamp: str) -> Member:
        with working_in(self.organisation):
            user = account(f"{who}@check-{stamp}.example", who.title(), None)
            return add_member(self.organisation, user=user, display_name=who.title(), roles=[role], actor=None)

    def run(self) -> None:
        """All steps in order."""
        self.import_register()
        case, item = self.build_case()
        self.age(case, item)
        self.build_pack(case)
        self.verify_trail()

    def import_register(self) -> None:
        """A spreadsheet comes in, and a second time changes nothing."""
        parsed = parse(REGISTER)
        made = plan(parsed, guess_mapping(parsed))
        told = []
        for _round in (1, 2):
            done = import_at_once(
                made,
                organisation_id=self.organisation.pk,
                file_name="register.csv",
                sha256=hashlib.sha256(REGISTER).hexdigest(),
                actor=self.officer,
            )
            told.append((done.created_count, done.updated_count, done.unchanged_count, done.rejected_count))
        require(told == [(3, 0, 0, 0), (0, 0, 3, 0)], f"the import counted {told}")
        self.say("import: created 3, then unchanged 3")

    def build_case(self) -> tuple[AssuranceCase, EvidenceItem]:
        """A risk with a control, evidence that is reviewed, and a case that holds because of it."""
        with working_in(self.organisation):
            system = AISystem.objects.earliest("number")
            control = Control.objects.get(reference="A.6.2.4")
            risk = add_risk(
                title="Clear cases are answered wrongly",
                rating_reason="Nine of 400 sampled answers differed.",
                inherent_likelihood=4,
                inherent_impact=4,
                likelihood=3,
                impact=4,
                owner=self.officer,
                systems=[system],
                controls=[control],
                actor=self.officer,
            )
            item = add_evidence(
                title="Validation of the pre-check",
                kind="evaluation",
                collected_at=self.expires_at - timedelta(days=60),
                valid_for_days=60,
                system=system,
                environment="production",
                files=[ContentFile(b"sample,agreed\n400,391\n", name="validation.csv")],
                actor=self.officer,
            )
            case = create_case(
                system=system,
                title="The pre-check may be relied upon",
                purpose="Lending",
                accountable_owner=self.officer,
                claim="The pre-check answers clear cases as a credit officer would.",
                actor=self.officer,
            )
            solution = add_element(
                case,
                kind="solution",
                statement="Validation on production cases",
                parent=case.elements.get(),
                actor=self.officer,
            )
            bind_evidence(solution, version=item.versions.get(), relevance="391 of 400 agree.", actor=self.officer)
        with working_in(self.organisation):
            review_version(item.versions.get(), verdict="accepted", note="Figures recomputed.", actor=self.reviewer)
        sweep(timezone.now(), self.organisation)
        case = self.settled(case, StandingLevel.HOLDS)
        with working_in(self.organisation):
            require(Risk.objects.get(pk=risk.pk).score == 12, "the risk has no score")
        require(case.standing == StandingLevel.HOLDS, f"the case is {case.get_standing_display()} and should hold")
        self.say("link: risk with control A.6.2.4, evidence accepted by somebody else, case holds")
        return case, item

    def settled(self, case: AssuranceCase, wanted: StandingLevel) -> AssuranceCase:
        """The case as soon as it stands as wanted, or as it is in the end.

        A sweep passes by what the worker beside us is just evaluating, so the answer may be the worker's to give.
        """
        ended = time.monotonic() + SETTLED_SECONDS
        while True:
            with working_in(self.organisation):
                found = AssuranceCase.objects.get(pk=case.pk)
            if found.standing == wanted or time.monotonic() > ended:
                return found
            time.sleep(0.1)

    def age(self, case: AssuranceCase, item: EvidenceItem) -> None:
        """The evidence runs out: the sweep finds it stale, the case falls, a signal says why, and says so once."""
        time.sleep(max(0.0, (self.expires_at - timezone.now()).total_seconds()) + 1)
        for _round in range(3):
            sweep(timezone.now(), self.organisation)
        fallen = self.settled(case, StandingLevel.UNSUPPORTED)
        with working_in(self.organisation):
            signals = list(Signal.objects.filter(case=case))
            stale = Event.objects.filter(event__startswith="evidence.version.", target_id=item.pk).count()
        require(
            fallen.standing == StandingLevel.UNSUPPORTED,
            f"the case is {fallen.get_standing_display()} after its evidence ran out",
        )
        require(len(signals) == 1, f"{len(signals)} signals instead of one after three sweeps")
        require(item.title in signals[0].sentence, f"the signal does not name the evidence: {signals[0].sentence}")
        require(stale > 0, "the trail does not say that the evidence went stale")
        self.say(f"sweep: {signals[0].sentence}")

    def build_pack(self, case: AssuranceCase) -> None:
        """The worker builds a pack, whose file is the one that its hash names."""
        with working_in(self.organisation):
            pack = request_pack(title="Check", scope=Pack.Scope.ORGANISATION, actor=self.officer)
        ended = time.monotonic() + PACK_SECONDS
        while time.monotonic() < ended:
            with working_in(self.organisation):
                pack = Pack.objects.get(pk=pack.pk)
            if pack.status in (LongWork.Status.DONE, LongWork.Status.FAILED):
                break
            time.sleep(1)
        require(
            pack.status == LongWork.Status.DONE,
            f"the pack is {pack.get_status_display()}: {pack.error or 'no worker took it up'}",
        )
        with working_in(self.organisation), open_pack(pack) as file:
            content: Any = file.read()
        require(
            hashlib.sha256(content).hexdigest() == pack.sha256, "the pack's file is not the one that its hash names"
        )
        require(content.startswith(b"%PDF-"), "the pack is no PDF")
        self.say(f"pack: {pack.page_count} pages, {len(content)} bytes, sha256 {pack.sha256}")

    def verify_trail(self) -> None:
        """Every event is in its place in the chain."""
        with working_in(self.organisation):
            broken, length = first_broken_link(), Event.objects.count()
        require(broken is None, f"the trail is broken at event {broken and broken.sequence}")
        self.say(f"trail: {length} events, whole")


def require(holds: bool, reason: str) -> None:
    """Go on, or end the check with the reason."""
    if not holds:
        raise CheckFailed(reason)
