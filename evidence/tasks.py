"""Background work of the evidence library."""

from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from aims.tenancy.across import organisations_due
from aims.tenancy.door import acting_for_system
from evidence.actions import check_files
from evidence.models import EvidenceVersion
from evidence.text_work import read_due


@shared_task
def check_version(organisation_id: str, version_id: str) -> None:
    """Hash the files of a version that somebody found broken while reading; safe to run twice."""
    with acting_for_system(UUID(organisation_id)):
        version = EvidenceVersion.objects.filter(pk=version_id).first()
        if version is not None:
            check_files(version, actor=None)


@shared_task
def read_texts() -> int:
    """Read every file whose text is due, organisation by organisation; returns how many were taken up."""
    # Across organisations: a text may be due in any of them; each is then entered in turn.
    return sum(
        read_due(organisation_id) for organisation_id in organisations_due("across_evidence_texts_due", timezone.now())
    )


@shared_task
def read_texts_of(organisation_id: str) -> int:
    """The same for one organisation: the doorbell that an upload rings."""
    return read_due(UUID(organisation_id))


def ring_for_check(version: EvidenceVersion) -> None:
    """Have a worker look at the files of a version, once what is being done is committed."""
    organisation_id, version_id = str(version.organisation_id), str(version.pk)
    transaction.on_commit(lambda: check_version.delay(organisation_id, version_id), robust=True)
