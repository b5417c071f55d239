"""What people say about audits, nonconformities and management reviews, brought into shape."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import ActionForm, MemberChoiceField
from aims.standards import catalogue
from aims.tenancy.models import Member
from aims.tenancy.permissions import PERMISSIONS, READ_ONLY_ROLES, Role
from audits.models import ChecklistItem, Finding, ManagementReview, ReviewDecision
from audits.wording import requirement_choices, result_choices, shortened
from inventory.models import AISystem
from inventory.picking import every_system, system_field, systems_in_use

CHOOSE = [("", _("Choose"))]


def text_area(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def holders_of(permission: str) -> Any:
    """Active members whose roles allow something."""
    roles = [role for role, permissions in PERMISSIONS.items() if permission in permissions]
    return Member.objects.active().filter(roles__overlap=[str(role) for role in roles])


def systems_to_choose(kept: AISystem | None = None) -> Any:
    """Systems in use, and the one that the record names already."""
    return (systems_in_use() | every_system().filter(pk=kept.pk)) if kept else systems_in_use()


class NothingForm(ActionForm):
    """A step that needs only its button."""


class ReasonForm(ActionForm):
    """A step that needs its reason."""

    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=text_area(3))


class AuditForm(ActionForm):
    title = forms.CharField(label=_("Title"), max_length=200)
    criteria = forms.CharField(
        label=_("Criteria"),
        max_length=5000,
        widget=text_area(3),
        help_text=_("What is audited against: clauses, the AI policy, procedures, contracts."),
    )
    scope_text = forms.CharField(
        label=_("Scope"),
        max_length=5000,
        widget=text_area(3),
        help_text=_("Which systems, units, places and period the audit covers."),
    )
    lead_auditor = MemberChoiceField(
        label=_("Lead auditor"),
        queryset=Member.objects.none(),
        empty_label=_("Choose"),
        help_text=_("An internal auditor who does not own what is audited."),
    )
    starts_on = forms.DateField(label=_("Starts"))
    ends_on = forms.DateField(label=_("Ends"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lead_auditor"].queryset = Member.objects.active().filter(roles__contains=[Role.INTERNAL_AUDITOR])


class ClausesForm(ActionForm):
    clauses = forms.MultipleChoiceField(
        label=_("Clauses"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Every requirement of a chosen clause becomes an item of the checklist."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clauses"].choices = [
            (clause.ref, f"{clause.ref} {clause.title} ({len(clause.requirements)})")
            for clause in catalogue.auditable_clauses()
        ]


class ItemForm(ActionForm):
    result = forms.ChoiceField(label=_("Result"), choices=ChecklistItem.Result.choices, widget=forms.RadioSelect)
    notes = forms.CharField(
        label=_("What was seen"),
        required=False,
        max_length=10_000,
        widget=text_area(5),
        help_text=_("Records looked at, people asked, samples taken. A verdict without it is refused."),
    )


class FindingForm(ActionForm):
    grade = forms.ChoiceField(label=_("Grade"), choices=[*CHOOSE, *Finding.Grade.choices])
    requirement = forms.ChoiceField(label=_("Requirement"), required=False)
    system = system_field(label=_("AI system"), required=False, help_text=_("Name or number. Empty: no single system."))
    statement = forms.CharField(
        label=_("What was found"),
        max_length=5000,
        widget=text_area(),
        help_text=_("The difference between what is asked and what was seen."),
    )
    evidence_seen = forms.CharField(
        label=_("Evidence seen"),
        max_length=5000,
        widget=text_area(3),
        help_text=_("Records, dates and places, so that anybody can look again."),
    )

    def __init__(self, *args: Any, finding: Finding | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["requirement"].choices = [("", _("None (observation or opportunity)")), *requirement_choices()]
        self.fields["system"].queryset = systems_to_choose(finding.system if finding else None)


class ReportForm(ActionForm):
    conclusion = forms.CharField(
        label=_("Conclusion"),
        max_length=10_000,
        widget=text_area(6),
        help_text=_("Whether the audited part conforms to the criteria and works as intended."),
    )
    open_items_reason = forms.CharField(
        label=_("Why items stay open"),
        required=False,
        max_length=2000,
        widget=text_area(2),
        help_text=_("Needed while items of the checklist were not looked at."),
    )


class NonconformityForm(ActionForm):
    title = forms.CharField(label=_("Title"), max_length=200)
    description = forms.CharField(label=_("What is not met"), max_length=5000, widget=text_area())
    requirement = forms.ChoiceField(label=_("Requirement"), required=False)
    system = system_field(label=_("AI system"), required=False, help_text=_("Name or number. Empty: no single system."))
    owner = MemberChoiceField(
        label=_("Responsible"),
        queryset=Member.objects.none(),
        empty_label=_("Choose"),
        help_text=_("Who finds the cause and sees to the actions."),
    )
    due_on = forms.DateField(label=_("Due"), help_text=_("When it is to be closed."))

    def __init__(self, *args: Any, system: AISystem | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["requirement"].choices = [("", _("Not one of the standard")), *requirement_choices()]
        self.fields["system"].queryset = systems_to_choose(system)
        self.fields["owner"].queryset = holders_of("improvement.edit")


class AnalysisForm(ActionForm):
    correction = forms.CharField(
        label=_("Correction"),
        required=False,
        max_length=5000,
        widget=text_area(3),
        help_text=_("What was done at once to contain it and deal with its consequences."),
    )
    root_cause = forms.CharField(
        label=_("Root cause"),
        max_length=5000,
        widget=text_area(),
        help_text=_("Why it could happen, and whether the same exists or could occur elsewhere."),
    )


class CorrectiveActionForm(ActionForm):
    description = forms.CharField(
        label=_("What will be done"),
        max_length=5000,
        widget=text_area(3),
        help_text=_("It removes the cause, not only the consequence."),
    )
    owner = MemberChoiceField(label=_("Responsible"), queryset=Member.objects.none(), empty_label=_("Choose"))
    due_on = forms.DateField(label=_("Due"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = holders_of("improvement.edit")


class DoneForm(ActionForm):
    note = forms.CharField(
        label=_("What was done"), max_length=5000, widget=text_area(3), help_text=_("And where it can be seen.")
    )
    done_on = forms.DateField(label=_("Done on"), required=False, help_text=_("Empty: today."))


class EffectForm(ActionForm):
    is_effective = forms.TypedChoiceField(
        label=_("Did it work?"),
        choices=[
            ("yes", _("Effective: the cause is gone")),
            ("no", _("Not effective: the nonconformity goes back to its cause")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("How the effect was checked and what was seen"), max_length=5000, widget=text_area(3)
    )


class CloseForm(ActionForm):
    note = forms.CharField(label=_("Remark"), required=False, max_length=5000, widget=text_area(2))


class ReviewForm(ActionForm):
    title = forms.CharField(label=_("Title"), max_length=200)
    held_on = forms.DateField(
        label=_("Date of the meeting"), help_text=_("The inputs are gathered as of the end of this day.")
    )
    chair = MemberChoiceField(label=_("Chair"), queryset=Member.objects.none(), empty_label=_("Choose"))
    attendees = forms.CharField(
        label=_("Attendees"),
        required=False,
        max_length=2000,
        widget=text_area(2),
        help_text=_("Names with their roles."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chair"].queryset = holders_of("reviews.hold")


class CommentForm(ActionForm):
    comment = forms.CharField(label=_("Comment"), required=False, max_length=10_000, widget=text_area(4))


class DecisionForm(ActionForm):
    result = forms.ChoiceField(label=_("Kind"))
    statement = forms.CharField(
        label=_("Decision"),
        max_length=5000,
        widget=text_area(3),
        help_text=_("“None needed” with its reason is a decision too, and is recorded."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["result"].choices = [*CHOOSE, *result_choices()]


class DecisionChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, obj: ReviewDecision) -> str:
        return f"{obj.number} {shortened(obj.statement, 80)}"


class ReviewActionForm(ActionForm):
    description = forms.CharField(label=_("What will be done"), max_length=5000, widget=text_area(3))
    owner = MemberChoiceField(label=_("Responsible"), queryset=Member.objects.none(), empty_label=_("Choose"))
    due_on = forms.DateField(label=_("Due"))
    decision = DecisionChoiceField(
        label=_("Follows from decision"),
        queryset=ReviewDecision.objects.none(),
        required=False,
        empty_label=_("No single decision"),
    )

    def __init__(self, *args: Any, review: ManagementReview, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        readers = [str(role) for role in READ_ONLY_ROLES]
        self.fields["owner"].queryset = Member.objects.active().exclude(roles__contained_by=readers)
        self.fields["decision"].queryset = ReviewDecision.objects.filter(review=review)


class ClosingForm(ActionForm):
    note = forms.CharField(label=_("What became of it"), max_length=1000, widget=text_area(3))


class HoldForm(ActionForm):
    attendees = forms.CharField(
        label=_("Attendees"), max_length=2000, widget=text_area(2), help_text=_("Who took part, with their roles.")
    )
    conclusion = forms.CharField(
        label=_("Conclusion"),
        max_length=10_000,
        widget=text_area(5),
        help_text=_("Does the management system still suit the organisation, does it suffice, does it work?"),
    )


def in_a_month() -> date:
    return timezone.localdate() + timedelta(days=30)
