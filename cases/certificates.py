"""The certificate of a sign-off: on paper what was signed, by whom, and how anybody checks it."""

from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.reports.pdf import Pdf, render_pdf
from cases.models import Element, SignOff, StandingLevel


def certificate_of(row: SignOff, *, state: str, drawn_by: str) -> Pdf:
    """Drawn anew each time from what is kept, with the state by now and who asked for it."""
    title, now = _("Certificate of sign-off %d") % row.number, timezone.now()
    shown = {**context_of(row), "report_title": title, "state": state, "generated_at": now, "author": drawn_by}
    return render_pdf(render_to_string("cases/certificate.html", shown), title=title, created_at=now)


def context_of(row: SignOff) -> dict[str, Any]:
    content = row.content
    return {
        "row": row,
        "case": row.case,
        "organisation": row.case.organisation,
        "version": f"{row.number}",
        # The engine knows Inter as a font of the system.
        "font_css_url": "data:text/css,",
        "standing": StandingLevel[content["standings"]["case"].upper()].label,
        "claims": claims_of(row),
        "causes": content["causes"],
    }


def claims_of(row: SignOff) -> list[dict[str, str]]:
    """The goals as the baseline words them, with their standing of the day of signing."""
    document = row.baseline.document
    modules = {one["gid"]: "" if one["is_default"] else f"{one['key']}:" for one in document["modules"]}
    standings = row.standings["elements"]
    goals = [one for one in document["elements"] if one["kind"] == Element.Kind.GOAL]
    found = []
    for one in goals:
        address = f"{modules[one['module']]}{one['key']}"
        level = standings.get(address)
        label = str(StandingLevel[level.upper()].label) if level else "–"
        found.append({"address": address, "statement": one["statement"], "standing": label})
    return found
