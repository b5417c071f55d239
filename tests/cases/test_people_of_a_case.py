"""Whose case it is: authors and challengers of one case, and who may not be both."""

import pytest
from django.core.exceptions import PermissionDenied

from aims.integrations.models import Notification
from aims.rules import RuleBroken
from aims.tenancy.permissions import Role
from aims.trail.models import Event
from cases.access import Part, may_challenge, may_change
from cases.actions import add_element, appoint, create_case, dismiss, edit_case, hold_down, lift_hold, withdraw_case
from cases.models import AssuranceCase, Element
from inventory.actions import assign_owner
from tests.cases.building import make_case
from tests.factories import make_member, make_system


@pytest.fixture
def case(acme):
    with acme:
        return make_case(acme)


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
