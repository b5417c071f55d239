"""The skeletons: a page with everything around it, the same with nothing, paper and e-mail."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.template import Context, engines
from django.test import RequestFactory

ACME = SimpleNamespace(name="Acme <Lending>", slug="acme")
GLOBEX = SimpleNamespace(name="Globex", slug="globex")


def render(source: str, **context: object) -> str:
    return engines["django"].from_string(source).template.render(Context(context))


def app(**context: object) -> str:
    return render('{% extends "layouts/app.html" %}{% block content %}<p>body</p>{% endblock %}', **context)


def test_a_bare_context_still_gives_a_whole_page() -> None:
    html = app()
    assert html.lstrip().startswith("<!doctype html>")
    assert "<h1>AIMS" in html
    assert 'href="#content"' in html
    assert 'id="content"' in html
    assert "Needs me" not in html
    assert 'id="main-navigation"' not in html


def test_the_frame_shows_navigation_organisation_and_title() -> None:
    entries = [
        SimpleNamespace(label="Home", url="/h/", icon="home", is_current=False, count=None),
        SimpleNamespace(label="Risks", url="/r/", icon="alert-triangle", is_current=True, count=4),
    ]
    html = app(
        navigation=entries,
        organisation=ACME,
        organisations=[ACME, GLOBEX],
        page_title="Risks",
        needs_me_count=3,
        needs_me_url="/n/",
        search_url="/s/",
        breadcrumbs=[("Systems", "/y/"), ("Credit", "")],
    )
    assert html.count('aria-current="page"') == 1
    assert "<title>Risks · Acme &lt;Lending&gt; · AIMS</title>" in html
    assert '<a href="/y/">Systems</a>' in html
    assert "Globex" in html
    assert 'action="/s/"' in html
    assert 'href="/n/"' in html


def test_a_member_of_one_organisation_is_offered_no_switch() -> None:
    assert "Your organisations" not in app(organisation=ACME, organisations=[ACME])


def test_the_page_tells_htmx_to_evaluate_nothing() -> None:
    html = app()
    assert '"allowEval": false' in html
    assert '"includeIndicatorStyles": false' in html
    assert '"selfRequestsOnly": true' in html


@pytest.mark.parametrize(
    ("tags", "tone"), [("error", "bad"), ("warning", "warn"), ("success", "good"), ("info", "info")]
)
def test_messages_carry_a_tone_and_are_escaped(tags: str, tone: str) -> None:
    class Message:
        def __init__(self) -> None:
            self.tags = tags

        def __str__(self) -> str:
            return "<b>saved</b>"

    html = app(messages=[Message()])
    assert f"notice-{tone}" in html
    assert "&lt;b&gt;saved" in html


def test_paper_carries_its_date_version_and_author() -> None:
    html = render(
        '{% extends "layouts/report.html" %}{% block body %}<h1>Gaps</h1>{% endblock %}',
        report_title="Audit pack",
        organisation=ACME,
        generated_at=datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
        version="0.1.0",
        author="Ada Officer",
        stylesheet_url="file:report.css",
    )
    assert "Drawn up 21 November 2026, 12:00 UTC by Ada Officer · version 0.1.0" in html
    assert 'href="file:report.css"' in html
    assert "Acme &lt;Lending&gt;" in html


def test_an_e_mail_says_why_it_came_and_where_to_go() -> None:
    context = {
        "heading": "Evidence is stale",
        "organisation": ACME,
        "action_url": "https://aims.example/x/",
        "action_label": "Open it",
        "reason": "You own this system.",
    }
    page = render('{% extends "layouts/email.html" %}{% block content %}<p>Text</p>{% endblock %}', **context)
    text = render('{% extends "layouts/email.txt" %}{% block content %}Text & more{% endblock %}', **context)
    for needed in ("Evidence is stale", "https://aims.example/x/", "You own this system."):
        assert needed in page
        assert needed in text
    assert "Acme <Lending>" in text
    assert "Text & more" in text


@pytest.mark.django_db
def test_the_gallery_is_closed_outside_development(settings: object) -> None:
    from django.http import Http404

    from aims.pages.views import gallery, gallery_form

    settings.DEBUG = False  # type: ignore[attr-defined]
    for view in (gallery, gallery_form):
        with pytest.raises(Http404):
            view(RequestFactory().get("/"))


def test_the_frame_of_a_member_costs_three_queries_at_most(acme, globex, django_assert_max_num_queries) -> None:
    from django.shortcuts import render as render_page

    request = RequestFactory().get("/o/acme/")
    request.user, request.member, request.organisation = acme.officer.user, acme.officer, acme.organisation
    with acme, django_assert_max_num_queries(3):
        html = render_page(request, "layouts/app.html").content.decode()
    assert acme.officer.display_name in html
    assert "Globex" not in html
