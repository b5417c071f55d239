"""The pages of a case: what they show, to whom, and what they refuse."""

from datetime import timedelta
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from aims.tenancy.numbers import next_number
from cases.models import AssuranceCase, Element, EvidenceBinding, Link, Signal, StandingLevel
from cases.sweep import reevaluate_due
from evidence.models import EvidenceVersion
from tests.cases.building import grow, make_case, make_evidence, make_sound_case, make_system
from tests.cases.standing_behind import put_live

pytestmark = pytest.mark.django_db
keys = count()


@pytest.fixture
def sound(acme):
    with acme:
        return make_sound_case(acme)


@pytest.fixture
def fallen(acme, sound):
    with acme:
        reevaluate_due(timezone.now() + timedelta(days=91))
        EvidenceVersion.objects.filter(item__title="Bias test").update(
            valid_until=timezone.now() - timedelta(days=1), grace_until=timezone.now() - timedelta(days=1)
        )
        sound.refresh_from_db()
        return sound


def at(name, *args, slug="acme"):
    return reverse(f"cases:{name}", args=[slug, *args])


def get(browser, *where, status=200, **query):
    response = browser.get(at(*where), query)
    assert response.status_code == status
    return response.content.decode()


def test_the_register_shows_the_worst_first(acme, fallen, sign_in):
    with acme:
        make_case(acme, system=fallen.system, title="Another case", purpose="Other")
    page = get(sign_in(acme.observer), "case_list")
    assert page.index("Credit scoring may be relied on") < page.index("Another case")
    assert "Unsupported" in page


def test_the_register_shows_the_standing_of_now_though_no_sweep_ran(acme, sound, sign_in):
    with acme:
        EvidenceVersion.objects.update(valid_until=timezone.now(), grace_until=timezone.now())
        AssuranceCase.objects.update(next_transition_at=timezone.now())
        assert AssuranceCase.objects.get().standing == StandingLevel.HOLDS
    assert "status-neutral" in get(sign_in(acme.observer), "case_list")
    export = sign_in(acme.officer).get(at("case_list"), {"export": "csv"})
    assert "Unsupported" in b"".join(export.streaming_content).decode()


def test_a_case_that_fell_says_why(acme, fallen, sign_in):
    page = get(sign_in(acme.certifier), "case_detail", 1)
    assert "“Bias test” (version 1) of Sn1 expired" in page
    assert "G1 → S1 → G2 → Sn1" in page
    assert "figures/figure-1.svg?theme=dark" in page
    assert '<span class="status' in page.split("<h1>")[1].split("</h1>")[0]  # a badge, not only its words


def test_the_selected_element_is_shown_in_full(acme, fallen, sign_in):
    page = get(sign_in(acme.owner), "case_detail", 1, element="Sn1")
    assert "Selection rates by group" in page
    assert "Bind evidence" in page
    assert "Bind evidence" not in get(sign_in(acme.observer), "case_detail", 1, element="Sn1")


@pytest.mark.parametrize("name", ["case_detail", "case_problems", "case_drawing", "case_forecast", "case_history"])
@pytest.mark.parametrize("query", [{}, {"element": "nope", "top": "🧿", "figure": "x" * 3000, "page": "-1"}])
def test_every_page_of_a_case_reads_in_a_read_only_session(acme, fallen, sign_in, name, query):
    for member in (acme.certifier, acme.observer, acme.owner):
        get(sign_in(member), name, 1, **query)


def test_empty_pages_name_the_first_step(acme, sign_in):
    with acme:
        make_case(acme, claim="")
    browser = sign_in(acme.owner)
    assert "Add the claim on top" in get(browser, "case_detail", 1)
    assert "Nothing to draw yet" in get(browser, "case_drawing", 1)
    assert "Nothing falls by itself" in get(browser, "case_forecast", 1)
    assert "No signal" in get(browser, "signal_list")


def test_the_forecast_names_what_falls_and_when(acme, sign_in):
    with acme:
        make_sound_case(acme, days=40, grace_days=30)
    page = get(sign_in(acme.observer), "case_forecast", 1)
    assert "Weakened" in page
    assert "Unsupported" in page
    assert "The case as a whole" in page
    assert "runs out on" in page
    assert "ran out on" not in page


