"""Panels of higher rooms on a lower room's page: order, permission, escaping."""

from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from aims.pages import panels
from aims.pages.panels import register_panel, render_panels
from aims.tenancy.models import Organisation


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    monkeypatch.setattr(panels, "_panels", panels.defaultdict(dict))


def reader(*permissions):
    return SimpleNamespace(member=SimpleNamespace(may=lambda permission: permission in permissions))


def first(request, record):
    return format_html("<p>first of {}</p>", record.name)


def second(request, record):
    return mark_safe("<p>second</p>")


def unsafe(request, record):
    return "<script>"


RECORD = Organisation(name="A & B", slug="a-b")


def test_panels_come_in_their_order_and_know_the_record():
    register_panel("tenancy.organisation", second, order=20)
    register_panel("tenancy.organisation", first, order=10)
    assert render_panels(reader(), RECORD) == "<p>first of A &amp; B</p><p>second</p>"


def test_a_panel_shows_only_to_those_whose_roles_allow_it():
    register_panel("tenancy.organisation", first, permission="risks.view")
    assert render_panels(reader(), RECORD) == ""
    assert render_panels(SimpleNamespace(member=None), RECORD) == ""
    assert "first" in render_panels(reader("risks.view"), RECORD)


def test_registering_twice_shows_once():
    register_panel("tenancy.organisation", second)
    register_panel("tenancy.organisation", second)
    assert render_panels(reader(), RECORD) == "<p>second</p>"


def test_other_kinds_of_records_stay_without():
    register_panel("tenancy.member", second)
    assert render_panels(reader(), RECORD) == ""


def test_plain_text_is_escaped():
    register_panel("tenancy.organisation", unsafe)
    assert render_panels(reader(), RECORD) == "&lt;script&gt;"


def test_the_tag_shows_them():
    register_panel("tenancy.organisation", second)
    template = Template("{% panels record %}")
    assert template.render(Context({"request": reader(), "record": RECORD})) == "<p>second</p>"
