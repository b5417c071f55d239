"""Two people, two sweepers, twenty writers at the same moment, with real commits."""

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from aims.integrations.models import Notification
from aims.site.sweeping import sweep
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from aims.trail.record import first_broken_link
from cases.models import Signal, StandingTransition
from evidence.models import EvidenceItem
from inventory.models import AISystem
from risks.models import Risk
from tests.cases.building import make_sound_case
from tests.factories import make_risk
from tests.isolation.forms_of_pages import filled, forms_of
from tests.journeys.together import at_once
from tests.site.test_sweep import expire

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def browser(member) -> Client:
    client = Client()
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def form_at(client: Client, path: str) -> dict[str, str]:
    return filled(forms_of(path, client.get(path).content.decode())[path])


def test_two_sweepers_tell_nobody_twice(acme):
    with acme:
        make_sound_case(acme)
        expire()
    summaries = at_once(2, lambda place: sweep(timezone.now()))
    assert sum(summary.stale for summary in summaries) == 1
    assert [summary.failed for summary in summaries] == [[], []]
    sweep(timezone.now())  # whatever one passed by because the other held it
    with working_in(acme.organisation):
        assert Signal.objects.count() == 1
        assert Notification.objects.filter(event="cases.signal.raised", member=acme.owner).count() == 1
        assert Notification.objects.filter(event="evidence.version.went_stale").count() == 1
        assert Event.objects.filter(event="evidence.version.went_stale").count() == 1
        assert StandingTransition.objects.filter(element=None, after=1).count() == 1
        assert first_broken_link() is None


def test_of_two_edits_of_one_record_one_is_told_that_it_changed(acme):
    risk = make_risk(acme.officer)
    path = f"/o/acme/risks/{risk.number}/edit/"
    clients = [browser(acme.officer), browser(acme.owner)]
    forms = [form_at(client, path) for client in clients]

    def save(place):
        return clients[place].post(path, {**forms[place], "title": f"Title of person {place}"})

    responses = at_once(2, save)
    assert sorted(response.status_code for response in responses)[0] in (200, 302)
    saved = [place for place in (0, 1) if responses[place].status_code == 302]
    assert len(saved) == 1
    assert "changed since you opened it" in responses[1 - saved[0]].content.decode()
    with working_in(acme.organisation):
        assert Risk.objects.get().title == f"Title of person {saved[0]}"
        assert Event.objects.filter(event="risks.risk.edited").count() <= 1
        assert first_broken_link() is None


def test_a_form_that_is_sent_twice_at_once_makes_one_record(acme):
    client = browser(acme.officer)
    path = "/o/acme/systems/new/"
    form = {"name": "Only once", "purpose": "Rates applicants.", "stage": "planned", "_once": "the-same-key"}
    assert form.keys() <= form_at(client, path).keys() | {"_once"}
    clients = [browser(acme.officer) for _ in range(3)]
    responses = at_once(3, lambda place: clients[place].post(path, form))
    assert {(response.status_code, response["Location"]) for response in responses} == {(302, responses[0]["Location"])}
    with working_in(acme.organisation):
        assert AISystem.objects.filter(name="Only once").count() == 1


def test_one_idempotency_key_in_parallel_makes_one_record(acme, api_as):
    callers = [api_as(acme.officer) for _ in range(3)]

    def send(place):
        return callers[place].post("/api/v1/o/acme/risks/", {"title": "Only once"}, HTTP_IDEMPOTENCY_KEY="k")

    responses = at_once(3, send)
    assert [response.status_code for response in responses] == [201, 201, 201]
    assert len({response.json()["number"] for response in responses}) == 1
    with working_in(acme.organisation):
        assert Risk.objects.count() == 1


def test_twenty_writers_get_twenty_numbers_and_one_whole_trail(acme, globex, api_as):
    make_risk(globex.officer)
    callers: list[APIClient] = [api_as(acme.officer) for _ in range(20)]

    def send(place):
        return callers[place].post("/api/v1/o/acme/risks/", {"title": f"Risk of writer {place}"})

    responses = at_once(20, send)
    assert [response.status_code for response in responses] == [201] * 20
    with working_in(acme.organisation):
        assert sorted(Risk.objects.values_list("number", flat=True)) == list(range(1, 21))
        assert Event.objects.filter(event="risks.risk.identified").count() == 20
        assert first_broken_link() is None
        assert not EvidenceItem.objects.exists()


def test_twenty_writers_to_one_record_lose_nothing_and_never_break(acme, api_as):
    """Everybody assigns a treatment to one risk, and edits it: refusals are 409, never a 500."""
    risk = make_risk(acme.officer)
    callers: list[APIClient] = [api_as(acme.officer) for _ in range(20)]

    def send(place):
        if place % 2:
            return callers[place].patch(
                f"/api/v1/o/acme/risks/{risk.number}/", {"title": f"Title {place}", "revision": risk.revision}
            )
        body = {"description": f"Measure {place}", "due_on": "2030-01-01", "owner": str(acme.owner.pk)}
        return callers[place].post(f"/api/v1/o/acme/risks/{risk.number}/treatments/", body)

    responses = at_once(20, send)
    assert {response.status_code for response in responses} <= {200, 201, 400, 409}
    with working_in(acme.organisation):
        made = sum(response.status_code == 201 for response in responses)
        assert Risk.objects.get().treatments.count() == made
        assert first_broken_link() is None
