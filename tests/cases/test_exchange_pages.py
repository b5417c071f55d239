"""Bringing an argument in by page, API and command, and taking a case out."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from jsonschema import Draft202012Validator, FormatChecker

import cases
from aims.rules import RuleBroken
from aims.tenancy.models import Member
from aims.trail.models import Event
from cases.actions.counter import argue_challenge
from cases.actions.exchange import apply_import, upload_argument
from cases.events import ArgumentImportEvent
from cases.exchange.source import Source
from cases.models import ArgumentImport, AssuranceCase, Challenge, Element
from evidence.models import EvidenceVersion
from inventory.models import AISystem
from tests.cases.building import grow, make_case, make_sound_case, make_system
from tests.cases.challenging import make_challenge

pytestmark = pytest.mark.django_db
TEXT = """\
- Claim G1: Loans are decided even-handedly
  - Strategy S1: Over groups
    - Claim G2: Rates differ by less than a tenth
      - Evidence E1: Bias test (https://example.org/bias.pdf)
"""
YAML = "G1: {text: Top, supportedBy: [S1]}\nS1: {text: By, supportedBy: [Sn1]}\nSn1: {text: Test}\n"
CIRCLE = "G1: {text: Top, supportedBy: [G2]}\nG2: {text: Below, supportedBy: [G1]}\n"


def at(name, *args, slug="acme"):
    return reverse(f"cases:{name}", args=[slug, *args])


def file(text, name="loans.ltac"):
    return SimpleUploadedFile(name, text.encode())


def upload(browser, acme, system, **data):
    return browser.post(at("case_import"), {"system": system.number, "format": "", **data})


def described(acme, **changed):
    return {"title": "Loans", "purpose": "Deciding on loans", "accountable_owner": str(acme.owner.pk), **changed}


@pytest.fixture
def system(acme):
    with acme:
        return make_system(acme)


@pytest.fixture
def officer(acme, sign_in):
    return sign_in(acme.officer)


def test_a_file_is_looked_at_first_and_then_becomes_a_case(acme, system, officer):
    answer = upload(officer, acme, system, file=file(TEXT))
    assert answer.status_code == 302, answer.content.decode()
    page = officer.get(answer.url).content.decode()
    assert "Indented text (LTAC)" in page
    assert "E1 rests on “Bias test https://example.org/bias.pdf”. Add it to the library and bind it." in page
    with acme:
        assert not AssuranceCase.objects.exists()
    done = officer.post(at("import_apply", 1), described(acme))
    assert done.status_code == 302, done.content.decode()
    with acme:
        case = AssuranceCase.objects.get()
        assert done.url == at("case_detail", case.number)
        assert sorted(row.key for row in Element.objects.filter(case=case)) == ["E1", "G1", "G2", "S1"]
        row = ArgumentImport.objects.get()
        assert (row.status, row.case) == ("done", case)
        kinds = set(Event.objects.filter(target_id=row.pk).values_list("event", flat=True))
        assert kinds == {"cases.argumentimport.uploaded", "cases.argumentimport.done"}
    assert "4 elements were brought in." in officer.get(done.url).content.decode()
    again = officer.post(at("import_apply", 1), described(acme, purpose="Other"))
    assert again.status_code in (302, 409)
    with acme:
        assert AssuranceCase.objects.count() == 1


def test_pasted_text_goes_into_a_case_that_has_no_argument(acme, system, officer):
    with acme:
        case = make_case(acme, system=system, claim="")
    answer = officer.post(at("case_import_into", case.number), {"text": YAML, "format": "gsn2x"})
    assert answer.status_code == 302, answer.content.decode()
    page = officer.get(answer.url).content.decode()
    assert "S1 rested on Sn1; a goal that is to be stated stands between." in page
    assert "Line 2" in page
    done = officer.post(at("import_apply", 1))
    assert done.url == at("case_detail", case.number)
    with acme:
        assert Element.objects.filter(case=case).count() == 4


def test_what_is_refused_says_where_and_keeps_nothing(acme, system, officer):
    page = upload(officer, acme, system, text=CIRCLE).content.decode()
    assert "The argument would rest on itself: G1 → G2 → G1." in page
    assert "Line 1" in page
    with acme:
        assert not ArgumentImport.objects.exists()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "Choose a file, or paste its text."),
        ({"text": TEXT, "file": "both"}, "not both"),
        ({"text": "just words", "format": "sacm"}, "is no XML"),
        ({"text": "just words"}, "has no elements by name"),
        ({"text": TEXT, "format": "word"}, "word"),
        ({"file": "latin"}, "is not written in UTF-8"),
    ],
)
def test_bad_input_is_a_form_error(acme, system, officer, data, said):
    data = dict(data)
    if data.get("file") == "both":
        data["file"] = file(TEXT)
    elif data.get("file") == "latin":
        data["file"] = SimpleUploadedFile("a.yaml", b"G1: {text: gr\xfcn}")
    answer = upload(officer, acme, system, **data)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    with acme:
        assert not ArgumentImport.objects.exists()


def test_a_case_with_an_argument_takes_no_other(acme, officer):
    with acme:
        case = make_sound_case(acme)
    page = officer.post(at("case_import_into", case.number), {"text": TEXT, "format": ""}).content.decode()
    assert "This case has an argument already." in page


def test_what_was_shown_is_what_comes_in(acme, system):
    with acme:
        case = make_case(acme, system=system, claim="")
        row = upload_argument(sources=[Source("a.ltac", TEXT.encode())], case=case, actor=acme.officer)
        element = grow(case, acme, "goal")
        with pytest.raises(RuleBroken, match="has an argument already"):
            apply_import(row, actor=acme.officer)
        Element.objects.filter(pk=element.pk).delete()
        ArgumentImport.objects.update(draft_sha256="0" * 64)
        with pytest.raises(RuleBroken, match="no longer what you were shown"):
            apply_import(row, actor=acme.officer)
        assert not Element.objects.filter(case=case).exists()


def test_a_draft_is_discarded_once(acme, system, officer):
    upload(officer, acme, system, text=TEXT)
    assert officer.post(at("import_discard", 1)).status_code == 302
    with acme:
        assert ArgumentImport.objects.get().status == "discarded"
    assert officer.post(at("import_apply", 1), described(acme)).status_code in (302, 409)
    with acme:
        assert not AssuranceCase.objects.exists()


def test_who_may_not_open_cases_brings_none_in(acme, globex, system, sign_in):
    assert sign_in(acme.observer).get(at("case_import")).status_code == 403
    upload(sign_in(acme.officer), acme, system, text=TEXT)
    assert sign_in(acme.observer).post(at("import_apply", 1), described(acme)).status_code == 403
    stranger = sign_in(globex.officer)
    for name in ("import_detail", "import_apply", "import_discard"):
        assert stranger.get(at(name, 1, slug="globex")).status_code in (404, 405)
        assert stranger.get(at(name, 1)).status_code in (404, 405)


def test_pages_keep_to_their_queries(acme, system, officer):
    counted = []
    for size in (3, 60):
        lines = [
            "- Claim G1: Top",
            *(f"  - Claim G{n}: Part\n    - Evidence E{n}: T (x{n}.pdf)" for n in range(2, size)),
        ]
        upload(officer, acme, system, text="\n".join(lines))
        with acme:
            number = ArgumentImport.objects.latest("number").number
        with CaptureQueriesContext(connection) as queries:
            assert officer.get(at("import_detail", number)).status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1]


@pytest.fixture
def sound(acme):
    with acme:
        return make_sound_case(acme)


FORMATS = ["aims", "gsn2x", "sacm", "ltac", "tea", "markdown", "dot", "mermaid", "cyclonedx", "evidence-csv"]


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_shown_and_downloaded(acme, sound, officer, format):
    page = officer.get(at("case_export", sound.number), {"format": format})
    assert page.status_code == 200
    assert "How it begins" in page.content.decode()
    answer = officer.get(at("case_export_file", sound.number, format))
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith('attachment; filename="acme-case-1-')
    assert "Rates differ by less than a tenth" in answer.content.decode() or format == "evidence-csv"
    assert int(answer["X-Losses"]) >= 0


@pytest.mark.parametrize("format", ["aims", "gsn2x", "sacm", "ltac", "tea"])
def test_what_goes_out_comes_in_again(acme, sound, officer, format):
    text = officer.get(at("case_export_file", sound.number, format)).content
    with acme:
        sources = [Source("again", text)]
        row = upload_argument(sources=sources, system=sound.system, actor=acme.officer)
        assert row.format == format
        case = apply_import(row, actor=acme.officer, title="Again", purpose="Again", accountable_owner=acme.owner)
        before = {(one.key, one.kind, one.statement) for one in Element.objects.filter(case=sound)}
        assert {(one.key, one.kind, one.statement) for one in Element.objects.filter(case=case)} == before
        bound = EvidenceVersion.objects.filter(bindings__element__case=case).count()
        assert bound == (2 if format == "aims" else 0)


def problems_by(name, said):
    schema = json.loads((Path(cases.__file__).parent / "schema" / name).read_text())
    return [error.message for error in Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(said)]


def test_our_own_form_is_as_its_schemas_say(acme, sound, officer):
    said = json.loads(officer.get(at("case_export_file", sound.number, "aims")).content)
    assert problems_by("aims-case-export-1.json", said) == []
    assert problems_by("aims-case-1.json", said["document"]) == []
    assert said["facts"]["standing"] == "holds"
    said["challenges"].append({"target": 1})
    assert problems_by("aims-case-export-1.json", said) != []


def test_the_schemas_are_published(acme, sound, officer):
    page = officer.get(at("case_export", sound.number)).content.decode()
    for name in ("aims-case-export-1.json", "aims-case-1.json"):
        assert f"/static/schemas/{name}" in page
        published = finders.find(f"schemas/{name}")
        assert json.loads(Path(published).read_text())["$id"].startswith("urn:aims:schema:")


def test_several_modules_are_a_zip_of_files(acme, sound, officer):
    from cases.actions import add_module

    with acme:
        other = add_module(sound, title="Another", actor=acme.officer)
        grow(sound, acme, "goal", module=other)
    content = officer.get(at("case_export_file", sound.number, "gsn2x")).content
    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == ["M1.gsn.yaml", "M2.gsn.yaml"]


def test_no_cell_of_the_evidence_is_a_formula(acme, sound, officer):
    with acme:
        Element.objects.filter(key="Sn1").update(statement='=HYPERLINK("http://evil")')
    text = officer.get(at("case_export_file", sound.number, "evidence-csv")).content.decode()
    assert "'=HYPERLINK" in text
    assert "\n=HYPERLINK" not in text and ",=HYPERLINK" not in text


def test_hostile_statements_are_text_in_every_file(acme, sound, officer):
    evil = '"]; x -> y; </script><script>alert(1)</script> | `x` [a](javascript:b) "'
    with acme:
        Element.objects.filter(key="G2").update(statement=evil)
    dot = officer.get(at("case_export_file", sound.number, "dot")).content.decode()
    assert '\\"]; x' in dot
    mermaid = officer.get(at("case_export_file", sound.number, "mermaid")).content.decode()
    assert "<script" not in mermaid
    assert all(line.count('"') in (0, 2) for line in mermaid.splitlines())
    markdown = officer.get(at("case_export_file", sound.number, "markdown")).content.decode()
    assert "<script" not in markdown.replace("\\<", "")
    assert "\\[a\\]\\(javascript:b\\)" in markdown
    page = officer.get(at("case_export", sound.number), {"format": "gsn2x"}).content.decode()
    assert "<script>alert" not in page


def test_an_export_of_nobody_is_refused(acme, globex, sound, sign_in):
    assert sign_in(globex.officer).get(at("case_export_file", 1, "aims")).status_code == 404
    assert sign_in(acme.officer).get(at("case_export_file", 1, "word")).status_code == 404
    assert sign_in(acme.officer).get(at("case_export_file", 99, "aims")).status_code == 404


# --- API and commands ---------------------------------------------------------------------------------------------------

BASE = "/api/v1/o/acme/"


def body(acme, system, text=TEXT, **more):
    about = {"system": system.number, "title": "Loans", "purpose": "Loans", "accountable_owner": str(acme.owner.pk)}
    return {**about, "files": [{"name": "a.ltac", "content": text}], **more}


def test_the_api_looks_and_brings_in(acme, system, api_as):
    api = api_as(acme.owner)
    looked = api.post(f"{BASE}cases/import/", body(acme, system, dry_run=True))
    assert looked.status_code == 200, looked.content
    assert looked.json()["counts"] == {"goal": 2, "strategy": 1, "solution": 1}
    assert looked.json()["losses"][0]["message"].startswith("E1 rests on")
    with acme:
        assert not AssuranceCase.objects.exists() and not ArgumentImport.objects.exists()
    made = api.post(f"{BASE}cases/import/", body(acme, system))
    assert made.status_code == 201, made.content
    assert made.json()["case"] == 1
    with acme:
        assert Element.objects.filter(case__number=1).count() == 4


def test_the_api_refuses_in_the_words_of_the_page(acme, system, api_as):
    api = api_as(acme.owner)
    refused = api.post(f"{BASE}cases/import/", body(acme, system, CIRCLE))
    assert refused.status_code == 409
    assert "The argument would rest on itself: G1 → G2 → G1." in refused.json()["detail"]
    assert api.post(f"{BASE}cases/import/", body(acme, system, format="word")).status_code == 400
    assert api.post(f"{BASE}cases/import/", {**body(acme, system), "files": []}).status_code == 400
    assert api.post(f"{BASE}cases/import/", {**body(acme, system), "system": 99}).status_code == 400
    assert api_as(acme.contributor).post(f"{BASE}cases/import/", body(acme, system)).status_code == 403


def test_fifty_thousand_elements_are_refused_with_what_to_do(acme, system, api_as, officer):
    text = "- Claim G1: The top\n" + "".join(f"  - Claim G{n}: A claim\n" for n in range(2, 50_001))
    refused = api_as(acme.owner).post(f"{BASE}cases/import/", body(acme, system, text, dry_run=True))
    assert refused.status_code == 409
    assert "50000 elements" in refused.json()["detail"]
    page = upload(officer, acme, system, file=file(text))
    assert page.status_code == 200
    assert "50000 elements" in page.content.decode()
    with acme:
        assert not AssuranceCase.objects.exists() and not ArgumentImport.objects.exists()


def test_the_api_takes_out_what_the_page_does(acme, sound, api_as, officer):
    api = api_as(acme.owner)
    for format in FORMATS:
        answer = api.get(f"{BASE}cases/1/export/?format={format}")
        assert answer.status_code == 200, answer.content
        assert answer["X-Losses"] == officer.get(at("case_export_file", 1, format))["X-Losses"]
        assert api.get(f"{BASE}cases/1/export/losses/?format={format}").json()["format"] == format
    assert api.get(f"{BASE}cases/1/export/?format=word").status_code == 400
    assert api.get(f"{BASE}cases/99/export/").status_code == 404


def run(name, *args, **options):
    said = io.StringIO()
    call_command(name, *args, stdout=said, **options)
    return said.getvalue()


def test_the_commands_write_and_read_a_file(acme, sound, tmp_path):
    target = tmp_path / "case.json"
    assert "written" in run("export_case", "acme", "1", "--format", "aims", "--output", str(target))
    assert "loss: The category" not in run(
        "export_case", "acme", "1", "--format", "gsn2x", "--output", str(tmp_path / "x.yaml")
    )
    with acme:
        number, email = sound.system.number, acme.officer.user.email
    looked = run("import_case", "acme", str(number), str(target), "--dry-run")
    assert "Goal: 3" in looked and "dry run" in looked
    done = run(
        "import_case", "acme", str(number), str(target), "--actor", email, "--title", "Again", "--purpose", "Again"
    )
    assert "Case 2" in done
    with acme:
        assert Element.objects.filter(case__number=2).count() == Element.objects.filter(case__number=1).count()


def test_the_import_command_acts_in_the_name_of_who_answers_for_the_system(acme, system, tmp_path):
    (tmp_path / "loans.ltac").write_text(TEXT)
    with acme:
        number = system.number
        owned = make_system(acme, name="Owned")
        AISystem.objects.filter(pk=system.pk).update(owner=None)
    first = run("import_case", "acme", str(number), str(tmp_path / "loans.ltac"))
    assert f"In the name of {acme.officer.user.email}, governance officer." in first
    second = run("import_case", "acme", str(owned.number), str(tmp_path / "loans.ltac"))
    assert f"In the name of {acme.owner.user.email}, owner of the system." in second
    with acme:
        case = AssuranceCase.objects.get(number=2)
        assert (case.accountable_owner, case.system) == (acme.owner, owned)
        told = Event.objects.filter(event=ArgumentImportEvent.UPLOADED).order_by("sequence").last()
        assert (told.actor_id, told.changes["through"]) == (acme.owner.pk, "./run manage import_case")


def test_a_case_with_counter_arguments_and_template_text_comes_back_whole(acme, sound, tmp_path):
    with acme:
        doubt = make_challenge(acme, sound, by=acme.officer)
        argue_challenge(doubt, kind="goal", statement="The sample ended before the change", actor=acme.officer)
        Element.objects.filter(case=sound, key="S1").update(pattern="P1/1", pattern_key="S1")
        system = str(sound.system.number)
    target = tmp_path / "case.json"
    run("export_case", "acme", str(sound.number), "--format", "aims", "--output", str(target))
    said = json.loads(target.read_text())
    assert problems_by("aims-case-export-1.json", said) == []
    run("import_case", "acme", system, str(target), "--title", "Again", "--purpose", "Again")
    with acme:
        again = AssuranceCase.objects.get(title="Again")
        counter = Element.objects.get(case=again, role=Element.Role.COUNTER)
        assert counter.statement == "The sample ended before the change"
        assert Challenge.objects.get(case=again).counter_element == counter
        assert Element.objects.get(case=again, key="S1").is_template_text
        assert not Element.objects.get(case=again, key="G2").is_template_text


def test_the_import_command_says_when_nobody_may_open_a_case(acme, system, tmp_path):
    (tmp_path / "loans.ltac").write_text(TEXT)
    with acme:
        number = system.number
        AISystem.objects.filter(pk=system.pk).update(owner=None)
        Member.objects.holding("governance_officer").update(is_active=False)
    with pytest.raises(CommandError, match="Nobody here may open a case"):
        run("import_case", "acme", str(number), str(tmp_path / "loans.ltac"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "1", "x"], "no organisation"),
        (["acme", "99", "FILE"], "no AI system 99"),
        (["acme", "1", "/no/such/file"], "cannot be read"),
        (["acme", "1", "FILE", "--actor", "nobody@example.org"], "no active member"),
        (["acme", "1", "CIRCLE"], "rest on itself"),
    ],
)
def test_the_import_command_says_what_is_missing(acme, system, tmp_path, arguments, said):
    (tmp_path / "good.ltac").write_text(TEXT)
    (tmp_path / "circle.yaml").write_text(CIRCLE)
    files = {"FILE": str(tmp_path / "good.ltac"), "CIRCLE": str(tmp_path / "circle.yaml")}
    if arguments[2] == "x":
        files["x"] = files["FILE"]
    with pytest.raises(CommandError, match=said):
        run("import_case", *(files.get(one, one) for one in arguments))
    with acme:
        assert not AssuranceCase.objects.exists()
