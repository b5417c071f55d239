"""Importing a register: upload, confirm, the worker that may die, the command, the real inventory."""

import io
import json
import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from aims.reports.work import ATTEMPTS, TakenOver
from aims.rules import RuleBroken
from aims.tenancy.models import Organisation
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from aims.trail.record import first_broken_link
from inventory import import_actions, import_rows
from inventory.actions import edit_system, retire_system
from inventory.import_actions import run_due_imports
from inventory.models import AISystem, Supplier, SystemImport
from inventory.tasks import run_imports
from tests.factories import make_system

pytestmark = pytest.mark.django_db
HEAD = "Name,Purpose,Stage,Owner e-mail,Vendor,Version,Colour\n"
REGISTER = (
    HEAD
    + "Scoring,Rates,Live,system-owner@acme.example,Modelworks,4.1,blue\n"
    + "Rota,Plans,Pilot,,modelworks,,\n"
    + "Old,Went,Retired,,,,\n"
    + ",Nameless,Live,,,,\n"
    + "Odd,Has an odd stage,Bananas,,,,\n"
)


def started(cast, text, file_name="register.csv"):
    with working_in(cast.organisation):
        content = text.encode() if isinstance(text, str) else text
        draft = import_actions.upload_import(file_name=file_name, content=content, actor=cast.officer)
        return import_actions.confirm_import(draft, actor=cast.officer)


def imported(cast, text):
    row = started(cast, text)
    assert run_due_imports(cast.organisation.pk) == 1
    with working_in(cast.organisation):
        row = SystemImport.objects.get(pk=row.pk)
        return (row.created_count, row.updated_count, row.unchanged_count, row.rejected_count)


def systems(cast):
    with working_in(cast.organisation):
        return {s.name: s for s in AISystem.objects.select_related("owner", "supplier", "current_version")}


def test_good_rows_come_in_and_bad_ones_are_told(acme):
    assert imported(acme, REGISTER) == (3, 0, 0, 2)
    found = systems(acme)
    scoring = found["Scoring"]
    assert (scoring.owner, str(scoring.supplier), str(scoring.current_version)) == (acme.owner, "Modelworks", "4.1")
    assert scoring.further_columns == [("Owner's e-mail", "system-owner@acme.example"), ("Colour", "blue")]
    assert found["Rota"].supplier == scoring.supplier and found["Rota"].stage == "verification"
    assert found["Old"].is_retired and found["Old"].retired_reason
    with working_in(acme.organisation):
        row = SystemImport.objects.get()
        assert [(entry["row"], entry["column"]) for entry in row.rejected] == [(5, "Name"), (6, "Stage")]
        assert row.status == "done" and row.due_at is None
        assert acme.owner.user.has_perm("inventory.change_aisystem", scoring)
        assert Event.objects.filter(event="inventory.system.imported", actor=acme.officer).count() == 3
        assert first_broken_link() is None


def test_the_same_file_again_changes_nothing(acme):
    imported(acme, REGISTER)
    assert imported(acme, REGISTER) == (0, 0, 3, 2)
    with working_in(acme.organisation):
        assert set(AISystem.objects.values_list("revision", flat=True)) == {1}


def test_a_changed_file_changes_only_what_it_changed_and_not_what_people_changed(acme):
    imported(acme, REGISTER)
    scoring = systems(acme)["Scoring"]
    with working_in(acme.organisation):
        edit_system(
            scoring, name="Scoring", purpose="Rates applicants, says Ada.", outputs="", stage="operation",
            owner=acme.officer, supplier=None, business_unit="", topic="", next_review_on=None, revision=None,
            actor=acme.officer,
        )  # fmt: skip
        retire_system(AISystem.objects.get(name="Rota"), reason="Replaced.", actor=acme.officer)
    assert imported(acme, REGISTER.replace("blue", "red").replace("4.1", "4.2")) == (0, 1, 2, 2)
    found = systems(acme)
    assert found["Scoring"].purpose == "Rates applicants, says Ada."
    assert (found["Scoring"].owner, found["Scoring"].supplier) == (acme.officer, None)
    assert str(found["Scoring"].current_version) == "4.2"
    assert ("Colour", "red") in found["Scoring"].further_columns
    assert found["Rota"].is_retired