def test_a_figure_loads_and_runs_nothing(acme, fallen, sign_in):
    response = sign_in(acme.observer).get(at("case_figure", 1, "figure-1"), {"theme": "dark"})
    assert response["Content-Type"].startswith("image/svg+xml")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert b"<script" not in response.content
    assert sign_in(acme.observer).get(at("case_figure", 1, "figure-99")).status_code == 404
    assert sign_in(acme.observer).get(at("case_figure", 1, "figure-1"), {"theme": "🧿"}).status_code == 200


PAGES = [
    ("case_list",),
    ("case_create",),
    ("case_detail", 1),
    ("case_edit", 1),
    ("case_withdraw", 1),
    ("case_problems", 1),
    ("module_add", 1),
    ("module_edit", 1, "M1"),
    ("module_remove", 1, "M1"),
    ("links_review", 1),
    ("element_restate", 1, "G1"),
    ("case_drawing", 1),
    ("case_figure", 1, "figure-1"),
    ("case_forecast", 1),
    ("case_history", 1),
    ("element_add", 1),
    ("element_edit", 1, "G1"),
    ("element_withdraw", 1, "G1"),
    ("element_link", 1, "G1"),
    ("element_bind", 1, "Sn1"),
    ("element_hold", 1, "G1"),
    ("element_lift", 1, "G1"),
    ("signal_list",),
    ("signal_detail", 1),
    ("signal_close", 1),
]


@pytest.mark.parametrize("where", PAGES, ids=lambda where: where[0])
def test_the_other_organisation_finds_nothing(acme, globex, fallen, sign_in, where):
    browser = sign_in(globex.officer)
    assert browser.get(at(*where)).status_code == 404
    if len(where) > 1:
        assert browser.get(at(*where, slug="globex")).status_code == 404


CHANGES = [where for where in PAGES if where[0] not in {
    "case_list", "case_detail", "case_problems", "case_drawing", "case_figure", "case_forecast", "case_history", "signal_list",
    "signal_detail",
}]  # fmt: skip


@pytest.mark.parametrize("where", CHANGES, ids=lambda where: where[0])
def test_readers_change_nothing(acme, fallen, sign_in, where):
    for member in (acme.certifier, acme.observer, acme.auditor):
        browser = sign_in(member)
        assert browser.get(at(*where)).status_code == 403
        assert browser.post(at(*where), {"reason": "x"}).status_code == 403


def post(browser, *where, query="", **fields):
    response = browser.post(at(*where) + query, {"_once": f"once-{next(keys)}", **fields})
    if response.status_code == 200:
        return response.content.decode()
    assert response.status_code == 302, response.status_code
    return ""


def test_a_case_is_built_in_the_browser(acme, sign_in):
    with acme:
        system, version = make_system(acme), make_evidence(acme)
    browser = sign_in(acme.owner)
    assert not post(
        browser,
        "case_create",
        system=str(system.pk),
        title="A case",
        purpose="Loans",
        claim="It is right",
        accountable_owner=str(acme.owner.pk),
    )
    assert not post(browser, "element_add", 1, query="?kind=solution&parent=G1", statement="The test")
    assert "Bias test" in get(browser, "element_bind", 1, "Sn1", q="bias")
    fields = {"environment_policy": "3", "version_policy": "3", "locator": "p. 1", "relevance": "All of it"}
    assert not post(browser, "element_bind", 1, "Sn1", version=str(version.pk), **fields)
    with acme:
        case = AssuranceCase.objects.get()
        assert case.standing == StandingLevel.HOLDS
        binding = EvidenceBinding.objects.get()
        make_evidence(acme, item=version.item)
        newer = EvidenceVersion.objects.get(ordinal=2)
    assert "There is a newer version" in get(browser, "case_detail", 1, element="Sn1")
    assert not post(browser, "binding_renew", 1, binding.pk, version=str(newer.pk), revision="1")
    assert not post(browser, "binding_edit", 1, binding.pk, **{**fields, "locator": "p. 2"}, revision="2")
    assert not post(browser, "element_hold", 1, "G1", to="3", reason="A doubt")
    assert "A doubt" in get(browser, "case_detail", 1, element="G1")
    assert not post(browser, "element_lift", 1, "G1", reason="Cleared up")
    assert not post(browser, "binding_remove", 1, binding.pk, reason="Wrong test", revision="3")
    with acme:
        link = Link.objects.get()
    assert not post(browser, "link_remove", 1, link.pk)
    assert not post(browser, "element_link", 1, "G1", target=str(link.target_id), revision="3")
    with acme:
        revision = Element.objects.get(key="Sn1").revision
    assert not post(browser, "element_withdraw", 1, "Sn1", reason="Not needed", revision=str(revision))
    assert not post(browser, "case_edit", 1, revision="1", title="Renamed", purpose="Loans",
                    accountable_owner=str(acme.officer.pk))  # fmt: skip
    assert not post(browser, "case_withdraw", 1, reason="Replaced")
    assert "This case is withdrawn" in get(browser, "case_detail", 1)
    assert "stays as it was" in post(browser, "element_add", 1, query="?kind=goal", statement="Too late", combine="all")


