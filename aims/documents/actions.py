"""Writing, approving and withdrawing documents."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.documents.events import DocumentEvent
from aims.documents.models import Document
from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.trail.record import record
from aims.transitions import move


@transaction.atomic
def create_document(
    *, title: str, kind: str, body: str, owner: Member, review_on: date | None = None, actor: Member
) -> Document:
    """A new draft, edition 1."""
    check_owner(owner)
    document = Document.objects.create(
        organisation_id=actor.organisation_id,
        number=next_number(actor.organisation, Document),
        title=title,
        kind=kind,
        body=body,
        owner=owner,
        edited_by=actor,
        review_on=review_on,
    )
    record(DocumentEvent.CREATED, document, actor=actor, kind=kind, owner=owner)
    return document


@transaction.atomic
def edit_document(
    document: Document,
    *,
    title: str,
    kind: str,
    body: str,
    owner: Member,
    review_on: date | None = None,
    revision: int | None = None,
    actor: Member,
) -> Document:
    """Change a document. A change of what was approved begins a new edition, which needs approval of its own."""
    row = locked(document, revision=revision)
    if row.status == Document.Status.WITHDRAWN:
        raise RuleBroken(_("This document is withdrawn and stays as it was. Write a new one."))
    if owner != row.owner:
        check_owner(owner)
    content = {"title": title, "kind": kind, "body": body}
    changed = {name: value for name, value in content.items() if getattr(row, name) != value}
    if changed and row.status == Document.Status.APPROVED:
        edition = row.edition + 1
        move(
            row,
            Document.Status.DRAFT,
            event=DocumentEvent.REOPENED,
            actor=actor,
            fields={**changed, "edition": edition, "edited_by": actor},
            edition=[row.edition, edition],
        )
        changed = {}
    told = save_changes(row, owner=owner, review_on=review_on, **changed, **({"edited_by": actor} if changed else {}))
    if told:
        told.pop("edited_by", None)
        if "body" in told:
            told["body"] = [_("changed")]  # the past states keep the text; the trail is no place for whole documents
        record(DocumentEvent.EDITED, row, actor=actor, **told)
    return row


@transaction.atomic
def approve_document(document: Document, *, revision: int | None = None, actor: Member) -> Document:
    """Approve the very text that was seen (`revision`): the approval is bound to its SHA-256."""
    row = locked(document, revision=revision)
    # Author and approver differ, so that two people stand behind what the organisation says (7.5.2).
    if row.owner_id == actor.pk:
        raise RuleBroken(_("You own this document, so somebody else has to approve it."))
    if row.edited_by_id == actor.pk:
        raise RuleBroken(_("You edited this document last, so somebody else has to approve it."))
    return move(
        row,
        Document.Status.APPROVED,
        event=DocumentEvent.APPROVED,
        actor=actor,
        fields={"approved_by": actor, "approved_at": timezone.now(), "approved_sha256": row.sha256},
        edition=row.edition,
        sha256=row.sha256,
    )


@transaction.atomic
def withdraw_document(document: Document, *, reason: str, revision: int | None = None, actor: Member) -> Document:
    """Take a document out of use. It stays readable, with the reason."""
    if not reason.strip():
        raise RuleBroken(_("Say why the document is withdrawn."), field="reason")
    row = locked(document, revision=revision)
    return move(
        row,
        Document.Status.WITHDRAWN,
        event=DocumentEvent.WITHDRAWN,
        actor=actor,
        fields={"withdrawn_reason": reason},
        reason=reason,
    )


def check_owner(owner: Member) -> None:
    if not owner.is_active:
        raise RuleBroken(_("%s is deactivated. Choose an active member.") % owner, field="owner")
