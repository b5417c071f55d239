from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RisksConfig(AppConfig):
    name = "risks"
    label = "risks"
    verbose_name = _("Risks and controls")

    def ready(self) -> None:
        from aims.pages.panels import register_panel
        from aims.trail.listeners import on_event
        from aims.trail.wording import register_words
        from evidence.reliance import register_reliance
        from evidence.subjects import register_subject
        from risks.asking import CONTROLS
        from risks.panels import controls_on_evidence, risks_of_system
        from risks.relying import controls_that_would_fall
        from risks.tasks import ring_for_controls, ring_for_systems
        from risks.wording import term_title

        register_panel("inventory.aisystem", risks_of_system, order=20, permission="risks.view")
        register_panel("evidence.evidenceitem", controls_on_evidence, order=20, permission="controls.view")
        register_words("risks.risk", "source", term_title)
        register_words("risks.risk", "harm", term_title)
        register_reliance(controls_that_would_fall, order=20, permission="controls.view")
        register_subject(CONTROLS)
        on_event("evidence.*", ring_for_controls)
        on_event("inventory.version.*", ring_for_systems)