def test_the_file_retires_and_restores_when_it_says_so_anew(acme):
    imported(acme, REGISTER)
    swapped = REGISTER.replace("Plans,Pilot", "Plans,Retired").replace("Went,Retired", "Went,Live")
    assert imported(acme, swapped) == (0, 2, 1, 2)
    found = systems(acme)
    assert found["Rota"].is_retired and not found["Old"].is_retired and found["Old"].stage == "operation"


def test_a_system_entered_by_hand_is_recognised_by_its_name(acme):
    make_system(acme.officer, "Scoring", outputs="A score.")
    assert imported(acme, REGISTER) == (2, 1, 0, 2)
    scoring = systems(acme)["Scoring"]
    assert (scoring.number, scoring.outputs, scoring.purpose) == (1, "A score.", "Rates")
    assert scoring.external_key


def test_systems_of_one_name_stay_apart_and_are_told(acme):
    text = HEAD + "Twin,One,Live,,,,\nTwin,Two,Live,,,,\n"
    assert imported(acme, text) == (2, 0, 0, 0)
    reordered = HEAD + "Twin,Two,Live,,,,\nTwin,One,Live,,,,\n"
    assert imported(acme, reordered) == (0, 0, 2, 0)
    with working_in(acme.organisation):
        assert SystemImport.objects.last().possible_duplicates[0]["rows"] == [2, 3]


def test_a_row_that_the_database_refuses_does_not_lose_the_others(acme, monkeypatch):
    whole = import_rows.fill

    def sabotage(change, owners, suppliers):
        whole(change, owners, suppliers)
        if change.system.name == "Rota":
            change.system.tier = "much too long"

    monkeypatch.setattr(import_rows, "fill", sabotage)
    assert imported(acme, REGISTER) == (2, 0, 0, 3)
    with working_in(acme.organisation):
        assert SystemImport.objects.get().rejected[0]["row"] == 3
        assert set(AISystem.objects.values_list("name", flat=True)) == {"Scoring", "Old"}


class Killed(BaseException):
    """What kill -9 looks like from inside: nothing catches it, nothing cleans up."""


def test_a_killed_worker_loses_nothing_and_counts_nothing_twice(acme, monkeypatch):
    text = HEAD + "".join(f"System {place},Does {place},Live,,,,\n" for place in range(25))
    monkeypatch.setattr(import_actions, "BATCH", 10)
    row = started(acme, text)
    whole, calls = import_actions.apply_rows, []

    def killed_in_the_second_batch(rows, **options):
        calls.append(len(rows))
        changes = whole(rows, **options)
        if len(calls) == 2:
            raise Killed
        return changes

    monkeypatch.setattr(import_actions, "apply_rows", killed_in_the_second_batch)
    with pytest.raises(Killed):
        run_due_imports(acme.organisation.pk)
    with working_in(acme.organisation):
        row.refresh_from_db()
        assert (row.status, row.progress_done, row.created_count, AISystem.objects.count()) == ("running", 10, 10, 10)
    assert run_due_imports(acme.organisation.pk) == 0, "the lease is still running"
    with working_in(acme.organisation):
        SystemImport.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert run_imports() == 1
    with working_in(acme.organisation):
        row.refresh_from_db()
        assert (row.status, row.created_count, row.attempts, AISystem.objects.count()) == ("done", 25, 2, 25)
        assert row.progress_done == row.progress_total == 25
        assert Event.objects.filter(event="inventory.system.imported").count() == 25


