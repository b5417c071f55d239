"""Cases, arguments and signals as the API gives and takes them. Elements are named by their keys."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from cases.access import Part
from cases.actions.evidence import POLICIES
from cases.actions.outline import Direction
from cases.forms import people_who_may_answer
from cases.models import ArgumentModule, AssuranceCase, Element, Link, Signal, StandingLevel
from cases.outline import Level
from evidence.api.serializers import LARGEST, SystemNumberField, TextField
from evidence.models import EvidenceVersion
from inventory.models import Environment

STANDINGS = [(level.name.lower(), level.name.lower()) for level in StandingLevel]
POLICY_NAMES = [(level.name.lower(), level.name.lower()) for level in POLICIES]
HOLD_NAMES = [(level.name.lower(), level.name.lower()) for level in StandingLevel if level < StandingLevel.HOLDS]
RULE_LEVELS = [(level.value, level.value) for level in Level]
REVISION = gettext_lazy("The revision that you read, so that nobody is overwritten.")


class StandingField(serializers.ChoiceField):
    """A standing by its name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=STANDINGS, **kwargs)

    def to_representation(self, value: Any) -> str:
        return StandingLevel(value).name.lower()


class LevelField(serializers.ChoiceField):
    """A level that a person may choose, by its name."""

    def __init__(self, names: list[tuple[str, str]] | None = None, **kwargs: Any) -> None:
        self.names = names or POLICY_NAMES
        super().__init__(choices=self.names, **kwargs)

    def to_internal_value(self, data: Any) -> StandingLevel:
        return StandingLevel[str(super().to_internal_value(data)).upper()]


class MemberField(serializers.UUIDField):
    """A person who may answer for something, by their id."""

    def to_internal_value(self, data: Any) -> Any:
        member = people_who_may_answer().filter(pk=super().to_internal_value(data)).first()
        if member is None:
            raise serializers.ValidationError(_("There is no such active member who may act. Choose another."))
        return member


