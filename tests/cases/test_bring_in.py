"""Bringing a whole argument into a case at once."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aims.rules import RuleBroken
from aims.trail.models import Event
from cases.bringing_in import bring_in, prepare, said_of_note, said_of_refusal
from cases.drafts import (
    ArgumentDraft,
    DraftBinding,
    DraftChallenge,
    DraftCondition,
    DraftElement,
    DraftLink,
    DraftMetric,
    DraftModule,
    refusals_in,
    with_keys,
)
from cases.loading import load_case
from cases.models import AssuranceCase, ClaimMetric, DegradationCondition, Element, Link, StandingLevel
from tests.cases.building import make_case, make_evidence, make_sound_case

pytestmark = pytest.mark.django_db


def element(id, kind="goal", statement="", **fields):
    return DraftElement(id=id, kind=kind, statement=statement or f"Statement of {id}", **fields)


def link(source, target, kind="supported_by", **fields):
    return DraftLink(source=source, target=target, kind=kind, **fields)


def small(**fields):
    """G1 ← S1 ← G2 ← Sn1, with a context of G1."""
    given = {
        "elements": [
            element("G1", place=3),
            element("C1", "context"),
            element("S1", "strategy"),
            element("G2", place=9),
            element("Sn1", "solution"),
        ],
        "links": [
            link("G1", "C1", "in_context_of"),
            link("G1", "S1"),
            link("S1", "G2"),
            link("G2", "Sn1", place=11),
        ],
    }
    return ArgumentDraft(**{**given, **fields})


def long_chain_free(count):
    """A goal with `count` elements below it, no step deeper than four."""
    elements, links = [element("G1")], []
    for n in range(2, count + 1):
        kind = ("strategy", "goal", "solution")[(n - 2) % 3]
        elements.append(element(f"E{n}", kind))
        above = {"strategy": "G1", "goal": f"E{n - 1}", "solution": f"E{n - 1}"}[kind]
        links.append(link(above, f"E{n}"))
    return ArgumentDraft(elements=elements, links=links)


@pytest.fixture
def empty(acme):
    with acme:
        return make_case(acme, claim="")


def test_everything_of_a_draft_is_in_the_case(acme, empty):
    with acme:
        brought = bring_in(empty, draft=small(), actor=acme.officer, source="a.yaml")
        loaded = load_case(empty)
        assert [row.address for row in loaded.elements.values()] == ["G1", "C1", "S1", "G2", "Sn1"]
        assert brought.elements["G2"].pk in loaded.elements
        kinds = [
            (loaded.elements[one.source_id].key, one.kind, loaded.elements[one.target_id].key) for one in loaded.links
        ]
        assert ("G1", "in_context_of", "C1") in kinds
        assert ("G2", "supported_by", "Sn1") in kinds
        events = Event.objects.filter(target_id=empty.pk, event="cases.case.brought_in")
        assert [one.changes for one in events] == [
            {"elements": 5, "links": 4, "modules": 1, "repairs": 0, "losses": 0, "source": "a.yaml"}
        ]


def test_links_of_a_file_await_their_review_and_those_of_a_template_do_not(acme, empty):
    with acme:
        bring_in(empty, draft=small(), actor=acme.officer)
        assert len(load_case(empty).suspect_links) == 4
        other = make_case(acme, system=empty.system, purpose="Another", claim="")
        bring_in(other, draft=small(), actor=acme.officer, is_reviewed=True)
        assert load_case(other).suspect_links == set()


def test_a_draft_goes_below_an_element_and_its_keys_follow_those_in_use(acme):
    with acme:
        case = make_sound_case(acme)
        above = Element.objects.get(case=case, key="G3")
        brought = bring_in(case, draft=small(), actor=acme.officer, below=above, is_reviewed=True)
        top = brought.elements["G1"]
        assert top.key == "G4"
        assert Link.objects.filter(source=above, target=top).exists()
        assert load_case(case).suspect_links == set()
        assert [one.key for one in brought.elements.values()] == ["G4", "C1", "S2", "G5", "Sn3"]


def test_keys_that_do_not_fit_are_replaced_and_named(acme, empty):
    draft = small()
    draft.elements[3] = element("G2", key="A goal with a very long name", place=9)
    with acme:
        brought = bring_in(empty, draft=draft, actor=acme.officer)
        assert brought.elements["G2"].key == "G2"
        assert [(one.place, said_of_note(one)) for one in brought.draft.repairs] == [
            (9, "“A goal with a very long name” is called G2 here.")
        ]


def test_modules_and_citations_come_along(acme, empty):
    draft = ArgumentDraft(
        modules=[DraftModule(key="Top", title="On top"), DraftModule(key="x y", title=""), DraftModule(key="K", is_contract=True)],
        elements=[
            element("a", key="G1"),
            element("b", "away_goal", key="AG1", cites="c"),
            element("m", "module_ref", key="MR1", cites_module="x y"),
            element("c", key="G1", module="x y", is_public=True),
        ],
        links=[link("a", "b"), link("a", "m")],
    )  # fmt: skip
    with acme:
        brought = bring_in(empty, draft=draft, actor=acme.officer)
        rows = {row.address: row for row in load_case(empty).elements.values()}
        assert sorted(rows) == ["AG1", "G1", "M2:G1", "MR1"]
        assert rows["AG1"].cites == brought.elements["c"]
        assert rows["MR1"].cites_module.key == "M2"
        assert rows["G1"].module.key == "Top"
        assert rows["G1"].module.title == "On top"
        assert [said_of_note(one) for one in brought.draft.repairs] == ["“x y” is called M2 here."]


def test_conditions_and_metrics_come_along(acme, empty):
    watch = {
        "type": "model_update", "statement": "If the model changes, the test says nothing about it.",
        "detector": "manual_attestation", "config": {"question": "Has the model changed?"}, "every_hours": 24,
        "max_silence_hours": 48, "actions": ["notify_owner"], "respond_within_hours": 24,
    }  # fmt: skip
    asks = {"comparator": "ge", "threshold": 0.9, "unit": "ratio"}
    draft = small(
        conditions=[DraftCondition(element="G2", rule=watch), DraftCondition(rule={**watch, "type": "incident"})],
        metrics=[DraftMetric(element="G2", indicator="Selection-rate ratio", rule=asks)],
    )
    with acme:
        brought = bring_in(empty, draft=draft, actor=acme.officer)
        rows = list(DegradationCondition.objects.filter(case=empty).order_by("number"))
        assert [(row.element, row.responder) for row in rows] == [
            (brought.elements["G2"], empty.accountable_owner),
            (None, empty.accountable_owner),
        ]
        metric = ClaimMetric.objects.get(element=brought.elements["G2"])
        assert (metric.indicator.name, metric.threshold) == ("Selection-rate ratio", 0.9)


def test_evidence_of_the_library_is_bound_and_other_is_named(acme, empty):
    with acme:
        version = make_evidence(acme)
        draft = small(
            bindings=[
                DraftBinding(element="Sn1", version=str(version.pk), rule={"locator": "page 3"}),
                DraftBinding(element="Sn1", title="Scan", address="https://example.org/scan.pdf", place=11),
                DraftBinding(element="Sn1", version="no identity", title="Lost"),
            ]
        )
        brought = bring_in(empty, draft=draft, actor=acme.officer)
        [binding] = brought.elements["Sn1"].bindings.all()
        assert (binding.version, binding.locator) == (version, "page 3")
        assert [said_of_note(one) for one in brought.draft.losses] == [
            "Sn1 rests on “Scan https://example.org/scan.pdf”. Add it to the library and bind it.",
            "Sn1 rests on “Lost”. Add it to the library and bind it.",
        ]


def test_evidence_of_another_organisation_is_unknown(acme, globex, empty):
    with globex:
        foreign = make_evidence(globex)
    with acme:
        draft = small(bindings=[DraftBinding(element="Sn1", version=str(foreign.pk), title="Theirs")])
        brought = bring_in(empty, draft=draft, actor=acme.officer)
        assert not brought.elements["Sn1"].bindings.exists()
        assert len(brought.draft.losses) == 1


def test_owners_are_members_or_named(acme, empty):
    draft = small()
    draft.elements[0].owner = acme.owner.user.email.upper()
    draft.elements[3].owner = "nobody@example.org"
    with acme:
        brought = bring_in(empty, draft=draft, actor=acme.officer)
        assert brought.elements["G1"].owner == acme.owner
        assert brought.elements["G2"].owner is None
        assert [said_of_note(one) for one in brought.draft.losses] == [
            "nobody@example.org, who answers for G2, is no active member here."
        ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.links.append(link("G2", "G1")), "The argument would rest on itself: G1 → S1 → G2 → G1."),
        (lambda d: d.links.append(link("S1", "Sn1")), "S1 (strategy) cannot be supported by Sn1 (solution)."),
        (lambda d: d.links.append(link("G1", "G9", place=7)), "Line 7: G1 refers to “G9”, which is not there."),
        (lambda d: d.elements.append(element("G2", place=20)), "Line 20: G2 is there twice."),
        (lambda d: d.links.append(link("G1", "S1")), "G1 is linked to S1 already."),
        (lambda d: d.elements.append(element("X", "wish")), "X is of the unknown kind “wish”."),
        (lambda d: d.elements.append(element("G7", "goal", "x" * 5001)), "The statement of G7 has 5001 letters."),
        (lambda d: d.elements.append(DraftElement(id="G7", kind="goal", statement=" \n")), "G7 says nothing."),
        (lambda d: d.elements.append(element("AG1", "away_goal")), "AG1 refers to “”, which is not there."),
        (lambda d: d.elements.append(element("AG1", "away_goal", cites="G2")), "AG1 cannot cite G2."),
        (lambda d: setattr(d.elements[3], "declaration", "defeated"), "which nobody can declare"),
        (lambda d: setattr(d.elements[3], "combine", "any"), "needs fewer than all"),
        (lambda d: d.elements.clear() or d.links.clear(), "There is no element in it."),
        (lambda d: d.challenges.append(DraftChallenge(target="G9", statement="?")), "refers to “G9”"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_refused_with_its_place(acme, empty, change, said):
    draft = small()
    change(draft)
    with acme:
        with pytest.raises(RuleBroken) as refused:
            bring_in(empty, draft=draft, actor=acme.officer)
        assert said in refused.value.message
        assert not Element.objects.filter(case=empty).exists()
        assert said in " ".join(said_of_refusal(one) for one in refusals_in(prepare(draft)))


def test_a_refused_draft_leaves_nothing_behind(acme, empty):
    bad = small(conditions=[DraftCondition(rule={"type": "?", "statement": "", "detector": "", "config": {},
                                                 "every_hours": 1, "max_silence_hours": 1})])  # fmt: skip
    with acme:
        with pytest.raises(RuleBroken):
            bring_in(empty, draft=bad, actor=acme.officer)
        assert not Element.objects.filter(case=empty).exists()


def test_who_may_not_change_the_case_brings_nothing_in(acme, empty):
    with acme, pytest.raises(PermissionDenied):
        bring_in(empty, draft=small(), actor=acme.contributor)


def test_characters_that_nobody_sees_are_left_out(acme, empty):
    draft = small()
    draft.elements[0].statement = "A\x00 claim\u202e that\r\nholds"
    with acme:
        brought = bring_in(empty, draft=draft, actor=acme.officer)
        assert brought.elements["G1"].statement == "A claim that\nholds"


def test_the_case_is_evaluated_once_for_all(acme, empty):
    with acme:
        bring_in(empty, draft=small(), actor=acme.officer)
        row = AssuranceCase.objects.get(pk=empty.pk)
        assert row.standing == StandingLevel.UNDEVELOPED
        assert row.standing_as_of is not None


def test_the_number_of_queries_does_not_follow_the_size(acme, empty):
    counted = []
    with acme:
        for size in (20, 400):
            case = make_case(acme, system=empty.system, purpose=f"{size} elements", claim="")
            with CaptureQueriesContext(connection) as queries:
                bring_in(case, draft=long_chain_free(size), actor=acme.officer)
            counted.append(len(queries))
    assert counted[1] <= counted[0]


def test_fresh_keys_count_on_and_are_unique():
    draft = ArgumentDraft(elements=[element("x 1"), element("G7"), element("x 2", key="G7"), element("y", key="Größe")])
    keys = [one.key for one in with_keys(draft, taken={"G9"}).elements]
    assert keys == ["G10", "G7", "G11", "G12"]


def test_a_draft_too_large_is_refused():
    draft = ArgumentDraft(elements=[element(f"G{n}") for n in range(20_001)])
    assert "20001 elements" in said_of_refusal(refusals_in(draft)[0])


def test_five_hundred_steps_deep_is_refused(acme, empty):
    draft = ArgumentDraft(elements=[element(f"G{n}") for n in range(500)],
                          links=[link(f"G{n}", f"G{n + 1}") for n in range(499)])  # fmt: skip
    with acme, pytest.raises(RuleBroken, match="100 steps deep"):
        bring_in(empty, draft=draft, actor=acme.officer)


def test_doubts_come_along_and_cost_standings_at_once(acme, empty):
    draft = small(
        challenges=[
            DraftChallenge(target="G2", statement="The test is old", counter="CG1", state="sustained"),
            DraftChallenge(target="S1", target_below="G2", statement="Too large a step", attack="undercut"),
        ]
    )
    draft.elements += [element("CG1", is_counter=True), element("CSn1", "solution", is_counter=True)]
    draft.links.append(link("CG1", "CSn1"))
    with acme:
        brought = bring_in(empty, draft=draft, actor=acme.officer)
        sustained, opened = empty.challenges.order_by("number")
        assert (sustained.target, sustained.counter_element) == (brought.elements["G2"], brought.elements["CG1"])
        assert [event.kind for event in sustained.events.order_by("at")] == ["raised", "sustained"]
        assert (opened.status, opened.step_to, opened.raised_by) == ("open", brought.elements["G2"], acme.officer)
        assert brought.elements["CG1"].role == Element.Role.COUNTER
        assert Element.objects.get(pk=brought.elements["G2"].pk).standing == StandingLevel.DEFEATED
        assert AssuranceCase.objects.get(pk=empty.pk).standing == StandingLevel.UNSUPPORTED


@pytest.mark.parametrize(
    ("challenge", "said"),
    [
        (DraftChallenge(target="G1", target_below="G2", statement="?"), "which is not there"),
        (DraftChallenge(target="G1", statement="?", state="refuted"), "not as “refuted”"),
    ],
)
def test_a_doubt_that_cannot_be_is_refused(acme, empty, challenge, said):
    with acme, pytest.raises(RuleBroken, match=said):
        bring_in(empty, draft=small(challenges=[challenge]), actor=acme.officer)


def test_what_argues_against_the_case_carries_nothing_of_it(acme, empty):
    draft = small()
    draft.elements[4].is_counter = True
    with acme, pytest.raises(RuleBroken, match="argues against the case"):
        bring_in(empty, draft=draft, actor=acme.officer)
