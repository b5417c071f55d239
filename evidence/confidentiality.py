"""Who may download the files of a piece of evidence, and find what they say by searching.

Internal: everybody who may download evidence. Confidential: also needs `evidence.confidential`. Restricted: also needs
`evidence.restricted`. Whoever keeps it, submitted a version of it or owns the system that it is about always may: they
brought it, or answer for what it says. What the evidence is called and until when it is current everybody sees, so that
nobody relies on something that they do not know to exist.
"""

from collections.abc import Mapping
from typing import Final

from django.db.models import Exists, OuterRef, Q

from aims.tenancy.models import Member
from evidence.models import Confidentiality, EvidenceItem, EvidenceVersion

NEEDED: Final[Mapping[str, str]] = {
    Confidentiality.INTERNAL: "evidence.download",
    Confidentiality.CONFIDENTIAL: "evidence.confidential",
    Confidentiality.RESTRICTED: "evidence.restricted",
}


def levels_of(member: Member) -> list[str]:
    """The confidentialities whose files the member may download whoever keeps them."""
    return [level for level, permission in NEEDED.items() if member.may(permission)]


def may_download(item: EvidenceItem, member: Member) -> bool:
    """Whether the member may download the files of this item; asks the database at most once, and seldom."""
    if not member.may("evidence.download"):
        return False
    if member.may(NEEDED[item.confidentiality]) or item.owner_id == member.pk:
        return True
    if item.system is not None and item.system.owner_id == member.pk:
        return True
    return item.versions.filter(submitted_by=member).exists()


def readable_by(member: Member) -> Q:
    """The same for a query over items."""
    submitted = EvidenceVersion.objects.filter(item=OuterRef("pk"), submitted_by=member)
    return Q(confidentiality__in=levels_of(member)) | Q(owner=member) | Q(system__owner=member) | Q(Exists(submitted))
