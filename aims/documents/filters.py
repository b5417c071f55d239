"""Finding documents."""

from typing import Any

import django_filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aims.documents.models import Document
from aims.tenancy.models import Member

REVIEW = [("overdue", _("Overdue")), ("planned", _("Planned")), ("none", _("Not planned"))]


class DocumentFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Document.Kind.choices)
    status = django_filters.ChoiceFilter(label=_("Status"), choices=Document.Status.choices)
    owner = django_filters.ModelChoiceFilter(label=_("Owner"), queryset=Member.objects.order_by("display_name"))
    review = django_filters.ChoiceFilter(label=_("Review"), choices=REVIEW, method="by_review")

    class Meta:
        model = Document
        fields: list[str] = []

    def by_review(self, queryset: Any, _name: str, value: str) -> Any:
        if value == "none":
            return queryset.filter(review_on__isnull=True)
        today = timezone.localdate()
        return queryset.filter(**{"review_on__lt" if value == "overdue" else "review_on__gte": today})