class PartField(serializers.ChoiceField):
    """What somebody does in a case, by its name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[(part.name.lower(), part.name.lower()) for part in Part], **kwargs)

    def to_internal_value(self, data: Any) -> Part:
        return Part[str(super().to_internal_value(data)).upper()]


class PartSerializer(serializers.Serializer):
    """Somebody and their part in the case."""

    member = MemberField()
    part = PartField()


class NewPartSerializer(PartSerializer):
    """A part to give; `exception_reason` only where nobody else could have it."""

    exception_reason = TextField(required=False, allow_blank=True, max_length=1000)


class PersonSerializer(serializers.Serializer):
    """Somebody who has a part in the case."""

    member = serializers.UUIDField()
    name = serializers.CharField()
    part = serializers.CharField()
    exception_reason = serializers.CharField()


class ElementField(TextField):
    """An element of the case by its key."""

    def to_internal_value(self, data: Any) -> Element:
        key = super().to_internal_value(data)
        element = Element.objects.in_use().filter(case=self.context["case"]).addressed(key).first()
        if element is None:
            raise serializers.ValidationError(_("This case has no element “%s”. Give the key of one.") % key[:30])
        element.case = self.context["case"]
        return element


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Case",
            response_only=True,
            value={
                "number": 3,
                "revision": 2,
                "title": "Credit scoring may be relied on",
                "purpose": "Deciding on small loans",
                "status": "draft",
                "standing": "unsupported",
                "next_transition_at": "2027-02-19T09:00:00.000001Z",
                "system": 7,
                "system_name": "Credit scoring",
                "tier": "T3",
                "accountable_owner": "01938f4e-5f8a-7d3e-9d57-0a3a8a6f2b11",
                "accountable_owner_name": "Otto Owner",
                "review_by": "2027-06-30",
                "state_since": None,
                "turn_due_on": None,
                "in_force_as": "",
                "open_signals": 1,
            },
        )
    ]
)
class CaseSerializer(serializers.ModelSerializer):
    """A case as the register lists it, with its standing at the time of asking."""

    standing = StandingField(read_only=True)
    system = serializers.IntegerField(source="system.number", read_only=True)
    system_name = serializers.CharField(source="system.name", read_only=True)
    tier = serializers.CharField(source="system.tier", read_only=True)
    accountable_owner = serializers.UUIDField(source="accountable_owner_id", read_only=True)
    accountable_owner_name = serializers.CharField(source="accountable_owner.display_name", read_only=True)
    open_signals = serializers.IntegerField(read_only=True)

    class Meta:
        model = AssuranceCase
        fields = [
            "number",
            "revision",
            "title",
            "purpose",
            "status",
            "standing",
            "next_transition_at",
            "system",
            "system_name",
            "tier",
            "accountable_owner",
            "accountable_owner_name",
            "review_by",
            "state_since",
            "turn_due_on",
            "in_force_as",
            "open_signals",
        ]
        read_only_fields = fields


class CauseSerializer(serializers.Serializer):
    """Something that is below Holds by itself, and the way from the claim down to it."""

    key = serializers.CharField(help_text=gettext_lazy("The element that it is about."))
    standing = StandingField()
    reason = serializers.CharField(help_text=gettext_lazy("A stable code, such as evidence_expired."))
    sentence = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    path = serializers.ListField(child=serializers.CharField())


class BindingSerializer(serializers.Serializer):
    """What an element rests on, and what that comes to now."""

    id = serializers.UUIDField(source="binding.pk")
    evidence = serializers.IntegerField(source="binding.version.item.number")
    version = serializers.IntegerField(source="binding.version.ordinal")
    title = serializers.CharField(source="binding.version.item.title")
    locator = serializers.CharField(source="binding.locator")
    relevance = serializers.CharField(source="binding.relevance")
    environment_required = serializers.CharField(source="binding.environment_required")
    environment_policy = StandingField(source="binding.environment_policy")
    version_policy = StandingField(source="binding.version_policy")
    follow_latest = serializers.BooleanField(source="binding.follow_latest")
    revision = serializers.IntegerField(source="binding.revision")
    standing = StandingField(source="finding.standing")
    reason = serializers.CharField(source="finding.reason", allow_null=True)
    has_newer_version = serializers.BooleanField(source="newer")


class CitedSerializer(serializers.Serializer):
    """The public element or the module that an element cites; null where you may not see it."""

    case = serializers.IntegerField()
    title = serializers.CharField()
    key = serializers.CharField(allow_null=True)
    module = serializers.CharField()
    statement = serializers.CharField()
    standing = StandingField(allow_null=True)
    is_reliable = serializers.BooleanField(
        help_text=gettext_lazy("Whether it is public, and in force in a case that is.")
    )


class ElementSerializer(serializers.ModelSerializer):
    """An element of the argument with its standing now."""

    key = serializers.CharField(source="address")
    module = serializers.CharField(source="module.key")
    cites = CitedSerializer(allow_null=True, source="cited_now")
    standing = StandingField()
    held_down_to = serializers.SerializerMethodField()
    owner = serializers.UUIDField(source="owner_id", read_only=True, allow_null=True)
    bindings = BindingSerializer(many=True, read_only=True, source="bound")

    class Meta:
        model = Element
        fields = [
            "key",
            "module",
            "kind",
            "revision",
            "statement",
            "cites",
            "standing",
            "owner",
            "declaration",
            "declaration_reason",
            "category",
            "is_undeveloped",
            "is_uninstantiated",
            "is_template_text",
            "pattern",
            "pattern_key",
            "modified_from_pattern",
            "is_public",
            "is_supported_by_contract",
            "combine",
            "combine_k",
            "combine_reason",
            "review_by",
            "held_down_to",
            "held_down_reason",
            "bindings",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=HOLD_NAMES, allow_null=True))
    def get_held_down_to(self, element: Element) -> str | None:
        return None if element.held_down_to is None else StandingLevel(element.held_down_to).name.lower()


class LinkSerializer(serializers.ModelSerializer):
    """From a claim to what carries it, or to the context that it is made in."""

    source = serializers.CharField(source="source_key", read_only=True)
    target = serializers.CharField(source="target_key", read_only=True)
    is_suspect = serializers.BooleanField(
        read_only=True, help_text=gettext_lazy("An end has changed since somebody looked at the link.")
    )

    class Meta:
        model = Link
        fields = ["id", "kind", "source", "target", "is_exact", "exact_reason", "is_suspect", "reviewed_at"]
        read_only_fields = fields


class ProblemSerializer(serializers.Serializer):
    """A rule of well-formedness that the argument breaks; level S is needed before submission, W is a warning."""

    rule = serializers.CharField()
    level = serializers.ChoiceField(choices=RULE_LEVELS)
    key = serializers.CharField(allow_blank=True)
    message = serializers.CharField()
    remedy = serializers.CharField()


class ModuleSerializer(serializers.ModelSerializer):
    """A part of the case that is argued by itself."""

    class Meta:
        model = ArgumentModule
        fields = ["key", "title", "is_contract", "is_default", "revision"]
        read_only_fields = fields


class CaseDetailSerializer(CaseSerializer):
    """A case with its whole argument, its standing now and why."""

    causes = CauseSerializer(many=True, read_only=True)
    elements = ElementSerializer(many=True, read_only=True, source="element_rows")
    links = LinkSerializer(many=True, read_only=True, source="link_rows")
    modules = ModuleSerializer(many=True, read_only=True, source="module_rows")
    problems = ProblemSerializer(many=True, read_only=True)
    people = PersonSerializer(many=True, read_only=True)

    class Meta(CaseSerializer.Meta):
        fields = [
            *(name for name in CaseSerializer.Meta.fields if name != "open_signals"),
            "scope_text",
            "withdrawn_reason",
            "causes",
            "modules",
            "elements",
            "links",
            "problems",
            "people",
        ]
        read_only_fields = fields


class StandingSerializer(serializers.Serializer):
    """Where the case and its elements stand, and why."""

    standing = StandingField()
    as_of = serializers.DateTimeField()
    next_transition_at = serializers.DateTimeField(allow_null=True)
    causes = CauseSerializer(many=True)
    elements = serializers.DictField(child=serializers.CharField(), help_text=gettext_lazy("Standing by key."))


class FallSerializer(serializers.Serializer):
    """An element that goes down at a time if nobody acts; without a key it is the case as a whole."""

    at = serializers.DateTimeField()
    key = serializers.CharField(source="element.address", default=None, allow_null=True)
    before = StandingField()
    after = StandingField()
    causes = CauseSerializer(many=True)


class HorizonSerializer(serializers.Serializer):
    """Where the case stands in so many days if nobody acts, and what falls until then."""

    days = serializers.IntegerField()
    standing = StandingField()
    falls = FallSerializer(many=True)


class TransitionSerializer(serializers.Serializer):
    """A change of standing; without a key it is that of the case."""

    key = serializers.CharField(source="element.address", default=None, allow_null=True)
    before = StandingField()
    after = StandingField()
    as_of = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    causes = CauseSerializer(many=True)


# --- What is sent ---


class NewCaseSerializer(serializers.Serializer):
    system = SystemNumberField()
    title = TextField(max_length=300)
    purpose = TextField(max_length=300)
    accountable_owner = MemberField()
    scope_text = TextField(max_length=10_000, required=False, allow_blank=True)
    review_by = serializers.DateField(required=False, allow_null=True)
    claim = TextField(max_length=5000, required=False, allow_blank=True)


class EditCaseSerializer(serializers.Serializer):
    """What is left out stays as it is."""

    revision = serializers.IntegerField(min_value=0, max_value=LARGEST, help_text=REVISION)
    title = TextField(max_length=300, required=False)
    purpose = TextField(max_length=300, required=False)
    accountable_owner = MemberField(required=False)
    scope_text = TextField(max_length=10_000, required=False, allow_blank=True)
    review_by = serializers.DateField(required=False, allow_null=True)


class ElementInputSerializer(serializers.Serializer):
    statement = TextField(max_length=5000)
    owner = MemberField(required=False, allow_null=True)
    declaration = serializers.ChoiceField(choices=Element.Declaration.choices, required=False)
    declaration_reason = TextField(max_length=1000, required=False, allow_blank=True)
    category = serializers.ChoiceField(choices=Element.Category.choices, required=False, allow_blank=True)
    is_undeveloped = serializers.BooleanField(required=False)
    is_uninstantiated = serializers.BooleanField(required=False)
    is_public = serializers.BooleanField(required=False)
    is_supported_by_contract = serializers.BooleanField(required=False)
    combine = serializers.ChoiceField(choices=Element.Combine.choices, required=False)
    combine_k = serializers.IntegerField(min_value=1, max_value=1000, required=False, allow_null=True)
    combine_reason = TextField(max_length=1000, required=False, allow_blank=True)
    review_by = serializers.DateField(required=False, allow_null=True)


class ModuleField(TextField):
    """A module of the case by its key."""

    def to_internal_value(self, data: Any) -> ArgumentModule:
        key = super().to_internal_value(data)
        module = ArgumentModule.objects.filter(case=self.context["case"], key=key[:30]).first()
        if module is None:
            raise serializers.ValidationError(_("This case has no module “%s”. Give the key of one.") % key[:30])
        module.case = self.context["case"]
        return module


class CitationSerializer(serializers.Serializer):
    """What an away element or a reference to a module cites: a public element, or a whole module, of any case."""

    case = serializers.IntegerField(
        min_value=1, max_value=LARGEST, required=False, help_text=gettext_lazy("Left out, this case.")
    )
    key = TextField(max_length=60, required=False)
    module = TextField(max_length=30, required=False)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        values = super().to_internal_value(data)
        number = values.get("case", self.context["case"].number)
        if "module" in values:
            rows = ArgumentModule.objects.select_related("case")
            found = rows.filter(case__number=number, key=values["module"]).first()
            return {"cites_module": self.or_refuse(found)}
        rows = Element.objects.in_use().filter(case__number=number).select_related("case")
        return {"cites": self.or_refuse(rows.addressed(values.get("key", "")).first())}

    def or_refuse(self, found: Any) -> Any:
        if found is None:
            raise serializers.ValidationError(
                _("There is no such element or module. Give the number of a case and the key of what is cited there.")
            )
        return found


class NewElementSerializer(ElementInputSerializer):
    statement = TextField(
        max_length=5000,
        required=False,
        help_text=gettext_lazy("An away element may leave it out and repeat the cited."),
    )
    kind = serializers.ChoiceField(choices=Element.Kind.choices)
    parent = ElementField(required=False, allow_null=True)
    after = ElementField(required=False, help_text=gettext_lazy("The sibling that it stands behind."))
    module = ModuleField(required=False)
    cites = CitationSerializer(required=False)
    as_context = serializers.BooleanField(
        required=False, help_text=gettext_lazy("Of an away goal or a module: that it gives context instead of support.")
    )
    key = TextField(max_length=20, required=False, allow_blank=True)


class EditElementSerializer(ElementInputSerializer):
    """What is left out stays as it is."""

    revision = serializers.IntegerField(min_value=0, max_value=LARGEST, help_text=REVISION)
    statement = TextField(max_length=5000, required=False)
    links_still_hold = serializers.BooleanField(
        required=False, help_text=gettext_lazy("You have looked at its links, and they hold as it reads now.")
    )


class NewModuleSerializer(serializers.Serializer):
    title = TextField(max_length=300)
    key = TextField(max_length=20, required=False, allow_blank=True)
    is_contract = serializers.BooleanField(required=False)


class EditModuleSerializer(serializers.Serializer):
    revision = serializers.IntegerField(min_value=0, max_value=LARGEST, help_text=REVISION)
    title = TextField(max_length=300)


class MoveSerializer(serializers.Serializer):
    """One step in the outline, taken from the order as it is now."""

    direction = serializers.ChoiceField(choices=Direction.choices)
    beside = serializers.UUIDField(
        required=False, help_text=gettext_lazy("Moving out: the link to the element above, where that stands twice.")
    )


class NewLinkSerializer(serializers.Serializer):
    source = ElementField()
    target = ElementField()
    as_context = serializers.BooleanField(required=False)
    is_exact = serializers.BooleanField(required=False)
    exact_reason = TextField(max_length=1000, required=False, allow_blank=True)
    revision = serializers.IntegerField(
        min_value=0,
        max_value=LARGEST,
        required=False,
        help_text=gettext_lazy("The revision of the source that you read."),
    )
    target_revision = serializers.IntegerField(
        min_value=0,
        max_value=LARGEST,
        required=False,
        help_text=gettext_lazy("The revision of the target that you read."),
    )


class BindingInputSerializer(serializers.Serializer):
    locator = TextField(max_length=300, required=False, allow_blank=True)
    relevance = TextField(max_length=1000, required=False, allow_blank=True)
    environment_required = serializers.ChoiceField(choices=Environment.choices, required=False, allow_blank=True)
    environment_policy = LevelField(required=False)
    version_policy = LevelField(required=False)
    follow_latest = serializers.BooleanField(
        required=False,
        help_text=gettext_lazy("For monitoring series only: newer accepted versions are taken by themselves."),
    )


class EditBindingSerializer(BindingInputSerializer):
    """What is left out stays as it is."""

    revision = serializers.IntegerField(min_value=0, max_value=LARGEST, help_text=REVISION)


class VersionInputSerializer(serializers.Serializer):
    """A version of a piece of evidence by number and version; without a version the current one."""

    evidence = serializers.IntegerField(min_value=1, max_value=LARGEST)
    version = serializers.IntegerField(min_value=1, max_value=LARGEST, required=False)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        number, ordinal = values.pop("evidence"), values.pop("version", None)
        versions = EvidenceVersion.objects.select_related("item").filter(item__number=number)
        wanted = versions.filter(ordinal=ordinal) if ordinal else versions.filter(item__current_id__isnull=False)
        found = next((one for one in wanted if ordinal or one.item.current_id == one.pk), None)
        if found is None:
            said = _("There is no such version of evidence %d. Give the number of a usable piece of evidence.")
            raise serializers.ValidationError({"evidence": said % number})
        return {**values, "version": found}


class RenewBindingSerializer(VersionInputSerializer):
    revision = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False, help_text=REVISION)


class NewBindingSerializer(VersionInputSerializer, BindingInputSerializer):
    """Evidence for an element, and what is asked of it."""


class ReasonSerializer(serializers.Serializer):
    reason = TextField(max_length=1000)


class ReasonOfRevisionSerializer(ReasonSerializer):
    """Why, and what was read: what says something else by now is left as it is."""

    revision = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False, help_text=REVISION)


class HoldSerializer(serializers.Serializer):
    to = LevelField(names=HOLD_NAMES)
    reason = TextField(max_length=1000)


class CloseSignalSerializer(serializers.Serializer):
    decision = TextField(max_length=1000, required=False, allow_blank=True)
    corrective_action = TextField(max_length=100, required=False, allow_blank=True)


class AssignSignalSerializer(serializers.Serializer):
    owner = MemberField()
    reason = TextField(max_length=1000)


# --- Signals ---


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Signal",
            response_only=True,
            value={
                "number": 4,
                "status": "open",
                "case": 3,
                "claim": None,
                "claim_module": None,
                "before": "holds",
                "after": "unsupported",
                "sentence": "Evidence “Bias test” (version 1) of Sn1 expired on 19 February 2027 (G1 → S1 → G2 → Sn1); "
                "claim G1 of “Credit scoring may be relied on” is no longer supported; the case is unsupported.",
                "owner": "01938f4e-5f8a-7d3e-9d57-0a3a8a6f2b11",
                "owner_name": "Otto Owner",
                "due_on": "2027-02-22",
                "created_at": "2027-02-19T09:01:00Z",
                "escalated_at": None,
                "restored_at": None,
                "closed_at": None,
                "closing_reason": "",
                "corrective_action": "",
            },
        )
    ]
)
class SignalSerializer(serializers.ModelSerializer):
    """A loss of standing that somebody must answer."""

    case = serializers.IntegerField(source="case.number", read_only=True)
    claim = serializers.CharField(source="element.key", default=None, allow_null=True, read_only=True)
    claim_module = serializers.CharField(
        source="element.module.key",
        default=None,
        allow_null=True,
        read_only=True,
        help_text=gettext_lazy("The module in which that key is to be found."),
    )
    before = StandingField(read_only=True)
    after = StandingField(read_only=True)
    owner = serializers.UUIDField(source="owner_id", read_only=True)
    owner_name = serializers.CharField(source="owner.display_name", read_only=True)

    class Meta:
        model = Signal
        fields = [
            "number",
            "status",
            "case",
            "claim",
            "claim_module",
            "before",
            "after",
            "sentence",
            "owner",
            "owner_name",
            "due_on",
            "created_at",
            "escalated_at",
            "restored_at",
            "closed_at",
            "closing_reason",
            "corrective_action",
        ]
        read_only_fields = fields
        reads: dict[str, tuple[str, ...]] = {}


class SignalDetailSerializer(SignalSerializer):
    """A signal with its causes."""

    causes = CauseSerializer(many=True, read_only=True, source="worded_causes")

    class Meta(SignalSerializer.Meta):
        fields = [*SignalSerializer.Meta.fields, "causes"]
        read_only_fields = fields
