"""Claims as something that evidence is asked for."""

import re
from uuid import UUID

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from cases.models import Element
from evidence.subjects import Subject, SubjectKind

REFERENCE = re.compile(r"(?:C-)?(\d{1,9})[\s/]+(\S{1,41})")


def find(reference: str) -> Subject | None:
    match = REFERENCE.fullmatch(reference)
    if match is None:
        return None
    rows = Element.objects.in_use().exclude(case__status="withdrawn")
    element = rows.filter(case__number=int(match[1])).addressed(match[2]).select_related("case").first()
    return Subject("claim", element.pk, f"{element.case.number} {element}") if element else None


def url(subject_id: UUID, slug: str) -> str:
    element = Element.objects.filter(pk=subject_id).select_related("case", "module").first()
    if element is None:
        return ""
    page = reverse("cases:case_detail", args=[slug, element.case.number])
    return f"{page}?{urlencode({'element': element.address})}#element"


CLAIMS = SubjectKind(
    key="claim",
    label=_("A claim of a case"),
    help_text=_("A claim goes by the number of its case and its key, such as 12 G3."),
    find=find,
    url=url,
    permission="cases.view",
)
