"""The rules of the house, a few lines each; the message says what to do instead."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from aims.tenancy.owned import OrganisationOwned
from aims.tenancy.permissions import every_permission
from aims.tenancy.public import PUBLIC_VIEWS
from aims.trail.events import vocabulary
from tests.isolation.addresses import OUTSIDE, every_address, of_organisations

ROOT = Path(settings.BASE_DIR)
ROOMS = ["aims", "inventory", "evidence", "risks", "cases", "audits"]
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def test_every_address_is_below_an_organisation_or_says_why_not():
    strangers = [
        a.route
        for a in every_address()
        if not a.is_of_organisation and a.name not in OUTSIDE and not a.route.startswith("accounts/")
    ]
    assert strangers == [], "put it below /o/<slug>/ or give the reason in OUTSIDE"


def test_every_page_of_an_organisation_names_its_permission():
    unnamed = [a.name for a in of_organisations() if not a.is_api and not a.permission and a.name not in PUBLIC_VIEWS]
    assert unnamed == [], 'decorate it with @org_view("room.verb")'


def test_every_action_of_the_api_names_its_permission():
    unnamed = [
        f"{a.route} {action}"
        for a in of_organisations()
        if a.is_api
        for action in a.actions.values()
        if action not in getattr(a.callback.cls, "permissions", {})
    ]
    assert unnamed == [], "name it in `permissions` of the viewset"


def test_every_permission_that_a_door_names_is_held_by_some_role():
    named = {a.permission for a in of_organisations() if a.permission}
    for a in of_organisations():
        if a.is_api:
            named |= set(a.callback.cls.permissions.values())
    assert named - every_permission() == set(), "add it to a role in aims/tenancy/permissions.py"


def test_every_table_with_an_organisation_extends_organisation_owned():
    wrong = [
        model.__name__
        for model in apps.get_models()
        if any(f.name == "organisation" for f in model._meta.local_fields)
        and not issubclass(model, OrganisationOwned)
        and not hasattr(model, "pgh_tracked_model")
    ]
    assert wrong == []


def test_references_between_records_use_a_through_model():
    wrong = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if issubclass(model, OrganisationOwned)
        for field in model._meta.local_many_to_many
    ]
    assert wrong == [], "write the through model: it extends OrganisationOwned and has two References"


def test_no_numeric_or_enum_columns_in_tenant_tables():
    wrong = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if issubclass(model, OrganisationOwned)
        for field in model._meta.local_fields
        if isinstance(field, models.DecimalField)
    ]
    assert wrong == [], "numeric comparisons cannot use an index under row-level security: keep integers"


def test_only_move_writes_status():
    writers = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            targets = node.targets if isinstance(node, ast.Assign) else []
            if any(isinstance(t, ast.Attribute) and t.attr == "status" for t in targets):
                writers.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    # The second keeps an HTTP status, the third puts copies that nobody saves back to what they were.
    allowed = {"aims/transitions.py", "aims/tenancy/once.py", "cases/past.py"}
    assert [w for w in writers if w.partition(":")[0] not in allowed] == [], "call aims.transitions.move()"


def test_only_the_trail_writes_events():
    pattern = re.compile(r"\bEvent\.objects\.(create|bulk_create|update)|(?<!class )\bEvent\(")
    writers = [
        str(p.relative_to(ROOT))
        for p in SOURCES
        if "aims.trail.models import" in p.read_text() and pattern.search(p.read_text())
    ]
    assert set(writers) <= {"aims/trail/record.py"}, "call aims.trail.record.record()"


def test_every_event_has_a_sentence_and_a_dotted_name_in_the_past():
    for name, sentence in vocabulary().items():
        assert re.fullmatch(r"[a-z]+\.[a-z_]+\.[a-z_]+", name), name
        assert str(sentence).strip(), name


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_templates_carry_no_inline_script_style_or_handler(path):
    text = path.read_text()
    if path.parts[-2:] == ("layouts", "report.html") or "/audits/pack/" in str(path):
        return  # rendered to PDF, never sent to a browser
    assert not re.search(r"\sstyle=", text), "use a class in static/css/aims.css"
    assert not re.search(r"<style|\son[a-z]+=\"", text), "use a class, or a module attached by a data- attribute"
    assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)", text), "put it into static/js/"
    assert not re.search(r"(src|href)=\"https?://[^\"]*\.(js|css|woff2?)", text), "vendor it"


def test_no_file_is_named_utils():
    names = [p for p in SOURCES if p.stem in {"utils", "helpers", "misc", "common"}]
    assert names == [], "name the file for what it does"


def test_crossing_organisations_says_why():
    users = [
        p
        for p in SOURCES
        if re.search(r"\borganisations_(of|due)\(", p.read_text())
        and p.name != "across.py"
        and "Across organisations:" not in p.read_text()
    ]
    assert [str(p.relative_to(ROOT)) for p in users] == [], "say “# Across organisations: why” where it happens"


def test_imports_point_down():
    command = (
        "import sys; from importlinter.cli import lint_imports_command as lint; sys.argv[1:] = ['--no-cache']; lint()"
    )
    result = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-3000:]
