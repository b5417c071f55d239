"""Search over the registers: what a member may see, found by words, number or reference, a few of each kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aims.documents.models import Document
from aims.pages.finding import SEARCH_LENGTH, search
from aims.pages.forms import ActionForm
from aims.tenancy.models import Member
from cases.models import AssuranceCase
from evidence.listing import EvidenceListing
from evidence.models import EvidenceItem
from evidence.text_search import Snippet
from inventory.models import AISystem
from risks.models import Control, Risk

SHOWN = 8


class SearchForm(ActionForm):
    """What to look for."""

    q = forms.CharField(
        label=_("Search for"),
        max_length=SEARCH_LENGTH,
        help_text=_("Words of a title or of a file of evidence, a number such as 12, or A.6.2.4."),
    )


@dataclass(frozen=True)
class Register:
    """A kind of record that search looks through."""

    key: str
    label: str | Promise
    icon: str
    permission: str
    rows: Callable[[], QuerySet[Any]]
    fields: tuple[str, ...]
    list_name: str
    detail_name: str
    title: Callable[[Any], str]
    listing: type[EvidenceListing] | None = None
    """The register's own list, where that searches in more than the fields."""


REGISTERS = (
    Register(
        "systems",
        _("AI systems"),
        "cpu",
        "systems.view",
        AISystem.objects.all,
        ("name", "purpose"),
        "inventory:system_list",
        "inventory:system_detail",
        lambda record: record.name,
    ),
    Register(
        "risks",
        _("Risks"),
        "alert-triangle",
        "risks.view",
        Risk.objects.all,
        ("title",),
        "risks:risk_list",
        "risks:risk_detail",
        lambda record: record.title,
    ),
    Register(
        "controls",
        _("Controls"),
        "shield-check",
        "controls.view",
        Control.objects.all,
        ("reference", "title"),
        "risks:control_list",
        "risks:control_detail",
        lambda record: f"{record.reference} {record.title}",
    ),
    Register(
        "cases",
        _("Assurance cases"),
        "sitemap",
        "cases.view",
        AssuranceCase.objects.all,
        ("title",),
        "cases:case_list",
        "cases:case_detail",
        lambda record: record.title,
    ),
    Register(
        "evidence",
        _("Evidence"),
        "file-check",
        "evidence.view",
        EvidenceItem.objects.all,
        ("title",),
        "evidence:evidence_list",
        "evidence:evidence_detail",
        lambda record: record.title,
        EvidenceListing,
    ),
    Register(
        "documents",
        _("Documents"),
        "files",
        "documents.view",
        Document.objects.all,
        ("title",),
        "documents:document_list",
        "documents:document_detail",
        lambda record: record.title,
    ),
)


@dataclass(frozen=True)
class Found:
    """One record that matches."""

    number: int
    title: str
    url: str
    snippet: Snippet | None = None
    """The place in a file where the words stand."""


@dataclass(frozen=True)
class Group:
    """The first matches of one kind; `has_more` says that the list has others."""

    key: str
    label: str
    icon: str
    found: list[Found]
    has_more: bool
    list_url: str


def search_everything(text: str, *, member: Member, slug: str) -> list[Group]:
    """Matches by kind, one query for each kind that the member may see; kinds without a match are left out."""
    groups = [
        search_register(register, text, slug, member) for register in REGISTERS if member.may(register.permission)
    ]
    return [group for group in groups if group.found]


def search_register(register: Register, text: str, slug: str, member: Member) -> Group:
    listing = register.listing(member=member) if register.listing else None
    rows = register.rows()
    found_rows = listing.searched(rows, text) if listing else search(rows, register.fields, text, number_field="number")
    records = list(found_rows.order_by("-number")[: SHOWN + 1])
    if listing:
        listing.complete(records[:SHOWN], text)
    return Group(
        key=register.key,
        label=str(register.label),
        icon=register.icon,
        found=[found(register, record, slug) for record in records[:SHOWN]],
        has_more=len(records) > SHOWN,
        list_url=reverse(register.list_name, args=[slug]),
    )


def found(register: Register, record: Model, slug: str) -> Found:
    number = record.number  # type: ignore[attr-defined]
    link = reverse(register.detail_name, args=[slug, number])
    return Found(number, register.title(record), link, getattr(record, "snippet", None))
