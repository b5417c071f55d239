"""Panels: how a higher room shows something on the page of a lower room's record without being imported by it.

A room registers in its `AppConfig.ready()`: `register_panel("inventory.aisystem", risks_of_system, order=20,
permission="risks.view")`. The page of the record says `{% panels record %}` and gets every panel that its reader may see.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

# Any: each panel takes the one model that it is registered for.
Render = Callable[[HttpRequest, Any], SafeString | str]


@dataclass(frozen=True)
class Panel:
    """`render(request, record)` gives safe HTML, usually `render_to_string` of a template; "" shows nothing."""

    render: Render
    order: int
    permission: str

    @property
    def name(self) -> str:
        return f"{self.render.__module__}.{self.render.__qualname__}"


_panels: dict[str, dict[str, Panel]] = defaultdict(dict)


def register_panel(kind: str, render: Render, *, order: int = 100, permission: str = "") -> None:
    """Show `render` on the page of records of this kind, which is a model's label in lower case.

    Registering the same function again replaces it. Without a permission everybody who sees the page sees the panel.
    """
    panel = Panel(render, order, permission)
    _panels[kind][panel.name] = panel


def panels_for(record: Model) -> list[Panel]:
    """The panels of this kind of record in their order, whoever is reading."""
    return sorted(_panels.get(record._meta.label_lower, {}).values(), key=lambda panel: (panel.order, panel.name))


def render_panels(request: HttpRequest, record: Model) -> SafeString:
    """Every panel that the reader may see, one below the other."""
    member = getattr(request, "member", None)
    shown = [
        panel.render(request, record)
        for panel in panels_for(record)
        if not panel.permission or (member is not None and member.may(panel.permission))
    ]
    # SECURITY: a panel that is a plain string is escaped, only what a template made safe passes as it is.
    return format_html_join("", "{}", ((html,) for html in shown))
