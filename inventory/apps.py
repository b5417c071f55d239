from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InventoryConfig(AppConfig):
    name = "inventory"
    label = "inventory"
    verbose_name = _("Inventory")

    def ready(self) -> None:
        from aims.pages.panels import register_panel
        from inventory.engagement_views import covered_panel

        register_panel("tenancy.engagement", covered_panel, order=10, permission="engagements.manage")
