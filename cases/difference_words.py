"""What differs between two documents in words, grouped by element, for pages, paper and the API."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.pages.badges import Badge
from aims.tenancy.models import Member
from cases.differences import Difference, Differences, Kind
from cases.documents import LEVELS, MODELS, Document, Part
from cases.models import AssuranceCase, Element, Indicator, StandingLevel
from evidence.models import EvidenceItem

BADGES = {
    Kind.ADDED: Badge(gettext_lazy("Added"), "good", "plus"),
    Kind.REMOVED: Badge(gettext_lazy("Removed"), "bad", "trash"),
    Kind.CHANGED: Badge(gettext_lazy("Changed"), "info", "pencil"),
    Kind.MOVED: Badge(gettext_lazy("Moved"), "neutral", "switch-horizontal"),
}
NAMES = {
    "case": gettext_lazy("Case"),
    "modules": gettext_lazy("Module"),
    "elements": gettext_lazy("Element"),
    "links": gettext_lazy("Link"),
    "metrics": gettext_lazy("Metric"),
    "conditions": gettext_lazy("Degradation condition"),
    "bindings": gettext_lazy("Evidence"),
}

UNSAID: Final = frozenset({"source", "ordinal"})  # of a move: its title names both places


@dataclass(frozen=True, slots=True)
class Line:
    """One field before and after, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Worded:
    """One record that differs, in words."""

    kind: str
    part: str
    title: str
    name: str
    lines: tuple[Line, ...]

    @property
    def badge(self) -> Badge:
        return BADGES[Kind(self.kind)]


@dataclass(slots=True)
class Group:
    """All that differs about one element, or about the case as a whole (no key)."""

    key: str
    statement: str
    differences: list[Worded] = field(default_factory=list)
    gid: str = ""

    @property
    def anchor(self) -> str:
        """Its place on a page."""
        return f"words-{self.gid or 'case'}"


class Names:
    """What gids are called: elements and modules by the documents, people, evidence and indicators by the registers."""

    def __init__(self, before: Document, after: Document, differences: Differences) -> None:
        self.elements: dict[str, str] = {}
        self.statements: dict[str, str] = {}
        for document in (before, after):
            modules = {
                one["gid"]: "" if one["is_default"] else f"{one['key']}:" for one in document[Part.MODULES.value]
            }
            for one in document[Part.ELEMENTS.value]:
                self.elements[one["gid"]] = f"{modules.get(one['module'], '')}{one['key']}"
                self.statements[one["gid"]] = one["statement"]
            self.elements |= {one["gid"]: f"{one['key']}: {one['title']}" for one in document[Part.MODULES.value]}
            self.elements |= {one["gid"]: one["key"] for one in document[Part.METRICS.value]}
        self.others = self.read(differences)

    def read(self, differences: Differences) -> dict[str, str]:
        """One query, and none where nothing needs a name."""
        wanted: dict[Any, set[str]] = {Member: set(), EvidenceItem: set(), Indicator: set(), Element: set()}
        models = {"owner": Member, "responder": Member, "item": EvidenceItem, "indicator": Indicator, "cites": Element}
        for one in differences.found:
            said = [(name, value) for name, *values in one.fields for value in values] or list(one.record.items())
            for name, value in [*said, ("item", one.record.get("item"))]:
                if value and name in models:
                    wanted[models[name]].add(str(value))
        told = {Member: F("display_name"), EvidenceItem: F("title"), Indicator: F("name"), Element: F("statement")}
        asked = [
            model.objects.filter(pk__in=missing).order_by().values_list("pk", told[model])
            for model, ids in wanted.items()
            if (missing := [UUID(one) for one in ids if one not in self.elements])
        ]
        return {str(pk): str(name) for pk, name in (asked[0].union(*asked[1:]) if asked else ())}

    def of(self, gid: object) -> str:
        return self.elements.get(str(gid)) or self.others.get(str(gid)) or str(gid)[:8]


def in_words(differences: Differences, before: Document, after: Document) -> list[Group]:
    """Grouped by element in the order of the later document; the case as a whole comes first."""
    names = Names(before, after, differences)
    order = [one["gid"] for document in (after, before) for one in document[Part.ELEMENTS.value]]
    by_element: dict[str | None, Group] = {}
    for one in differences.told:
        gid = one.element
        if gid not in by_element:
            by_element[gid] = Group(names.of(gid) if gid else "", names.statements.get(gid or "", ""), gid=gid or "")
        by_element[gid].differences.append(worded(one, names))
    wanted: list[str | None] = [None, *dict.fromkeys(order)]
    return [by_element[gid] for gid in wanted if gid in by_element]


def worded(one: Difference, names: Names) -> Worded:
    unsaid = UNSAID if one.part == "links" and one.kind is Kind.MOVED else frozenset()
    lines = [line_of(one.part, name, old, new, names) for name, old, new in one.fields if name not in unsaid]
    return Worded(one.kind.value, one.part, title_of(one, names), str(NAMES[one.part]), tuple(lines))


def title_of(one: Difference, names: Names) -> str:
    """What the record is, in a line."""
    said = one.record
    match one.part:
        case "links":
            words = {"source": names.of(said["source"]), "target": names.of(said["target"])}
            if one.kind is Kind.MOVED and one.was("source") == said["source"]:
                return _("%(target)s, to another place below %(source)s") % words
            if one.kind is Kind.MOVED:
                words["before"] = names.of(one.was("source"))
                return _("%(target)s, from below %(before)s to below %(source)s") % words
            return _("%(source)s → %(target)s") % words
        case "metrics":
            return str(said["key"])
        case "conditions":
            return str(said["statement"] or said["not_applicable_reason"])[:200]
        case "bindings":
            return names.of(said["item"])
        case "elements":
            return str(said["statement"])[:300]
        case _:
            return str(said.get("title", ""))


def line_of(part: str, name: str, old: Any, new: Any, names: Names) -> Line:
    model = AssuranceCase if part == "case" else MODELS[Part(part)]
    if name == "item":
        return Line(str(NAMES["bindings"]), names.of(old), names.of(new))
    field_: Any = model._meta.get_field(name)
    label = str(field_.verbose_name)
    return Line(label[:1].upper() + label[1:], value_of(field_, name, old, names), value_of(field_, name, new, names))


def value_of(field_: Any, name: str, value: Any, names: Names) -> str:
    """A value as people read it; a dash for none."""
    if value is None or value == "" or value == []:
        return "–"
    if name in LEVELS:
        return str(StandingLevel[str(value).upper()].label)
    if field_.is_relation:
        return names.of(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field_.choices:
        return str(dict(field_.flatchoices).get(value, value))
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {one}" for key, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
