"""Whose case it is: authors and challengers of one case, and who may not be both."""

import pytest
from django.core.exceptions import PermissionDenied

from aims.integrations.models import Notification
from aims.rules import RuleBroken
from aims.tenancy.grants import give, take
from aims.tenancy.permissions import Role
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from cases.access import Part, may_challenge, may_change, people_of, roles_of
from cases.actions import (
    add_element,
    appoint,
    create_case,
    dismiss,
    edit_case,
    hold_down,
    lift_hold,
    withdraw_case,
    withdraw_element,
)
from cases.bringing_in import bring_in
from cases.drafts import ArgumentDraft, DraftElement
from cases.models import AssuranceCase, Element
from cases.roles import AUTHOR, CHALLENGER, DECIDER, TEAM_REVIEWER, People, Person, clashes, independent, lacking
from cases.tier_rules import DEFAULTS
from inventory.actions import assign_owner
from inventory.models import AISystem
from tests.cases.building import make_case
from tests.factories import make_member, make_organisation, make_system


@pytest.fixture
def case(acme):
    with acme:
        return make_case(acme)


def top_of(case):
    return Element.objects.select_related("case", "module").get(case=case, key="G1")


def edited(case, actor):
    return edit_case(
        case,
        revision=None,
        title=f"{case.title}, looked at by {actor}"[:300],
        purpose=case.purpose,
        scope_text="",
        accountable_owner=case.accountable_owner,
        review_by=None,
        actor=actor,
    )


def test_only_its_own_people_change_a_case(acme, case):
    other = make_member(acme.organisation, Role.SYSTEM_OWNER, email="other@acme.example")
    with acme:
        for stranger in (other, acme.contributor, acme.challenger):
            for act in (
                lambda who: edited(case, who),
                lambda who: add_element(case, kind="goal", statement="Mine", actor=who),
                lambda who: withdraw_case(case, reason="Not mine", actor=who),
                lambda who: appoint(case, member=who, part=Part.AUTHOR, actor=who),
            ):
                with pytest.raises(PermissionDenied):
                    act(stranger)
        for own in (acme.officer, acme.owner):
            edited(case, own)
        assert case.standing == AssuranceCase.objects.get().standing


def test_an_author_may_change_the_argument_until_dismissed(acme, case, sign_in):
    with acme:
        appoint(case, member=acme.contributor, part=Part.AUTHOR, actor=acme.owner)
        edited(case, acme.contributor)
        told = Notification.objects.get(member=acme.contributor)
        assert "author" in told.sentence and told.link == f"/o/acme/cases/{case.number}/"
    assert sign_in(acme.contributor).get("/o/acme/cases/1/edit/").status_code == 200
    with acme:
        dismiss(case, member=acme.contributor, part=Part.AUTHOR, actor=acme.owner)
        assert not may_change(acme.contributor, AssuranceCase.objects.get())
        names = list(Event.objects.filter(event__startswith="cases.case.").values_list("event", flat=True))
        assert {"cases.case.appointed", "cases.case.dismissed"} <= set(names)
    client = sign_in(acme.contributor)
    assert client.get("/o/acme/cases/1/edit/").status_code == 403
    assert "cases/1/edit/" not in client.get("/o/acme/cases/1/").content.decode(), "no button that answers 403"


def test_the_next_owner_of_the_system_may_change_its_cases(acme, case):
    next_owner = make_member(acme.organisation, Role.SYSTEM_OWNER, email="next@acme.example")
    with acme:
        assert not may_change(next_owner, case)
        assign_owner(case.system, owner=next_owner, actor=acme.officer)
        assert may_change(next_owner, AssuranceCase.objects.select_related("system").get())


