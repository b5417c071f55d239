"""Migrating renders no model anew for an index, a constraint or a trigger, and knows of them all the same."""

from typing import Any

import pytest
from django.db import models
from django.db.migrations import AddConstraint, AddIndex, CreateModel, RemoveConstraint
from django.db.migrations.state import ProjectState

from aims.tenancy.migrating import rendering_models_only

UNIQUE = models.UniqueConstraint(fields=["name"], name="thing_name_uniq")
BY_NAME = models.Index(fields=["name"], name="thing_name_ix")


def things() -> ProjectState:
    state = ProjectState()
    fields = [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())]
    CreateModel("Thing", fields).state_forwards("inventory", state)
    return state


def named(state: ProjectState, name: str) -> list[str]:
    """What the rendered model says of itself."""
    return [one.name for one in getattr(state.apps.get_model("inventory", "Thing")._meta, name)]


def test_what_is_added_and_removed_is_named_in_the_same_rendered_model():
    state = things()
    rendered = state.apps.get_model("inventory", "Thing")
    with rendering_models_only():
        AddConstraint("thing", UNIQUE).state_forwards("inventory", state)
        AddIndex("thing", BY_NAME).state_forwards("inventory", state)
        assert (named(state, "constraints"), named(state, "indexes")) == (["thing_name_uniq"], ["thing_name_ix"])
        assert state.apps.get_model("inventory", "Thing") is rendered
        RemoveConstraint("thing", "thing_name_uniq").state_forwards("inventory", state)
        assert named(state, "constraints") == []
    assert [one.name for one in state.models["inventory", "thing"].options["indexes"]] == ["thing_name_ix"]


def test_what_is_rendered_later_is_as_ever():
    state = things()
    with rendering_models_only():
        AddConstraint("thing", UNIQUE).state_forwards("inventory", state)
    assert named(state, "constraints") == ["thing_name_uniq"]


def test_other_changes_still_render_and_nothing_stays_changed_after_a_failure():
    before: list[Any] = [ProjectState.add_constraint, ProjectState._append_option, ProjectState.reload_model]
    with pytest.raises(RuntimeError), rendering_models_only():
        state = things()
        rendered = state.apps.get_model("inventory", "Thing")
        state.add_field("inventory", "thing", "note", models.TextField(default=""), preserve_default=True)
        assert state.apps.get_model("inventory", "Thing") is not rendered
        raise RuntimeError
    assert [ProjectState.add_constraint, ProjectState._append_option, ProjectState.reload_model] == before
