"""Building a pack: every part, once, in order; a broken part fails the pack; a killed worker loses nothing."""

import hashlib
import io

import pytest
from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from pypdf import PdfReader

from aims.reports.pdf import render_pdf
from aims.reports.work import LEASE, take_up
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from audits.events import PackEvent
from audits.models import Pack, PackStep
from audits.packs import building, rendering, steps
from audits.packs.actions import retry_pack
from audits.packs.building import build_due, digest, do_next_step
from audits.packs.steps import Step
from tests.audits.material import ask, make_records

EVENTS = {"started": PackEvent.STARTED, "failed": PackEvent.FAILED}


@pytest.fixture
def systems(acme):
    return make_records(acme)


@pytest.fixture
def quickly(monkeypatch):
    """Lay out a short page instead of the whole document; its HTML is kept to look at."""
    pages: list[str] = []

    def short(html, *, title, created_at):
        pages.append(html)
        head, _, _ = html.partition("<body>")
        return render_pdf(head.partition("<link")[0] + f"</head><body>{title}</body></html>", title=title)

    monkeypatch.setattr(rendering, "render_pdf", short)
    return pages


def fresh(cast, pack):
    with working_in(cast.organisation):
        return Pack.objects.get(pk=pack.pk)


def contents(cast, pack):
    with working_in(cast.organisation):
        return {step.step: step.content for step in PackStep.objects.filter(pack=pack)}


def text_of(cast, pack):
    with default_storage.open(fresh(cast, pack).key) as file:
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(file.read())).pages)


def test_a_pack_holds_every_part_and_begins_with_what_does_not_stand(acme, systems):
    pack = ask(acme)
    assert build_due(acme.organisation.pk) == 1
    done = fresh(acme, pack)
    assert (done.status, done.due_at, done.error) == ("done", None, "")
    assert done.progress_done == done.progress_total == len(contents(acme, pack))
    with default_storage.open(done.key) as file:
        content = file.read()
    assert hashlib.sha256(content).hexdigest() == done.sha256
    assert len(content) == done.size
    reader = PdfReader(io.BytesIO(content))
    assert len(reader.pages) == done.page_count
    titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert titles[1] == "1What does not stand" or "What does not stand" in titles[1]
    text = text_of(acme, pack)
    for words in (
        "Credit model 1",
        "Older applicants are refused",
        "Watch the ratio",
        "Its acceptance has run out",
        "Fair decisions",
        "A.10.4",
        "b" * 64,
        "Missing date",
        "Audit of clause 8",
        "Autumn review",
        "How to check this pack",
    ):
        assert words.replace(" ", "") in text.replace(" ", "").replace("\n", ""), words


def test_the_gap_list_names_the_cause_of_a_case_that_does_not_hold(acme, systems, quickly):
    pack = ask(acme)
    build_due(acme.organisation.pk)
    sections = {section["key"]: section for section in contents(acme, pack)["gaps"]["sections"]}
    [case] = sections["cases"]["gaps"]
    assert case["status"]["label"] == "Unsupported"
    assert "Bias audit" in case["why"][0] and "G1 → Sn1" in case["why"][0]
    assert [gap["record"] for gap in sections["evidence"]["gaps"]] == ["Evidence 1"]
    assert {"Treatment 1", "Nonconformity 1"} <= {gap["record"] for gap in sections["overdue"]["gaps"]}
    assert len(sections["controls"]["gaps"]) == 38  # 37 not adopted, one undecided
    assert sections["requirements"]["gaps"]


def test_a_pack_of_some_systems_leaves_out_the_others(acme, systems, quickly):
    pack = ask(acme, systems=[systems[1]])
    build_due(acme.organisation.pk)
    collected = contents(acme, pack)
    assert [row["number"] for row in collected["inventory"]["rows"]] == [2]
    assert [row["number"] for row in collected["risks"]["rows"]] == [2]
    assert collected["evidence"]["rows"] == []
    assert "case-1" not in collected
    assert "Older applicants" not in quickly[0]


def test_a_pack_of_another_organisation_shows_nothing_of_this_one(acme, globex, systems, quickly):
    pack = ask(globex)
    assert build_due(globex.organisation.pk) == 1
    collected = contents(globex, pack)
    assert collected["cover"]["counts"] == {"systems": 0, "risks": 0, "cases": 0, "evidence": 0}
    assert "Credit model" not in quickly[0]


def test_an_empty_organisation_gets_a_pack_that_says_so(acme, quickly):
    ask(acme)
    assert build_due(acme.organisation.pk) == 1
    assert "No AI system is registered." in quickly[0]


def test_each_step_has_the_hash_of_its_canonical_json(acme, systems, quickly):
    pack = ask(acme)
    build_due(acme.organisation.pk)
    with working_in(acme.organisation):
        for step in PackStep.objects.filter(pack=pack):
            assert step.sha256 == digest(step.content)