def test_a_challenger_holds_down_and_nothing_else_and_the_author_does_not_lift_it(acme, case):
    with acme:
        goal = Element.objects.select_related("case__system").get(key="G1")
        with pytest.raises(PermissionDenied):
            hold_down(goal, to=1, reason="The data is of another year.", actor=acme.challenger)
        appoint(case, member=acme.challenger, part=Part.CHALLENGER, actor=acme.owner)
        hold_down(goal, to=1, reason="The data is of another year.", actor=acme.challenger)
        with pytest.raises(PermissionDenied):
            add_element(case, kind="goal", statement="Mine", actor=acme.challenger)
        with pytest.raises(RuleBroken, match="Only they, or a governance officer"):
            lift_hold(goal, reason="I think it is fine.", actor=acme.owner)
        lift_hold(goal, reason="The data of this year came.", actor=acme.challenger)
        hold_down(goal, to=1, reason="Again.", actor=acme.challenger)
        lift_hold(goal, reason="Talked it over with all of them.", actor=acme.officer)
        assert may_challenge(acme.challenger, case)


@pytest.mark.parametrize("who", ["owner", "officer"])
def test_who_answers_for_a_case_does_not_challenge_it(acme, case, who):
    with acme:
        if who == "officer":
            AssuranceCase.objects.update(accountable_owner=acme.officer)
            case.refresh_from_db()
        with pytest.raises(RuleBroken, match="cannot challenge it"):
            appoint(case, member=getattr(acme, who), part=Part.CHALLENGER, actor=acme.officer)


def test_nobody_is_author_and_challenger(acme, case):
    both = make_member(acme.organisation, Role.CONTRIBUTOR, Role.CHALLENGER, email="both@acme.example")
    with acme:
        appoint(case, member=both, part=Part.AUTHOR, actor=acme.owner)
        with pytest.raises(RuleBroken, match="is an author"):
            appoint(case, member=both, part=Part.CHALLENGER, actor=acme.owner)
        with pytest.raises(RuleBroken, match="already"):
            appoint(case, member=both, part=Part.AUTHOR, actor=acme.owner)
        dismiss(case, member=both, part=Part.AUTHOR, actor=acme.owner)
        appoint(case, member=both, part=Part.CHALLENGER, actor=acme.owner)
        with pytest.raises(RuleBroken, match="challenges this case"):
            appoint(case, member=both, part=Part.AUTHOR, actor=acme.owner)


@pytest.mark.parametrize(("who", "part"), [("challenger", Part.AUTHOR), ("executive", Part.CHALLENGER), ("observer", Part.CHALLENGER)])  # fmt: skip
def test_roles_bound_the_parts(acme, case, who, part):
    with acme, pytest.raises(RuleBroken, match="roles of|may only read"):
        appoint(case, member=getattr(acme, who), part=part, actor=acme.owner)


def test_a_case_is_opened_by_those_who_may_change_the_system(acme, sign_in):
    other = make_member(acme.organisation, Role.SYSTEM_OWNER, email="other@acme.example")
    system = make_system(acme.officer, "Triage")
    fields = {"system": system, "title": "T", "purpose": "P", "accountable_owner": other}
    with acme, pytest.raises(PermissionDenied):
        create_case(**fields, actor=other)
    page = sign_in(other).get("/o/acme/cases/add/").content.decode()
    assert "Triage" not in page


def test_parts_by_page_and_by_api(acme, globex, case, sign_in, api_as):
    client = sign_in(acme.owner)
    posted = {"part": Part.CHALLENGER, "member": acme.challenger.pk}
    assert client.post("/o/acme/cases/1/people/add/", posted).status_code == 302
    assert str(acme.challenger) in client.get("/o/acme/cases/1/").content.decode()
    remove = f"/o/acme/cases/1/people/challenger/{acme.challenger.pk}/remove/"
    assert client.get(remove).status_code == 200
    assert client.post(remove).status_code == 302
    assert client.get(remove).status_code == 404
    assert client.get(f"/o/acme/cases/1/people/nonsense/{acme.challenger.pk}/remove/").status_code == 404
    api = api_as(acme.owner)
    body = {"member": str(acme.contributor.pk), "part": "author"}
    people = api.post("/api/v1/o/acme/cases/1/appoint/", body, format="json").json()["people"]
    assert [(one["name"], one["part"]) for one in people] == [(str(acme.contributor), "author")]
    assert api.post("/api/v1/o/acme/cases/1/dismiss/", body, format="json").json()["people"] == []
    for wrong in ({"part": "author"}, {"member": "x", "part": "author"}, {**body, "part": "king"},
                  {**body, "member": str(globex.contributor.pk)}):  # fmt: skip
        assert api.post("/api/v1/o/acme/cases/1/appoint/", wrong, format="json").status_code == 400
    assert api_as(acme.contributor).post("/api/v1/o/acme/cases/1/appoint/", body, format="json").status_code == 403
    assert api_as(globex.officer).post("/api/v1/o/acme/cases/1/appoint/", body, format="json").status_code == 401


