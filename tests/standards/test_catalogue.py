"""The reference data: how much there is, and that nothing in it points into the void."""

import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from aims.standards import catalogue


def test_the_clauses_are_counted():
    assert len(catalogue.clauses()) == 43
    assert len(catalogue.auditable_clauses()) == 32
    assert len(catalogue.requirements()) == 181
    assert [node.ref for node in catalogue.children()] == [
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "10",
    ]


def test_annex_a_is_counted():
    assert len(catalogue.controls()) == 38
    assert [group.ref for group in catalogue.objectives()] == [f"A.{n}" for n in range(2, 11)]
    assert [len(group.controls) for group in catalogue.objectives()] == [
        3,
        2,
        5,
        4,
        9,
        5,
        4,
        3,
        3,
    ]
    assert len(catalogue.controls("A.6")) == 9


def test_the_other_lists_are_counted():
    assert len(catalogue.annex_c_objectives()) == 11
    assert len(catalogue.annex_c_risk_sources()) == 7
    assert [each.required for each in catalogue.review_inputs()] == [True] * 7 + [False] * 6
    assert [each.required for each in catalogue.review_results()] == [True] * 3 + [False] * 3
    assert len(catalogue.crosswalk()) == 488
    assert {key: len(each.items) for key, each in catalogue.frameworks().items()} == {
        "NIST-AI-RMF-1.0": 72,
        "EU-AI-ACT": 27,
        "ISO-27001-2022": 65,
        "GDPR": 4,
    }


def test_the_risk_taxonomy_is_counted():
    taxonomy = catalogue.risk_taxonomy()
    assert len(taxonomy.risk_sources) == 16
    assert len(taxonomy.risk_sources_annex_c) == 7
    assert len(taxonomy.causal_factors) == 3
    assert len(taxonomy.lifecycle_stages) == 7
    assert len(taxonomy.harm_categories) == 21
    assert len(taxonomy.mit_ai_risk_repository) == 7 + 24
    assert len(taxonomy.nist_ai_600_1) == 12
    assert len(taxonomy.owasp_llm_top10_2025) == 10
    assert len(taxonomy.owasp_agentic_top10_2026) == 10
    assert len(taxonomy.owasp_agentic_threats) == 17
    assert len(taxonomy.mitre_atlas_tactics) == 16
    assert [option.ref for option in taxonomy.treatment_options] == [
        "avoid",
        "modify",
        "share",
        "retain",
    ]
    lists = [getattr(taxonomy, name) for name in taxonomy.__slots__ if name not in ("causal_factors", "scale")]
    assert len(taxonomy.terms()) == sum(len(each) for each in lists) - len(taxonomy.treatment_options)


def test_the_default_scale_covers_the_whole_matrix():
    scale = catalogue.risk_taxonomy().scale
    assert {(step.value, other.value) for step in scale.likelihood for other in scale.impact} == set(scale.matrix)
    assert scale.level(1, 1) == "low"
    assert scale.level(5, 5) == "critical"


def test_look_ups_find_one_entry():
    control = catalogue.control("A.6.2.4")
    assert control.title == "AI system verification and validation"
    assert control.objective == "A.6"
    assert control.sub_objective == "A.6.2"
    assert catalogue.requirement("4.1-r03").clause == "4.1"
    assert "climate" in catalogue.requirement("4.1-r03").text.lower()
    assert catalogue.clause("9.3.2").parent == "9.3"
    assert catalogue.objective("A.10").controls == ("A.10.2", "A.10.3", "A.10.4")


def test_an_unknown_reference_says_what_is_missing():
    for look_up, ref in (
        (catalogue.control, "A.99"),
        (catalogue.requirement, "x"),
        (catalogue.clause, "11"),
    ):
        with pytest.raises(KeyError, match=ref):
            look_up(ref)
    with pytest.raises(KeyError, match="A.11"):
        catalogue.controls("A.11")
    with pytest.raises(KeyError, match="4.9"):
        catalogue.requirements("4.9")


def test_requirements_of_a_clause_include_those_below_it_and_no_neighbours():
    assert {each.clause for each in catalogue.requirements("6.1")} == {
        "6.1.1",
        "6.1.2",
        "6.1.3",
        "6.1.4",
    }
    assert {each.clause for each in catalogue.requirements("10")} == {"10.1", "10.2"}
    assert sum(len(catalogue.requirements(node.ref)) for node in catalogue.children()) == 181