def test_a_worker_that_dies_loses_nothing_and_does_nothing_twice(acme, systems, monkeypatch, quickly):
    pack = ask(acme)
    with working_in(acme.organisation):
        dead = take_up(Pack, **EVENTS)
    for _ in range(4):
        do_next_step(dead)
    with working_in(acme.organisation):
        before = dict(PackStep.objects.filter(pack=pack).exclude(finished_at=None).values_list("step", "finished_at"))
    assert len(before) == 4
    # Its lease still runs: nobody takes it over too early.
    assert build_due(acme.organisation.pk) == 0
    collected: list[str] = []
    real = building.collect
    monkeypatch.setattr(building, "collect", lambda pack, key: collected.append(key) or real(pack, key))
    later = fresh(acme, pack).due_at + LEASE
    assert build_due(acme.organisation.pk, now=later) == 1
    assert not set(before) & set(collected)
    assert len(collected) == len(set(collected))
    with working_in(acme.organisation):
        after = dict(PackStep.objects.filter(pack=pack).values_list("step", "finished_at"))
        finished = Event.objects.filter(target_id=pack.pk, event=PackEvent.FINISHED).count()
    assert {step: after[step] for step in before} == before
    assert finished == 1
    with pytest.raises(building.TakenOver):
        do_next_step(dead)


def break_step(monkeypatch, key, error):
    def collect(scope):
        raise error

    step = steps.BY_KEY[key]
    monkeypatch.setitem(steps.BY_KEY, key, Step(step.key, step.title, collect, step.template))


def test_a_collector_that_fails_fails_the_pack_with_the_reason(acme, systems, monkeypatch, quickly):
    pack = ask(acme)
    break_step(monkeypatch, "evidence", ValueError("the index is upside down"))
    assert build_due(acme.organisation.pk) == 0
    failed = fresh(acme, pack)
    assert failed.status == "failed"
    assert failed.error == "The step “Evidence index” could not be done: ValueError: the index is upside down"
    assert failed.due_at is None and not failed.key
    with working_in(acme.organisation):
        assert Event.objects.filter(target_id=pack.pk, event=PackEvent.FAILED).count() == 1


def test_a_collector_that_fails_in_sql_is_reported_as_well(acme, systems, monkeypatch, quickly):
    from django.db import connection

    pack = ask(acme)

    def collect(scope):
        with connection.cursor() as cursor:
            cursor.execute("select 1/0")

    step = steps.BY_KEY["scope"]
    monkeypatch.setitem(steps.BY_KEY, "scope", Step(step.key, step.title, collect, step.template))
    build_due(acme.organisation.pk)
    assert "division by zero" in fresh(acme, pack).error


def test_after_the_fault_is_mended_it_goes_on_where_it_stopped(acme, systems, monkeypatch, quickly):
    pack = ask(acme)
    with monkeypatch.context() as broken:
        break_step(broken, "evidence", ValueError("gone"))
        build_due(acme.organisation.pk)
    done = fresh(acme, pack).progress_done
    assert done > 5
    with working_in(acme.organisation):
        retry_pack(Pack.objects.get(pk=pack.pk), actor=acme.officer)
        first = PackStep.objects.get(pack=pack, step="cover").finished_at
    assert build_due(acme.organisation.pk) == 1
    with working_in(acme.organisation):
        assert PackStep.objects.get(pack=pack, step="cover").finished_at == first


def test_what_was_changed_after_it_was_collected_is_not_printed(acme, systems, quickly):
    pack = ask(acme)
    with working_in(acme.organisation):
        taken = take_up(Pack, **EVENTS)
    while fresh(acme, pack).progress_done < fresh(acme, pack).progress_total - 1:
        do_next_step(taken)
    with working_in(acme.organisation):
        PackStep.objects.filter(pack=pack, step="inventory").update(content={"rows": [], "total": 0, "left_out": 0})
    assert building.build(taken) is False
    assert "“AI systems” has changed since" in fresh(acme, pack).error


def test_text_of_people_stays_text(acme, systems):
    from inventory.models import AISystem

    with working_in(acme.organisation):
        AISystem.objects.filter(number=1).update(
            name='<script>x</script><img src="file:///etc/hostname">', purpose="ﷺ" * 3000 + "\u202e 𝒳"
        )
    pack = ask(acme)
    assert build_due(acme.organisation.pk) == 1
    assert "<script>x</script>" in text_of(acme, pack).replace("\n", "")


def test_a_long_gap_section_says_how_many_more_there_are_and_where(acme):
    from audits.packs.collecting.gaps import MOST_GAPS, gap_list
    from audits.packs.scope import PackScope
    from risks.models import Risk

    with acme:
        Risk.objects.bulk_create(Risk(number=n + 1, title=f"Risk {n}", owner=acme.owner) for n in range(MOST_GAPS + 7))
    pack = ask(acme)
    with acme:
        found = {section["key"]: section for section in gap_list(PackScope(pack))["sections"]}
    assert (found["risks"]["total"], found["risks"]["left_out"]) == (MOST_GAPS + 7, 7)
    assert found["risks"]["register"].endswith("/o/acme/risks/")
    assert found["cases"]["register"] == ""
    html = render_to_string("audits/pack/gaps.html", {"content": {"sections": list(found.values()), "total": 1}})
    assert "7 more are in the register." in html
