"""Named reads of the inventory."""

from typing import Any

from django.db import models


class AISystemQuerySet(models.QuerySet[Any]):
    def in_use(self) -> "AISystemQuerySet":
        """Everything that is not retired."""
        return self.exclude(status="retired")

    def unscreened(self) -> "AISystemQuerySet":
        """Without a tier, so that nobody knows yet what is required."""
        return self.filter(tier="")

    def for_list(self) -> "AISystemQuerySet":
        """With what a row of the register shows."""
        return self.select_related("owner", "supplier", "current_version").defer("details", "screening", "imported")

    def for_page(self) -> "AISystemQuerySet":
        """With what the page of one system shows."""
        return self.select_related("owner", "supplier", "current_version").defer("imported")


class SystemImportQuerySet(models.QuerySet[Any]):
    def for_list(self) -> "SystemImportQuerySet":
        return self.select_related("requested_by").defer("rejected", "possible_duplicates", "notes", "mapping")
