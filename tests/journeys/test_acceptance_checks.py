"""The acceptance checks of the design of assurance cases that concern evidence, metrics, conditions, standing and forecast,
each through pages and through the API, without a sweep wherever reading alone must show it.

| Check | Through pages | Through the API |
|---|---|---|
| One leaf of a live T3 case expires: the root falls, the signal names leaf and path, the owner is told, the case is degraded; renewing it is not enough | `test_one_leaf_expires[page]`; by six people in browsers `tests/browser/test_six_people.py` | `test_one_leaf_expires[api]` |
| A reading below 0.90 for one group defeats that claim, not its parent, and no other | `test_one_group_falls_below[page]` | `test_one_group_falls_below[api]` |
| A refuted challenge is open again when the evidence of its answer expires | `tests/cases/test_challenge_pages.py::test_the_life_of_a_challenge_by_page_until_its_answer_expires` | `test_a_refuted_challenge_is_back` |
| A detector stops: after the silence it may keep the claim is weakened, with the reason | `test_a_detector_stops` | `test_a_detector_stops` |
| Training data under a claim about production: no submission at T3, weakened at every tier | `test_training_data_does_not_carry_production[page]` | `test_training_data_does_not_carry_production[api]` |
| Nobody, superuser included, sets Holds | `tests/cases/test_nobody_sets_a_standing.py` | the same |
| What falls is forecast | `tests/cases/test_forecast_of_all.py`, `test_one_leaf_expires[page]` | the same, `test_one_leaf_expires[api]` |
"""

from datetime import timedelta
from html import unescape

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from aims.integrations.models import Notification
from cases.models import AssuranceCase, Element, EvidenceBinding, Signal, StandingLevel
from cases.sweep import reevaluate_due
from evidence.models import EvidenceVersion
from tests.cases.building import make_evidence, make_sound_case
from tests.cases.challenging import make_challenge
from tests.cases.living import make_ready_case
from tests.cases.measuring import both_groups, make_metric, reading, send
from tests.cases.standing_behind import sign
from tests.cases.test_life_pages import put_live
from tests.cases.watching import make_condition

pytestmark = pytest.mark.django_db
HOLDS, WEAKENED, UNSUPPORTED, DEFEATED = (
    StandingLevel.HOLDS,
    StandingLevel.WEAKENED,
    StandingLevel.UNSUPPORTED,
    StandingLevel.DEFEATED,
)
API = "/api/v1/o/acme/"
both_ways = pytest.mark.parametrize("how", ["page", "api"])


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()
    yield
    cache.clear()


