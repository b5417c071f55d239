"""Where an event leads: the page of the record that it is about, else the record's own page in the trail.

Only names of addresses stand here, so that no room is imported.
"""

from uuid import UUID

from django.urls import NoReverseMatch, reverse

# Kind of record -> (name of its page, which part of the record the address takes).
PAGES: dict[str, tuple[str, str]] = {
    "tenancy.organisation": ("tenancy:settings", ""),
    "tenancy.member": ("tenancy:member_detail", "member"),
    "tenancy.invitation": ("tenancy:member_list", ""),
    "tenancy.engagement": ("tenancy:engagement_detail", "number"),
    "documents.document": ("documents:document_detail", "number"),
    "standards.requirementposition": ("standards:position_detail", "number"),
    "inventory.aisystem": ("inventory:system_detail", "number"),
    "inventory.supplier": ("inventory:supplier_detail", "number"),
    "evidence.evidenceitem": ("evidence:evidence_detail", "number"),
    "risks.risk": ("risks:risk_detail", "number"),
    "risks.control": ("risks:control_detail", "number"),
    "cases.assurancecase": ("cases:case_detail", "number"),
    "cases.signal": ("cases:signal_detail", "number"),
    "audits.audit": ("audits:audit_detail", "number"),
    "audits.managementreview": ("audits:review_detail", "number"),
    "audits.nonconformity": ("audits:nonconformity_detail", "number"),
    "audits.pack": ("audits:pack_detail", "number"),
}


def register_link(kind: str, name: str, takes: str = "number") -> None:
    """Say which page shows records of a kind; `takes` names the address's parameter ("" for none)."""
    PAGES[kind] = (name, takes)


def kind_shown_on(name: str) -> str:
    """The kind of the records that a page shows; "" when no kind registered it."""
    return next((kind for kind, (page, _takes) in PAGES.items() if page == name), "")


def page_of(kind: str, *, slug: str, id: UUID, number: int | None) -> str:
    """The record's own page; "" when its kind has none."""
    name, takes = PAGES.get(kind, ("", ""))
    values = {"": {}, "number": {"number": number}}.get(takes, {takes: id})
    if not name or (takes == "number" and number is None):
        return ""
    try:
        return reverse(name, kwargs={"slug": slug, **values})
    except NoReverseMatch:
        return ""


def trail_of(kind: str, *, slug: str, id: UUID) -> str:
    """All that the trail holds about one record: its events and its past states."""
    return reverse("trail:record_detail", kwargs={"slug": slug, "kind": kind, "record": id})


def link_of(kind: str, *, slug: str, id: UUID, number: int | None) -> str:
    """Where an event about this record leads."""
    return page_of(kind, slug=slug, id=id, number=number) or trail_of(kind, slug=slug, id=id)
