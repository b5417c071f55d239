from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "cases"
    label = "cases"
    verbose_name = _("Assurance cases")

    def ready(self) -> None:
        from aims.pages.panels import register_panel
        from aims.trail.links import register_link
        from aims.trail.wording import register_words
        from cases import condition_sweep, control_claims
        from cases.asking import CLAIMS
        from cases.following import listen
        from cases.panels import cases_of_system, claims_of_control, claims_on_evidence
        from cases.relying import claims_that_would_fall
        from cases.system_standing import standings_of_systems
        from cases.wording import standings_in_words
        from evidence.reliance import register_reliance
        from evidence.subjects import register_subject
        from inventory.standing import register_standings
        from risks.claims import register_claims

        listen()
        condition_sweep.listen()
        control_claims.listen()
        register_standings(standings_of_systems)
        register_claims(control_claims.claims_of_controls)
        for kind, name in (
            ("cases.assurancecase", "standing"),
            ("cases.assurancecase", "elements"),
            ("cases.signal", "standing"),
        ):
            register_words(kind, name, standings_in_words)
        register_link("cases.degradationcondition", "cases:condition_detail")
        register_link("cases.challenge", "cases:challenge_detail")
        register_link("cases.reviewcomment", "cases:comment_detail")
        register_subject(CLAIMS)
        register_reliance(claims_that_would_fall, order=10, permission="cases.view")
        register_panel("risks.control", claims_of_control, order=10, permission="cases.view")
        register_panel("inventory.aisystem", cases_of_system, order=30, permission="cases.view")
        register_panel("evidence.evidenceitem", claims_on_evidence, order=10, permission="cases.view")