def test_two_workers_at_one_import_do_not_count_twice(acme, monkeypatch):
    monkeypatch.setattr(import_actions, "BATCH", 1)
    started(acme, REGISTER)
    first = import_actions.claim(acme.organisation.pk)
    with working_in(acme.organisation):
        SystemImport.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    second = import_actions.claim(acme.organisation.pk)
    with working_in(acme.organisation):
        plan = import_actions.whole_plan(first)
    import_actions.carry_out(second, plan)
    with pytest.raises(TakenOver):
        import_actions.carry_out(first, plan)
    with working_in(acme.organisation):
        assert SystemImport.objects.get().created_count == AISystem.objects.count() == 3


def test_what_never_comes_to_an_end_is_given_up(acme):
    started(acme, REGISTER)
    with working_in(acme.organisation):
        SystemImport.objects.update(attempts=ATTEMPTS)
    run_due_imports(acme.organisation.pk)
    with working_in(acme.organisation):
        row = SystemImport.objects.get()
        assert row.status == "failed" and "start again" in row.error


def test_a_lost_file_fails_with_the_remedy(acme):
    row = started(acme, REGISTER)
    row.file.storage.delete(row.file.name)
    run_due_imports(acme.organisation.pk)
    with working_in(acme.organisation):
        assert "Upload it again" in SystemImport.objects.get().error


def test_the_page_shows_a_preview_first_and_imports_when_told(acme, sign_in, django_capture_on_commit_callbacks):
    client = sign_in(acme.officer)
    answer = client.post("/o/acme/systems/import/", {"file": SimpleUploadedFile("r.csv", REGISTER.encode())})
    url = answer.headers["Location"]
    page = client.get(url)
    assert page.context["preview"].counts.created == 3 and page.context["preview"].rejected_count == 2
    with acme:
        assert not AISystem.objects.exists()
    fields = {field.html_name: field.value() or "" for field in page.context["form"]}
    looked = client.post(url, fields | {"look": "yes", "stage_default": "planned"})
    assert looked.status_code == 302
    page = client.get(url)
    assert page.context["preview"].rejected_count == 1
    stale = client.post(url, fields | {"start": "yes"})
    assert "changed since" in stale.content.decode()
    fields = {field.html_name: field.value() or "" for field in page.context["form"]}
    assert client.post(url, fields | {"start": "yes"}).status_code == 302
    assert 'hx-trigger="every 2s"' in client.get(url).content.decode()
    assert client.post(url, fields | {"start": "yes"}).status_code == 409
    run_due_imports(acme.organisation.pk)
    done = client.get(url).content.decode()
    assert "every 2s" not in done and "every AI system needs a name" in done
    rejected = b"".join(client.get(f"{url}rejected/").streaming_content).decode("utf-8-sig")
    assert rejected.splitlines()[1].startswith("5,Name,")
    assert client.get("/o/acme/systems/imports/").status_code == 200


def test_two_fields_cannot_be_filled_by_one_column(acme, sign_in):
    client = sign_in(acme.officer)
    url = client.post("/o/acme/systems/import/", {"file": SimpleUploadedFile("r.csv", REGISTER.encode())}).url
    fields = {field.html_name: field.value() or "" for field in client.get(url).context["form"]}
    answer = client.post(url, fields | {"column_purpose": fields["column_name"], "look": "yes"})
    assert "already fills" in answer.content.decode()
    nameless = client.post(url, fields | {"column_name": "", "look": "yes"})
    assert "column_name" in nameless.context["form"].errors


def test_a_draft_can_be_discarded_and_is_gone(acme, sign_in, django_capture_on_commit_callbacks):
    client = sign_in(acme.officer)
    url = client.post("/o/acme/systems/import/", {"file": SimpleUploadedFile("r.csv", REGISTER.encode())}).url
    with acme:
        file = SystemImport.objects.get().file
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"{url}discard/").status_code == 302
    assert not file.storage.exists(file.name)
    assert "Discarded" in client.get(url).content.decode()


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 50, b"%PDF-1.7 x", b"PK\x03\x04 no zip", b"<html></html>", b"\xff\xd8\xff picture"],
)
def test_files_that_are_no_register_are_refused_with_the_remedy(acme, sign_in, api_as, content):
    page = sign_in(acme.officer).post("/o/acme/systems/import/", {"file": SimpleUploadedFile("r.csv", content)})
    assert "file" in page.context["form"].errors
    answer = api_as(acme.officer).post(
        "/api/v1/o/acme/systems/imports/", {"file": SimpleUploadedFile("r.csv", content)}, format="multipart"
    )
    assert answer.status_code in (400, 409)
    with acme:
        assert not SystemImport.objects.exists()