def test_a_form_sent_twice_adds_once(acme, sound, sign_in):
    browser = sign_in(acme.owner)
    for _ in range(2):
        browser.post(
            at("element_add", 1) + "?kind=goal&parent=S1", {"statement": "Once", "combine": "all", "_once": "k"}
        )
    with acme:
        assert Element.objects.filter(statement="Once").count() == 1


def test_a_lost_update_is_refused(acme, sound, sign_in):
    browser = sign_in(acme.owner)
    assert not post(browser, "element_edit", 1, "G1", statement="First", combine="all", revision="1")
    assert "has changed since you opened it" in post(
        browser, "element_edit", 1, "G1", statement="Second", combine="all", revision="1"
    )
    with acme:
        assert Element.objects.get(key="G1").statement == "First"


def test_what_says_something_else_by_now_is_not_withdrawn(acme, sound, sign_in):
    browser = sign_in(acme.owner)
    page = browser.get(at("element_withdraw", 1, "Sn1")).content.decode()
    with acme:
        solution = Element.objects.get(key="Sn1")
    assert solution.statement in page
    opened = str(solution.revision)
    assert not post(browser, "element_edit", 1, "Sn1", statement="Something else", revision=opened)
    assert "has changed since you opened it" in post(
        browser, "element_withdraw", 1, "Sn1", reason="Not needed", revision=opened
    )
    with acme:
        assert Element.objects.get(key="Sn1").withdrawn_at is None
    assert not post(browser, "element_withdraw", 1, "Sn1", reason="Not needed", revision=str(solution.revision + 1))


GARBAGE = ["\x00", "x" * 2_000_000, "‮\U0001f9ff" * 4000, "-1", "99999999999999999999", "[]"]


@pytest.mark.parametrize("value", GARBAGE, ids=["nul", "huge", "unicode", "negative", "big", "list"])
def test_garbage_is_refused_with_the_name_of_the_field(acme, fallen, sign_in, value):
    browser = sign_in(acme.owner)
    with acme:
        binding = EvidenceBinding.objects.first()
    places = {
        ("case_create",): ("system", "title", "accountable_owner", "review_by"),
        ("case_edit", 1): ("accountable_owner", "review_by", "revision"),
        ("element_add", 1): ("combine", "combine_k", "key", "owner"),
        ("element_bind", 1, "Sn1"): ("version", "environment_policy"),
        ("binding_edit", 1, binding.pk): ("version_policy", "environment_required"),
        ("element_hold", 1, "G1"): ("to",),
        ("element_link", 1, "G1"): ("target",),
    }
    for where, fields in places.items():
        for field in fields:
            if field == "title" and value in ("-1", "99999999999999999999", "[]"):
                continue
            response = browser.post(at(*where), {field: value})
            assert response.status_code == 200, (where, field)
            assert field in response.context["form"].errors, (where, field)


@pytest.mark.parametrize("key", ["G1'--", "%00", "x" * 3000, "G1%2f"])
def test_addresses_that_mean_nothing_are_not_found(acme, sound, sign_in, key):
    browser = sign_in(acme.owner)
    assert browser.get(at("case_detail", 1) + f"elements/{key}/edit/").status_code in (400, 404)
    assert browser.get(at("case_detail", 99999999999999999999)).status_code == 404
    assert browser.get(at("element_add", 1), {"kind": key}).status_code == 404


