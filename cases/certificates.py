"""The certificate of a sign-off: on paper what was signed, by whom, and how anybody checks it."""

from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from aims.reports.pdf import Pdf, render_pdf
from cases.challenge_listing import STATES
from cases.models import Challenge, Element, SignOff, StandingLevel


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
        "doubts": doubts_of(row),
        "signed_before": content.get("signed_before"),
    }


def doubts_of(row: SignOff) -> list[dict[str, Any]]:
    """The challenges that counted on the day of signing, in words; earlier signatures kept none."""
    return [
        {
            **one,
            "state": str(STATES[one["state"]].label),
            "severity": str(Challenge.Severity(one["severity"]).label),
            "accepted_until": parse_date(one["accepted_until"]) if one["accepted_until"] else None,
        }
        for one in row.content.get("doubts", [])
    ]


def claims_of(row: SignOff) -> list[dict[str, Any]]:
    """The goals as the baseline words them, with their standing of the day of signing and when the signer opened each."""
    document = row.baseline.document
    modules = {one["gid"]: "" if one["is_default"] else f"{one['key']}:" for one in document["modules"]}
    standings, opened = row.standings["elements"], row.content.get("claims_opened", {})
    goals = [one for one in document["elements"] if one["kind"] == Element.Kind.GOAL]
    found = []
    for one in goals:
        address = f"{modules[one['module']]}{one['key']}"
        level = standings.get(address)
        label = str(StandingLevel[level.upper()].label) if level else "–"
        at = parse_datetime(opened[address]) if address in opened else None
        found.append({"address": address, "statement": one["statement"], "standing": label, "opened_at": at})
    return found
