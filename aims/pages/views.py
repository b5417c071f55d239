"""The gallery: every component on one page, to look at while developing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from aims.pages.badges import FRESHNESS, STANDINGS, TIERS, Badge, named_badge
from aims.pages.forms import ActionForm
from aims.pages.listing import Chip, Column, Heading, Links, Listing, ListPage, PageLink


def only_while_developing(
    view: Callable[..., HttpResponse],
) -> Callable[..., HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not settings.DEBUG:
            raise Http404
        return view(request)

    return guarded


@dataclass(frozen=True)
class Sample:
    number: int
    title: str
    owner: str
    standing: str
    tier: str
    score: int
    reviewed_on: date | None


class SampleListing(Listing):
    name = "samples"
    caption = "Sample systems"
    columns = (
        Column("number", "No.", align="end", order_by=("number",)),
        Column("title", "System", is_heading=True, order_by=("title",)),
        Column("tier", "Tier", lambda sample: named_badge("tier", sample.tier)),
        Column(
            "standing",
            "Standing",
            lambda sample: named_badge("standing", sample.standing),
        ),
        Column("owner", "Owner", order_by=("owner",), is_minor=True),
        Column("score", "Records", align="end", order_by=("score",)),
        Column("reviewed_on", "Next review", is_minor=True),
    )

    def record_url(self, record: Any) -> str:
        return f"#sample-{record.number}"


class SampleForm(ActionForm):
    title = forms.CharField(max_length=120, help_text="What people call it, in a few words.")
    purpose = forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), required=False)
    stage = forms.ChoiceField(choices=[("", "Choose"), ("development", "In development"), ("use", "In use")])
    reviewed_on = forms.DateField(label="Next review", required=False, help_text="Empty: the tier's cadence.")
    people = forms.MultipleChoiceField(
        label="Who is affected",
        widget=forms.CheckboxSelectMultiple,
        choices=[("staff", "Staff"), ("public", "Public")],
    )
    decision = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[("yes", "Yes"), ("no", "No"), ("unknown", "Unknown")],
    )
    count = forms.IntegerField(label="Decisions a day", required=False, min_value=0)
    file = forms.FileField(label="Model card", required=False)
    is_public = forms.BooleanField(label="Its decisions reach people outside the organisation", required=False)
    groups_of_fields = (
        (
            "Identity",
            "Enough to find it again.",
            ("title", "purpose", "stage", "reviewed_on"),
        ),
        (
            "Effect",
            "These answers give the tier.",
            ("people", "decision", "count", "is_public"),
        ),
    )


def sample_list(request: HttpRequest) -> ListPage:
    listing = SampleListing()
    today = timezone.localdate()
    samples = [
        Sample(
            index,
            title,
            owner,
            standing,
            tier,
            score,
            today + timedelta(days=days) if days else None,
        )
        for index, (title, owner, standing, tier, score, days) in enumerate(
            [
                (
                    "Credit decision for small business loans",
                    "Ada Officer",
                    "holds",
                    "t3",
                    2_133,
                    12,
                ),
                (
                    "CV screening for branch staff",
                    "Bo Owner",
                    "weakened",
                    "t3",
                    418,
                    -3,
                ),
                (
                    "Call centre summaries",
                    "Cy Contributor",
                    "undeveloped",
                    "t2",
                    96,
                    40,
                ),
                ("Meeting notes", "Di Challenger", "unsupported", "t0", 0, None),
                (
                    "Emotion recognition at interviews",
                    "Ed Executive",
                    "defeated",
                    "tx",
                    12_004,
                    1,
                ),
            ],
            start=1,
        )
    ]
    link = Links(request.path, request.GET.copy())
    form = SampleFilter(request.GET or None)
    return ListPage(
        name="samples",
        caption=listing.caption,
        headings=[
            Heading(
                column,
                f"?sort={column.name}" if column.order_by else "",
                "descending" if column.name == "score" else "",
            )
            for column in listing.columns
        ],
        rows=[listing._row(sample) for sample in samples],
        filter_form=form,
        filter_fields=list(form),
        search="credit",
        has_search=True,
        sort="-score",
        chips=[Chip("Search", "credit", "?"), Chip("Tier", "T3 high", "?q=credit")],
        clear_url="?",
        errors=[],
        total=2_133,
        is_total_exact=True,
        first=51,
        last=55,
        number=2,
        size=50,
        previous_url=link.to(page=1),
        next_url=link.to(page=3),
        page_links=[PageLink(number, link.to(page=number), number == 2) for number in (1, 2, 3, 43)],
        size_links=[PageLink(size, link.to(size=size), size == 50) for size in (25, 50, 100)],
        exports=[("csv", "?export=csv"), ("xlsx", "?export=xlsx")],
        query_string="",
    )


class SampleFilter(forms.Form):
    tier = forms.ChoiceField(required=False, choices=[("", "All"), ("t3", "T3 high")])
    due_by = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}), label="Due by")


@only_while_developing
def gallery(request: HttpRequest) -> HttpResponse:
    """All components with believable content."""
    now = timezone.now()
    context = {
        "page_title": "Components",
        "breadcrumbs": [("Home", "/"), ("Style guide", "")],
        "standings": list(STANDINGS),
        "tiers": list(TIERS),
        "freshness": list(FRESHNESS),
        "accepted": Badge("Accepted", "good", "check"),
        "times": [
            now - timedelta(minutes=4),
            now - timedelta(days=12),
            now + timedelta(days=3),
            now.date(),
        ],
        "tabs": [
            {"label": "Overview", "url": "?", "is_current": True, "count": None},
            {"label": "Risks", "url": "?tab=risks", "is_current": False, "count": 12},
            {
                "label": "History",
                "url": "?tab=history",
                "is_current": False,
                "count": None,
            },
        ],
        "entries": [
            {
                "actor": "Ada Officer",
                "sentence": "accepted the risk",
                "at": now - timedelta(hours=3),
                "icon": "check",
            },
            {
                "actor": None,
                "sentence": "found the evidence stale",
                "at": now - timedelta(days=2),
                "icon": "hourglass",
            },
        ],
        "text": "The model ranks applications. A person decides each doubtful one.\n\nIt is retrained monthly. " * 12,
        "listing": sample_list(request),
        "matrix": [(label, [(count, level) for count, level in row]) for label, row in MATRIX],
        "consequences": ["Its risks stay in the register.", "Its case is closed."],
    }
    return render(request, "pages/gallery.html", context)


MATRIX = (
    ("Likely", ((0, "medium"), (4, "high"), (2, "critical"))),
    ("Possible", ((3, "low"), (7, "medium"), (1, "high"))),
    ("Rare", ((12, "low"), (0, "low"), (5, "medium"))),
)


@only_while_developing
def gallery_form(request: HttpRequest) -> HttpResponse:
    """A form with every kind of field; sending it empty shows every kind of error."""
    form = SampleForm(request.POST or None, request.FILES or None, revision=3)
    if request.method == "POST" and form.is_valid():
        form.add_error(
            None,
            "The rules of the record refuse this: the owner may not accept their own risk.",
        )
    return render(request, "pages/gallery_form.html", {"form": form, "page_title": "A form"})
