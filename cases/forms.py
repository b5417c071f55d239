"""What people enter about cases; the rules are in the actions."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import ActionForm, MemberChoiceField
from aims.tenancy.models import Member
from aims.tenancy.permissions import READ_ONLY_ROLES
from cases.access import Part
from cases.actions.outline import Direction
from cases.loading import name_of_version
from cases.models import AssuranceCase, Element, EvidenceBinding, StandingLevel
from cases.outline import MAY_BE_PUBLIC, PREMISES
from evidence.models import EvidenceVersion
from inventory.access import editable_by
from inventory.models import AISystem, Environment
from inventory.picking import system_field

POLICY_CHOICES = [
    (StandingLevel.WEAKENED.value, _("It is weakened")),
    (StandingLevel.UNSUPPORTED.value, _("It is unsupported")),
    (StandingLevel.HOLDS.value, _("It holds all the same; “what it shows” says why")),
]
HOLD_CHOICES = [(level.value, level.label) for level in reversed(StandingLevel) if level < StandingLevel.HOLDS]


def people_who_may_answer() -> Any:
    """Active members with at least one role that may act."""
    return Member.objects.active().exclude(roles__contained_by=[str(role) for role in READ_ONLY_ROLES])


class CaseForm(ActionForm):
    """What a case says of itself."""

    title = forms.CharField(label=_("Title"), max_length=300, help_text=_("What the case is called in lists."))
    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=300,
        help_text=_("What the system is relied on for. There is one case in force per system and purpose."),
    )
    scope_text = forms.CharField(
        label=_("Scope and operating context"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Users, people affected, decisions, channels: outside of these the case says nothing."),
    )
    accountable_owner = MemberChoiceField(
        label=_("Accountable owner"), queryset=None, help_text=_("One person, who is told when the case falls.")
    )
    review_by = forms.DateField(label=_("Review by"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["accountable_owner"].queryset = people_who_may_answer()  # type: ignore[attr-defined]


class PartForm(ActionForm):
    """Who does what in one case."""

    part = forms.ChoiceField(
        label=_("Part"),
        choices=Part.choices,
        help_text=_(
            "Authors build the argument, team reviewers read it, challengers look for what is wrong with it, deciders "
            "say whether it is enough; observers are told. Nobody judges an argument of their own."
        ),
    )
    member = MemberChoiceField(label=_("Person"), queryset=None)
    exception_reason = forms.CharField(
        label=_("Why in spite of another part"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "Only while nobody else could do it: then one person may have parts that do not go together, and this "
            "reason stays beside their name."
        ),
    )

    def __init__(self, *args: Any, is_alone: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = Member.objects.active()  # type: ignore[attr-defined]
        if not is_alone:
            del self.fields["exception_reason"]


class NewCaseForm(CaseForm):
    """A new case: also which system, and the claim on top."""

    system: Any = system_field(
        label=_("AI system"),
        pick_query="editable=yes",
        help_text=_("Name or number."),
    )
    claim = forms.CharField(
        label=_("Claim on top"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One sentence that is true or false, such as “Credit scoring treats applicants even-handedly”."),
    )
    field_order = ["system", "title", "purpose", "claim", "scope_text", "accountable_owner", "review_by"]

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        systems = editable_by(member).filter(status=AISystem.Status.REGISTERED)
        self.fields["system"].queryset = systems  # type: ignore[attr-defined]


class ElementForm(ActionForm):
    """An element of the argument; the fields that its kind does not have are left out."""

    statement = forms.CharField(
        label=_("Statement"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A goal is one sentence that is true or false; a solution names the evidence."),
    )
    owner = MemberChoiceField(
        label=_("Claim owner"), queryset=None, required=False, help_text=_("Who is told when this claim falls.")
    )
    category = forms.ChoiceField(
        label=_("Kind of claim"),
        required=False,
        choices=[("", _("Not said")), *Element.Category.choices],
        help_text=_("A case made of process claims alone says little about what the system does."),
    )
    declaration = forms.ChoiceField(
        label=_("Declared"),
        required=False,
        choices=Element.Declaration.choices,
        initial=Element.Declaration.ASSERTED,
    )
    declaration_reason = forms.CharField(
        label=_("Why it is taken as given"),
        required=False,
        max_length=1000,
        help_text=_("Only for what is assumed or axiomatic."),
    )
    is_undeveloped = forms.BooleanField(
        label=_("Undeveloped: to be argued later, on purpose"),
        required=False,
    )
    is_uninstantiated = forms.BooleanField(
        label=_("Uninstantiated: still in the general words of a pattern"), required=False
    )
    is_public = forms.BooleanField(label=_("Public: other modules and cases may cite it"), required=False)
    is_supported_by_contract = forms.BooleanField(
        label=_("Supported by contract: a contract module says what carries it"), required=False
    )
    combine = forms.ChoiceField(label=_("Needs"), choices=Element.Combine.choices, initial=Element.Combine.ALL)
    combine_k = forms.IntegerField(
        label=_("How many"), required=False, min_value=1, max_value=1000, help_text=_("Only for “at least so many”.")
    )
    combine_reason = forms.CharField(label=_("Why fewer than all are enough"), required=False, max_length=1000)
    review_by = forms.DateField(
        label=_("Review by"), required=False, help_text=_("After this day it weakens what rests on it.")
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people_who_may_answer()  # type: ignore[attr-defined]
        is_claim = kind in (Element.Kind.GOAL, Element.Kind.STRATEGY)
        left_out = ["review_by"] if is_claim else ["is_undeveloped", "combine", "combine_k", "combine_reason"]
        if kind not in PREMISES and "review_by" not in left_out:
            left_out.append("review_by")
        if kind != Element.Kind.GOAL:
            left_out += ["owner", "category", "declaration", "declaration_reason", "is_supported_by_contract"]
        if kind not in MAY_BE_PUBLIC:
            left_out.append("is_public")
        for name in left_out:
            del self.fields[name]


class EditElementForm(ElementForm):
    """An edit may say that the links were looked at."""

    links_still_hold = forms.BooleanField(
        label=_("Its links still hold: I have looked at them"),
        required=False,
        help_text=_("Otherwise they await a review, and what rests on them is weakened until then."),
    )


class ControlClaimForm(ActionForm):
    """Which claim shows a control to work, or does so no more."""

    case = forms.IntegerField(label=_("Case"), min_value=1)
    element = forms.CharField(label=_("Claim"), max_length=60)
    relevance = forms.CharField(label=_("What it shows about the control"), max_length=500, required=False)
    remove = forms.BooleanField(required=False)


class StatementForm(ActionForm):
    """What an element says, changed in its place."""

    statement = forms.CharField(label=_("Statement"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))
    links_still_hold = forms.BooleanField(label=_("Its links still hold: I have looked at them"), required=False)


class BriefElementForm(ActionForm):
    """A new element in its place: its kind and what it says; the rest can be added later."""

    kind = forms.ChoiceField(label=_("Kind"))
    statement = forms.CharField(label=_("Statement"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind, Element.Kind(kind).label) for kind in kinds]  # type: ignore[attr-defined]


class CiteForm(ActionForm):
    """A public element to cite. Only what the search found is offered."""

    cites: Any = forms.ModelChoiceField(
        label=_("What it cites"), queryset=None, widget=forms.RadioSelect, empty_label=None
    )
    as_context = forms.BooleanField(label=_("It gives context instead of support"), required=False)

    def __init__(self, *args: Any, offered: list[Element], kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["cites"]
        field.queryset = Element.objects.in_use().filter(is_public=True)  # type: ignore[attr-defined]
        field.widget.choices = [(str(one.pk), said_of_cited(one)) for one in offered]  # type: ignore[attr-defined]
        if kind != Element.Kind.AWAY_GOAL:
            del self.fields["as_context"]


def said_of_cited(row: Element) -> str:
    return gettext("Case %(number)d, %(element)s: %(statement)s (%(standing)s)") % {
        "number": row.case.number,
        "element": row.address,
        "statement": row.statement,
        "standing": StandingLevel(row.standing).label,
    }


class CiteModuleForm(ActionForm):
    """A module to refer to."""

    cites_module: Any = forms.ModelChoiceField(label=_("What it refers to"), queryset=None, empty_label=None)
    as_context = forms.BooleanField(label=_("It gives context instead of support"), required=False)

    def __init__(self, *args: Any, modules: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cites_module"].queryset = modules  # type: ignore[attr-defined]
        if kind != Element.Kind.MODULE_REF:
            del self.fields["as_context"]


class ModuleForm(ActionForm):
    """What a module is called."""

    title = forms.CharField(label=_("Title"), max_length=300)


class NewModuleForm(ModuleForm):
    """A new module may choose its key."""

    key = forms.RegexField(
        r"\A[A-Za-z][A-Za-z0-9._-]{0,19}\Z",
        label=_("Key"),
        required=False,
        max_length=20,
        error_messages={"invalid": _("Start with a letter; letters, digits, dots, hyphens and underscores follow.")},
        help_text=_("Left empty, it gets the next one: M2, M3, …"),
    )
    is_contract = forms.BooleanField(
        label=_("A contract between modules"),
        required=False,
        help_text=_("It says how goals of one module are carried by goals of another."),
    )


class MoveForm(ActionForm):
    """One step in the outline."""

    direction = forms.ChoiceField(label=_("Where to"), choices=Direction.choices)
    beside = forms.UUIDField(required=False, widget=forms.HiddenInput)


class NewElementForm(ElementForm):
    """A new element may choose its key."""

    key = forms.RegexField(
        r"\A[A-Za-z][A-Za-z0-9._-]{0,19}\Z",
        label=_("Key"),
        required=False,
        max_length=20,
        error_messages={"invalid": _("Start with a letter; letters, digits, dots, hyphens and underscores follow.")},
        help_text=_("Left empty, it gets the next one of its kind."),
    )


class ElementAsRead(forms.ModelChoiceField):
    """An element as the list showed it: the choice carries its revision, so that nobody links what they have not read."""

    def prepare_value(self, value: Any) -> Any:
        return f"{value.pk}.{value.revision}" if isinstance(value, Element) else super().prepare_value(value)

    def to_python(self, value: Any) -> Any:
        key, _dot, revision = str(value or "").partition(".")
        element = super().to_python(key)
        if element is not None:
            element.revision_read = int(revision) if revision.isdecimal() and len(revision) < 10 else None
        return element


class LinkForm(ActionForm):
    """Another element to put below this one."""

    target: Any = ElementAsRead(label=_("Put below it"), queryset=None)
    is_exact = forms.BooleanField(label=_("If and only if: the claim is false whenever this one is"), required=False)
    exact_reason = forms.CharField(label=_("Why if and only if"), required=False, max_length=1000)

    def __init__(self, *args: Any, case: AssuranceCase, source: Element, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taken = source.outgoing.values("target_id")
        others = Element.objects.in_use().filter(case=case).exclude(pk=source.pk).exclude(pk__in=taken)
        self.fields["target"].queryset = others  # type: ignore[attr-defined]


class VersionField(forms.ModelChoiceField):
    """A version of a piece of evidence by its title."""

    def label_from_instance(self, obj: EvidenceVersion) -> str:
        return name_of_version(obj)


class BindingForm(ActionForm):
    """What an element asks of a piece of evidence."""

    locator = forms.CharField(
        label=_("Where in it"), required=False, max_length=300, help_text=_("Page, section, table or query.")
    )
    relevance = forms.CharField(
        label=_("What it shows"), required=False, max_length=1000, help_text=_("Why it speaks for this claim.")
    )
    environment_required = forms.ChoiceField(
        label=_("Must come from"), required=False, choices=[("", _("Anywhere")), *Environment.choices]
    )
    environment_policy = forms.TypedChoiceField(
        label=_("If it comes from a weaker environment"), coerce=int, choices=POLICY_CHOICES
    )
    version_policy = forms.TypedChoiceField(
        label=_("If another system version is deployed"), coerce=int, choices=POLICY_CHOICES
    )
    follow_latest = forms.BooleanField(
        label=_("Follow the latest version"),
        required=False,
        help_text=_("For monitoring series only: each newer version is taken by itself as soon as it is accepted."),
    )


class NewBindingForm(BindingForm):
    """Which evidence, and what is asked of it. Only what the search found is offered; any usable version is taken."""

    version = VersionField(label=_("Evidence"), queryset=None, widget=forms.RadioSelect, empty_label=None)
    field_order = ["version", "locator", "relevance"]

    def __init__(self, *args: Any, offered: list[EvidenceVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["version"]
        field.queryset = EvidenceVersion.objects.select_related("item")  # type: ignore[attr-defined]
        field.widget.choices = [(str(one.pk), name_of_version(one)) for one in offered]  # type: ignore[attr-defined]


class RenewForm(ActionForm):
    """Another version of the same evidence, or of the evidence that superseded it."""

    version = VersionField(label=_("Version"), queryset=None, empty_label=None)

    def __init__(self, *args: Any, binding: EvidenceBinding, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        item = binding.version.item
        own = [item.pk] if item.is_active else [item.superseded_by_id]
        others = EvidenceVersion.objects.filter(item_id__in=own).exclude(pk=binding.version_id)
        usable = others.exclude(review__in=["rejected", "withdrawn"]).select_related("item")
        self.fields["version"].queryset = usable.order_by("-ordinal")  # type: ignore[attr-defined]


class HoldForm(ActionForm):
    """How low, and why. There is no field that raises a standing."""

    to = forms.TypedChoiceField(label=_("Hold down to"), coerce=int, choices=HOLD_CHOICES)
    reason = forms.CharField(label=_("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class ReasonForm(ActionForm):
    """Why."""

    reason = forms.CharField(label=_("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class CloseSignalForm(ActionForm):
    """What was decided about a signal."""

    decision = forms.CharField(
        label=_("What was decided"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Needed while the standing is not back, unless a corrective action takes the matter over."),
    )
    corrective_action = forms.CharField(
        label=_("Corrective action"),
        required=False,
        max_length=100,
        help_text=_("What takes it over, by its number: NC-7 is a nonconformity, CA-12 a corrective action."),
    )


class AssignSignalForm(ActionForm):
    """Who answers a signal from now on."""

    owner = MemberChoiceField(label=_("Who answers"), queryset=Member.objects.none(), empty_label=_("Choose"))
    reason = forms.CharField(label=_("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people_who_may_answer()  # type: ignore[attr-defined]


class AnswerSmellForm(ActionForm):
    """What a person says to something that smells."""

    answer = forms.CharField(
        label=_("Your answer"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Why it is so, or what is done about it and by when. Others read it beside the records."),
    )
