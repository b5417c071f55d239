"""From what was collected to the printed document."""

from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from aims.reports.pdf import Pdf, render_pdf
from audits.models import Pack, PackStep
from audits.packs.steps import CASE, step_of, title_of


@dataclass(frozen=True, slots=True)
class Chapter:
    """One part of the document."""

    key: str
    title: str
    template: str
    content: dict[str, Any]
    sha256: str
    number: int = 0


def render(pack: Pack, steps: list[PackStep]) -> Pdf:
    """Draw the PDF of a pack whose steps are all collected."""
    return render_pdf(html_of(pack, steps), title=pack.title, created_at=pack.as_of)


def html_of(pack: Pack, steps: list[PackStep]) -> str:
    """The document as HTML, which the engine lays out in pages."""
    chapters = chapters_of(steps)
    cover = next(chapter for chapter in chapters if chapter.key == "cover")
    body = [chapter for chapter in chapters if chapter.key != "cover"]
    return render_to_string(
        "audits/pack/document.html",
        {
            "report_title": pack.title,
            "organisation": pack.requested_by.organisation if pack.requested_by else None,
            "generated_at": pack.as_of,
            "author": cover.content["requested_by"],
            "version": f"{pack.number}",
            # The engine knows Inter as a font of the system: the same faces, with every letter, in one file each.
            "font_css_url": "data:text/css,",
            "pack": pack,
            "cover": cover,
            "chapters": body,
            "first_case": next((chapter.key for chapter in body if chapter.key.startswith(CASE)), ""),
            "steps": steps,
            "manifest": [(title_of(step.step), step) for step in steps],
        },
    )


def chapters_of(steps: list[PackStep]) -> list[Chapter]:
    """Collected steps with their titles and templates; chapters are numbered, the cover is not."""
    chapters, number = [], 0
    for row in steps:
        step = step_of(row.step)
        title = str(step.title)
        if row.step.startswith(CASE):
            title = _("Case %(number)s: %(title)s") % {"number": row.content["number"], "title": row.content["title"]}
        number += row.step != "cover"
        chapters.append(Chapter(row.step, title, step.template, row.content, row.sha256, number))
    return chapters
