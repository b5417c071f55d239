"""What people say about the organisation, its members and who may enter."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.pages.forms import ActionForm, MemberChoiceField
from aims.tenancy.actions import LONGEST_TOKEN_DAYS
from aims.tenancy.models import Member, User
from aims.tenancy.permissions import Role


class OrganisationForm(ActionForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)


class RolesField(forms.MultipleChoiceField):
    """The roles as boxes to tick."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Roles"),
            choices=Role.choices,
            widget=forms.CheckboxSelectMultiple,
            help_text=gettext_lazy("A certification auditor holds no other role here, and also needs an engagement."),
        )


class MemberForm(ActionForm):
    """What may change about a member."""

    display_name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    job_title = forms.CharField(label=gettext_lazy("Job title"), max_length=150, required=False)
    unit = forms.CharField(label=gettext_lazy("Unit"), max_length=150, required=False)
    roles = RolesField()


class InvitationForm(ActionForm):
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    display_name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    roles = RolesField()


class JoinForm(ActionForm):
    """A new account for the address that was invited."""

    display_name = forms.CharField(label=gettext_lazy("Your name"), max_length=150)
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password_again = forms.CharField(
        label=gettext_lazy("Password again"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        password, again = given.get("password"), given.pop("password_again", None)
        if password and again and password != again:
            self.add_error("password_again", _("The two passwords differ. Type the same one twice."))
        elif password:
            try:
                validate_password(password, User(email=self.email, name=given.get("display_name", "")))
            except ValidationError as problem:
                self.add_error("password", problem)
        return given


class TokenForm(ActionForm):
    """A token's name, reach and life."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("What will use it, such as “build pipeline”."),
    )
    reach = forms.ChoiceField(
        label=gettext_lazy("What it may do"),
        widget=forms.RadioSelect,
        choices=[
            ("read", gettext_lazy("Read what you may read")),
            ("write", gettext_lazy("Everything that you may do")),
            ("chosen", gettext_lazy("Only what is ticked below")),
        ],
        initial="read",
    )
    days = forms.IntegerField(
        label=gettext_lazy("Days until it expires"), min_value=1, max_value=LONGEST_TOKEN_DAYS, initial=90
    )
    permissions = forms.MultipleChoiceField(
        label=gettext_lazy("Permissions"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["permissions"].choices = [(name, name) for name in sorted(member.permissions)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("reach") == "chosen" and not given.get("permissions") and "permissions" not in self.errors:
            self.add_error("permissions", _("Tick at least one permission, or choose another reach."))
        return given

    @property
    def scopes(self) -> list[str]:
        reach = self.cleaned_data["reach"]
        return self.cleaned_data["permissions"] if reach == "chosen" else [reach]


class EngagementForm(ActionForm):
    """A certification auditor's door: who, when, about which period."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    member = MemberChoiceField(
        label=gettext_lazy("Auditor"),
        queryset=Member.objects.none(),
        help_text=gettext_lazy("Members with the role of certification auditor."),
    )
    body = forms.CharField(label=gettext_lazy("Certification body"), max_length=200, required=False)
    starts_on = forms.DateField(label=gettext_lazy("Opens on"))
    ends_on = forms.DateField(label=gettext_lazy("Closes on"), help_text=gettext_lazy("The last day, included."))
    period_from = forms.DateField(label=gettext_lazy("Audited period from"))
    period_to = forms.DateField(label=gettext_lazy("Audited period to"))
    is_limited = forms.BooleanField(
        label=gettext_lazy("Only some AI systems"),
        required=False,
        help_text=gettext_lazy("You choose them on the next page. Otherwise the auditor sees the whole organisation."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = Member.objects.holding(Role.CERTIFICATION_AUDITOR)  # type: ignore[attr-defined]


class AuditorForm(ActionForm):
    """Another auditor of the team."""

    member = MemberChoiceField(
        label=gettext_lazy("Auditor"),
        queryset=Member.objects.none(),
        help_text=gettext_lazy("Members with the role of certification auditor."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = Member.objects.holding(Role.CERTIFICATION_AUDITOR)  # type: ignore[attr-defined]
