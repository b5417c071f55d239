"""Freezing an argument: what a baseline says, what it leaves out, and that nobody can change it afterwards."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from jsonschema import Draft202012Validator, FormatChecker

from aims.rules import RuleBroken
from aims.trail.models import Event
from cases import documents
from cases.actions import (
    add_module,
    edit_element,
    freeze_baseline,
    hold_down,
    link_elements,
    renew_binding,
    report_condition,
    review_links,
    rule_out,
    unbind_evidence,
    withdraw_element,
)
from cases.documents import FIELDS, MODELS, ONLY_WHERE_TRUE, Part, canonical_bytes, document_of, sha256_of
from cases.loading import load_case
from cases.models import Baseline, Element, EvidenceBinding, Link
from evidence.actions import withdraw_item
from tests.cases.building import grow, make_case, make_evidence, make_sound_case
from tests.cases.measuring import both_groups, make_metric, send
from tests.cases.watching import make_condition

pytestmark = pytest.mark.django_db
SCHEMA = json.loads((Path(documents.__file__).parent / "schema" / "aims-case-1.json").read_text())
# Of the case itself, and of people's ways through the product: not what the argument says.
KEPT_OUT = {
    "id", "organisation", "revision", "created_at", "updated_at", "number", "case",  # the row
    "held_down_to", "held_down_reason", "held_down_by", "held_down_at", "standing",  # facts
    "withdrawn_at", "withdrawn_reason", "reviewed_hash", "reviewed_at", "reviewed_by", "added_by", "version",
    "status", "retired_reason", "since", "changed_at", "respond_by", "due_on", "escalated_at", "tripped_by",
    "last_evaluated_at", "last_value", "last_event_at", "clean_run", "next_check_at", "trips_at", "watched",
    "pattern", "pattern_key", "modified_from_pattern", "adopted_at", "adopted_by",  # whence the words came, who read them
    "role",  # only the argument itself is frozen, not what argues a challenge
}  # fmt: skip


@pytest.fixture
def sound(acme):
    with acme:
        return make_sound_case(acme)


@pytest.fixture
def full(acme, sound):
    """A case with something of everything that a document holds."""
    with acme:
        make_metric(acme, sound)
        make_condition(acme, sound)
        make_condition(acme, sound, None, detector="calendar")
        rule_out(sound, type="supplier_change", reason="Made here.", actor=acme.officer)
        grow(sound, acme, "context", "G1", "Small loans in two countries", review_by=timezone.localdate())
        add_module(sound, key="M2", title="Data", actor=acme.officer)
    return sound


def document(case):
    return document_of(load_case(case))


def element(case, key):
    return Element.objects.select_related("case", "module").get(case=case, key=key)


def test_the_document_follows_the_published_schema(acme, full):
    with acme:
        said = json.loads(canonical_bytes(document(full)))
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA, format_checker=FormatChecker()).validate(said)
    assert [len(said[part]) for part in Part] == [2, 7, 6, 1, 3, 2]


def test_the_schema_names_exactly_what_is_frozen():
    kinds = dict(zip(Part, ("module", "element", "link", "metric", "condition", "binding"), strict=True))
    for part, kind in kinds.items():
        names = ["gid", *(["item"] if part is Part.BINDINGS else []), *FIELDS[part]]
        assert SCHEMA["$defs"][kind]["required"] == names
        assert list(SCHEMA["$defs"][kind]["properties"]) == [*names, *ONLY_WHERE_TRUE.get(part, ())]
    assert set(SCHEMA["properties"]) == {"format", "version", "case", *Part}


@pytest.mark.parametrize("part", list(Part))
def test_every_field_of_a_record_is_frozen_or_left_out_on_purpose(part):
    fields = {field.name for field in MODELS[part]._meta.concrete_fields}
    assert fields - KEPT_OUT == {*FIELDS[part], *ONLY_WHERE_TRUE.get(part, ())}


def test_the_hash_is_the_same_after_the_database_kept_the_document(acme, full):
    with acme:
        frozen = freeze_baseline(full, reason="For review", actor=acme.officer)
        kept = Baseline.objects.get(pk=frozen.pk)
        assert sha256_of(kept.document) == kept.sha256 == frozen.sha256
        assert document(full) == kept.document
        assert kept.element_count == 7
        assert set(kept.reviews) == {str(link.pk) for link in Link.objects.filter(case=full)}


def test_what_is_known_changes_no_document(acme, full):
    """Readings, verdicts, holds, what detectors saw and a newer version of the same evidence are facts."""
    with acme:
        before = document(full)
        send(acme, *both_groups())
        report_condition(full.conditions.order_by("number")[0], seen="tripped", actor=acme.officer)
        hold_down(element(full, "G3"), to=1, reason="Not sure", actor=acme.officer)
        binding = EvidenceBinding.objects.select_related("version__item").get(element__key="Sn1", element__case=full)
        newer = make_evidence(acme, item=binding.version.item)
        renew_binding(binding, version=newer, actor=acme.officer)
        withdraw_item(binding.version.item, reason="Wrong groups.", actor=acme.officer)
        assert document(full) == before


def test_what_is_said_changes_the_document(acme, full):
    with acme:
        seen = {sha256_of(document(full))}
        binding = EvidenceBinding.objects.get(element__key="Sn2", element__case=full)
        for change in (
            lambda: edit_element(element(full, "G2"), **said_of(full, "G2", statement="Other"), actor=acme.officer),
            lambda: unbind_evidence(binding, reason="Wrong one", actor=acme.officer),
            lambda: withdraw_element(element(full, "C1"), reason="Said elsewhere", actor=acme.officer),
            lambda: link_elements(full, source=element(full, "G2"), target=element(full, "Sn2"), actor=acme.officer),
        ):
            change()
            seen.add(sha256_of(document(full)))
        assert len(seen) == 5


def said_of(case, key, **fields):
    row = element(case, key)
    names = (
        "statement", "owner", "declaration", "declaration_reason", "category", "is_undeveloped", "combine", "combine_k",
        "combine_reason", "review_by",
    )  # fmt: skip
    return {"revision": None, **{name: getattr(row, name) for name in names}, **fields}


def test_baselines_are_numbered_within_their_case_and_name_their_parent(acme, full):
    with acme:
        first = freeze_baseline(full, reason="For review", actor=acme.officer)
        edit_element(element(full, "G2"), **said_of(full, "G2", statement="Otherwise"), actor=acme.officer)
        review_links(full, actor=acme.officer)
        second = freeze_baseline(full, reason="After the comments", actor=acme.officer)
        other = freeze_baseline(make_case(acme, title="Other", purpose="Else"), reason="For review", actor=acme.officer)
        full.refresh_from_db()
        assert [first.number, second.number, other.number] == [1, 2, 1]
        assert (first.parent, second.parent_id) == (None, first.pk)
        assert full.draft_baseline_id == second.pk
        assert full.live_baseline_id is None
        told = Event.objects.filter(event="cases.baseline.frozen", target_id=full.pk).latest("sequence")
        assert told.changes["sha256"] == second.sha256
        assert told.actor_id == acme.officer.pk


def test_an_argument_that_says_nothing_new_keeps_its_baseline(acme, sound):
    with acme:
        first = freeze_baseline(sound, reason="For review", actor=acme.officer)
        again = freeze_baseline(sound, reason="Once more", actor=acme.owner)
        assert again.pk == first.pk
        assert Baseline.objects.filter(case=sound).count() == 1


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_baseline_says_what_it_is_for(acme, sound, reason):
    with acme, pytest.raises(RuleBroken) as refused:
        freeze_baseline(sound, reason=reason, actor=acme.officer)
    assert refused.value.field == "reason"


def test_there_is_nothing_to_freeze_without_an_element(acme):
    with acme, pytest.raises(RuleBroken, match="no element"):
        freeze_baseline(make_case(acme, claim=""), reason="For review", actor=acme.officer)


def test_only_who_may_change_the_case_freezes_it(acme, sound):
    with acme, pytest.raises(PermissionDenied):
        freeze_baseline(sound, reason="For review", actor=acme.challenger)


def test_nobody_changes_a_baseline(acme, sound):
    with acme:
        frozen = freeze_baseline(sound, reason="For review", actor=acme.officer)
        for change in (
            lambda: Baseline.objects.filter(pk=frozen.pk).update(sha256="0" * 64),
            lambda: Baseline.objects.filter(pk=frozen.pk).update(frozen_at=timezone.now() - timedelta(days=9)),
        ):
            with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
                change()
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("delete from cases_baseline where id = %s", [frozen.pk])


def test_the_order_of_a_document_is_that_of_the_author(acme, sound):
    with acme:
        said = document(sound)
    assert [one["key"] for one in said["elements"]] == ["G1", "S1", "G2", "G3", "Sn1", "Sn2"]
