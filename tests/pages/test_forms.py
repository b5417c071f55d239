import unicodedata

import pytest
from django import forms
from django.http import QueryDict
from django.template.loader import render_to_string

from aims.pages.forms import ActionForm, apply_action
from aims.rules import RuleBroken


class RiskForm(ActionForm):
    title = forms.CharField(max_length=20, help_text="In a few words.")
    notes = forms.CharField(required=False, widget=forms.Textarea)
    score = forms.IntegerField(required=False)
    due_on = forms.DateField(required=False)
    level = forms.ChoiceField(choices=[("", "Choose"), ("low", "Low")])


def filled(**changes: str) -> RiskForm:
    return RiskForm({"title": "Bias", "level": "low", **changes})


def test_a_good_form_gives_its_values_without_its_bookkeeping() -> None:
    form = RiskForm({"title": "Bias", "level": "low", "revision": "3"}, revision=3)
    assert form.is_valid()
    assert form.expected_revision == 3
    assert "revision" not in form.values
    assert form.values["title"] == "Bias"


@pytest.mark.parametrize("evil", ["a\x00b", "a\x07b", "a\u202eb", "a\x7fb", "\ufeffab", "a\u2066b"])
@pytest.mark.parametrize("field", ["title", "notes"])
def test_invisible_control_characters_are_refused_with_their_place(field: str, evil: str) -> None:
    form = filled(**{field: evil})
    assert not form.is_valid()
    assert "invisible control character at position" in form.errors[field][0]
    assert field.capitalize() in form.errors[field][0]


def test_text_is_normalised_before_it_is_measured() -> None:
    form = filled(title=unicodedata.normalize("NFD", "é" * 20), notes="one\r\ntwo\rthree")
    assert form.is_valid(), form.errors
    assert form.cleaned_data["title"] == "é" * 20
    assert form.cleaned_data["notes"] == "one\ntwo\nthree"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x" * 21),
        ("notes", "x" * 20_001),
        ("score", "99999999999999999999"),
        ("score", "-99999999999999999999"),
        ("score", "NaN"),
        ("due_on", "2026-02-30"),
        ("due_on", "99999-01-01"),
        ("level", "\x00"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(field: str, value: str) -> None:
    form = filled(**{field: value})
    assert not form.is_valid()
    assert list(form.errors) == [field]


def test_an_empty_required_field_says_what_to_do() -> None:
    form = RiskForm({})
    assert form.errors["title"] == ["Fill in “Title”."]
    assert form.errors["level"] == ["Choose an entry for “Level”."]


def test_dates_use_the_browser_s_picker_in_its_own_form() -> None:
    html = str(RiskForm(initial={"due_on": __import__("datetime").date(2026, 11, 21)})["due_on"])
    assert 'type="date"' in html
    assert 'value="2026-11-21"' in html


def test_a_broken_rule_becomes_an_error_of_the_form_or_of_its_field() -> None:
    def refuse(field: str | None = None) -> None:
        raise RuleBroken("The owner may not accept their own risk. Ask another member.", field=field)

    form = filled()
    assert form.is_valid()
    assert apply_form(form, lambda: refuse()) is None
    assert "may not accept" in form.non_field_errors()[0]
    form = filled()
    assert form.is_valid()
    assert apply_form(form, lambda: refuse("title")) is None
    assert "may not accept" in form.errors["title"][0]


def test_a_rule_about_a_field_that_the_form_lacks_still_shows() -> None:
    form = filled()
    assert form.is_valid()

    def refuse() -> None:
        raise RuleBroken("No.", field="elsewhere")

    apply_form(form, refuse)
    assert form.non_field_errors() == ["No."]


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """The action runs in a transaction."""


def apply_form(form: ActionForm, action):
    return apply_action(form, action)


def test_the_result_of_the_action_comes_back() -> None:
    assert apply_form(filled(), lambda: "the risk") == "the risk"


def test_an_error_of_the_program_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        apply_form(filled(), lambda: 1 / 0)


def test_the_page_of_a_refused_form_leads_to_each_field() -> None:
    html = render_to_string("components/form.html", {"form": RiskForm({"title": "<b>"})})
    assert 'role="alert"' in html
    assert '<a href="#id_level">Level</a>' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_level_error"' in html
    assert "<b>" not in html
    assert 'value="&lt;b&gt;"' in html


def test_the_page_of_a_form_names_help_and_marks_and_sends_once() -> None:
    html = render_to_string("components/form.html", {"form": RiskForm(revision=7)})
    assert 'aria-describedby="id_title_helptext"' in html
    assert 'id="id_title_helptext"' in html
    assert 'name="revision" value="7"' in html
    assert 'name="_once"' in html
    assert html.count("field-mark-required") == 2


def test_a_missing_revision_is_an_error_with_a_remedy() -> None:
    form = RiskForm({"title": "Bias", "level": "low", "revision": ""}, revision=3)
    assert "Open the record again" in form.errors["revision"][0]
    html = render_to_string("components/form.html", {"form": form})
    assert "Open the record again" in html


def test_the_submitted_mapping_stays_as_it_was() -> None:
    data = QueryDict("title=a%0D%0Ab&level=low")
    RiskForm(data)
    assert data["title"] == "a\r\nb"


def test_no_field_is_lost_when_the_groups_forget_it() -> None:
    class Grouped(RiskForm):
        groups_of_fields = (("Identity", "", ("title",)),)

    groups = Grouped().groups
    assert [field.name for _title, _help, fields in groups for field in fields] == list(RiskForm.base_fields)