# --- Separation of duties


def named(name, unit=""):
    return Person(name, name, unit)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({AUTHOR: ["ada"], CHALLENGER: ["ada"]}, "is an author"),
        ({CHALLENGER: ["ada"], DECIDER: ["ada"]}, "decides on this case"),
        ({AUTHOR: ["ada"], DECIDER: ["ada"]}, "is an author"),
        ({AUTHOR: ["ada"], TEAM_REVIEWER: ["ada"]}, "cannot review"),
        ({CHALLENGER: ["owner"]}, "answers for this case"),
        ({DECIDER: ["owner"]}, "answers for this case"),
        ({TEAM_REVIEWER: ["owner"]}, "answers for this case"),
        ({DECIDER: ["keeper"]}, "answers for the system"),
        ({AUTHOR: ["owner", "keeper"], TEAM_REVIEWER: ["ben"], CHALLENGER: ["ben"], DECIDER: ["eva"]}, None),
    ],
)
def test_parts_that_do_not_go_together_are_named_once(parts, words):
    held = {part: tuple(named(one) for one in people) for part, people in parts.items()}
    people = People(named("owner"), "keeper", held)
    found = [why for _person, why in clashes(people)]
    assert len(found) == (1 if words else 0) and all(words in why for why in found)
    free = frozenset((part, one) for part, names in parts.items() for one in names)
    assert not list(clashes(People(named("owner"), "keeper", held, free))), "a recorded exception is an answer"


def test_the_tier_says_how_many_challengers_and_from_where():
    asks = DEFAULTS["T3"]
    owner, inside, outside = named("owner", "Lending"), named("ida", " lending "), named("otto", "Audit")
    others = {TEAM_REVIEWER: (named("rea"),), DECIDER: (named("eva"),)}

    def lacks(*challengers, owner=owner):
        found = lacking(People(owner, None, {**others, CHALLENGER: challengers}), asks)
        return [(one.message, dict(one.words)) for one in found]

    assert lacks(inside, outside) == []
    assert lacks(outside)[0][1] == {"needed": "2", "given": "1"}
    assert "outside the owner's unit" in lacks(inside, named("nobody knows"))[0][0]
    assert "in which unit" in lacks(inside, outside, owner=named("owner"))[0][0]
    assert lacking(People(owner, None, {DECIDER: (named("eva"),)}), DEFAULTS["T0"]) == []
    assert len(lacking(People(owner), DEFAULTS["T0"])) == 1, "somebody decides in every tier"


def test_who_challenges_or_decides_does_not_build_whatever_their_roles(acme, case):
    second = make_member(acme.organisation, Role.GOVERNANCE_OFFICER, email="second@acme.example", name="Second")
    with acme:
        assert may_change(second, case)
        appoint(case, member=second, part=Part.DECIDER, actor=acme.officer)
        assert not may_change(second, case)
        with pytest.raises(PermissionDenied):
            add_element(case, kind="goal", statement="Mine", actor=second)
        with pytest.raises(RuleBroken, match="decides on this case"):
            appoint(case, member=second, part=Part.CHALLENGER, actor=acme.officer)
        with pytest.raises(RuleBroken, match="cannot be its author"):
            appoint(case, member=second, part=Part.AUTHOR, actor=second)
        dismiss(case, member=second, part=Part.DECIDER, actor=second)
        assert may_change(second, case)


