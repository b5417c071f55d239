"""Migrating without working out all models anew for what changes no model.

Every tenant table has walls, references and triggers of its own, each an operation of several hundred. For each of them Django
renders the changed model and all that are related to it again, which is most of what migrating takes. An index, a constraint
or a trigger changes neither fields nor relations, so it is enough to name it in the rendered model.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger

OF_OPTIONS: tuple[tuple[Any, str], ...] = (
    (ProjectState, "_append_option"),
    (ProjectState, "_remove_option"),
    (AddTrigger, "state_forwards"),
    (RemoveTrigger, "state_forwards"),
)


NAMED_IN_MODELS = ("constraints", "indexes")  # AlterField asks them what is its own to drop


def keeping_what_is_rendered(change: Callable[..., None]) -> Callable[..., None]:
    """The same change of a state, without rendering."""

    def changed(*args: Any, **kwargs: Any) -> None:
        state = next(one for one in args if isinstance(one, ProjectState))
        state.reload_model = lambda *place, **_: name_in_rendered(state, *place)  # type: ignore[method-assign]
        try:
            change(*args, **kwargs)
        finally:
            del state.reload_model

    return changed


def name_in_rendered(state: ProjectState, app_label: str, model_name: str) -> None:
    if "apps" in vars(state):
        rendered, options = (
            state.apps.get_model(app_label, model_name)._meta,
            state.models[app_label, model_name.lower()].options,
        )
        for name in NAMED_IN_MODELS:
            setattr(rendered, name, list(options.get(name, [])))


@contextmanager
def rendering_models_only() -> Iterator[None]:
    """Inside, an operation on indexes, constraints or triggers leaves the rendered models as they are."""
    before = [getattr(owner, name) for owner, name in OF_OPTIONS]
    for (owner, name), change in zip(OF_OPTIONS, before, strict=True):
        setattr(owner, name, keeping_what_is_rendered(change))
    try:
        yield
    finally:
        for (owner, name), change in zip(OF_OPTIONS, before, strict=True):
            setattr(owner, name, change)
