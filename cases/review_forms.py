"""What reviewers enter: comments, answers to the checklist, opinions."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import ActionForm
from aims.tenancy.models import Member
from cases.actions.reviews import mentionable
from cases.models import ChecklistAnswer, Opinion
from cases.reviews import Asked


class MembersField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.display_name)


class EditCommentForm(ActionForm):
    """What a comment says."""

    body = forms.CharField(
        label=_("Comment"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Name somebody with @ and their whole name, and they are told."),
    )


class CommentForm(EditCommentForm):
    """A new comment: also whom it should reach."""

    mentions = MembersField(
        label=_("Tell"),
        queryset=Member.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 5}),
        help_text=_("Several with Ctrl or Cmd held down. They are told, with a link to the comment."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mentions"].queryset = mentionable()  # type: ignore[attr-defined]


class OpinionForm(ActionForm):
    """What a challenger makes of the case."""

    verdict = forms.ChoiceField(label=_("Opinion"), choices=Opinion.Verdict.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What convinced you or did not, and what whoever decides should know."),
    )


class ChecklistForm(ActionForm):
    """The questions of one group; those left open stay open."""

    def __init__(self, *args: Any, asked: list[Asked], member: Member, **kwargs: Any) -> None:
        self.asked = asked
        initial: dict[str, Any] = {}
        for one in asked:
            if (mine := one.of(member)) is not None:
                name = self.name_of(one.prompt.key)
                initial |= {name: mine.answer, f"{name}_remark": mine.remark}
        super().__init__(*args, initial=initial, **kwargs)
        for one in asked:
            name = self.name_of(one.prompt.key)
            self.fields[name] = forms.ChoiceField(
                label=f"{one.prompt.key} {gettext(one.prompt.question)}",
                choices=[("", _("Not answered")), *ChecklistAnswer.Answer.choices],
                required=False,
            )
            self.fields[f"{name}_remark"] = forms.CharField(
                label=_("Remark on %s") % one.prompt.key,
                required=False,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    @staticmethod
    def name_of(key: str) -> str:
        return key.replace(".", "_")

    @property
    def values(self) -> dict[str, Any]:
        """Question → (answer, remark), of those that were answered."""
        said = super().values
        names = {one.prompt.key: self.name_of(one.prompt.key) for one in self.asked}
        given = {key: (said[name], said[f"{name}_remark"]) for key, name in names.items() if said.get(name)}
        return {"answers": given}