def test_one_person_alone_may_have_two_parts_for_a_reason_that_stays(acme, case, sign_in, api_as):
    with acme, pytest.raises(RuleBroken, match="Choose somebody else"):
        appoint(case, member=acme.owner, part=Part.DECIDER, actor=acme.officer, exception_reason="I want to")
    alone = make_organisation("alone")
    only = make_member(alone, Role.GOVERNANCE_OFFICER, Role.EXECUTIVE, email="only@alone.example", name="Solo")
    with working_in(alone):
        system = AISystem.objects.create(number=1, name="Sorter", tier="T1", owner=only)
        mine = create_case(system=system, title="T", purpose="P", accountable_owner=only, actor=only)
        with pytest.raises(RuleBroken, match="say why") as refused:
            appoint(mine, member=only, part=Part.DECIDER, actor=only)
        assert refused.value.field == "exception_reason"
    browser = sign_in(only)
    page = browser.get("/o/alone/cases/1/people/add/").content.decode()
    assert 'name="exception_reason"' in page
    told = {"part": Part.DECIDER, "member": only.pk, "exception_reason": "I am the only employee."}
    assert browser.post("/o/alone/cases/1/people/add/", told).status_code == 302
    assert "I am the only employee." in browser.get("/o/alone/cases/1/").content.decode()
    with working_in(alone):
        assert Event.objects.get(event="cases.case.appointed").changes["exception"] == "I am the only employee."
        assert may_change(only, AssuranceCase.objects.get()) and not list(clashes(roles_of(mine)))
    body = {"member": str(only.pk), "part": "challenger", "exception_reason": "The same."}
    people = api_as(only).post("/api/v1/o/alone/cases/1/appoint/", body, format="json").json()["people"]
    assert {one["part"]: one["exception_reason"] for one in people}["challenger"] == "The same."
    assert 'name="exception_reason"' not in sign_in(acme.owner).get("/o/acme/cases/1/people/add/").content.decode()


def test_an_observer_may_be_somebody_who_only_reads(acme, case):
    with acme:
        appoint(case, member=acme.observer, part=Part.OBSERVER, actor=acme.owner)
        assert [one.pk for one in dict(people_of(case))[Part.OBSERVER]] == [acme.observer.pk]
        for part in (Part.TEAM_REVIEWER, Part.DECIDER):
            with pytest.raises(RuleBroken, match="may only read"):
                appoint(case, member=acme.observer, part=part, actor=acme.owner)


def test_who_wrote_the_argument_neither_challenges_nor_decides_on_it_by_the_trail(acme, case):
    """However they were dismissed as author since; what nobody wrote any more counts no longer."""
    second = make_member(acme.organisation, Role.CONTRIBUTOR, Role.CHALLENGER, Role.EXECUTIVE, email="s@acme.example",
                         name="Second")  # fmt: skip
    with acme:
        appoint(case, member=second, part=Part.AUTHOR, actor=acme.officer)
        element = add_element(case, kind="strategy", statement="By group", parent=top_of(case), actor=second)
        dismiss(case, member=second, part=Part.AUTHOR, actor=acme.officer)
        for part in (Part.CHALLENGER, Part.DECIDER):
            with pytest.raises(RuleBroken, match="Second put parts of this argument into words"):
                appoint(case, member=second, part=part, actor=acme.officer)
        give(case, Part.CHALLENGER, second)  # as it was appointed before there was this rule
        people = roles_of(case)
        assert [str(one.name) for one in people.of("challenger")] == ["Second"] and independent(people) == ()
        assert any("put parts of this argument" in lack.message for lack in lacking(people, DEFAULTS["T3"]))
        take(case, Part.CHALLENGER, second)
        withdraw_element(element, reason="Another way was found.", actor=acme.officer)
        appoint(case, member=second, part=Part.CHALLENGER, actor=acme.officer)
        assert [one.name for one in independent(roles_of(case))] == ["Second"]


def test_who_brought_an_argument_in_has_built_it(acme, case):
    second = make_member(
        acme.organisation, Role.GOVERNANCE_OFFICER, Role.CHALLENGER, email="s@acme.example", name="Second"
    )
    with acme:
        draft = ArgumentDraft(elements=[DraftElement(id="a", kind="strategy", statement="Brought in")])
        bring_in(case, draft=draft, below=top_of(case), actor=second)
        assert second.pk in roles_of(case).builders
        with pytest.raises(RuleBroken, match="put parts of this argument into words"):
            appoint(case, member=second, part=Part.CHALLENGER, actor=acme.officer)
