"""Sent twice, done once: forms carry a `_once` key, API writes an Idempotency-Key header.

The key's row is inserted in the transaction of the act. A second request with the same key waits for the first to commit
and then gets its answer; when the first failed, its row is gone with it and the second is tried afresh.
"""

import hashlib

from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.ids import uuid7
from aims.tenancy.models import Member, Submission

INSERT = """
insert into tenancy_submission (id, organisation_id, member_id, key, fingerprint, status, location, body, created_at)
values (%s, %s, %s, %s, %s, 0, '', '', now()) on conflict (organisation_id, member_id, key) do nothing
"""
LONGEST_BODY = 200_000


def answered_before(member: Member, key: str, request: HttpRequest) -> tuple[Submission | None, HttpResponse | None]:
    """Claim the key; when it was claimed before, the answer given then. Raises RuleBroken when it was for something else."""
    key = "".join(c for c in key if c.isprintable())[:100]
    fingerprint = hashlib.sha256(f"{request.method} {request.path}".encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [uuid7(), member.organisation_id, member.pk, key, fingerprint])
    submission = Submission.objects.get(member=member, key=key)
    if submission.fingerprint != fingerprint:
        raise RuleBroken(_("This key was already used for something else. Reload the page, or send a new key."))
    if not submission.status:
        return submission, None
    if submission.location and submission.status in (301, 302, 303):
        return submission, HttpResponseRedirect(submission.location)
    if submission.location and not submission.body and not request.path.startswith("/api/"):
        # A page that shows a secret is kept nowhere: the second request learns where the first one's result is.
        messages.warning(request, _("The form was sent twice and carried out once; the first answer is not repeated."))
        return submission, HttpResponseRedirect(submission.location)
    response = HttpResponse(submission.body, status=submission.status, content_type="application/json")
    if submission.location:
        response["Location"] = submission.location
    return submission, response


def remember(submission: Submission | None, response: HttpResponse) -> None:
    """Keep the answer of an act that succeeded; one that did not keeps its key free."""
    if submission is None:
        return
    done = response.status_code in (201, 207, 301, 302, 303) or (
        response.status_code == 200 and response.get("Content-Type", "").startswith("application/json")
    )
    if not done:
        submission.delete()
        return
    submission.status = response.status_code
    submission.location = response.get("Location", "")[:500]
    is_json = response.get("Content-Type", "").startswith("application/json")
    if is_json and response.status_code < 300 and len(response.content) <= LONGEST_BODY:
        submission.body = response.content.decode()
    submission.save(update_fields=["status", "location", "body"])