def test_the_api_imports_and_tells_how_far_it_is(acme, api_as):
    api = api_as(acme.officer)
    mapping = json.dumps({"columns": {"name": "Name", "purpose": "Colour"}})
    made = api.post(
        "/api/v1/o/acme/systems/imports/",
        {"file": SimpleUploadedFile("../../x\u202e.csv", REGISTER.encode()), "mapping": mapping},
        format="multipart",
    )
    assert made.status_code == 201, made.json()
    assert (made.json()["status"], made.json()["is_draft"], made.json()["file_name"]) == ("queued", False, "x.csv")
    run_due_imports(acme.organisation.pk)
    told = api.get("/api/v1/o/acme/systems/imports/1/").json()
    assert (told["status"], told["created_count"], told["rejected_count"]) == ("done", 4, 1)
    assert systems(acme)["Scoring"].purpose == "blue"
    for wrong in ("[]", "{", '{"columns": {"name": "No such"}}', '{"columns": {"colour": "Name"}}', "[" * 40_000):
        answer = api.post(
            "/api/v1/o/acme/systems/imports/",
            {"file": SimpleUploadedFile("r.csv", REGISTER.encode()), "mapping": wrong},
            format="multipart",
        )
        assert answer.status_code in (400, 409), wrong[:40]


def test_a_draft_waits_for_confirmation_in_the_api_too(acme, api_as):
    api = api_as(acme.officer)
    body = {"file": SimpleUploadedFile("r.csv", REGISTER.encode()), "start": "false"}
    assert api.post("/api/v1/o/acme/systems/imports/", body, format="multipart").json()["is_draft"]
    assert run_due_imports(acme.organisation.pk) == 0
    assert api.post("/api/v1/o/acme/systems/imports/1/confirm/").status_code == 200
    assert api.post("/api/v1/o/acme/systems/imports/1/confirm/").status_code == 409
    assert api.post("/api/v1/o/acme/systems/imports/1/discard/").status_code == 409


@pytest.mark.parametrize("role", ["owner", "contributor", "executive", "certifier"])
def test_only_the_officer_imports(acme, globex, sign_in, role):
    started(acme, REGISTER)
    client = sign_in(getattr(acme, role))
    for path in ("import/", "imports/", "imports/1/", "imports/1/rejected/"):
        assert client.get(f"/o/acme/systems/{path}").status_code == 403
    stranger = sign_in(globex.officer)
    for path in ("imports/1/", "imports/1/rejected/"):
        assert stranger.get(f"/o/acme/systems/{path}").status_code == 404
        assert stranger.get(f"/o/globex/systems/{path}").status_code == 404


def test_imports_stay_in_their_organisation(acme, globex):
    imported(acme, REGISTER)
    assert systems(globex) == {}
    assert imported(globex, REGISTER) == (3, 0, 0, 2)
    with working_in(globex.organisation):
        assert Supplier.objects.count() == 1 and not AISystem.objects.filter(owner__isnull=False).exists()


# --- The command ------------------------------------------------------------------------------------------------------


def told_by(*arguments, **options):
    out = io.StringIO()
    call_command("import_systems", *arguments, stdout=out, **options)
    return out.getvalue()


