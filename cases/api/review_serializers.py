"""Comments, the checklist and opinions as the API gives and takes them."""

from typing import Any

from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cases.actions.reviews import mentionable
from cases.api.serializers import REVISION
from cases.comment_listing import on_what, words_of
from cases.models import ChecklistAnswer, Opinion, ReviewComment
from evidence.api.serializers import LARGEST, TextField

KEY = gettext_lazy("A key, such as G2.")


class CommentSerializer(serializers.ModelSerializer):
    """A remark on a case or a part of it; a withdrawn one says only that."""

    case = serializers.IntegerField(source="case.number", read_only=True)
    parent: Any = serializers.IntegerField(source="parent.number", default=None, allow_null=True, read_only=True)
    element = serializers.CharField(source="element.address", default=None, allow_null=True, read_only=True)
    step_to = serializers.CharField(source="step_to.address", default=None, allow_null=True, read_only=True)
    metric = serializers.CharField(source="metric.key", default=None, allow_null=True, read_only=True)
    condition = serializers.IntegerField(source="condition.number", default=None, allow_null=True, read_only=True)
    about = serializers.SerializerMethodField(help_text=gettext_lazy("What it is about, in words."))
    body = serializers.SerializerMethodField()
    author = serializers.CharField(source="author.display_name", default=None, read_only=True)
    resolved_by = serializers.CharField(source="resolved_by.display_name", default=None, read_only=True)

    class Meta:
        model = ReviewComment
        fields = [
            "number", "revision", "case", "parent", "element", "step_to", "metric", "condition", "about", "body", "status",
            "author", "created_at", "edited_at", "resolved_by", "resolved_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_about(self, comment: ReviewComment) -> str:
        return on_what(comment)

    def get_body(self, comment: ReviewComment) -> str:
        return words_of(comment)


class ThreadSerializer(CommentSerializer):
    """A comment with its answers."""

    replies = serializers.SerializerMethodField()

    class Meta(CommentSerializer.Meta):
        fields = [*CommentSerializer.Meta.fields, "replies"]
        read_only_fields = fields

    @extend_schema_field(CommentSerializer(many=True))
    def get_replies(self, comment: ReviewComment) -> Any:
        rows = comment.replies.with_people().select_related("parent").order_by("number")
        return CommentSerializer(rows, many=True).data


class MentionedField(serializers.UUIDField):
    """Somebody who sees the case, by their id."""

    def to_internal_value(self, data: Any) -> Any:
        member = mentionable().filter(pk=super().to_internal_value(data)).first()
        if member is None:
            raise serializers.ValidationError(_("There is no such active member who sees the case. Choose another."))
        return member


class ReplySerializer(serializers.Serializer):
    body = TextField(max_length=5000)
    mentions = serializers.ListField(child=MentionedField(), required=False, max_length=20)


class NewCommentSerializer(ReplySerializer):
    """On the case, or on one of: an element (with `step_to` a step), a metric, a condition."""

    element = TextField(max_length=60, required=False, allow_null=True, help_text=KEY)
    step_to = TextField(max_length=60, required=False, allow_null=True, help_text=KEY)
    metric = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False, allow_null=True)
    condition = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False, allow_null=True)


class EditCommentSerializer(serializers.Serializer):
    revision = serializers.IntegerField(min_value=0, max_value=LARGEST, help_text=REVISION)
    body = TextField(max_length=5000)


class PromptAnswerSerializer(serializers.ModelSerializer):
    """What one reviewer answered to one question."""

    member = serializers.CharField(source="member.display_name", read_only=True)

    class Meta:
        model = ChecklistAnswer
        fields = ["member", "answer", "remark", "answered_at", "argument_sha256", "catalogue"]
        read_only_fields = fields


class PromptSerializer(serializers.Serializer):
    """A question with the answers to it; stale ones were given about another text of the argument."""

    prompt = serializers.CharField(source="prompt.key")
    question = serializers.SerializerMethodField()
    current = PromptAnswerSerializer(many=True)
    stale = PromptAnswerSerializer(many=True)

    def get_question(self, asked: Any) -> str:
        return gettext(asked.prompt.question)


class GivenAnswerSerializer(serializers.Serializer):
    prompt = TextField(max_length=20)
    answer = serializers.ChoiceField(choices=ChecklistAnswer.Answer.choices)
    remark = TextField(max_length=2000, required=False, allow_blank=True)


class ChecklistSerializer(serializers.Serializer):
    """Answers to some of the questions, about the argument as it is now."""

    answers = serializers.ListField(child=GivenAnswerSerializer(), max_length=100)


class OpinionSerializer(serializers.Serializer):
    """A challenger's newest opinion; a gate counts it while it is current and they are appointed."""

    member = serializers.CharField(source="opinion.member.display_name")
    verdict = serializers.ChoiceField(source="opinion.verdict", choices=Opinion.Verdict.choices)
    reason = serializers.CharField(source="opinion.reason")
    recorded_at = serializers.DateTimeField(source="opinion.recorded_at")
    argument_sha256 = serializers.CharField(source="opinion.argument_sha256")
    is_current = serializers.BooleanField()
    is_appointed = serializers.BooleanField()


class NewOpinionSerializer(serializers.Serializer):
    verdict = serializers.ChoiceField(choices=Opinion.Verdict.choices)
    reason = TextField(max_length=5000)