class Reader:
    """Somebody who looks at cases by page and by API, both times as of now."""

    def __init__(self, member, token_of):
        self.member, self.token_of = member, token_of

    def get(self, path, **query):
        browser = Client()
        browser.force_login(self.member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        answer = browser.get(f"/o/acme/{path}", query)
        assert answer.status_code == 200, path
        return unescape(answer.content.decode())

    def post(self, path, **said):
        browser = Client()
        browser.force_login(self.member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return browser.post(f"/o/acme/{path}", said)

    def ask(self, path, **query):
        answer = self.token_of(self.member).get(f"{API}{path}", query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def tell(self, path, **said):
        return self.token_of(self.member).post(f"{API}{path}", said, format="json")

    def standings(self, how):
        """Of the elements, by key; on a page from the lines of the outline."""
        if how == "api":
            return self.ask("cases/1/standing/")["elements"]
        found = {}
        with_keys = [row.key for row in Element.objects.in_use().filter(case__number=1)]
        for key in with_keys:
            shown = self.get("cases/1/", element=key).split('id="element"')[1]
            found[key] = next(
                level.name.lower()
                for level in sorted(StandingLevel, key=lambda level: shown.find(f">{level.label}<") % 10**9)
            )
        return found


def sweep(cast):
    from aims.tenancy.scope import working_in

    with working_in(cast.organisation):
        reevaluate_due(timezone.now())


@both_ways
def test_one_leaf_expires(acme, api_as, time_machine, how):
    with acme:
        make_ready_case(acme)
        until = timezone.now() + timedelta(days=20)
        EvidenceVersion.objects.filter(item__title="Bias test").update(valid_until=until, grace_until=until)
    put_live(acme)
    owner = Reader(acme.owner, api_as)
    if how == "page":
        page = owner.get("cases/1/forecast/")
        assert "“Bias test” (version 1) of Sn1 expires on" in page and "The case as a whole" in page
        assert "Live" in owner.get("cases/1/")
    else:
        (soon, *_later) = owner.ask("cases/1/forecast/")
        assert (soon["days"], soon["standing"]) == (30, "unsupported")
        assert [fall["key"] for fall in soon["falls"]][-2:] == ["G1", None]
        assert owner.ask("cases/1/")["status"] == "live"
    time_machine.move_to(until + timedelta(seconds=1))
    with acme:
        assert AssuranceCase.objects.get().standing == HOLDS, "no sweep has run"
    if how == "page":
        assert "“Bias test” (version 1) of Sn1 expired on" in owner.get("cases/1/")
        assert "Unsupported" in owner.get("cases/").split("<tbody")[1]
    else:
        said = owner.ask("cases/1/standing/")
        assert (said["standing"], said["causes"][0]["reason"]) == ("unsupported", "evidence_expired")
        assert said["causes"][0]["path"] == ["G1", "S1", "G2", "Sn1"]
        assert owner.ask("cases/1/")["standing"] == "unsupported"
    sweep(acme)
    with acme:
        signal = Signal.objects.get(status="open", element=None, restored_at=None)
        told = Notification.objects.filter(member=acme.owner, event="cases.signal.raised")
        assert any("Bias test" in one.sentence for one in told)
    if how == "page":
        shown = owner.get(f"signals/{signal.number}/")
        assert "Bias test" in shown and "G1 → S1 → G2 → Sn1" in shown
        assert "Degraded" in owner.get("cases/1/")
    else:
        shown = owner.ask(f"signals/{signal.number}/")
        assert "Bias test" in shown["sentence"] and shown["causes"][0]["path"] == ["G1", "S1", "G2", "Sn1"]
        assert owner.ask("cases/1/")["status"] == "degraded"
    with acme:
        binding = EvidenceBinding.objects.select_related("version__item").get(element__key="Sn1")
        newer = make_evidence(acme, item=binding.version.item)
    if how == "page":
        answer = owner.post(f"cases/1/bindings/{binding.pk}/renew/", version=str(newer.pk), revision="1")
        assert answer.status_code == 302, answer.content
        shown = owner.get("cases/1/life/")
        assert "Degraded" in shown and "signed again since the case fell" in shown
    else:
        answer = owner.tell(f"cases/1/bindings/{binding.pk}/renew/", evidence=newer.item.number, version=newer.ordinal)
        assert answer.status_code == 200, answer.content
        said = owner.ask("cases/1/")
        assert (said["status"], said["standing"]) == ("degraded", "holds")
        unmet = [one for one in owner.ask("cases/1/gate/")["requirements"] if not one["met"]]
        assert any("signed again since the case fell" in str(one) for one in unmet)
    with acme:
        sign(AssuranceCase.objects.select_related("system", "accountable_owner").get(), actor=acme.owner)
    assert owner.ask("cases/1/")["status"] == "live"
    assert "Live" in owner.get("cases/1/")


@both_ways
def test_one_group_falls_below(acme, api_as, django_capture_on_commit_callbacks, how):
    with acme:
        case = make_sound_case(acme)
        metric = make_metric(acme, case)
        make_metric(acme, case, "G3", indicator=metric.indicator, key="cv-sex")
        sex = [{**one, "metric": "cv-sex"} for one in both_groups()]
        send(acme, *both_groups(), *sex)
        reevaluate_due(timezone.now())
    owner = Reader(acme.owner, api_as)
    with acme:
        assert set(owner.standings(how).values()) == {"holds"}
    with django_capture_on_commit_callbacks(execute=True):
        if how == "page":
            at = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
            said = {"cell": '{"age":"55+"}', "value": "0.86", "n": "400", "measured_at": at}
            answer = owner.post(f"metrics/{metric.number}/readings/add/", **said, environment="production")
            assert answer.status_code == 302, unescape(answer.content.decode())[-3000:]
        else:
            answer = api_as(acme.owner).post(f"{API}readings/", [reading(0.86, days_ago=0)], format="json")
            assert answer.status_code == 201, answer.content
    with acme:
        assert owner.standings(how) == {
            "G1": "unsupported", "S1": "unsupported", "G2": "defeated", "Sn1": "holds", "G3": "holds", "Sn2": "holds",
        }  # fmt: skip
    sentence = "Selection-rate ratio for age 55+ fell to 0.86 (threshold 0.90)"
    if how == "page":
        assert sentence in owner.get("cases/1/") and sentence in owner.get("signals/")
    else:
        assert owner.ask("cases/1/standing/")["causes"][0]["sentence"].startswith(sentence)
        assert owner.ask("signals/")["results"][0]["sentence"].startswith(sentence)


def test_a_refuted_challenge_is_back(acme, api_as, time_machine):
    """By the API from the raising on; by pages it is in the tests of challenges."""
    with acme:
        case = make_sound_case(acme, days=None)
        make_challenge(acme, case, severity="blocking", by=acme.auditor)
        EvidenceVersion.objects.filter(item__title="Drift report").update(
            valid_until=timezone.now() + timedelta(days=9)
        )
    owner, executive = Reader(acme.owner, api_as), Reader(acme.executive, api_as)
    assert owner.ask("cases/1/standing/")["elements"]["G2"] == "unsupported"
    assert owner.tell("challenges/1/answer/", response="See G3.", response_element="G3").status_code == 200
    assert executive.tell("challenges/1/decide/", verdict="refuted", rationale="Shown.").status_code == 200
    assert owner.ask("cases/1/standing/")["elements"]["G2"] == "holds"
    assert "G2" in [fall["key"] for fall in owner.ask("cases/1/forecast/")[0]["falls"]]
    time_machine.move_to(timezone.now() + timedelta(days=10))
    assert owner.ask("challenges/1/")["state"] == "lapsed"
    assert owner.ask("cases/1/standing/")["elements"]["G2"] == "unsupported"


def test_a_detector_stops(acme, api_as, time_machine):
    with acme:
        case = make_sound_case(acme, days=None)
        make_condition(acme, case, responder=acme.contributor)
    monitor, owner = Reader(acme.contributor, api_as), Reader(acme.owner, api_as)
    assert monitor.tell("conditions/1/report/", seen="ok").status_code == 201
    assert owner.ask("cases/1/standing/")["standing"] == "holds"
    time_machine.move_to(timezone.now() + timedelta(hours=71))
    assert owner.ask("cases/1/standing/")["standing"] == "holds"
    time_machine.move_to(timezone.now() + timedelta(hours=2))
    said = owner.ask("cases/1/standing/")
    assert (said["standing"], said["elements"]["G2"]) == ("weakened", "weakened")
    assert (said["causes"][0]["reason"], said["causes"][0]["path"]) == ("detector_silent", ["G1", "S1", "G2"])
    assert owner.ask("conditions/1/")["state"] == "silent"
    assert "has gone quiet" in owner.get("cases/1/", element="G2")
    assert "Silent" in owner.get("conditions/1/")
    sweep(acme)
    assert "has gone quiet" in owner.get("signals/")
    assert owner.ask("cases/1/transitions/")["results"][0]["causes"][0]["reason"] == "detector_silent"
    assert monitor.tell("conditions/1/report/", seen="ok").status_code == 201
    assert owner.ask("cases/1/standing/")["standing"] == "holds"
    assert owner.ask("conditions/1/")["state"] == "armed"
    assert owner.ask("signals/")["results"][0]["restored_at"] is not None


@both_ways
def test_training_data_does_not_carry_production(acme, api_as, how):
    with acme:
        case = make_ready_case(acme)
        EvidenceVersion.objects.filter(item__title="Bias test").update(environment="training")
        binding = EvidenceBinding.objects.get(element__case=case, element__key="Sn1")
    author, owner = Reader(acme.contributor, api_as), Reader(acme.owner, api_as)
    said = {"environment_required": "production", "locator": binding.locator, "relevance": binding.relevance}
    if how == "page":
        policies = {"environment_policy": "3", "version_policy": "3", "revision": str(binding.revision)}
        answer = owner.post(f"cases/1/bindings/{binding.pk}/edit/", **said, **policies)
        assert answer.status_code == 302, unescape(answer.content.decode())[-3000:]
        shown = unescape(author.post("cases/1/submit/", note="Ready.").content.decode())
        assert "weaker environment" in author.get("cases/1/problems/") and "WF-E04" in author.get("cases/1/problems/")
        assert "weaker environment" in shown or "needed before" in shown or "not met" in shown.lower(), shown[-3000:]
        assert "comes from training; the claim needs production" in owner.get("cases/1/", element="Sn1").lower()
    else:
        answer = api_as(acme.owner).patch(
            f"{API}cases/1/bindings/{binding.pk}/", {**said, "revision": binding.revision}, format="json"
        )
        assert answer.status_code == 200, answer.content
        refused = author.tell("cases/1/submit/", note="Ready.")
        assert refused.status_code == 409, refused.content
        unmet = [one["id"] for one in author.ask("cases/1/gate/")["requirements"] if not one["met"]]
        assert "WF-E" in unmet
        found = owner.ask("cases/1/standing/")
        assert (found["standing"], found["causes"][0]["reason"]) == ("weakened", "evidence_environment")
    with acme:
        assert AssuranceCase.objects.get().status == "draft"
        for tier in ("T0", "T1", "T2"):
            case.system.tier = tier
            case.system.save(update_fields=["tier"])
            assert owner.ask("cases/1/standing/")["standing"] == "weakened"