def test_the_command_previews_imports_and_repeats(acme, tmp_path):
    file = tmp_path / "register.csv"
    file.write_text(REGISTER)
    assert "created 3, updated 0, unchanged 0, rejected 2" in told_by("acme", str(file), dry_run=True)
    assert systems(acme) == {}
    text = told_by("acme", str(file), actor="governance-officer@acme.example")
    assert "created 3, updated 0, unchanged 0, rejected 2" in text
    assert "rejected: row 5, Name: is blank; every AI system needs a name" in text
    assert "created 0, updated 0, unchanged 3, rejected 2" in told_by("acme", str(file))
    with working_in(acme.organisation):
        assert SystemImport.objects.last().requested_by == acme.officer


def test_the_command_says_what_is_wrong(acme, tmp_path):
    file = tmp_path / "register.csv"
    file.write_text(REGISTER)
    for arguments, options in [
        (("nowhere", str(file)), {}),
        (("acme", str(tmp_path / "missing.csv")), {}),
        (("acme", str(file)), {"mapping": "{"}),
        (("acme", str(file)), {"mapping": '{"columns": {"name": "Nope"}}'}),
        (("acme", str(file)), {"actor": "observer@acme.example"}),
        ((str(file),), {"organisation_column": "Nope"}),
    ]:
        with pytest.raises(CommandError):
            told_by(*arguments, **options)


def test_a_command_that_was_stopped_leaves_an_import_that_says_so(acme, tmp_path, monkeypatch):
    file = tmp_path / "register.csv"
    file.write_text(REGISTER)
    monkeypatch.setattr(import_actions, "apply_rows", lambda *a, **k: (_ for _ in ()).throw(Killed()))
    with pytest.raises(Killed):
        told_by("acme", str(file))
    with working_in(acme.organisation):
        SystemImport.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    run_imports()
    with working_in(acme.organisation):
        assert "Run it again" in SystemImport.objects.get().error


def test_the_command_splits_by_a_column(acme, tmp_path):
    file = tmp_path / "all.csv"
    file.write_text("Agency,Name,Stage\nDep. A,One,Live\nDep. B,Two,Live\nDep. A,Three,Live\n,Homeless,Live\n")
    text = told_by("gov", str(file), organisation_column="Agency")
    assert "gov-dep-a: created 2, updated 0, unchanged 0, rejected 0" in text
    assert "2 organisations: created 3, updated 0, unchanged 0, rejected 1" in text
    assert "names no organisation" in text
    again = told_by("gov", str(file), organisation_column="Agency")
    assert "2 organisations: created 0, updated 0, unchanged 3, rejected 1" in again


# --- The real inventory -----------------------------------------------------------------------------------------------

NAME = "us-federal-ai-inventory-2024.csv"


@pytest.fixture
def federal():
    here = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("AIMS_SHARED_DATA") or here.parent / "shared" / "data")
    if not (folder / NAME).is_file():
        pytest.skip(f"{NAME} is not in {folder}; set AIMS_SHARED_DATA to the folder that holds it")
    return folder / NAME


@pytest.mark.slow
def test_the_real_inventory_imports_whole_and_the_second_time_changes_nothing(acme, federal):
    text = told_by("acme", str(federal))
    assert "created 2133, updated 0, unchanged 0, rejected 0" in text
    assert len(re.findall(r"^possible duplicates: ", text, re.MULTILINE)) == 29
    assert "created 0, updated 0, unchanged 2133, rejected 0" in told_by("acme", str(federal))
    with working_in(acme.organisation):
        assert AISystem.objects.count() == 2133
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from inventory_aisystem_history")
            assert cursor.fetchone()[0] == 2133, "row history is written by triggers, also in bulk"


@pytest.mark.slow
def test_the_real_inventory_splits_into_its_agencies(db, federal):
    text = told_by(str(federal), organisation_column="Agency Abbreviation")
    assert "41 organisations: created 2133, updated 0, unchanged 0, rejected 0" in text
    assert Organisation.objects.count() == 41
    assert Organisation.objects.get(slug="dhs").name == "Department of Homeland Security"


def test_uploads_need_an_organisation_s_member(acme):
    with working_in(acme.organisation), pytest.raises(RuleBroken):
        import_actions.upload_import(file_name="x", content=b"", actor=acme.officer)
