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
        from audits.smelling import days_of_audits, found_by_audits
        from audits.successors import (
            corrective_action_url,
            is_open_action,
            is_open_nonconformity,
            nonconformity_url,
            raise_from_signal,
        )
        from audits.wording import input_title, item_result, result_title
        from cases.smells.outside import register_audit_days, register_found
        from cases.taking_over import Successor, register_successor

        register_audit_days(days_of_audits)
        register_found(found_by_audits)
        register_panel("inventory.aisystem", findings_of_system, order=60, permission="audits.view")
        register_words("audits.audit", "result", item_result)
        register_words("audits.managementreview", "result", result_title)
        register_words("audits.managementreview", "input", input_title)
        register_panel("cases.signal", raise_from_signal, order=10, permission="improvement.add")
        register_successor(Successor("NC", _("nonconformity"), is_open_nonconformity, nonconformity_url))
        register_successor(Successor("CA", _("corrective action"), is_open_action, corrective_action_url))
        register_link("audits.finding", "audits:finding_detail")
        register_link("audits.correctiveaction", "audits:corrective_action_detail")
        register_link("audits.reviewaction", "audits:review_action_detail")
