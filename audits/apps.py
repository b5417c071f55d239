from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditsConfig(AppConfig):
    name = "audits"
    label = "audits"
    verbose_name = _("Audits and reviews")

    def ready(self) -> None:
        from aims.pages.panels import register_panel
        from aims.trail.links import register_link
        from aims.trail.wording import register_words
        from audits.panels import findings_of_system
        from audits.wording import input_title, item_result, result_title

        register_panel("inventory.aisystem", findings_of_system, order=60, permission="audits.view")
        register_words("audits.audit", "result", item_result)
        register_words("audits.managementreview", "result", result_title)
        register_words("audits.managementreview", "input", input_title)
        register_link("audits.finding", "audits:finding_detail")
        register_link("audits.correctiveaction", "audits:corrective_action_detail")
        register_link("audits.reviewaction", "audits:review_action_detail")