def test_every_reference_exists():
    clauses = {node.ref for node in catalogue.clauses()}
    controls = {each.ref for each in catalogue.controls()}
    assert {ref for each in catalogue.controls() for ref in each.related_clauses} <= clauses | controls
    assert {ref for each in catalogue.annex_c_objectives() for ref in each.related_controls} <= controls
    assert {ref for each in catalogue.annex_c_risk_sources() for ref in each.related_controls} <= controls
    assert {entry.source for entry in catalogue.crosswalk()} == controls | {
        node.ref for node in catalogue.auditable_clauses()
    }
    below = {ref for group in catalogue.objectives() for sub in group.sub_objectives for ref in sub.controls}
    assert below == {each.ref for each in catalogue.controls("A.6")}


def test_every_entry_says_something():
    for each in catalogue.requirements():
        assert each.text.endswith(".") and each.guidance and each.typical_evidence and each.audit_questions
        assert each.product_area
    for each in catalogue.controls():
        assert each.what and each.guidance and each.typical_evidence and each.applies_to
        assert each.review_interval_days > 0
    for entry in catalogue.crosswalk():
        assert entry.rationale and entry.basis


def test_the_product_areas_are_those_that_the_files_declare():
    declared = set(catalogue._read("iso42001-clauses.yaml")["meta"]["product_areas"])
    extra = set(catalogue._read("iso42001-annex-a.yaml")["meta"]["extra_product_areas"])
    assert {each.product_area for each in catalogue.requirements()} <= declared
    assert {each.product_area for each in catalogue.controls()} <= declared | extra


def test_the_counts_declared_in_the_files_are_true():
    assert catalogue._read("iso42001-clauses.yaml")["meta"]["counts"] == {
        "nodes": len(catalogue.clauses()),
        "auditable": len(catalogue.auditable_clauses()),
        "requirements": len(catalogue.requirements()),
    }
    assert catalogue._read("crosswalk.yaml")["meta"]["counts"]["mappings"] == len(catalogue.crosswalk())


def test_entries_cannot_be_changed():
    with pytest.raises((FrozenInstanceError, AttributeError)):
        catalogue.control("A.2.2").title = "Other"
    with pytest.raises(TypeError):
        catalogue.risk_taxonomy().scale.matrix[1, 1] = "critical"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {
                "ref": "T",
                "title": "Title",
                "description": "What",
                "needs": [],
                "extra": 1,
            },
            "unknown keys extra",
        ),
        ({"ref": "T", "title": "Title", "needs": []}, "missing keys description"),
    ],
)
def test_a_malformed_entry_is_refused_by_name(entry, message):
    with pytest.raises(catalogue.CatalogueError, match=f"T: {message}"):
        catalogue._make(catalogue.TreatmentOption, entry, "file.yaml")


def test_a_control_that_points_nowhere_is_refused(monkeypatch):
    whole = catalogue._read("iso42001-annex-a.yaml")
    broken = {**whole["controls"][0], "related_clauses": ["5.9"]}
    monkeypatch.setattr(catalogue, "_read", lambda file: {**whole, "controls": [broken]})
    with pytest.raises(catalogue.CatalogueError, match=r"A\.2\.2: unknown related clause 5\.9"):
        catalogue._controls.__wrapped__()


def test_the_catalogue_loads_without_the_framework_and_quickly():
    code = (
        "import sys, time, yaml\n"
        "started = time.process_time()\n"
        "from aims.standards import catalogue as c\n"
        "c.requirements(), c.controls(), c.crosswalk(), c.risk_taxonomy(), c.review_inputs()\n"
        "spent = time.process_time() - started\n"
        "assert 'django.db' not in sys.modules or 'celery' in sys.modules, 'the catalogue imports Django'\n"
        "assert spent < 1.0, f'{spent:.3f} s'\n"
    )
    root = Path(catalogue.__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)


def test_the_files_use_the_words_of_the_product():
    for file in catalogue.DATA.glob("*.yaml"):
        assert "tenant" not in file.read_text(encoding="utf-8"), f"{file.name}: say organisation"
