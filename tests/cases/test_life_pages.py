"""The life of a case through pages and API: six people, every step, and who may not."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from aims.integrations.models import Notification
from aims.trail.models import Event
from cases.gates import cause_id
from cases.gating import gate
from cases.models import AssuranceCase, CaseDecision, EvidenceBinding, Signal
from cases.sweep import reevaluate_due
from evidence.models import EvidenceVersion
from tests.cases.building import grow, make_evidence
from tests.cases.living import answer_all, challenged, give_opinion, make_ready_case
from tests.cases.standing_behind import sign

pytestmark = pytest.mark.django_db
API = "/api/v1/o/acme/"
STEPS = ("submit", "start-challenge", "ask-decision", "return", "decide", "revise", "step-down", "withdraw")


@pytest.fixture
def ready(acme):
    with acme:
        return make_ready_case(acme)


def browser_of(member):
    browser = Client()
    browser.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def page(member, name="case_life", status=200, *, number=1):
    response = browser_of(member).get(reverse(f"cases:{name}", args=["acme", number]))
    assert response.status_code == status, response.content[-500:]
    return response.content.decode()


def post(member, name, **said):
    return browser_of(member).post(reverse(f"cases:{name}", args=["acme", 1]), said)


def taken(member, name, **said):
    response = post(member, name, **said)
    assert response.status_code == 302, response.content.decode()[-3000:]


def refused(member, name, words, **said):
    """A form that comes back with the reason, and nothing done."""
    before = AssuranceCase.objects.get().status
    response = post(member, name, **said)
    assert response.status_code == 200 and words in response.content.decode(), response.content.decode()[-3000:]
    assert AssuranceCase.objects.get().status == before


def status_of():
    return AssuranceCase.objects.get().status


def approved(**said):
    case = AssuranceCase.objects.select_related("system", "accountable_owner", "draft_baseline").get()
    return {
        "outcome": "approve",
        "reason": "Enough is known.",
        "baseline_sha256": case.draft_baseline.sha256,
        "accepted": [cause_id(one) for one in gate(case, "live").causes],
        **said,
    }


def past_the_challenge(cast):
    """What its challengers do in ten days."""
    case = AssuranceCase.objects.select_related("system", "accountable_owner").get()
    challenged(cast, case)
    answer_all(case, cast.challenger)
    for who in (cast.challenger, cast.second):
        give_opinion(case, who)
    AssuranceCase.objects.update(state_since=timezone.now() - timedelta(days=11))


def put_live(cast):
    """By the pages, as the six people do it."""
    taken(cast.contributor, "case_submit", note="Ready.")
    taken(cast.reviewer, "case_start_challenge")
    with cast:
        past_the_challenge(cast)
    taken(cast.owner, "case_ask_decision")
    with cast:
        said = approved()
    taken(cast.executive, "case_decide", **said)
    with cast:
        sign(AssuranceCase.objects.select_related("system", "accountable_owner").get(), actor=cast.owner)
        assert status_of() == "live"


def test_six_people_bring_a_case_into_force_and_back_after_a_fall(acme, ready):
    """Expiring one leaf: the root leaves Holds, the signal names it, the case is degraded; renewing alone is not enough."""
    assert "Everything is met" in page(acme.contributor)
    with acme:
        refused(acme.owner, "case_step_down", "Fill in", reason="")
    put_live(acme)
    with acme:
        case = AssuranceCase.objects.get()
        assert case.live_baseline_id == case.draft_baseline_id is not None and case.next_transition_at is not None
        events = list(
            Event.objects.filter(event__startswith="cases.case.").order_by("sequence").values_list("event", flat=True)
        )
        steps = ["submitted", "challenge_started", "decision_asked", "decided", "went_live"]
        assert [one for one in events if one.rpartition(".")[2] in steps] == [f"cases.case.{one}" for one in steps]
        EvidenceVersion.objects.filter(item__title="Bias test").update(
            valid_until=timezone.now() - timedelta(minutes=1), grace_until=timezone.now() - timedelta(minutes=1)
        )
        AssuranceCase.objects.update(next_transition_at=timezone.now())
    from aims.tenancy.scope import working_in

    with working_in(acme.organisation):
        reevaluate_due(timezone.now())
    with acme:
        case = AssuranceCase.objects.get()
        assert (case.status, case.standing) == ("degraded", 1)
        signal = Signal.objects.get(status="open", element=None, restored_at=None)
        assert "Bias test" in signal.sentence and signal.owner_id == acme.owner.pk
        assert signal.causes[0]["path"][-1] == "Sn1"
        binding = EvidenceBinding.objects.select_related("version__item").get(element__key="Sn1")
        newer = make_evidence(acme, item=binding.version.item)
    shown = page(acme.owner)
    assert "Degraded" in shown and "signed again since the case fell" in shown
    answer = browser_of(acme.owner).post(
        reverse("cases:binding_renew", args=["acme", 1, binding.pk]), {"version": newer.pk, "revision": "1"}
    )
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    with acme:
        assert AssuranceCase.objects.get().standing == 4 and status_of() == "degraded", "not without its owner"
        sign(AssuranceCase.objects.select_related("system", "accountable_owner").get(), actor=acme.owner)
        assert status_of() == "live"
        assert Event.objects.filter(event="cases.case.reaffirmed").count() == 1


def test_a_revision_leaves_in_force_what_is(acme, ready):
    put_live(acme)
    with acme:
        refused(acme.contributor, "case_revise", "Fill in", reason="")
    taken(acme.contributor, "case_revise", reason="A third group is to be measured.")
    with acme:
        case = AssuranceCase.objects.get()
        assert (case.status, case.in_force_as) == ("draft", "live") and case.live_baseline_id
    assert "in force: live" in page(acme.owner)
    with acme:
        case = AssuranceCase.objects.select_related("system", "accountable_owner").get()
        grow(case, acme, "goal", "S1", "A third group is measured")
        case.refresh_from_db()
        assert case.standing == 4, "what is in force does not fall because somebody works on the next one"
        assert {one.id for one in gate(case).unmet} == {"WF-S"}, "and what is reviewed is the revision"
    refusal = post(acme.owner, "case_withdraw", reason="Not mine to end")
    assert refusal.status_code == 403


def test_each_step_is_refused_to_those_whose_it_is_not(acme, globex, ready):
    """Signed out, other organisation, readers, and people with another part."""
    everybody = [acme.observer, acme.certifier, acme.auditor, acme.executive, acme.challenger, acme.reviewer]
    for step in STEPS:
        name = f"case_{step.replace('-', '_')}"
        address = reverse(f"cases:{name}", args=["acme", 1])
        said = {"reason": "x", "outcome": "approve", "baseline_sha256": "x"}
        assert Client().post(address, said).status_code == 302
        assert browser_of(globex.officer).post(address, said).status_code == 404
        for member in everybody:
            if (name, member) in {("case_withdraw", acme.executive), ("case_decide", acme.executive)}:
                continue
            if name == "case_start_challenge" and member == acme.reviewer:
                continue
            if name == "case_return" and member in (acme.challenger, acme.reviewer):
                continue
            assert browser_of(member).post(address, said).status_code == 403, (name, member)
    with acme:
        assert status_of() == "draft"


def test_a_step_out_of_turn_is_refused_in_words(acme, ready):
    with acme:
        refused(acme.owner, "case_ask_decision", "not open from there")
        refused(acme.reviewer, "case_start_challenge", "not open from there")
        refused(acme.challenger, "case_return", "team review or challenge", reason="Early")
        refused(acme.executive, "case_decide", "No decision is asked for", outcome="approve", reason="x",
                baseline_sha256="x")  # fmt: skip
        refused(acme.owner, "case_revise", "in force is revised", reason="x")


def test_the_decider_reads_the_weaknesses_and_accepts_each(acme, ready):
    taken(acme.contributor, "case_submit")
    taken(acme.reviewer, "case_start_challenge")
    with acme:
        past_the_challenge(acme)
    taken(acme.owner, "case_ask_decision")
    with acme:
        EvidenceVersion.objects.filter(item__title="Bias test").update(
            valid_until=timezone.now() - timedelta(hours=1), grace_until=timezone.now() + timedelta(days=30)
        )
        said = approved()
    shown = page(acme.executive, "case_decide")
    assert "Weaknesses that you accept" in shown and "I looked at every step." in shown
    with acme:
        refused(acme.executive, "case_decide", "Not accepted yet: Sn1", **{**said, "accepted": []})
        refused(acme.executive, "case_decide", "another baseline", **{**said, "baseline_sha256": "0" * 64})
        refused(acme.executive, "case_decide", "Select a valid choice", **{**said, "accepted": ["forged|x|y"]})
    taken(acme.executive, "case_decide", **said)
    assert "Weaknesses that were accepted" in page(acme.owner)
    with acme:
        refused(acme.executive, "case_decide", "approved the case already", **said)
        assert CaseDecision.objects.count() == 1


def test_the_same_life_through_the_api(acme, ready, api_as):
    def call(member, step, status=200, **said):
        answer = api_as(member).post(f"{API}cases/1/{step}/", said, format="json")
        assert answer.status_code == status, answer.content[:800]
        return answer.json()

    found = api_as(acme.auditor, "read").get(f"{API}cases/1/gate/").json()
    assert found["is_open"] and found["to"] == "team_review" and {one["id"] for one in found["requirements"]} == {
        "WF-S", "WF-C", "WF-E", "WF-K", "WF-G", "people"
    }  # fmt: skip
    assert all(one["why"] and one["source"] for one in found["requirements"])
    assert call(acme.contributor, "submit", note="Ready.")["status"] == "team_review"
    assert "not open from there" in call(acme.owner, "ask-decision", 409)["detail"]
    found = call(acme.reviewer, "start-challenge")
    assert found["status"] == "challenge" and len(found["baseline_sha256"]) == 64 and not found["is_open"]
    assert "lasted 10 days" in call(acme.owner, "ask-decision", 409)["detail"]
    call(acme.contributor, "decide", 403, outcome="approve", reason="x", baseline_sha256="x")
    with acme:
        past_the_challenge(acme)
    assert call(acme.owner, "ask-decision")["status"] == "decision"
    sha256 = found["baseline_sha256"]
    call(acme.executive, "decide", 400, outcome="maybe", reason="x", baseline_sha256=sha256)
    assert call(acme.executive, "decide", 409, outcome="approve", reason="x", baseline_sha256="0" * 64)["detail"]
    row = call(acme.executive, "decide", 201, outcome="approve", reason="Enough.", baseline_sha256=sha256, accepted=[])
    assert (row["outcome"], row["policy_version"], row["root_standing"]) == ("approve", 1, "holds")
    assert (
        "approved the case already"
        in call(acme.executive, "decide", 409, outcome="approve", reason="Again", baseline_sha256=sha256)["detail"]
    )
    with acme:
        sign(AssuranceCase.objects.select_related("system", "accountable_owner").get(), actor=acme.owner)
    assert api_as(acme.auditor, "read").get(f"{API}cases/1/decisions/").json()["results"][0]["decider_name"]
    assert api_as(acme.auditor, "read").get(f"{API}cases/1/").json()["status"] == "live"
    found = call(acme.owner, "revise", reason="Better words.")
    assert (found["status"], found["in_force_as"]) == ("draft", "live")
    assert call(acme.owner, "step-down", reason="I leave.")["status"] == "draft"
    assert call(acme.owner, "return", 409, reason="x")["detail"]
    for member, step in ((acme.auditor, "submit"), (acme.challenger, "withdraw")):
        call(member, step, 403, reason="x")
    for bad in ("king", "", "live\x00"):
        assert api_as(acme.owner).get(f"{API}cases/1/gate/", {"to": bad}).status_code == 400
    assert api_as(acme.owner).get(f"{API}cases/99/gate/").status_code == 404
    assert api_as(acme.owner).get(f"{API}cases/1/gate/", {"to": "withdrawn"}).json()["requirements"] == []


def test_the_list_says_where_each_case_is(acme, ready):
    taken(acme.contributor, "case_submit")
    browser = browser_of(acme.owner)
    assert "Team review" in browser.get("/o/acme/cases/").content.decode()
    assert ready.title in browser.get("/o/acme/cases/", {"status": "team_review"}).content.decode()
    assert ready.title not in browser.get("/o/acme/cases/", {"status": "live"}).content.decode()
    for member, words in ((acme.reviewer, "Case to review for its team"), (acme.challenger, "")):
        shown = browser_of(member).get("/o/acme/").content.decode()
        assert (words in shown) if words else ("Case to" not in shown)


def test_query_budget(acme, ready):
    def asked(member, name):
        browser = browser_of(member)
        address = reverse(f"cases:{name}", args=["acme", 1])
        browser.get(address)
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert browser.get(address).status_code == 200
        return [one["sql"] for one in found if "SAVEPOINT" not in one["sql"]]

    before = asked(acme.observer, "case_life")
    with acme:
        for number in range(30):
            grow(ready, acme, "goal", "S1", f"One more claim {number}")
    after = asked(acme.observer, "case_life")
    assert len(before) == len(after) <= 14, "\n".join(sql[:200] for sql in after)


def test_what_tiers_ask_by_page_and_by_api(acme, api_as):
    shown = browser_of(acme.observer).get("/o/acme/tiers/").content.decode()
    assert "Why am I asked this?" in shown and "ISO/IEC 42001" in shown and "/o/acme/tiers/T3/edit/" not in shown
    for member in (acme.owner, acme.executive, acme.auditor, acme.observer):
        assert browser_of(member).get("/o/acme/tiers/T3/edit/").status_code == 403
    browser = browser_of(acme.officer)
    form = browser.get("/o/acme/tiers/T3/edit/")
    assert form.status_code == 200 and browser.get("/o/acme/tiers/T9/edit/").status_code == 404
    said = {name: field.value() for name, field in ((one.name, one) for one in form.context["form"])}
    said = {name: value for name, value in said.items() if value not in (None, False)}
    answer = browser.post("/o/acme/tiers/T3/edit/", {**said, "challengers": 3, "reason": "The board wants three."})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    shown = browser.get("/o/acme/tiers/").content.decode()
    assert "The board wants three." in shown and "2 → 3" in shown
    late = browser.post("/o/acme/tiers/T3/edit/", {**said, "challengers": 4, "reason": "Late."})
    assert "Somebody else has changed" in late.content.decode()
    api = api_as(acme.officer)
    found = api.get(f"{API}tiers/").json()
    assert (found["version"], found["tiers"]["T3"]["challengers"]) == (2, 3) and found["requirements"][0]["why"]
    changed = api.patch(f"{API}tiers/T3/", {"challenge_days": 20, "reason": "Longer.", "version": 2}, format="json")
    assert changed.status_code == 200 and changed.json()["tiers"]["T3"]["challenge_days"] == 20
    for body, status in (
        ({"challengers": 99, "reason": "x"}, 400),
        ({"challengers": "many", "reason": "x"}, 400),
        ({"challengers": 5}, 400),
        ({"challengers": 0, "reason": "x"}, 409),
        ({"challenge_days": 21, "reason": "x", "version": 1}, 409),
    ):
        assert api.patch(f"{API}tiers/T3/", body, format="json").status_code == status, body
    assert [one["version"] for one in api.get(f"{API}tiers/versions/").json()["results"]] == [3, 2, 1]
    assert (
        api_as(acme.owner).patch(f"{API}tiers/T3/", {"challengers": 5, "reason": "x"}, format="json").status_code == 403
    )


def test_an_expired_leaf_takes_a_live_case_down_by_the_api_and_renewing_alone_does_not_bring_it_back(
    acme, ready, api_as
):
    put_live(acme)

    def shown(path, member=acme.auditor):
        answer = api_as(member, "read").get(f"{API}{path}")
        assert answer.status_code == 200, answer.content[:500]
        return answer.json()

    with acme:
        EvidenceVersion.objects.filter(item__title="Bias test").update(
            valid_until=timezone.now() - timedelta(minutes=1), grace_until=timezone.now() - timedelta(minutes=1)
        )
        AssuranceCase.objects.update(next_transition_at=timezone.now())
        reevaluate_due(timezone.now())
        binding = EvidenceBinding.objects.select_related("version__item").get(element__key="Sn1")
        newer = make_evidence(acme, item=binding.version.item)
        told = Notification.objects.filter(member=acme.owner, event="cases.case.degraded")
        assert told.count() == 1, "the owner is told"
    case = shown("cases/1/")
    assert (case["status"], case["standing"]) == ("degraded", "unsupported")
    listed = shown("signals/?status=open&restored=false")["results"]
    signal = shown(f"signals/{listed[0]['number']}/")
    assert "Bias test" in signal["sentence"] and signal["causes"][0]["path"] == ["G1", "S1", "G2", "Sn1"]
    answer = api_as(acme.owner).post(
        f"{API}cases/1/bindings/{binding.pk}/renew/",
        {"evidence": newer.item.number, "version": newer.ordinal},
        format="json",
    )
    assert answer.status_code == 200, answer.content[:500]
    case = shown("cases/1/")
    assert (case["status"], case["standing"]) == ("degraded", "holds"), "not without its owner"
    open_still = [one for one in shown("cases/1/gate/")["requirements"] if not one["met"]]
    assert [(one["id"], one["rule"]) for one in open_still] == [("signed", "WF-G04")]
    assert open_still[0]["places"][0]["url"].endswith("/cases/1/sign/")
    with acme:
        sign(AssuranceCase.objects.select_related("system", "accountable_owner").get(), actor=acme.owner)
    assert shown("cases/1/")["status"] == "live"


def test_who_decides_sees_the_doubts_and_nobody_is_led_to_a_step_of_others(acme, ready):
    taken(acme.contributor, "case_submit")
    taken(acme.reviewer, "case_start_challenge")
    with acme:
        past_the_challenge(acme)
    taken(acme.owner, "case_ask_decision")
    shown = page(acme.executive, "case_decide")
    assert "Small groups are lumped together." in shown and "Accepted as residual" in shown
    decide, sign_it = (reverse(f"cases:{name}", args=["acme", 1]) for name in ("case_decide", "case_sign"))
    for member, here, there in (
        (acme.owner, [sign_it], [decide]),
        (acme.executive, [decide], [sign_it]),
        (acme.auditor, [], [decide, sign_it]),
    ):
        shown = page(member)
        assert "has not been signed" not in shown and "The baseline that is decided on waits for it" in shown
        assert all(f'href="{one}"' in shown for one in here), member
        assert not any(f'href="{one}"' in shown for one in there), member
    page(acme.executive, "case_decide")
