from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InventoryConfig(AppConfig):
    name = "inventory"
    label = "inventory"
    verbose_name = _("Inventory")

    def ready(self) -> None:
        from aims.pages.panels import register_panel
        from aims.trail.wording import register_words
        from inventory.engagement_views import covered_panel
        from inventory.wording import answers_in_words, question_in_words, reason_in_words

        register_panel("tenancy.engagement", covered_panel, order=10, permission="engagements.manage")
        register_words("inventory.aisystem", "screening", answers_in_words)
        register_words("inventory.aisystem", "tier_reasons", reason_in_words)
        register_words("inventory.aisystem", "unknown", question_in_words)