def test_closing_a_signal_needs_the_standing_or_a_decision(acme, fallen, sign_in):
    browser = sign_in(acme.owner)
    assert "The standing is not back" in post(browser, "signal_close", 1)
    assert not post(browser, "signal_close", 1, decision="Suspended until the test is repeated")
    assert "Suspended until" in get(browser, "signal_detail", 1)
    assert "cannot become" in post(browser, "signal_close", 1, decision="Again")


@pytest.mark.parametrize("number", [10, 1000])
@pytest.mark.parametrize("where", [("case_list",), ("signal_list",), ("case_detail", 1), ("case_history", 1),
                                   ("case_forecast", 1), ("case_drawing", 1), ("case_problems", 1), ("links_review", 1),
                                   ("signal_detail", 1)],
                         ids=lambda where: where[0])  # fmt: skip
def test_query_budget(acme, fallen, sign_in, where, number):
    with acme:
        many_rows(acme, fallen, number)
    browser = sign_in(acme.officer)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert browser.get(at(*where)).status_code == 200
    counted = [
        q["sql"]
        for q in asked
        if not q["sql"].upper().startswith(("SAVEPOINT", "RELEASE")) and "set_config" not in q["sql"]
    ]
    assert len(counted) <= 12, "\n".join(sql[:150] for sql in counted)


def many_rows(cast, case, number):
    first = next_number(cast.organisation, AssuranceCase, count=number)
    AssuranceCase.objects.bulk_create(
        AssuranceCase(number=first + n, system=case.system, title=f"Case {n}", purpose=f"Purpose {n}",
                      accountable_owner=cast.owner) for n in range(number)
    )  # fmt: skip
    first = next_number(cast.organisation, Signal, count=number)
    Signal.objects.bulk_create(
        Signal(number=first + n, case=case, before=4, after=1, sentence=f"Fell {n}", fingerprint=str(n),
               owner=cast.owner, due_on=timezone.localdate()) for n in range(number)
    )  # fmt: skip
    root = Element.objects.get(case=case, key="G1")
    elements = Element.objects.bulk_create(
        Element(case=case, module=root.module, key=f"X{n}", kind="context", statement=f"Context {n}")
        for n in range(number // 4)
    )
    Link.objects.bulk_create(
        Link(case=case, kind="in_context_of", source=root, target=element, ordinal=n)
        for n, element in enumerate(elements)
    )


def test_the_register_of_systems_shows_how_far_each_can_be_relied_on(acme, globex, sign_in):
    with acme:
        case = make_sound_case(acme, days=40)
        make_case(acme, system=case.system, purpose="Another")
    browser = sign_in(acme.observer)
    assert "Undeveloped, not in force" in browser.get("/o/acme/systems/").content.decode()
    with acme:
        put_live(acme, case)  # which nobody has signed
    page = browser.get("/o/acme/systems/").content.decode()
    assert "Weakened" in page and "Undeveloped" not in page
    exported = b"".join(sign_in(acme.officer).get("/o/acme/systems/", {"export": "csv"}).streaming_content).decode()
    assert "Standing" in exported and "Weakened" in exported
    assert "Weakened" not in sign_in(globex.officer).get("/o/globex/systems/").content.decode()


def test_many_causes_open_on_demand_and_none_is_lost(acme, sound, sign_in, api_as):
    with acme:
        for turn in range(30):
            grow(sound, acme, "solution", "G1", f"Report {turn}")
    page = get(sign_in(acme.observer), "case_detail", sound.number)
    shown, _, folded = page.partition("20 more")
    assert (shown.count("has no evidence yet."), folded.count("has no evidence yet.")) == (10, 20)
    answer = api_as(acme.officer).get(f"/api/v1/o/acme/cases/{sound.number}/standing/").json()
    assert len(answer["causes"]) == 30


def test_a_page_of_very_many_causes_says_how_many_it_leaves_out(acme, sound, sign_in, monkeypatch):
    monkeypatch.setattr("cases.selectors.MOST_SHOWN", 12)
    with acme:
        for turn in range(14):
            grow(sound, acme, "solution", "G1", f"Report {turn}")
    page = get(sign_in(acme.observer), "case_detail", sound.number)
    assert "2 more" in page and "And 2 less grave ones" in page


def test_the_register_of_signals_cuts_no_sentence(acme, fallen, sign_in):
    with acme:
        Signal.objects.update(sentence="So it is. " * 40 + "The end <b>.")
    assert "The end &lt;b&gt;." in get(sign_in(acme.observer), "signal_list")
