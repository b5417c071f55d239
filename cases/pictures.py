"""Answering with a picture, and what the picture of a case's evidence is made of."""

from datetime import datetime

from django.http import HttpResponse
from django.utils.translation import gettext as _

from cases.evaluation import Assessment
from cases.loading import LoadedCase
from evidence.pictures import Freshness, freshness_of


def drawn(svg: str) -> HttpResponse:
    """A picture that loads nothing and runs nothing, whoever opens it."""
    response = HttpResponse(svg, content_type="image/svg+xml; charset=utf-8")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-cache"
    return response


def evidence_of(assessment: Assessment) -> Freshness:
    """Every piece of evidence on which the case rests, each once."""
    return evidence_of_case(assessment.loaded, assessment.evaluation.at)


def evidence_of_case(loaded: LoadedCase, at: datetime) -> Freshness:
    """The same for a case that was not assessed."""
    versions = [binding.version for bindings in loaded.bindings.values() for binding in bindings]
    return freshness_of(versions, at, title=_("Until when the evidence of “%s” speaks") % loaded.case.title)
