from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EvidenceConfig(AppConfig):
    name = "evidence"
    label = "evidence"
    verbose_name = _("Evidence")

    def ready(self) -> None:
        from aims.pages.panels import register_panel
        from evidence.panels import freshness_of_system

        register_panel("inventory.aisystem", freshness_of_system, order=40, permission="evidence.view")
