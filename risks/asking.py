"""Controls as something that evidence is asked for."""

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from evidence.subjects import Subject, SubjectKind
from risks.models import Control


def find(reference: str) -> Subject | None:
    control = Control.objects.filter(reference__iexact=reference).first()
    return Subject("control", control.pk, str(control)) if control else None


def url(subject_id: UUID, slug: str) -> str:
    number = Control.objects.filter(pk=subject_id).values_list("number", flat=True).first()
    return reverse("risks:control_detail", args=[slug, number]) if number else ""


CONTROLS = SubjectKind(
    key="control",
    label=_("A control"),
    help_text=_("A control goes by its reference, such as A.6.2.4."),
    find=find,
    url=url,
    permission="controls.view",
)
