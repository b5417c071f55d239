"""One year of an organisation, day by day: evidence ages, models change, a number breaks its threshold, people repair it.

Nobody writes a standing; the clock, the records and the weekly sweep do. At the end every change of standing must be
explainable from the record: by a limit that passed, or by an act that the trail holds.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.utils import timezone

from aims.site.sweeping import sweep
from aims.trail.models import Event
from aims.trail.record import first_broken_link
from cases.actions import (
    acknowledge_condition,
    add_condition,
    add_element,
    bind_evidence,
    clear_condition,
    create_case,
    define_metric,
    renew_binding,
)
from cases.causes import sentence_of
from cases.evaluation import assess
from cases.models import Element, EvidenceBinding, Signal, StandingLevel, StandingTransition
from evidence.actions import add_evidence, add_version, review_version
from evidence.models import EvidenceItem
from inventory.actions import add_version as add_system_version
from inventory.actions import register_system
from tests.cases.clock import moving_clock
from tests.cases.measuring import AGE, make_indicator, reading, send

pytestmark = pytest.mark.django_db
NEW_YEAR = datetime(2027, 1, 4, 8, tzinfo=UTC)  # a Monday
HOLDS, WEAKENED, UNSUPPORTED, DEFEATED = (
    StandingLevel.HOLDS,
    StandingLevel.WEAKENED,
    StandingLevel.UNSUPPORTED,
    StandingLevel.DEFEATED,
)


class Year:
    """The organisation, its one case, and what people do on which day."""

    def __init__(self, cast: Any) -> None:
        self.cast = cast
        self.looked_at: list[datetime] = []

    def found(self) -> None:
        """The case as it goes into the year: two claims measured and tested, one condition."""
        cast = self.cast
        self.system = register_system(
            name="CV screening", purpose="Ranks applications.", owner=cast.owner, actor=cast.officer
        )
        self.version = add_system_version(self.system, label="1.0", deploy=True, actor=cast.officer)
        self.case = create_case(
            system=self.system,
            title="CV screening puts nobody at a disadvantage",
            purpose="Fair recruitment",
            accountable_owner=cast.owner,
            claim="CV screening may be relied on",
            actor=cast.officer,
        )
        self.grow("strategy", "G1", "Over rates and over robustness")
        self.grow("goal", "S1", "Every group is shortlisted at similar rates")
        self.grow("goal", "S1", "The ranking withstands other wording")
        self.grow("solution", "G2", "Definition of the groups")
        self.grow("solution", "G3", "Paired-application test")
        self.evidence("Definition of the groups", kind="dataset_record", valid_for_days=700)
        self.evidence("Paired-application test", valid_for_days=120, grace_days=14, system_version=self.version)
        self.bind("Sn1", "Definition of the groups")
        self.bind("Sn2", "Paired-application test")
        define_metric(
            self.element("G2"),
            indicator=make_indicator(cast),
            key="cv-rate",
            comparator="ge",
            threshold=0.9,
            min_n=200,
            environment_required="production",
            max_age_days=40,
            grace_days=20,
            dimensions=[AGE],
            actor=cast.officer,
        )
        self.measure(0.95, 0.94)
        self.condition = add_condition(
            self.case,
            element=self.element("G3"),
            type="model_update",
            statement="If another model is deployed, the test says nothing, because it was made with the one before.",
            detector="registry_event",
            config={"events": ["version_deployed"]},
            every_hours=24 * 400,
            max_silence_hours=24 * 400,
            effect=UNSUPPORTED,
            responder=cast.owner,
            respond_within_hours=72,
            actions=["notify_owner"],
            actor=cast.officer,
        )

    def grow(self, kind: str, parent: str, statement: str) -> None:
        add_element(self.case, kind=kind, statement=statement, parent=self.element(parent), actor=self.cast.officer)

    def element(self, key: str) -> Element:
        return Element.objects.get(case=self.case, key=key)

    def evidence(self, title: str, *, kind: str = "evaluation", **fields: Any) -> None:
        item = add_evidence(
            title=title,
            kind=kind,
            collected_at=timezone.now() - timedelta(hours=1),
            system=self.system,
            environment="production",
            files=[ContentFile(title.encode(), name="report.txt")],
            actor=self.cast.contributor,
            **fields,
        )
        review_version(item.versions.get(), verdict="accepted", note="Read.", actor=self.cast.challenger)

    def bind(self, key: str, title: str) -> None:
        version = EvidenceItem.objects.get(title=title).current
        bind_evidence(
            self.element(key), version=version, locator="page 1", relevance="It shows it.", actor=self.cast.officer
        )

    def measure(self, young: float, old: float) -> None:
        sent = send(self.cast, reading(young, group="18-34", days_ago=0.1), reading(old, group="55+", days_ago=0.1))
        assert not sent.refused

    # What happens

    def deploy(self) -> None:
        self.version = add_system_version(self.system, label="2.0", deploy=True, actor=self.cast.officer)

    def acknowledge(self) -> None:
        acknowledge_condition(self.condition, note="The test is repeated with 2.0.", actor=self.cast.owner)

    def repeat_the_test(self) -> None:
        item = EvidenceItem.objects.get(title="Paired-application test")
        version = add_version(
            item,
            collected_at=timezone.now() - timedelta(hours=1),
            valid_for_days=120,
            grace_days=14,
            environment="production",
            system_version=self.version,
            files=[ContentFile(f"again {timezone.now()}".encode(), name="report.txt")],
            actor=self.cast.contributor,
        )
        review_version(version, verdict="accepted", note="Recomputed.", actor=self.cast.challenger)
        binding = EvidenceBinding.objects.get(element=self.element("Sn2"))
        renew_binding(binding, version=version, actor=self.cast.officer)

    def clear(self) -> None:
        item = EvidenceItem.objects.get(title="Paired-application test")
        clear_condition(self.condition, evidence=item, reason="Made with 2.0.", actor=self.cast.owner)

    def live(self, happenings: dict[int, Callable[[], None]]) -> None:
        """Every week a look by the sweep, monthly readings unless somebody says otherwise, and what happens that day."""
        with moving_clock(NEW_YEAR) as clock:
            with self.cast:
                self.found()
            for day in range(1, 366):
                clock.move_to(NEW_YEAR + timedelta(days=day))
                if day in happenings:
                    with self.cast:
                        happenings[day]()
                if day in happenings or day % 7 == 0:
                    clock.move_to(NEW_YEAR + timedelta(days=day, hours=1))
                    sweep(timezone.now(), self.cast.organisation)
                    self.looked_at.append(timezone.now())


def test_a_year_passes_and_every_change_of_standing_is_explained_by_the_record(acme):
    year = Year(acme)

    def measured(young: float = 0.95, old: float = 0.94) -> Callable[[], None]:
        return lambda: year.measure(young, old)

    year.live(
        {
            30: measured(),
            60: measured(),
            75: year.deploy,
            80: year.acknowledge,
            90: measured(),
            95: year.repeat_the_test,
            97: year.clear,
            120: measured(),
            150: measured(),
            180: measured(old=0.86),
            200: measured(),
            # The test of day 95 was to be repeated by day 215 and is not; its grace ends on day 229.
            230: measured(),
            240: year.repeat_the_test,
            260: measured(),
            # Then the monitor is silent: its last reading is old from day 300 on, and gone after day 320.
            335: measured(),
            350: measured(),
        }
    )
    with acme:
        told = StandingTransition.objects.filter(case=year.case, element=None).order_by("as_of", "id")
        assert [((row.as_of - NEW_YEAR).days, StandingLevel(row.after)) for row in told][-11:] == [
            (75, UNSUPPORTED),  # another model runs; acknowledging it on day 80 changes nothing
            (97, HOLDS),  # the test was repeated and the condition cleared with it
            (180, UNSUPPORTED),  # one group fell below the threshold: that claim is defeated, this one lost its support
            (200, HOLDS),
            (217, WEAKENED),  # the test ran out on day 215
            (230, UNSUPPORTED),  # and its grace on day 229
            (240, HOLDS),
            (301, WEAKENED),  # the last reading is 40 days old
            (322, UNSUPPORTED),
            (335, HOLDS),
            (364, WEAKENED),  # the test of day 240 ran out on day 360
        ]
        everything_is_explained(year)
        every_fall_was_told(year)
        # Asked when that year is past, which by the machine's own clock it may not be.
        with time_machine.travel(NEW_YEAR + timedelta(days=400)):
            the_past_is_answered_as_it_was_found(year)


def the_past_is_answered_as_it_was_found(year: Year) -> None:
    """As of each evaluation of the year, the case and all of its elements stand as was stored then. What a sweep looks at
    itself is recorded after it began, so the past is asked for the instant at which the change was written down."""
    rows = list(StandingTransition.objects.filter(case=year.case).order_by("as_of", "id"))
    stood: dict[Any, int] = {}
    checked = 0
    for place, row in enumerate(rows):
        stood[row.element_id] = row.after
        if place + 1 < len(rows) and rows[place + 1].as_of == row.as_of:
            continue  # the rest of the same evaluation
        if row.as_of < NEW_YEAR + timedelta(hours=1):
            continue  # while the case was built, acts follow each other within one instant of the database
        then = assess(year.case, at=row.recorded_at)
        found = {pk: then.standing_of(one) for pk, one in then.loaded.elements.items()}
        assert {**found, None: then.standing} == stood, f"as of {row.as_of}"
        checked += 1
    assert checked >= 11


def everything_is_explained(year: Year) -> None:
    """Each history is without a gap; each change follows from an act in the trail or from a limit that passed since the
    last look; and below Holds there are causes, in words, with the way down to them."""
    keys = {row.pk: row.key for row in Element.objects.filter(case=year.case)}
    stood: dict[Any, int] = {}
    for row in StandingTransition.objects.filter(case=year.case).order_by("as_of", "id"):
        name = keys.get(row.element_id, "G1")
        assert row.before == stood.get(row.element_id, StandingLevel.UNDEVELOPED), f"a gap before {row} of {name}"
        stood[row.element_id] = row.after
        last_look = max((at for at in year.looked_at if at < row.as_of), default=NEW_YEAR - timedelta(days=1))
        # An act writes what follows from it before it writes itself into the trail, all in one transaction.
        acts = Event.objects.filter(at__gt=last_look, at__lte=row.as_of + timedelta(minutes=1), actor__isnull=False)
        limits = [cause["since"] for cause in row.causes if cause["since"]]
        passed = [since for since in limits if last_look < datetime.fromisoformat(since) <= row.as_of]
        assert acts.exists() or passed, f"{row} of {name} on day {(row.as_of - NEW_YEAR).days} came from nothing"
        if row.after > row.before:
            assert acts.exists(), f"time alone improved {name}"
        assert bool(row.causes) == (row.after < HOLDS)
        for cause in row.causes:
            assert cause["path"][0] == name and cause["path"][-1] == cause["key"]
            assert cause["key"] in keys.values()
            assert len(sentence_of(cause)) > 20
    assert stood.items() >= {row.pk: row.standing for row in Element.objects.filter(case=year.case)}.items()
    assert first_broken_link() is None


def every_fall_was_told(year: Year) -> None:
    """Each fall of the case after the founding has a signal of its own matter, and it says whether it stands again."""
    signals = Signal.objects.filter(case=year.case, element=None).order_by("created_at")
    told = [
        ((row.created_at - NEW_YEAR).days, row.restored_at and (row.restored_at - NEW_YEAR).days, row.status)
        for row in signals
    ]
    assert told == [
        (75, 97, Signal.Status.CLOSED),  # evidence cleared the condition
        (180, 200, Signal.Status.CLOSED),  # a reading did
        (217, 240, Signal.Status.OPEN),  # an edit of the argument put it right, so a person closes it
        (301, 335, Signal.Status.CLOSED),
        (364, None, Signal.Status.OPEN),
    ]
    assert [row.sentence.split(" ")[0] for row in signals] == [
        "Condition",
        "Selection-rate",
        "Evidence",
        "The",
        "Evidence",
    ]
    assert "fell to 0.86 (threshold 0.90) in July 2027" in signals[1].sentence
    assert Event.objects.filter(event="cases.signal.escalated").count() == 2  # days 90 and 196, past their deadlines
