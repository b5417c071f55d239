from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditsConfig(AppConfig):
    name = "audits"
    label = "audits"
    verbose_name = _("Audits and reviews")

    def ready(self) -> None:
        from aims.pages.panels import register_panel
        from aims.trail.links import register_link
        from audits.panels import findings_of_system

        register_panel("inventory.aisystem", findings_of_system, order=60, permission="audits.view")
        register_link("audits.finding", "audits:finding_detail")
        register_link("audits.correctiveaction", "audits:corrective_action_detail")
        register_link("audits.reviewaction", "audits:review_action_detail")
